"""Kinds of broken workbooks: how cells look, what formulas left, what other programs write."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
from breaking import BOOK, SHEET, Case, cell, form, long_sheet, use_book
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sample_project import INDICATORS, write

RAISED, STRUCK = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
SHEET_PART = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = {
    MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    LINKS: "http://purl.oclc.org/ooxml/officeDocument/relationships",
}
TEXTS = (
    '<Override PartName="/xl/chuoi.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
VALIDATION = "{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"
PERCENT = (
    INDICATORS
    + """\
ty_le_mau:
  label: Tỷ lệ mẫu
  unit: "%"
  decimals: 2
  measure: rate
"""
)


def sheet(edit: Callable[[Any], object], *rows: tuple[Any, ...]) -> Callable[[Path], None]:
    """Use a sheet with one row per number, and edit it."""

    def make(root: Path) -> None:
        long_sheet(*rows)(root)
        write(root / "params/indicators.yml", PERCENT)
        book = openpyxl.load_workbook(root / BOOK)
        edit(book[SHEET])
        book.save(root / BOOK)

    return make


def merged(*areas: str, **cells: Any) -> Callable[[Any], None]:
    """Merge areas of a sheet, and fill cells before."""

    def edit(page: Any) -> None:
        for place, value in cells.items():
            page[place] = value
        for area in areas:
            page.merge_cells(area)

    return edit


def put(place: str, value: Any, code: str = "", font: Font | None = None) -> Callable[[Any], None]:
    """Put a value into a cell, in a number format or a font."""

    def edit(page: Any) -> None:
        page[place] = value
        if code:
            page[place].number_format = code
        if font:
            page[place].font = font

    return edit


def patched(
    change: Callable[[str, str], str | None], make: Callable[[Path], None] | None = None
) -> Callable[[Path], None]:
    """Change the parts of a workbook: gets a part's name and text; None drops the part."""

    def edit(root: Path) -> None:
        (make or form(lambda book: None))(root)
        old = zipfile.ZipFile(io.BytesIO((root / BOOK).read_bytes()))
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
            for name in old.namelist():
                text = change(name, old.read(name).decode("utf-8"))
                if text is not None:
                    renamed = name.replace("sheet1.xml", "trang-a.xml") if change is moved else name
                    parts.writestr(renamed, text)
        (root / BOOK).write_bytes(out.getvalue())

    return edit


def shared(make: Callable[[Path], None], lost: int = 0) -> Callable[[Path], None]:
    """Keep the texts of a workbook in one part, as Excel does; `lost` of them are cut off."""
    texts: list[str] = []

    def share(cell: re.Match[str]) -> str:
        texts.append(cell[3])
        return f'<c {cell[1]} t="s"{cell[2]}><v>{len(texts) - 1}</v></c>'

    def change(name: str, text: str) -> str:
        if name.startswith("xl/worksheets/"):
            inline = r'<c ((?:(?! t=)[^>])*) t="inlineStr"([^>]*)><is>(.*?)</is></c>'
            return re.sub(inline, share, text, flags=re.DOTALL)
        if name == "xl/_rels/workbook.xml.rels":
            link = f'<Relationship Type="{LINKS}/sharedStrings" Target="chuoi.xml" Id="rId99"/>'
            return text.replace("</Relationships>", link + "</Relationships>")
        return text.replace("</Types>", TEXTS + "</Types>")

    def edit(root: Path) -> None:
        texts.clear()
        patched(change, make)(root)
        items = "".join(f"<si>{text}</si>" for text in texts[: len(texts) - lost])
        with zipfile.ZipFile(root / BOOK, "a") as parts:
            parts.writestr("xl/chuoi.xml", f'<sst xmlns="{MAIN}">{items}</sst>')

    return edit


def replaced(old: str, new: str, part: str = SHEET_PART) -> Callable[[str, str], str]:
    """Replace a text that must be there once in a part."""

    def change(name: str, text: str) -> str:
        if name != part:
            return text
        assert text.count(old) == 1, (old, text.count(old))
        return text.replace(old, new)

    return change


def strict(name: str, text: str) -> str:
    for old, new in STRICT.items():
        text = text.replace(old, new)
    return text


