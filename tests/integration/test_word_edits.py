"""Whatever somebody does to the Word file of the real report is carried or named: none is lost,
none is mangled, and nothing else of the narrative changes."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import word_changes as do
from word_changes import Package

from danvan_nb.keep.notebook_edits import keep_notebook, with_passages
from danvan_nb.keep.word_edits import read_edits
from danvan_nb.notebook.cells import read_made_notebook, read_notebook
from danvan_nb.notebook.compose import compose
from danvan_nb.notebook.narrative import parse_narrative
from danvan_nb.notebook.prose import expressions

NARRATIVE = "params/sa-dec/2023-H1.md"
CHECK = "Công tác cải cách hành chính được kiểm tra tại"
BUDGET = "Tính chung 6 tháng"
FEAST = "Trong dịp tết Nguyên đán năm"
LIMITS = "Vai trò giám sát, phản biện xã hội"
WORSE = "Chính quyền và các đoàn thể phối hợp chưa chặt chẽ"
CALM = "an ninh chính trị và trật tự, an toàn xã hội"
OLD_YEAR = "So với cùng kỳ năm 2022, số vụ tiếp nhận"
EVAL = "{eval}`thu_ngan_sach`"
FORMULA = "<m:oMath><m:r><m:t>a+b=c</m:t></m:r></m:oMath>"
CARRIED = ""

EDITS: list[tuple[str, do.Change, str, str]] = [
    # kind, change, the rule that names it (none: it is carried), words that must be found again
    ("chữ", do.typed("cơ bản ổn định", "rất ổn định"), CARRIED, "rất ổn định"),
    ("chữ", do.typed("các ban, ngành", "mọi ban, ngành"), CARRIED, "mọi ban, ngành"),
    ("chữ", do.typed(" và Ủy ban nhân dân ", ", Ủy ban nhân dân "), CARRIED, ", Ủy ban nhân dân"),
    ("chữ", do.tracked("cơ bản ổn định", "được giữ vững"), CARRIED, "được giữ vững"),
    ("chữ", do.tracked("quyết liệt, đồng bộ", ""), CARRIED, "triển khai ."),
    ("chữ", do.typed("chưa chặt chẽ", "còn lỏng"), CARRIED, "phối hợp còn lỏng"),
    ("thêm đoạn", do.added(CALM, "Một đoạn mới, chưa có ở đâu."), CARRIED, "Một đoạn mới, chưa"),
    ("thêm đoạn", do.added(CALM, "Đoạn mới hai.", track=True), CARRIED, "Đoạn mới hai."),
    ("thêm đoạn", do.added(LIMITS, "Thêm một ý.", "ListBullet"), CARRIED, "- Thêm một ý."),
    ("thêm đoạn", do.added(BUDGET, "Số này còn tăng."), CARRIED, "Số này còn tăng."),
    ("bớt đoạn", do.gone(WORSE), CARRIED, "- - Chính quyền và các đoàn thể"),
    (
        "bớt đoạn",
        do.gone("Thành phố chuẩn bị chu đáo", track=True),
        CARRIED,
        "- Thành phố chuẩn bị",
    ),
    ("bớt đoạn", do.gone("Chủ tịch Ủy ban nhân dân Thành phố đã chủ trì"), CARRIED, "bỏ đoạn mẫu"),
    ("chuyển đoạn", do.moved(CHECK, CALM), CARRIED, "{eval}`xa_phuong_kiem_tra`"),
    ("chuyển đoạn", do.moved(BUDGET, "Bằng ngân sách Thành phố"), CARRIED, "{eval}`chi_ngan_sach"),
    ("chuyển đoạn", do.moved(LIMITS, WORSE), CARRIED, "- Vai trò giám sát"),
    (
        "chuyển đoạn",
        do.without_controls(do.moved(CHECK, CALM)),
        CARRIED,
        "{eval}`phong_ban_kiem_tra`",
    ),
    ("tách đoạn", do.split(" trên địa bàn thành phố Sa Đéc cơ bản"), CARRIED, "Sa Đéc cơ bản"),
    (
        "tách đoạn",
        do.split("; chi ngân sách ", BUDGET),
        CARRIED,
        "+ ; chi ngân sách {eval}`chi_ngan_sach`",
    ),
    (
        "gộp đoạn",
        do.joined("Để thực hiện ", "Bằng ngân sách Thành phố, vốn"),
        CARRIED,
        "xã, phường. Bằng ngân sách Thành phố",
    ),
    ("gộp đoạn", do.joined("Về quy hoạch, ", "Về nhà ở, "), CARRIED, "{eval}`ho_vao_cum_tuyen"),
    ("đậm, nghiêng", do.looking("cơ bản ổn định", "<w:b/>"), CARRIED, "**cơ bản ổn định**"),
    ("đậm, nghiêng", do.looking("cơ bản ổn định", "<w:i/>"), CARRIED, "*cơ bản ổn định*"),
    ("đậm, nghiêng", do.looking("còn bị động", "<w:b/><w:i/>"), CARRIED, "***còn bị động***"),
    ("định dạng", do.looking("cơ bản", '<w:u w:val="single"/>'), "dinh_dang", "gạch chân: “cơ"),
    ("định dạng", do.looking("bị động", '<w:highlight w:val="yellow"/>'), "dinh_dang", "tô màu"),
    ("định dạng", do.looking("ĐÁNH GIÁ CHUNG", '<w:b w:val="0"/>'), "dinh_dang", "ĐÁNH GIÁ CHUNG"),
    ("định dạng", do.looking("Kế hoạch năm", "<w:i/>"), "dinh_dang", "nghiêng: “Kế hoạch năm”"),
    ("số", do.figure("xa_phuong_kiem_tra", "10 xã, phường"), "sua_so", "10 xã, phường"),
    ("số", do.figure("thu_ngan_sach", "gần 302 tỷ"), "sua_so", "gần 302 tỷ"),
    ("số", do.replaced("thu_ngan_sach", "gần 302 tỷ"), "sua_so", "gần 302 tỷ"),
    (
        "số",
        do.without_controls(do.typed("ước 301,149 tỷ đồng", "gần 302 tỷ")),
        "sua_so",
        "gần 302 tỷ",
    ),
    ("số", do.figure("hoa_giai_thanh", "23 vụ, rất cao"), CARRIED, "`hoa_giai_thanh`, rất cao"),
    ("số", do.replaced("hoa_giai_thanh", "phần lớn"), CARRIED, "hòa giải thành phần lớn"),
    ("số", do.tracked("95,83%", "96%"), "sua_so", "96%"),
    ("đề mục", do.typed("ĐÁNH GIÁ CHUNG", "NHẬN XÉT CHUNG"), "sua_ngoai_doan", "NHẬN XÉT CHUNG"),
    ("đề mục", do.tracked("Ưu điểm", "Mặt được"), "sua_ngoai_doan", "Mặt được"),
    ("đề mục", do.added(CALM, "Đề mục thêm", "Heading2"), "sua_ngoai_doan", "Đề mục thêm"),
    ("đề mục", do.gone("ĐẶC ĐIỂM TÌNH HÌNH"), "sua_ngoai_doan", "ĐẶC ĐIỂM TÌNH HÌNH"),
    ("tiêu đề", do.typed("Kết quả thực hiện công tác", "Tình hình"), "sua_ngoai_doan", "Tình hình"),
    ("bảng", do.typed("Kế hoạch năm", "KH năm"), "sua_ngoai_doan", "KH năm"),
    ("bảng", do.typed("483,375", "483,4"), "sua_ngoai_doan", "483,4"),
    ("bảng", do.tracked("Chi ngân sách địa phương (ước)", "Chi"), "sua_ngoai_doan", "“Chi”"),
    ("bảng", do.row_gone("Chi ngân sách địa phương (ước)"), "sua_ngoai_doan", "Chi ngân sách địa"),
    ("bảng", do.row_added("Chi ngân sách địa phương", "Thêm"), "sua_ngoai_doan", "Thêm 1"),
    ("bảng", do.typed("Kết quả hòa giải ở cơ sở", "Hòa giải"), "sua_ngoai_doan", "“Hòa giải”"),
    ("bảng dán", do.table(CALM, "ô một", "ô hai"), "sua_ngoai_doan", "ô một | ô hai"),
    ("bảng dán", do.table("Bằng ngân sách Thành phố", "1", "2"), "sua_ngoai_doan", "1 | 2"),
    ("chú thích", do.in_note("ngày 09 tháng 3", "ngày 10 tháng 3"), "sua_ngoai_doan", "ngày 10"),
    ("chú thích", do.in_note("Công văn số 254", "CV số 254"), "sua_ngoai_doan", "CV số 254"),
    ("chú thích", do.new_note("cơ bản ổn định", "Theo CA."), "sua_ngoai_doan", "Theo CA."),
    ("thể thức", do.typed("Số: ……/BC-UBND", "Số: 12/BC-UBND"), "sua_ngoai_doan", "12/BC-UBND"),
    ("thể thức", do.typed("Sa Đéc, ngày ……", "Sa Đéc, ngày 15"), "sua_ngoai_doan", "ngày 15"),
    ("thể thức", do.typed("Kính gửi: Sở", "Kính gửi: Ban và Sở"), "sua_ngoai_doan", "Ban và Sở"),
    ("thể thức", do.typed("THÀNH PHỐ SA ĐÉC", "TP SA ĐÉC"), "sua_ngoai_doan", "TP SA ĐÉC"),
    ("thể thức", do.added("Nơi nhận:", "- Lưu: VT.", "Recipients"), "sua_ngoai_doan", "Lưu: VT."),
    ("thể thức", do.added("TM. ỦY BAN", "KT. CHỦ TỊCH", "Authority"), "sua_ngoai_doan", "KT. CHỦ"),
    ("nhận xét", do.comment("cơ bản ổn định", "Xem lại câu này"), "nhan_xet", "Xem lại câu này"),
    ("nhận xét", do.comment("Kế hoạch năm", "Ghi rõ năm"), "nhan_xet", "Ghi rõ năm"),
    ("công thức", do.inserted("cơ bản ổn định", FORMULA), "khong_la_chu", "công thức: a+b=c"),
    ("chữ ẩn", do.looking("cơ bản ổn định", "<w:vanish/>"), "khong_la_chu", "cơ bản ổn định"),
    ("hình", do.inserted("cơ bản ổn định", "<w:r><w:pict/></w:r>"), "khong_la_chu", "hình"),
    ("dấu đoạn", do.bookmark_to("slot_tinh_hinh", "Đảng ủy cơ quan khối"), "doan_lan", "tinh_hinh"),
    ("dấu đoạn", do.bookmark_to("slot_ngan_sach_so_sanh", "Về quy hoạch"), "doan_lan", "ngan_sach"),
    (
        "dấu đoạn",
        do.all_of(
            do.without_bookmark("slot_lanh_dao"),
            do.typed("triển khai quyết liệt", "làm quyết liệt"),
        ),
        "mat_danh_dau",
        "làm quyết liệt",
    ),
    ("mã", do.typed("cơ bản ổn định", EVAL), CARRIED, r"\{eval\}\`thu"),
    ("mã", do.added(CALM, '+++ {"tags": ["narrative:ket"]}'), CARRIED, r"\+++ \{"),
    ("mã", do.tracked("cơ bản ổn định", "{{ x }} <b>y</b> $z$"), CARRIED, r"\{\{ x"),
    ("mã", do.added(CALM, "```{code-cell} python"), CARRIED, "code-cell"),
    ("mã", do.added(CALM, "---"), CARRIED, r"\---"),
    ("mã", do.in_note("Công văn số 254", EVAL), "sua_ngoai_doan", EVAL),
    ("mã", do.typed("Kế hoạch năm", EVAL), "sua_ngoai_doan", EVAL),
    ("mã", do.figure("thu_ngan_sach", EVAL), "sua_so", EVAL),
]


class Office:
    """The real report, and what `keep` makes of its Word file."""

    def __init__(self, root: Path) -> None:
        folder = root / "outputs/sa-dec/2023-H1"
        self.word = (folder / "report.docx").read_bytes()
        self.nb = read_made_notebook(folder / "report.ipynb", "keep")
        self.master = read_notebook(root / "notebooks/bao_cao_dan_van.ipynb")
        self.text = (root / NARRATIVE).read_text("utf-8")

    def keep(self, data: bytes) -> tuple[str, Any]:
        """Give the narrative as it is after keeping, and what was named."""
        edits = read_edits(data, self.nb, "report.docx")
        nb = with_passages(self.nb, edits.passages)
        kept = keep_notebook(nb, self.master, parse_narrative(self.text, NARRATIVE))
        assert not kept.master_changes
        return kept.narrative, edits.issues

    def changed(self, change: do.Change) -> bytes:
        word = Package(self.word)
        change(word)
        return word.write()

    def said(self, narrative: str) -> Counter[str]:
        """Count the expressions of the report that a narrative makes."""
        cells = compose(self.master, parse_narrative(narrative, NARRATIVE).passages).cells
        return Counter(
            one
            for cell in cells
            if cell.cell_type == "markdown"
            for one in expressions(cell.source)
        )


@pytest.fixture(scope="module")
def office(real: Path) -> Office:
    return Office(real)


@pytest.mark.parametrize(
    "number", range(len(EDITS)), ids=[f"{n}-{edit[0]}" for n, edit in enumerate(EDITS)]
)
def test_each_edit_is_carried_or_named(office: Office, number: int) -> None:
    """What was typed is found again, in the narrative or in a message of the right rule;
    no expression comes in, and no other passage changes."""
    _, change, rule, words = EDITS[number]
    narrative, issues = office.keep(office.changed(change))
    both = office.text.splitlines(), narrative.splitlines()
    lines = [line for line in difflib.ndiff(*both) if line[0] in "+-" and line[1:].strip()]
    if rule == CARRIED:
        assert words in "\n".join(lines), (lines, issues)
        assert not issues
    else:
        assert any(issue.rule == rule for issue in issues), issues
        assert any(words in str(issue) for issue in issues), issues
        assert len(lines) <= 4, lines
    assert not office.said(narrative) - office.said(office.text)
    assert len(lines) <= 8


def test_the_table_is_large_enough() -> None:
    """At least 60 edits of 20 kinds."""
    assert len(EDITS) >= 60 and len({kind for kind, *_ in EDITS}) >= 20
