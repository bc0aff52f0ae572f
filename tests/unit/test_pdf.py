"""The PDF writer: the file says what the tree says, in the form of the decree,
and always in the same bytes."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from pypdf import PdfReader
from sample_document import SVG, cell, figure, sample_document

from danvan_nb import nodes
from danvan_nb.document.pdf import draw_png, read_pdf, write_pdf
from danvan_nb.document.reconcile import lines
from danvan_nb.errors import RenderError
from danvan_nb.nodes import (
    Appendix,
    Block,
    Break,
    BulletList,
    Cell,
    Chart,
    Document,
    Heading,
    Inline,
    Note,
    Paragraph,
    Table,
    Text,
    Value,
)

HOSTILE = '#panic("x") *a* _b_ `c` $x$ = H @ref <lbl> // /* "q" \\ [d] {e} ~ -- ... http://mau.vn'


def squeeze(text: str) -> str:
    return "".join(text.split())


def text_of(document: Document) -> str:
    return squeeze("".join(lines(document)))


def with_blocks(*blocks: Block, appendices: tuple[Appendix, ...] = ()) -> Document:
    return replace(sample_document(), blocks=blocks, appendices=appendices)


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def long_document() -> Document:
    """Make paragraphs, notes and a table that all go over pages,
    and an appendix of several pages."""
    sentence = (
        "Ủy ban nhân dân thành phố Mẫu đã chỉ đạo các cơ quan, đơn vị triển khai thực hiện kế hoạch"
        " năm 2023-2024; "
    )
    paragraphs = []
    for number in range(1, 61):
        note = Note(
            number,
            (Text(f"Kế hoạch số {number}/KH-UBND: " + sentence * (40 if number == 7 else 1)),),
        )
        run: tuple[Inline, ...] = (
            Text(f"Đoạn {number}. " + sentence * 4),
            note,
            Text(" "),
            Text(sentence * 3, italic=True),
        )
        paragraphs.append(Paragraph(run))
    head = ((cell(Text("Số thứ tự"), header=True), cell(Text("Nội dung công việc"), header=True)),)
    rows = tuple(
        (
            (cell(Text(f"N{row}"), rowspan=2), cell(Text(f"Dòng {row}: " + sentence), align="left"))
            if row % 2 == 0
            else (cell(figure("x", f"{row}.000", str(row)), align="right"),)
        )
        for row in range(80)
    )
    tall = Table("Ô dài", 1, (), ((cell(Text(sentence * 60), align="left"),),))
    table = Table("Bảng dài", 2, head, rows)
    appendices = tuple(
        Appendix(f"Phụ lục {roman}", "BẢNG", "(Kèm theo Báo cáo)", (table, paragraph("Hết.")))
        for roman in ("I", "II")
    )
    return with_blocks(*paragraphs[:30], table, tall, *paragraphs[30:], appendices=appendices)


@pytest.fixture(scope="module")
def long_pdf() -> bytes:
    return write_pdf(long_document())


@pytest.mark.parametrize("draft", [False, True])
def test_text_comes_back(draft: bool) -> None:
    """The words drawn in the file are those of the tree, in its order; page numbers,
    marks and DỰ THẢO are not among them."""
    document = sample_document(draft)
    assert squeeze(read_pdf(write_pdf(document))) == text_of(document)


def test_text_over_pages_comes_back(long_pdf: bytes) -> None:
    """Paragraphs, notes, cells and tables broken over pages are read once and whole,
    without repeated header rows."""
    assert len(PdfReader(io.BytesIO(long_pdf)).pages) > 20
    assert squeeze(read_pdf(long_pdf)) == text_of(long_document())


def test_words_stay_apart(long_pdf: bytes) -> None:
    """A broken line, a broken page and a new cell part words;
    a number with its point is never parted."""
    words = read_pdf(long_pdf).split()
    expected = " ".join(lines(long_document())).split()
    # Only a compound word may be parted, where a line ends at its hyphen.
    assert [word for word in words if re.search(r"\d", word)] == [
        word for word in expected if re.search(r"\d", word)
    ]
    assert words == expected


def test_altered_digit_is_seen() -> None:
    """One digit that differs between file and tree shows in what is read."""
    document = sample_document()
    first = document.blocks[3]
    assert isinstance(first, Paragraph)
    changed = tuple(
        replace(x, text=x.text.replace("62,30", "62,31")) if isinstance(x, Value) else x
        for x in first.content
    )
    altered = replace(
        document,
        blocks=(*document.blocks[:3], replace(first, content=changed), *document.blocks[4:]),
    )
    assert squeeze(read_pdf(write_pdf(altered))) != text_of(document)


def test_hostile_text_stays_text() -> None:
    """Typst markup and code in any place of the tree is shown, never run."""
    inlines = (
        Text(HOSTILE),
        Note(1, (Text(HOSTILE),)),
        figure("x", HOSTILE, "1"),
        Break(),
        Text("  đầu dòng  "),
    )
    table = Table(
        HOSTILE, 1, ((cell(Text(HOSTILE), header=True),),), ((Cell((inlines, (Text(HOSTILE),))),),)
    )
    blocks = (
        Heading(1, "=", inlines, "a"),
        Paragraph(inlines),
        BulletList((inlines,)),
        Chart((Text(HOSTILE),), HOSTILE, SVG),
        table,
    )
    sample = sample_document(draft=True)
    fields = dict.fromkeys(("superior", "number", "place_date", "kind", "signatory"), HOSTILE)
    several = dict.fromkeys(("issuer", "to", "authority", "recipients"), (HOSTILE, HOSTILE))
    head = replace(sample.head, **fields, **several)  # type: ignore[arg-type]
    appendix = Appendix(HOSTILE, HOSTILE, HOSTILE, (nodes.Box(HOSTILE),))
    document = replace(
        sample, head=head, subject=(Text(HOSTILE),), blocks=blocks, appendices=(appendix,)
    )
    assert squeeze(read_pdf(write_pdf(document))) == text_of(document)


@pytest.mark.parametrize(
    "to",
    [(), ("Sở Nội vụ tỉnh Mẫu.",), ("Sở Nội vụ và các cơ quan có liên quan của tỉnh Mẫu " * 3,)],
)
def test_addressees(to: tuple[str, ...]) -> None:
    """None, one and one very long addressee are all set."""
    document = sample_document()
    document = replace(document, head=replace(document.head, to=to, superior="CẤP TRÊN"))
    assert squeeze(read_pdf(write_pdf(document))) == text_of(document)


def test_heading_levels_may_start_anywhere() -> None:
    """A report whose headings start at level 3 or skip one still makes a lawful outline."""
    document = with_blocks(
        *(Heading(level, "a)", (Text("Mục"),), f"m{level}") for level in (3, 1, 3, 2))
    )
    assert squeeze(read_pdf(write_pdf(document))) == text_of(document)


def test_same_document_same_bytes() -> None:
    """Neither clock nor chance goes into the file."""
    assert write_pdf(sample_document()) == write_pdf(sample_document())
    assert draw_png(SVG) == draw_png(SVG)


def test_pages(long_pdf: bytes) -> None:
    """All pages are A4; counting starts again in each appendix,
    and no first page shows its number."""
    numbers = []
    for page in PdfReader(io.BytesIO(long_pdf)).pages:
        assert [round(float(side)) for side in page.mediabox[2:]] == [595, 842]
        first = page.extract_text().split("\n")[0].strip()
        numbers.append(int(first) if first.isdigit() else 1)
    starts = [index for index, number in enumerate(numbers) if number == 1]
    assert len(starts) == 3
    for start, end in zip(starts, (*starts[1:], len(numbers)), strict=True):
        assert numbers[start:end] == list(range(1, end - start + 1))


def test_notes_in_table_head_and_heading() -> None:
    """Notes also work in a heading and in the head of a table that goes over pages;
    empty blocks do no harm."""
    notes = [Note(number, (Text(f"Ghi chú {number}."),)) for number in (1, 2, 3)]
    head = ((Cell(((Text("Đầu bảng"), notes[1]),), header=True),),)
    table = Table("Bảng", 1, head, tuple((cell(Text(f"Dòng {row}")),) for row in range(90)))
    empty = (Paragraph(()), Table("", 2, (), ()), Chart((), "Biểu đồ", SVG))
    last = Table("Bảng", 1, (), ((Cell(((Text("Ô"), notes[2]),)),),))
    document = with_blocks(Heading(1, "I.", (Text("MỤC"), notes[0]), "m"), table, *empty, last)
    assert squeeze(read_pdf(write_pdf(document))) == text_of(document)


@pytest.mark.parametrize(("before", "drawings"), [(6, 1), (7, 1), (8, 1), (9, 1), (7, 6)])
def test_text_fills_the_page_before_a_drawing(before: int, drawings: int) -> None:
    """Where a drawing has no room, what follows in its section stands before it, and is read after
    it; no drawing passes the next heading, and many of them come to rest too."""
    tall = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="420"><rect width="600"'
        ' height="420"/></svg>'
    )
    chart = Chart((Text("Biểu đồ"),), "Biểu đồ cột", tall)
    sentence = "Ủy ban nhân dân thành phố Mẫu đã chỉ đạo các cơ quan. "
    text = [paragraph(f"Đoạn {number}. {sentence * 6}") for number in range(14)]
    drawn = [block for _ in range(drawings) for block in (chart, *text)]
    next_one = Heading(1, "I.", (Text("MỤC SAU"),), "sau")
    document = with_blocks(*text[:before], *drawn, next_one, *text)
    data = write_pdf(document)
    assert squeeze(read_pdf(data)) == text_of(document)
    pages = PdfReader(io.BytesIO(data)).pages
    assert "Biểu đồ" not in "".join(page.extract_text() for page in pages).partition("MỤC SAU")[2]
    for page in pages[:-2]:  # the last are the end of the text and the signature
        heights: list[float] = []
        page.extract_text(
            visitor_text=lambda text, cm, tm, *_, heights=heights: heights.append(
                (tm[5] * cm[3] + cm[5]) if text.strip() else 842
            )
        )
        assert min(heights) < (20 + 25) / 25.4 * 72  # the margin, and what a heading keeps free


def test_wide_table_turns_its_appendix() -> None:
    """A table of many columns lays the pages of its appendix flat, and only these."""
    wide = Table("Bảng rộng", 15, (), (tuple(cell(Text("1.234,56")) for _ in range(15)),))
    appendices = tuple(
        Appendix("Phụ lục", "BẢNG", "(Kèm theo)", (block,)) for block in (wide, paragraph("Hết."))
    )
    document = with_blocks(paragraph("Hết./."), appendices=appendices)
    data = write_pdf(document)
    assert [
        page.mediabox.width > page.mediabox.height for page in PdfReader(io.BytesIO(data)).pages
    ] == [False, True, False]
    assert squeeze(read_pdf(data)) == text_of(document)


def test_declares_archive_and_access_standards() -> None:
    """The file declares PDF/A-2a and PDF/UA-1, is tagged and says its language, title,
    author and date."""
    reader = PdfReader(io.BytesIO(write_pdf(sample_document())))
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    for claim in ("<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in xmp
    assert reader.root_object["/Lang"] == "vi-VN"
    assert bool(reader.root_object["/MarkInfo"]["/Marked"])  # type: ignore[index]
    info = reader.metadata
    assert info is not None
    assert info.title == "Báo cáo: Kết quả công tác dân vận 6 tháng đầu năm 2023"
    assert info.author == "ỦY BAN NHÂN DÂN THÀNH PHỐ MẪU"
    assert (info.creation_date_raw or "").startswith("D:20230630")


def test_only_the_fonts_of_the_package_are_embedded() -> None:
    """No other font slips in, in text, draft mark or drawing."""
    reader = PdfReader(io.BytesIO(write_pdf(sample_document(draft=True))))
    parts = [reader.get_object(number) for number in range(1, int(reader.trailer["/Size"]))]  # type: ignore[call-overload]
    found = {
        part["/FontName"].split("+")[1]
        for part in parts
        if isinstance(part, dict) and "/FontName" in part
    }
    assert {name.split("-")[0] for name in found} == {"Tinos"}


@pytest.mark.parametrize(
    "blocks",
    [
        (paragraph("Đã xong ☑"),),
        (Chart((Text("Biểu đồ"),), "Biểu đồ", SVG.replace("301,149", "☑")),),
    ],
    ids=["text", "chart"],
)
def test_missing_glyph_is_an_error(blocks: tuple[Block, ...]) -> None:
    """A sign that the fonts lack stops the run and is named, instead of becoming an empty box."""
    with pytest.raises(RenderError, match="☑"):
        write_pdf(with_blocks(*blocks))


def test_broken_drawing_is_an_error() -> None:
    """A drawing that is no SVG stops the run."""
    with pytest.raises(RenderError, match="SVG"):
        draw_png("<svg")


def test_unknown_node_is_an_error() -> None:
    """A node that the template does not know is never left out."""
    with pytest.raises(RenderError, match="Head"):
        write_pdf(with_blocks(sample_document().head))  # type: ignore[arg-type]