def iso_day(name: str, text: str) -> str:
    """Write a day as the strict form has it."""
    if name == SHEET_PART:
        text = re.sub(r'<c r="C4".*?</c>', '<c r="C4" t="d"><v>2023-04-30</v></c>', text)
    return strict(name, text)


def moved(name: str, text: str) -> str:
    return text.replace("sheet1.xml", "trang-a.xml")


def prefixed(name: str, text: str) -> str:
    """Write a sheet with a prefix, as some programs do."""
    if name != SHEET_PART:
        return text
    text = text.replace(f'xmlns="{MAIN}"', f'xmlns:x="{MAIN}"')
    text = text.replace("</", "\0").replace("<", "<x:").replace("\0", "</x:")
    return text.replace("<x:?", "<?")


def without_places(name: str, text: str) -> str:
    """Leave out where cells stand, as some programs do where none is missing."""
    if name != SHEET_PART:
        return text
    return re.sub(r'<row r="[0-9]+"', "<row", re.sub(r'<c r="[A-Z]+[0-9]+"', "<c", text))


def result(formula: str, value: str, place: str = "G7", kind: str = "") -> Callable[[Path], None]:
    """Store a formula with a result, as a program that computes does."""

    def change(name: str, text: str) -> str:
        if name == "xl/workbook.xml":
            return text.replace(' fullCalcOnLoad="1"', "")
        if name != SHEET_PART:
            return text
        stored = re.escape(f"<f>{formula}</f>") + r"<v ?/?>(</v>)?"
        text, count = re.subn(stored, f"<f>{formula}</f><v>{value}</v>", text)
        assert count == 1, formula
        return re.sub(f'(<c r="{place}"[^>]*)>', rf"\1{kind}>", text)

    return patched(change, cell(place, "=" + formula.replace("&gt;", ">")))


def never_computed(name: str, text: str) -> str:
    """Store 0 for every result and ask Excel to compute, as programs do that can't."""
    return re.sub(r"</f><v ?/?>(</v>)?", "</f><v>0</v>", text)


def struck_row(book: Any) -> None:
    for one in book[SHEET][9]:
        one.font = Font(strike=True)


def since_1904(*rows: tuple[Any, ...], code: str = "") -> Callable[[Path], None]:
    """Use a workbook that counts its days from 1904."""

    def make(root: Path) -> None:
        book = openpyxl.Workbook()
        book.epoch = CALENDAR_MAC_1904
        page = book.active
        page.title = SHEET
        page.append(["Mã chỉ tiêu", "Loại số liệu", "Tính đến ngày", "Giá trị", "Nguồn", "Ghi chú"])
        for row in (("vu_nhan", "thực hiện", None, 24), *rows):
            page.append(list(row))
        if code:
            page["C3"].number_format = code
        use_book(root, book)

    return make


def hidden(*, rows: tuple[int, ...] = (), columns: str = "") -> Callable[[Any], None]:
    def edit(book: Any) -> None:
        for row in rows:
            book[SHEET].row_dimensions[row].hidden = True
        for column in columns:
            book[SHEET].column_dimensions[column].hidden = True

    return edit


def filtered(book: Any) -> None:
    book[SHEET].auto_filter.ref = "A5:L11"
    book[SHEET].auto_filter.add_filter_column(0, ["vu_nhan"])
    for row in (8, 9):
        book[SHEET].row_dimensions[row].hidden = True


def in_sheet(name: str, place: str, value: Any) -> Callable[[Path], None]:
    return cell(place, value, sheet=name)


def title(text: str) -> Callable[[Any], None]:
    return lambda book: book[SHEET].__setitem__("A4", text)


ACTUAL = "thực hiện"
APRIL = datetime(2023, 4, 30)
Kind = partial(Case, by_reader=True)
OK = {"rule": "", "exit_code": 0}

