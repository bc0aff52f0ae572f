"""The official form on paper, for texts of any length: measured on the made PDF and Word files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from docx.oxml.parser import parse_xml
from pypdf import PdfReader
from sample_document import SVG, sample_document

from danvan_nb.conform.measure import measure_form
from danvan_nb.document.docx import write_docx
from danvan_nb.document.layout import even_lines
from danvan_nb.document.pdf import write_pdf
from danvan_nb.nodes import (
    Block,
    BulletList,
    Cell,
    Chart,
    Document,
    Heading,
    Note,
    Paragraph,
    Table,
    Text,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SENTENCE = "Ủy ban nhân dân thành phố Mẫu đã chỉ đạo các cơ quan, đơn vị triển khai thực hiện. "


def failing(data: bytes, suffix: str) -> set[str]:
    return {rule.id for rule in measure_form(data, suffix) if rule.passed is False}


def report(*blocks: Block, **head: tuple[str, ...]) -> Document:
    sample = sample_document()
    closing = Paragraph((Text("Trên đây là báo cáo của Ủy ban nhân dân thành phố Mẫu./."),))
    head_changed = replace(sample.head, **head)  # type: ignore[arg-type]
    return replace(sample, head=head_changed, blocks=(*blocks, closing), appendices=())


def filler(lines: int) -> Block:
    """Make a paragraph of about so many lines."""
    return Paragraph((Text(SENTENCE * lines),))


def xml(data: bytes, name: str = "document.xml") -> Any:
    return parse_xml(zipfile.ZipFile(io.BytesIO(data)).read(f"word/{name}"))


@pytest.mark.parametrize("lines", range(24, 34))
def test_notes_of_one_line_stand_on_its_page(lines: int) -> None:
    """Of several notes whose marks share the last line of a page, none slips to the next one;
    and no line ends beyond the right margin."""
    notes = [Note(number, (Text(SENTENCE * number),)) for number in (1, 2, 3)]
    marked = (Text("Kế hoạch"), notes[0], Text(", chương trình"), notes[1], Text(" và đề án"))
    paragraph = Paragraph((Text(SENTENCE), *marked, notes[2], Text("; " + SENTENCE * 3)))
    failed = failing(write_pdf(report(filler(lines - 20), filler(20), paragraph)), ".pdf")
    assert not failed & {"notes-on-page", "margin-right", "margin-bottom"}


@pytest.mark.parametrize("lines", range(24, 32))
def test_a_note_of_the_last_line_but_one_stands_on_its_page(lines: int) -> None:
    """The last line of a page may be any of a paragraph; its note stays with it."""
    note = Note(1, (Text(SENTENCE * 2),))
    paragraph = Paragraph((Text(SENTENCE * 3 + "kế hoạch"), note, Text(". " + SENTENCE)))
    document = report(filler(lines - 20), filler(20), paragraph, filler(3))
    assert "notes-on-page" not in failing(write_pdf(document), ".pdf")


def pages(document: Document) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(write_pdf(document))).pages]


def noted(number: int, before: int = 2, long: int = 2) -> tuple[Text | Note, ...]:
    """Make text with a mark behind some words, and a note of about so many lines."""
    note = Note(number, (Text(SENTENCE * long),))
    return (Text("Kế hoạch " * before), note, Text(" " + SENTENCE * 3))


@pytest.mark.parametrize("lines", range(23, 31))
def test_a_note_of_a_list_stands_on_the_page_of_its_mark(lines: int) -> None:
    """An item at the foot of a page goes over whole if its note has no room there."""
    items = tuple((Text(SENTENCE), *noted(number)) for number in (1, 2, 3, 4))
    document = report(filler(lines - 20), filler(20), BulletList(items))
    assert "notes-on-page" not in failing(write_pdf(document), ".pdf")


@pytest.mark.parametrize("lines", range(20, 34, 2))
def test_a_note_below_a_long_one_stands_on_its_page(lines: int) -> None:
    """A note of many lines does not go on over the page: the next one would be lost to it."""
    paragraphs = [Paragraph(noted(number, long=7)) for number in (1, 2, 3)]
    document = report(filler(lines - 20), filler(20), *paragraphs)
    assert "notes-on-page" not in failing(write_pdf(document), ".pdf")


@pytest.mark.parametrize("lines", range(24, 32))
def test_a_title_goes_over_the_page_with_a_note_below_it(lines: int) -> None:
    """Where a note in the first line takes the text over to the next page, its titles follow."""
    titles = [Heading(1, "I.", (Text("MỤC LỚN"),), "a"), Heading(2, "1.", (Text("Mục"),), "b")]
    document = report(filler(lines - 20), filler(20), *titles, Paragraph(noted(1, long=5)))
    assert [page.count("1. Mục") for page in pages(document)] == [
        page.count("Kế hoạch Kế hoạch") for page in pages(document)
    ]


@pytest.mark.parametrize("lines", range(16, 32, 2))
def test_a_lead_in_stays_with_its_list_behind_a_drawing(lines: int) -> None:
    """A list that passes a drawing takes its lead-in along."""
    chart = Chart((Text("Thu ngân sách"),), "Biểu đồ: 301,149", SVG)
    items = tuple((Text(f"mục {number} " + SENTENCE * 2),) for number in range(6))
    lead = Paragraph((Text("Kết quả như sau:"),))
    document = report(filler(lines), chart, filler(2), lead, BulletList(items))
    assert [page.count("như sau:") for page in pages(document)] == [
        page.count("mục 0 ") for page in pages(document)
    ]


@pytest.mark.parametrize("lines", range(20, 30, 2))
def test_the_closing_stands_with_the_signature_behind_a_drawing(lines: int) -> None:
    """A drawing above the last paragraph does not part it from the signature."""
    chart = Chart((Text("Thu ngân sách"),), "Biểu đồ: 301,149", SVG)
    text = pages(report(filler(lines - 10), filler(10), chart))[-1]
    assert "Trên đây" in text
    assert "Nơi nhận" in text


@pytest.mark.parametrize("lines", range(18, 32, 2))
def test_a_drawing_cuts_no_sentence(lines: int) -> None:
    """A drawing stands between the paragraphs that it stands between in the report."""
    chart = Chart((Text("Thu ngân sách"),), "Biểu đồ: 301,149", SVG)
    document = report(filler(lines), chart, filler(12), Heading(1, "I.", (Text("MỤC"),), "m"))
    assert "body-whole" not in failing(write_pdf(document), ".pdf")


@pytest.mark.parametrize(
    "name",
    ["XÃ MẪU", "THÀNH PHỐ MẪU (KHÔNG CÓ THẬT)", "SỞ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN TỈNH MẪU"],
)
def test_the_issuers_rule_goes_by_its_last_line(name: str) -> None:
    """A name of one, two or three lines has a rule of 1/3 to 1/2 of its last line."""
    document = report(filler(3), issuer=("ỦY BAN NHÂN DÂN", name))
    for suffix, write in ((".pdf", write_pdf), (".docx", write_docx)):
        assert not failing(write(document), suffix) & {"issuer-rule", "issuer-face", "issuer-level"}


def test_a_long_subject_has_its_rule_by_its_last_line() -> None:
    """A subject of two lines has a rule of 1/3 to 1/2 of the second."""
    subject = (Text("Kết quả công tác dân vận của chính quyền thành phố Mẫu 6 tháng đầu năm 2023"),)
    document = replace(report(filler(3)), subject=subject)
    assert "subject-rule" not in failing(write_pdf(document), ".pdf")


@pytest.mark.parametrize(
    "name",
    [
        "- Lưu: VT;",
        "- Chủ tịch và các Phó Chủ tịch Ủy ban nhân dân Thành phố;",
        "- Ủy ban Mặt trận Tổ quốc Việt Nam và các đoàn thể Thành phố;",
    ],
)
def test_a_recipient_stands_on_one_line(name: str) -> None:
    """A recipient's name is not broken as long as the signatory leaves it room."""
    document = report(filler(3), recipients=("- Như trên;", name))
    page = PdfReader(io.BytesIO(write_pdf(document))).pages[-1]
    assert any(line.startswith(name) for line in page.extract_text().split("\n"))
    grids = list(xml(write_docx(document)).iter(f"{W}tblGrid"))
    widths = [int(column.get(f"{W}w")) for column in grids[-1]]
    assert sum(widths) == 9354
    assert (widths[0] > 9354 // 2) == (len(name) > 50)


@pytest.mark.parametrize("end", ["", " công nghệ", " công nghệ thông tin và truyền thông"])
def test_a_point_of_two_lines_reaches_both_margins(end: str) -> None:
    """The title of a điểm is text of the body, however its lines break."""
    words = "Sắp xếp, tinh gọn bộ máy; chất lượng đội ngũ; chuyển đổi số, ứng dụng" + end
    document = report(Heading(3, "b)", (Text(words),), "m"), filler(3))
    assert "body-justified" not in failing(write_pdf(document), ".pdf")


def test_dashes_and_bookmarks_are_named_as_they_are() -> None:
    """A list of dashes is not tagged as one of circles, and the bookmark of a Phụ lục has its
    space."""
    data = write_pdf(sample_document())
    assert b"/ListNumbering/None" in data
    assert b"/Circle" not in data
    outline = PdfReader(io.BytesIO(data)).outline
    titles = [item.title for item in outline if not isinstance(item, list)]
    assert titles[-1] == "Phụ lục KẾT QUẢ TIẾP CÔNG DÂN"


@pytest.mark.parametrize(("words", "stays"), [("các việc sau:", True), ("các việc.", False)])
def test_words_that_lead_to_a_list_stay_with_it(words: str, stays: bool) -> None:
    """In Word a lead-in goes over the page with its list; another paragraph does not."""
    lead = Paragraph((Text(words),))
    root = xml(write_docx(report(lead, BulletList(((Text("Một;"),),)))))
    texts = {p: "".join(t.text for t in p.iter(f"{W}t")) for p in root.iter(f"{W}p")}
    found = [p for p, text in texts.items() if text == words]
    assert [p.find(f"{W}pPr/{W}keepNext") is not None for p in found] == [stays]


def test_a_drawing_in_word_is_a_vector_with_a_picture_for_older_programs() -> None:
    """Both are there, the vector in the face of the form."""
    chart = Chart((Text("Thu ngân sách"),), "Biểu đồ: 301,149", SVG)
    data = write_docx(report(chart, chart))
    files = zipfile.ZipFile(io.BytesIO(data))
    drawings = [name for name in files.namelist() if name.endswith(".svg")]
    assert len(drawings) == 2
    assert b"Times New Roman" in files.read(drawings[0])
    assert b"Tinos" not in files.read(drawings[0])
    links = {link.get("Id"): link.get("Target") for link in xml(data, "_rels/document.xml.rels")}
    blips = [e for e in xml(data).iter() if str(e.tag).endswith("}svgBlip")]
    assert [links[dict(blip.attrib).popitem()[1]] for blip in blips] == [
        "media/drawing1.svg",
        "media/drawing2.svg",
    ]


def test_titles_in_word_stand_at_the_left_and_captions_look_alike() -> None:
    """A title of two lines is not stretched; a picture's caption is set as a table's."""
    styles = {style.get(f"{W}styleId"): style for style in xml(write_docx(report()), "styles.xml")}
    for name in ("Heading1", "Heading2"):
        assert styles[name].find(f"{W}pPr/{W}jc").get(f"{W}val") == "left"
    assert styles["Caption"].find(f"{W}rPr/{W}b") is not None
    assert styles["Caption"].find(f"{W}rPr/{W}i") is None
    assert styles["TableCaption"].find(f"{W}rPr") is None


def test_word_file_has_a_theme_and_a_font_table() -> None:
    """Word and validators look for both."""
    names = zipfile.ZipFile(io.BytesIO(write_docx(report()))).namelist()
    assert {"word/theme.xml", "word/fontTable.xml"} <= set(names)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("", []),
        ("XÃ MẪU", ["XÃ MẪU"]),
        ("THÀNH PHỐ MẪU (KHÔNG CÓ THẬT)", ["THÀNH PHỐ MẪU", "(KHÔNG CÓ THẬT)"]),
        ("M" * 40, ["M" * 40]),
    ],
)
def test_names_break_evenly(name: str, lines: list[str]) -> None:
    """No single word is left for the last line, and no word is broken."""
    assert even_lines(name, 23) == lines


