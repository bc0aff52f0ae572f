"""A small made-up document with every kind of node, shared by the tests of the writers."""

from __future__ import annotations

from danvan_nb.document import READERS
from danvan_nb.document.layout import bound
from danvan_nb.nodes import (
    Appendix,
    Box,
    Break,
    BulletList,
    Card,
    Cell,
    Chart,
    Document,
    Head,
    Heading,
    Leaders,
    Mention,
    Note,
    Paragraph,
    Table,
    Text,
    Value,
)
from danvan_nb.project.formats import USUAL

USUAL_READERS = {name: READERS[name] for name in USUAL}
"""How the files are read that a report is made as unless its params say otherwise."""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="360pt" height="120pt" viewBox="0 0 360 120">'
    '<rect x="20" y="20" width="200" height="30" fill="#1f4e79"/>'
    '<text x="226" y="40" style="font-family: Tinos; font-size: 12px">301,149</text></svg>'
)


def figure(id: str, text: str, value: str, **style: bool) -> Value:
    details = (
        ("Chỉ tiêu", "Số liệu mẫu, không có thật <&>"),
        ("Nguồn", "data/mau/2023-H1/observations.csv, dòng 12"),
        ("Công thức", "23 / 24 × 100"),
        ("Cùng kỳ năm trước", "27/32 vụ"),
    )
    return Value(id, text, value, label="Chỉ tiêu mẫu", details=details, **style)


def printed(text: str) -> str:
    """Give the text of a figure as the writers print it: number and unit on one line."""
    return bound(Value("", text, "")).text


def cell(*content: Text | Value, **kw: object) -> Cell:
    return Cell((tuple(content),), **kw)  # type: ignore[arg-type]


def sample_document(draft: bool = False) -> Document:
    """Build a two-section report with notes, a merged table, a chart, a box and one appendix."""
    head = Head(
        superior="",
        issuer=("ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU"),
        number="Số: ……/BC-UBND",
        place_date="Mẫu, ngày …… tháng …… năm ……",
        kind="BÁO CÁO",
        to=("- Sở Nội vụ tỉnh Mẫu;", "- Ban Dân vận Thành ủy Mẫu."),
        authority=("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"),
        signatory="Nguyễn Văn Mẫu",
        recipients=("- Như trên;", "- CT và các PCT. UBND thành phố;", "- Lưu: VT, PNV."),
        date="2023-06-30",
        reference="(Kèm theo Báo cáo số ……/BC-UBND ngày …… tháng …… năm …… của Ủy ban nhân dân"
        " thành phố Mẫu)",
    )
    note1 = Note(
        1,
        (
            Text(
                "Kế hoạch số 03/KH-UBND ngày 10 tháng 01 năm 2023 của Ủy ban nhân dân thành phố"
                " Mẫu."
            ),
        ),
    )
    note2 = Note(
        2, (Text("Kế hoạch số 08/KH-UBND; tỷ lệ "), figure("ty_le", "95,83%", "95.8333"), Text("."))
    )
    table = Table(
        "Kết quả xử lý đơn (số liệu mẫu)",
        3,
        (
            (
                cell(Text("Tiếp nhận, giải quyết"), header=True, colspan=2),
                cell(Text("Đánh giá chung"), header=True, rowspan=2),
            ),
            (cell(Text("Đã tiếp nhận"), header=True), cell(Text("Đã giải quyết"), header=True)),
        ),
        (
            (
                cell(Text("1. Đơn của công dân"), colspan=2, align="left"),
                Cell(
                    (
                        (Text("- Tiếp nhận "), figure("don.change", "giảm 12 đơn", "-12")),
                        (Text("- Tồn đọng: không đổi"),),
                    ),
                    rowspan=2,
                    align="left",
                ),
            ),
            (cell(figure("don", "4", "4")), cell(figure("don_xong", "3", "3"))),
        ),
    )
    blocks = (
        Paragraph(
            (Text("Căn cứ Kế hoạch số 154/KH-UBND ngày 26 tháng 4 năm 2023;"),),
            role="basis",
            slot="can_cu",
        ),
        Paragraph(
            (Text("Căn cứ Kế hoạch phối hợp số 98/KHPH-UBNDTP-BDVTU."),),
            role="basis",
            slot="can_cu",
        ),
        Heading(1, "I.", (Text("ĐẶC ĐIỂM TÌNH HÌNH"),), "muc-1"),
        Paragraph(
            (
                Text("Thu ngân sách "),
                figure("thu", "ước 301,149 tỷ đồng", "301.149"),
                Text(", "),
                figure("thu.vs_plan", "đạt 62,30% kế hoạch", "62.3021", bold=True),
                Text("; xem kế hoạch"),
                note1,
                Text(" và "),
                Text("chữ nghiêng", italic=True),
                Text("; 1. không phải danh sách, # * @ < & không phải ký hiệu"),
                note2,
                Text("."),
            ),
            slot="tinh_hinh",
        ),
        Heading(2, "1.", (Text("Công tác tuyên truyền, triển khai"),), "muc-2"),
        Heading(3, "a)", (Text("Nội dung thứ nhất"),), "muc-3"),
        BulletList(
            (
                (Text("Mô hình “Ngày thứ Năm không hẹn”;"),),
                (Text("Tặng "), figure("qua", "11.356 suất quà", "11356"), Text(".")),
            ),
            slot="mo_hinh",
        ),
        Chart(
            (
                Text("Hình 1. Thu ngân sách "),
                figure("thu.vs_plan", "đạt 62,30% kế hoạch", "62.3021"),
            ),
            "Biểu đồ: thu ước 301,149 tỷ đồng, kế hoạch 483,375 tỷ đồng.",
            SVG,
        ),
        table,
        *((Box("Chưa đủ số liệu: thu ngân sách (observations.csv)."),) if draft else ()),
        Paragraph((Text("Trên đây là báo cáo mẫu"), Break(), Text("của thành phố Mẫu./."))),
    )
    appendix = Appendix(
        "Phụ lục",
        "KẾT QUẢ TIẾP CÔNG DÂN",
        head.reference,
        (Heading(2, "1.", (Text("Xử lý đơn"),), "pl-1"), table),
    )
    subject = (Text("Kết quả công tác dân vận 6 tháng đầu năm 2023"),)
    return Document(head, subject, blocks, (appendix,), draft)


def sample_leaders() -> Leaders:
    """Build what leaders read above the sample document: one card, and a sentence about it."""
    card = Card(
        Mention("Thu ngân sách", "thu"),
        figure("thu", "ước 301,149 tỷ đồng", "301.149"),
        figure("thu.vs_plan", "đạt 62,30% kế hoạch", "62.3021"),
        figure("thu.growth", "giảm 1,25%", "-1.25"),
        False,
        "Cần lưu ý",
    )
    point = (Text("Thấp nhất là "), Mention("thu ngân sách", "thu"), Text("."))
    return Leaders("So với năm 2022.", (card,), (point,), ("report.pdf", "figures.csv"))