WORKBOOKS = (
    # merged cells
    Kind(
        "ngày gộp qua nhiều dòng",
        sheet(
            merged("C4:C6"),
            ("vu_thanh", ACTUAL, APRIL, 20),
            ("vu_khong", ACTUAL, None, 1),
            ("don_mau", ACTUAL, None, 5),
        ),
        "o_gop",
        "C4",
        0,
        ("don_mau", "2023-04-30", "as_of"),
    ),
    Kind(
        "ngày dạng chữ gộp qua hai dòng",
        sheet(
            merged("C4:C5"), ("vu_thanh", ACTUAL, "30/4/2023", 20), ("vu_khong", ACTUAL, None, 1)
        ),
        "o_gop",
        "C4",
        0,
        ("vu_khong", "2023-04-30", "as_of"),
    ),
    Kind(
        "kỳ gộp qua nhiều dòng",
        sheet(
            merged("E4:E5"),
            ("vu_thanh", ACTUAL, None, 20, "2022-H1"),
            ("vu_khong", ACTUAL, None, 1),
        ),
        "o_gop",
        "E4",
        0,
        ("vu_khong", "2022-H1", "period"),
    ),
    Kind(
        "loại số liệu gộp qua nhiều dòng",
        sheet(merged("B4:B5"), ("vu_thanh", "kế hoạch", None, 20), ("vu_khong", None, None, 1)),
        "o_gop",
        "B4",
        0,
        ("vu_khong", "plan", "status"),
    ),
    Kind(
        "nguồn gộp qua nhiều dòng của biểu",
        form(lambda book: merged("I7:I9", I7="Báo cáo mẫu")(book[SHEET])),
        "o_gop",
        "I7",
        0,
        ("vu_khong", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "mã chỉ tiêu gộp qua nhiều dòng",
        sheet(merged("A4:A5"), ("vu_thanh", ACTUAL, APRIL, 20), (None, ACTUAL, None, 23)),
        "o_gop",
        "A4",
    ),
    Kind(
        "số gộp qua nhiều dòng",
        form(lambda book: merged("G8:G9", G9=None)(book[SHEET])),
        "o_gop",
        "G8",
    ),
    Kind("số gộp qua hai cột số", form(lambda book: merged("G7:H7")(book[SHEET])), "o_gop", "G7"),
    Kind("số gộp với cột Cùng kỳ", form(lambda book: merged("D8:E8")(book[SHEET])), "o_gop", "D8"),
    Kind(
        "số gộp qua hai dòng và hai cột",
        form(lambda book: merged("G8:H9", G9=None)(book[SHEET])),
        "o_gop",
        "G8",
    ),
    Kind(
        "tiêu đề gộp qua hai cột, cả hai có số",
        form(lambda book: merged("G5:H5", H6=None, H7=3)(book[SHEET])),
        "thua_o",
        "H7",
    ),
    Kind(
        "ô gộp che giá trị bên dưới",
        patched(
            lambda name, text: (
                text.replace(
                    "</sheetData>",
                    '</sheetData><mergeCells count="1"><mergeCell ref="C4:C5"/></mergeCells>',
                )
                if name == SHEET_PART
                else text
            ),
            long_sheet(("vu_thanh", ACTUAL, "30/4/2023", 20), ("vu_khong", ACTUAL, "30/5/2023", 1)),
        ),
        "o_gop",
        "C5",
    ),
    # rich text, raised and struck out
    Kind(
        "số kèm số mũ chú thích",
        cell("G7", CellRichText("24", TextBlock(RAISED, "1"))),
        "khong_phai_so",
        "G7",
    ),
    Kind(
        "số kèm dấu * viết cao",
        cell("G7", CellRichText("24", TextBlock(RAISED, "*"))),
        "khong_phai_so",
        "G7",
    ),
    Kind(
        "số kèm chỉ số dưới",
        cell("G7", CellRichText("24", TextBlock(InlineFont(vertAlign="subscript"), "2"))),
        "khong_phai_so",
        "G7",
    ),
    Kind(
        "ngày kèm số mũ chú thích",
        sheet(
            put("C4", CellRichText("30/4/202", TextBlock(RAISED, "3"))),
            ("vu_thanh", ACTUAL, None, 2),
        ),
        "ngay",
        "C4",
    ),
    Kind(
        "m² viết bằng số mũ",
        cell("I7", CellRichText("12 m", TextBlock(RAISED, "2"))),
        **OK,
        reads=("vu_nhan", "12 m²", "source"),
    ),
    Kind(
        "số kèm số mũ trong chuỗi dùng chung",
        shared(cell("G7", CellRichText("24", TextBlock(RAISED, "1")))),
        "khong_phai_so",
        "G7",
    ),
    Kind(
        "số cũ gạch ngang trong chuỗi dùng chung",
        shared(cell("G7", CellRichText(TextBlock(STRUCK, "15"), "24"))),
        "gach_ngang",
        "G7",
    ),
    Kind(
        "_x000D_ trong chuỗi dùng chung",
        shared(cell("I7", "Báo cáo_x000D_\nmẫu")),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind("chuỗi dùng chung bị cắt", shared(cell("I7", "Báo cáo"), lost=3), "xlsx"),
    Kind(
        "chữ nhiều kiểu, không gạch",
        cell("I7", CellRichText("Báo ", TextBlock(InlineFont(b=True), "cáo"))),
        **OK,
        reads=("vu_nhan", "Báo cáo", "source"),
    ),
    Kind(
        "số cũ gạch ngang bên số mới",
        cell("G7", CellRichText(TextBlock(STRUCK, "15"), "24")),
        "gach_ngang",
        "G7",
    ),
    Kind(
        "chữ gạch ngang một phần",
        cell("I7", CellRichText("Báo cáo ", TextBlock(STRUCK, "cũ"))),
        "gach_ngang",
        "I7",
    ),
    Kind(
        "cả ô số gạch ngang",
        form(lambda book: put("G7", 24, font=Font(strike=True))(book[SHEET])),
        "gach_ngang",
        "G7",
    ),
    Kind("cả dòng gạch ngang", form(struck_row), "gach_ngang", "A9"),
    Kind(
        "cả ô chữ gạch ngang",
        form(lambda book: put("I7", "Báo cáo", font=Font(strike=True))(book[SHEET])),
        "gach_ngang",
        "I7",
    ),
    # number formats
    Kind(
        'định dạng 0.00"%"',
        sheet(put("D4", 95.83, '0.00"%"'), ("ty_le_mau", ACTUAL)),
        "dinh_dang",
        "D4",
        0,
        ("ty_le_mau", "95.83"),
    ),
    Kind(
        "định dạng 0.00\\%",
        sheet(put("D4", 95.83, "0.00\\%"), ("ty_le_mau", ACTUAL)),
        "dinh_dang",
        "D4",
        0,
        ("ty_le_mau", "95.83"),
    ),
    Kind(
        'định dạng #,##0.0 "%"',
        sheet(put("D4", 95.8, '#,##0.0 "%"'), ("ty_le_mau", ACTUAL)),
        "dinh_dang",
        "D4",
        0,
        ("ty_le_mau", "95.8"),
    ),
    Kind(
        "định dạng 0.00%",
        sheet(put("D4", 0.9583, "0.00%"), ("ty_le_mau", ACTUAL)),
        **OK,
        reads=("ty_le_mau", "95.83"),
    ),
    Kind(
        'định dạng 0.0"%" ở chỉ tiêu đếm',
        form(lambda book: put("G7", 24, '0.0"%"')(book[SHEET])),
        "phan_tram",
        "G7",
    ),
    Kind(
        'định dạng 0;-0;"0%"',
        form(lambda book: put("G7", 24, '0;-0;"0%"')(book[SHEET])),
        **OK,
        reads=("vu_nhan", "24"),
    ),
    Kind(
        "định dạng chia tỷ: #,##0.000,,,",
        form(lambda book: put("H6", 301149000000, "#,##0.000,,,")(book[SHEET])),
        "dinh_dang",
        "H6",
        0,
        ("thu_mau", "301.149"),
    ),
    Kind(
        "định dạng chia nghìn: 0,",
        form(lambda book: put("G7", 24000, "0,")(book[SHEET])),
        "dinh_dang",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "định dạng chia triệu trước dấu thập phân",
        form(lambda book: put("H6", 301149000, "#,##0,,.000")(book[SHEET])),
        "dinh_dang",
        "H6",
        0,
        ("thu_mau", "301.149"),
    ),
    Kind(
        "định dạng chia nghìn theo độ lớn",
        form(lambda book: put("G7", 24000, "[>=1000]0,;0")(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        'định dạng ghi "triệu"',
        form(lambda book: put("H6", 301.149, '#,##0.000 "triệu"')(book[SHEET])),
        "dinh_dang",
        "H6",
    ),
    Kind(
        "định dạng tiền ₫ ở chỉ tiêu tỷ đồng",
        form(lambda book: put("H6", 301.149, "#,##0.000 [$₫-42A]")(book[SHEET])),
        "dinh_dang",
        "H6",
    ),
    Kind(
        'định dạng ghi "nghìn vụ"',
        form(lambda book: put("G7", 24, '0 "nghìn vụ"')(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        'định dạng thêm số 0: 0"000"',
        form(lambda book: put("G7", 24, '0"000"')(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        'định dạng ghi đúng đơn vị: 0 "vụ"',
        form(lambda book: put("G7", 24, '0 "vụ"')(book[SHEET])),
        **OK,
        reads=("vu_nhan", "24"),
    ),
    Kind(
        'định dạng ghi "tỉ đồng"',
        form(lambda book: put("H6", 301.149, '0.000 "tỉ đồng"')(book[SHEET])),
        **OK,
        reads=("thu_mau", "301.149"),
    ),
    Kind(
        "định dạng giấu số: ;;;",
        form(lambda book: put("G7", 24, ";;;")(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        "định dạng hiện gạch thay số",
        form(lambda book: put("G7", 24, '"-"')(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        "định dạng giấu dấu âm: 0;0",
        form(lambda book: put("G7", -24, "0;0")(book[SHEET])),
        "dinh_dang",
        "G7",
    ),
    Kind(
        "định dạng số âm màu đỏ: 0;[Red]0",
        form(lambda book: put("G7", -24, "0;[Red]0")(book[SHEET])),
        **OK,
        reads=("vu_nhan", "-24"),
    ),
    Kind(
        "số 0 gộp qua hai cột", form(lambda book: merged("G7:H7", G7=0)(book[SHEET])), "o_gop", "G7"
    ),
    Kind(
        "định dạng kế toán",
        form(
            lambda book: put("G7", 24, '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)')(book[SHEET])
        ),
        **OK,
        reads=("vu_nhan", "24"),
    ),
    Kind(
        'số, ký hiệu chỉ có trong định dạng: 00"/KH"',
        form(
            lambda book: [
                put(place, value, code)(book["Văn bản"])
                for place, value, code in (
                    ("A6", 12, '00"/KH"'),
                    ("B6", "Kế hoạch", ""),
                    ("D6", "Ủy ban mẫu", ""),
                )
            ]
        ),
        "dinh_dang",
        "A6",
    ),
    # formulas
    Kind("công thức có kết quả", result("G8+G9", "24"), **OK, reads=("vu_nhan", "24")),
    Kind(
        "công thức chưa tính, tiền tố x:",
        patched(prefixed, cell("G7", "=G8+G9")),
        "cong_thuc_chua_tinh",
        "G7",
    ),
    Kind(
        "công thức chưa tính, tên phần khác",
        patched(moved, cell("G7", "=G8+G9")),
        "cong_thuc_chua_tinh",
        "G7",
    ),
    Kind(
        "công thức chưa tính, chương trình khác ghi sẵn 0",
        patched(never_computed, cell("G7", "=G8+G9")),
        "cong_thuc_chua_tinh",
        "G7",
    ),
    Kind(
        "công thức chưa tính ở ô ngày",
        sheet(put("C4", "=DATE(2023,4,30)"), ("vu_thanh", ACTUAL, None, 2)),
        "cong_thuc_chua_tinh",
        "C4",
    ),
    Kind(
        'công thức cho kết quả ""',
        result('IF(G8&gt;99,1,"")', "", "G10", ' t="str"'),
        **OK,
        reads=("vu_nhan", "24"),
    ),
    Kind(
        "công thức cho kết quả chữ rỗng ở Ghi chú",
        result('IF(G8&gt;99,"a","")', "", "J7", ' t="str"'),
        **OK,
        reads=("vu_nhan", "", "note"),
    ),
    Kind(
        "công thức RAND",
        result("ROUND(RAND()*9,0)", "24"),
        "cong_thuc_doi",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "công thức TODAY",
        result("TODAY()-45000", "24"),
        "cong_thuc_doi",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "công thức OFFSET",
        result("OFFSET(G8,0,0)", "24"),
        "cong_thuc_doi",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "công thức lấy từ tệp khác",
        result("[1]Sheet1!A1", "24"),
        "cong_thuc_ngoai",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "công thức lấy từ tệp khác, tên có dấu cách",
        result("'[So lieu.xlsx]Quy 1'!B2", "24"),
        "cong_thuc_ngoai",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    Kind(
        "công thức cộng số của hai tệp khác",
        result("SUM([1]A!B2,[2]A!B2)", "24"),
        "cong_thuc_ngoai",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
    # characters that can't be seen
    Kind(
        "_x000D_ giữa chữ",
        cell("I7", "Báo cáo_x000D_\nmẫu"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "Alt+Enter giữa chữ",
        cell("I7", "Báo cáo\nmẫu"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "U+000B giữa chữ",
        cell("I7", "Báo cáo_x000B_mẫu"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "U+2028 giữa chữ",
        cell("I7", "Báo cáo\u2028mẫu"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "dấu ngắt mềm giữa chữ",
        cell("I7", "Báo\u00ad cá\u00ado mẫu"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind(
        "ký tự rộng bằng 0 giữa chữ",
        cell("I7", "Báo\u200b cáo\u200d\u2060 mẫu\u200e"),
        **OK,
        reads=("vu_nhan", "Báo cáo mẫu", "source"),
    ),
    Kind("ký tự rộng bằng 0 trong mã", cell("A7", "vu_\u200bnhan"), **OK, reads=("vu_nhan", "24")),
    Kind("Alt+Enter sau số", cell("G7", "24\n"), **OK, reads=("vu_nhan", "24")),
    Kind("Alt+Enter giữa hai số", cell("G7", "12\n12"), "khong_phai_so", "G7"),
    # days
    Kind(
        "tệp đếm ngày từ 1904",
        since_1904(("vu_thanh", ACTUAL, APRIL, 20)),
        "he_ngay_1904",
        "",
        0,
        ("vu_thanh", "2023-04-30", "as_of"),
    ),
    Kind(
        "tệp đếm ngày từ 1904, ngày là số",
        since_1904(("vu_thanh", ACTUAL, 43584, 20), code="0"),
        "he_ngay_1904",
        "",
        0,
        ("vu_thanh", "2023-04-30", "as_of"),
    ),
    Kind(
        "tệp đếm ngày từ 1904, ngày dạng chữ",
        since_1904(("vu_thanh", ACTUAL, "30/4/2023", 20)),
        "he_ngay_1904",
        "",
        0,
        ("vu_thanh", "2023-04-30", "as_of"),
    ),
    Kind(
        "cột lẫn ngày thật và ngày dạng chữ",
        sheet(
            lambda page: None,
            ("vu_thanh", ACTUAL, datetime(2023, 5, 6), 20),
            ("vu_khong", ACTUAL, "30/6/2023", 1),
        ),
        "ngay_hai_nghia",
        "C4",
    ),
    Kind(
        "cột lẫn ngày thật và ngày dạng chữ có dấu chấm",
        sheet(
            lambda page: None,
            ("vu_thanh", ACTUAL, "15.5.2023", 20),
            ("vu_khong", ACTUAL, datetime(2023, 2, 1), 1),
        ),
        "ngay_hai_nghia",
        "C5",
    ),
    Kind(
        "cột lẫn ngày thật không đảo được",
        sheet(
            lambda page: None,
            ("vu_thanh", ACTUAL, datetime(2023, 5, 15), 20),
            ("vu_khong", ACTUAL, "30/6/2023", 1),
        ),
        **OK,
        reads=("vu_thanh", "2023-05-15", "as_of"),
    ),
    Kind(
        "ô ngày hiện tháng trước",
        sheet(put("C4", datetime(2023, 6, 5), "m/d/yyyy"), ("vu_thanh", ACTUAL, None, 20)),
        "ngay_hai_nghia",
        "C4",
    ),
    Kind(
        "ô ngày hiện tháng trước, kiểu Mỹ",
        sheet(
            put("C4", datetime(2023, 6, 5), "[$-409]mm\\/dd\\/yy;@"), ("vu_thanh", ACTUAL, None, 20)
        ),
        "ngay_hai_nghia",
        "C4",
    ),
    Kind(
        "ngày hiện kiểu dd/mm/yy",
        sheet(put("C4", datetime(2023, 6, 5), "dd/mm/yy"), ("vu_thanh", ACTUAL, None, 20)),
        **OK,
        reads=("vu_thanh", "2023-06-05", "as_of"),
    ),
    Kind("năm hai chữ số trong ngày văn bản", in_sheet("Văn bản", "C6", "5/1/23"), "ngay", "C6"),
    Kind("năm 30 bị hiểu là 1930", in_sheet("Văn bản", "C6", datetime(1930, 1, 5)), "ngay", "C6"),
    Kind(
        "tháng viết bằng chữ Anh: 30-Jun-23",
        sheet(put("C4", "30-Jun-23"), ("vu_thanh", ACTUAL, None, 20)),
        "ngay",
        "C4",
    ),
    Kind(
        "số, ký hiệu bị đổi thành ngày",
        in_sheet("Văn bản", "A6", datetime(2023, 5, 12)),
        "chu_thanh_ngay",
        "A6",
    ),
    Kind(
        "tên bị đổi thành giờ",
        in_sheet("Sự kiện", "B6", datetime(2023, 5, 12, 12, 30)),
        "chu_thanh_ngay",
        "B6",
    ),
    Kind(
        "ghi chú bị đổi thành ngày",
        form(lambda book: put("J7", datetime(2023, 5, 6), "dd/mm")(book[SHEET])),
        "chu_thanh_ngay",
        "J7",
    ),
    # units
    Kind("đơn vị tính ghi tỉ đồng", cell("C6", "Tỉ đồng"), **OK, reads=("thu_mau", "301.149")),
    Kind("tiêu đề ghi (triệu đồng)", cell("H5", "Ước thực hiện (triệu đồng)"), "don_vi_tinh", "H5"),
    Kind("tiêu đề ghi (ĐVT: đồng)", cell("H5", "Ước thực hiện (ĐVT: đồng)"), "don_vi_tinh", "H5"),
    Kind(
        "dòng trên bảng ghi đơn vị tính triệu đồng",
        form(title("Đơn vị tính: triệu đồng")),
        "don_vi_tinh",
        "A4",
    ),
    Kind(
        "dòng trên bảng ghi đơn vị tính tỉ đồng",
        form(title("(Đơn vị tính: tỉ đồng)")),
        **OK,
        reads=("thu_mau", "301.149"),
    ),
    Kind("tiêu đề ghi (tr.đ)", cell("H5", "Ước thực hiện (tr.đ)"), "don_vi_tinh", "H5"),
    Kind("dòng trên bảng ghi ĐVT: 1.000 đồng", form(title("ĐVT: 1.000 đồng")), "don_vi_tinh", "A4"),
    Kind("dòng trên bảng ghi ĐVT: Trđ", form(title("ĐVT: Trđ")), "don_vi_tinh", "A4"),
    Kind("dòng trên bảng ghi (VNĐ)", form(title("(VNĐ)")), "don_vi_tinh", "A4"),
    Kind(
        "dòng trên bảng nhắc đến Hội đồng",
        form(title("Đơn vị: Hội đồng nhân dân (đợt 1)")),
        **OK,
        reads=("thu_mau", "301.149"),
    ),
    Kind("số kèm chữ triệu", cell("H6", "301.149 triệu"), "khong_phai_so", "H6"),
    # other programs, damaged parts
    Kind("Strict OOXML", patched(strict), **OK, reads=("vu_nhan", "24")),
    Kind("Strict OOXML, ô sai", patched(strict, cell("G7", "1.234")), "so_hai_nghia", "G7"),
    Kind(
        "Strict OOXML, ngày dạng ISO",
        patched(iso_day, long_sheet(("vu_thanh", ACTUAL, "NGAY", 20))),
        **OK,
        reads=("vu_thanh", "2023-04-30", "as_of"),
    ),
    Kind("tiền tố x: ở mọi phần tử", patched(prefixed), **OK, reads=("vu_nhan", "24")),
    Kind("tên phần khác trong gói", patched(moved), **OK, reads=("vu_nhan", "24")),
    Kind(
        "ô không ghi địa chỉ",
        patched(
            without_places,
            sheet(merged(C2="30/6/2023", C3="30/6/2023"), ("vu_thanh", ACTUAL, "30/4/2023", 20)),
        ),
        **OK,
        reads=("vu_nhan", "24"),
    ),
    Kind(
        "XML của trang bị cắt cụt",
        patched(lambda name, text: text[:900] if name == SHEET_PART else text),
        "xlsx",
    ),
    Kind("XML của trang có ký tự cấm", patched(replaced("<v>24</v>", "<v>2\x014</v>")), "xlsx"),
    Kind(
        "thiếu phần kiểu ô",
        patched(lambda name, text: None if name == "xl/styles.xml" else text),
        "xlsx",
    ),
    Kind(
        "thiếu trang tính trong gói",
        patched(lambda name, text: None if name == SHEET_PART else text),
        "xlsx",
    ),
    Kind(
        "kiểu ô trỏ ra ngoài bảng kiểu",
        patched(
            lambda name, text: (
                text.replace('<c r="G7" s="', '<c r="G7" s="99') if name == SHEET_PART else text
            )
        ),
        "xlsx",
    ),
    Kind(
        "phần mở rộng mà openpyxl cảnh báo",
        patched(
            lambda name, text: (
                text.replace(
                    "</worksheet>", f'<extLst><ext uri="{VALIDATION}"/></extLst></worksheet>'
                )
                if name == SHEET_PART
                else text
            ),
            cell("G7", "1.234"),
        ),
        "so_hai_nghia",
        "G7",
    ),
    # hidden, placeholders, noise
    Kind("dòng bị ẩn", form(hidden(rows=(8, 9))), "an", "", 0, ("vu_thanh", "23")),
    Kind("dòng bị lọc", form(filtered), "an", "", 0, ("vu_thanh", "23")),
    Kind(
        "dòng cao bằng 0",
        patched(replaced('<row r="8"', '<row r="8" ht="0"')),
        "an",
        "",
        0,
        ("vu_thanh", "23"),
    ),
    Kind("cột bị ẩn", form(hidden(columns="H")), "an", "", 0, ("thu_mau", "301.149")),
    Kind("dấu … thay cho trống", cell("G10", "…"), "khong_phai_so", "G10"),
    Kind("dấu .. thay cho trống", cell("G10", ".."), "khong_phai_so", "G10"),
    Kind("chữ “chưa có” thay cho trống", cell("G10", "chưa có"), "khong_phai_so", "G10"),
    Kind("dấu ? thay cho trống", cell("G10", "?"), "khong_phai_so", "G10"),
    Kind("dấu … ở ô ngày", sheet(put("C4", "…"), ("vu_thanh", ACTUAL, None, 2)), "ngay", "C4"),
    Kind("dấu - ở ô ghi chú", cell("J7", "-"), "cho_trong", "J7", 0, ("vu_nhan", "", "note")),
    Kind("dấu ... ở ô nguồn", cell("I7", "..."), "cho_trong", "I7", 0, ("vu_nhan", "", "source")),
    Kind(
        "phần lẻ do máy tính cộng trừ",
        cell("H6", 301.149000000005),
        "so_le",
        "H6",
        0,
        ("thu_mau", "301.149"),
    ),
    Kind(
        "phần lẻ do máy tính cộng trừ, thiếu",
        cell("H6", 301.148999999996),
        "so_le",
        "H6",
        0,
        ("thu_mau", "301.149"),
    ),
    Kind(
        "phần lẻ do máy tính cộng trừ ở số đếm",
        cell("G7", 23.9999999999996),
        "so_le",
        "G7",
        0,
        ("vu_nhan", "24"),
    ),
)