@pytest.mark.parametrize("lines", range(20, 30, 2))
def test_a_title_does_not_stand_alone_where_a_drawing_goes_over_the_page(lines: int) -> None:
    """A drawing right below a title leaves it text on its page, or takes it along."""
    chart = Chart((Text("Thu ngân sách"),), "Biểu đồ: 301,149", SVG)
    title = Heading(2, "1.", (Text("Mục có hình"),), "m")
    document = report(filler(lines - 10), filler(10), title, chart, filler(8), filler(8))
    assert "heads-kept" not in failing(write_pdf(document), ".pdf")


def numbers(columns: int, rows: int) -> Table:
    row = tuple(Cell(((Text("223"),),)) for _ in range(columns))
    return Table("Bảng 1. Số liệu", columns, (), (row,) * rows)


@pytest.mark.parametrize("rows", [36, 40, 90])
def test_a_long_table_misleads_no_measure(rows: int) -> None:
    """Columns that end where no text ends are no margin, a last number is no page number."""
    document = report(filler(3), numbers(4, rows), filler(3))
    assert failing(write_pdf(document), ".pdf") <= {"signed-with-text"}


def test_marks_at_the_end_of_lines_belong_to_the_lines() -> None:
    """A line that ends in the mark of a note reaches the margin."""
    marked = [
        Paragraph(
            (
                Text("Kế hoạch năm " * count),
                Note(number, (Text("Ghi chú."),)),
                Text(" " + SENTENCE * 3),
            )
        )
        for number, count in enumerate(range(1, 30), 1)
    ]
    assert "body-justified" not in failing(write_pdf(report(*marked)), ".pdf")


@pytest.mark.parametrize("last", ["DỰ ÁN", "HUYỆN MẪU PHÍA ĐÔNG B", "ĐẦU TƯ XÂY DỰNG TỈNH", "TỈNH"])
def test_the_issuers_last_line_is_no_kind_and_no_text(last: str) -> None:
    """A line of the issuer's name may read like a kind of document, or begin where text begins."""
    document = report(filler(3), issuer=("ỦY BAN NHÂN DÂN", "BAN QUẢN LÝ", last))
    assert not failing(write_pdf(document), ".pdf")
