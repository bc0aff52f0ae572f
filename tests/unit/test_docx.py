"""The Word file says what the tree says, in the form,
and in an order of elements that Word accepts."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from docx.oxml.parser import parse_xml
from sample_document import cell, printed, sample_document

from danvan_nb import nodes
from danvan_nb.document.docx import write_docx
from danvan_nb.document.reconcile import lines
from danvan_nb.document.word import bookmark_name, figure_tag, read_docx
from danvan_nb.errors import RenderError
from danvan_nb.nodes import Document, Note, Paragraph, Table, Text, Value

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"

# The children of each element as ISO/IEC 29500-1 (transitional) orders them,
# as far as a report may hold them.
ORDER = {
    "pPr": (
        "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers"
        " pBdr shd tabs suppressAutoHyphens bidi adjustRightInd snapToGrid spacing ind"
        " contextualSpacing mirrorIndents jc textDirection textAlignment outlineLvl rPr sectPr"
        " pPrChange"
    ),
    "rPr": (
        "rStyle rFonts b bCs i iCs caps smallCaps strike color spacing w kern position sz szCs"
        " highlight u bdr shd vertAlign rtl cs lang"
    ),
    "tcPr": (
        "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText"
        " vAlign hideMark"
    ),
    "tblPr": (
        "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc"
        " tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption"
    ),
    "sectPr": (
        "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders"
        " lnNumType pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter"
        " docGrid"
    ),
    "sdtPr": "rPr alias tag id lock placeholder temporary showingPlcHdr dataBinding appearance",
    "style": "name aliases basedOn next link uiPriority qFormat pPr rPr tblPr",
    "lvl": "start numFmt lvlRestart pStyle isLgl suff lvlText lvlJc pPr rPr",
}


def squeeze(text: str) -> str:
    return "".join(text.split())


def xml(data: bytes, name: str = "document") -> object:
    return parse_xml(zipfile.ZipFile(io.BytesIO(data)).read(f"word/{name}.xml"))


def first_table(data: bytes) -> object:
    """Find the first table with borders, past the layout tables."""
    styles = (
        (table, table.find(f"{W}tblPr/{W}tblStyle").get(f"{W}val"))
        for table in xml(data).iter(f"{W}tbl")
    )
    return next(table for table, style in styles if style == "TableGrid")


def change(data: bytes, name: str, edit: Callable[[str], str]) -> bytes:
    """Rewrite one part of the file, as a person's edit would."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(
                part, edit(content.decode()).encode() if part == f"word/{name}.xml" else content
            )
    return out.getvalue()


def with_block(*blocks: nodes.Block) -> Document:
    return replace(sample_document(), blocks=blocks, appendices=())


@pytest.fixture(scope="module")
def data() -> bytes:
    return write_docx(sample_document())


@pytest.mark.parametrize("draft", [False, True])
def test_reads_back_what_the_tree_says(draft: bool) -> None:
    """Every word of the report, notes and alt texts among them, comes back in order,
    and nothing else."""
    document = sample_document(draft)
    assert squeeze(read_docx(write_docx(document))) == squeeze("".join(lines(document)))


@pytest.mark.parametrize(
    "part, old, new", [("document", "301,149 tỷ", "301,148 tỷ"), ("footnotes", "95,83%", "95,84%")]
)
def test_sees_an_altered_digit(data: bytes, part: str, old: str, new: str) -> None:
    """One digit changed by hand, in the text or in a note, is read."""
    changed = change(data, part, lambda text: text.replace(old, new, 1))
    assert squeeze(read_docx(changed)) != squeeze(read_docx(data))
    assert squeeze(new) in squeeze(read_docx(changed))


def test_reads_insertions_and_not_deletions(data: bytes) -> None:
    """Under tracked changes, the text is what it would be if all were accepted."""

    def edit(text: str) -> str:
        added = '<w:ins w:id="1" w:author="x"><w:r><w:t>THEM</w:t></w:r></w:ins>'
        gone = (
            '<w:del w:id="2" w:author="x"><w:r><w:delText>BO</w:delText><w:t>BO</w:t></w:r></w:del>'
        )
        return text.replace("</w:pPr>", f"</w:pPr>{added}{gone}", 1)

    text = read_docx(change(data, "document", edit))
    assert text.startswith("THEM")
    assert "BO" not in text


def test_notes_stand_in_a_part_of_their_own(data: bytes) -> None:
    """footnotes.xml holds exactly the notes, in order; no section restarts their numbers."""
    notes = [note for note in nodes.walk(sample_document()) if isinstance(note, Note)]
    written = [note for note in xml(data, "footnotes") if note.get(f"{W}type") is None]
    assert [note.get(f"{W}id") for note in written] == [str(note.number) for note in notes]
    assert [squeeze("".join(note.itertext(f"{W}t"))) for note in written] == [
        squeeze(nodes.plain(note.content)) for note in notes
    ]
    references = [mark.get(f"{W}id") for mark in xml(data).iter(f"{W}footnoteReference")]
    assert references == [str(note.number) for note in notes]
    assert b"numRestart" not in b"".join(
        zipfile.ZipFile(io.BytesIO(data)).read(f"word/{n}.xml") for n in ("document", "settings")
    )


def test_refuses_notes_that_word_would_number_otherwise() -> None:
    """A note numbered 2 that comes first, or a note in a note, is an error:
    Word would print another number."""
    for note in (Note(2, (Text("x"),)), Note(1, (Note(2, (Text("x"),)),))):
        with pytest.raises(RenderError, match="chú thích"):
            write_docx(with_block(Paragraph((note,))))


def test_merges_cells(data: bytes) -> None:
    """A cell over two columns has gridSpan, a cell over two rows restarts and continues,
    and every row fills the grid."""
    table = first_table(data)
    rows = []
    for row in table.iter(f"{W}tr"):
        wide = [cell.find(f"{W}tcPr/{W}gridSpan") for cell in row.iter(f"{W}tc")]
        spans = [1 if span is None else int(span.get(f"{W}val")) for span in wide]
        merges = [m.get(f"{W}val") for m in row.iter(f"{W}vMerge")]
        rows.append((spans, merges))
    assert rows == [
        ([2, 1], ["restart"]),
        ([1, 1, 1], ["continue"]),
        ([2, 1], ["restart"]),
        ([1, 1, 1], ["continue"]),
    ]


def test_table_rows_and_columns(data: bytes) -> None:
    """Header rows repeat, no row breaks, and the column widths add up to the width of the text in
    grid and cells."""
    table = first_table(data)
    rows = list(table.iter(f"{W}tr"))
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [
        True,
        True,
        False,
        False,
    ]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
    widths = [int(column.get(f"{W}w")) for column in table.iter(f"{W}gridCol")]
    assert sum(widths) == 11906 - 851 - 1701
    assert all(
        sum(int(width.get(f"{W}w")) for width in row.iter(f"{W}tcW")) == sum(widths) for row in rows
    )


def test_long_words_get_their_column() -> None:
    """A column is wide enough for its longest word, however long the text beside it."""
    symbol, text = (
        "98/KHPH-UBNDTP-BDVTU",
        "Kế hoạch phối hợp thực hiện công tác dân vận của chính quyền " * 6,
    )
    data = write_docx(with_block(Table("", 2, (), ((cell(Text(symbol)), cell(Text(text))),))))
    widths = [int(column.get(f"{W}w")) for column in xml(data).findall(f".//{W}gridCol")]
    assert 12 * 20 * 0.55 * len(symbol) < widths[2] < widths[3]


@pytest.mark.parametrize(
    "rows",
    [
        ((cell(Text("a")),),),
        ((cell(Text("a")), cell(Text("b")), cell(Text("c"))),),
        ((cell(Text("a"), colspan=3),),),
        ((cell(Text("a"), rowspan=2), cell(Text("b"))),),
        ((cell(Text("a")), cell(Text("b"), rowspan=2)), (cell(Text("c"), colspan=2),)),
    ],
)
def test_refuses_a_table_that_does_not_fill_its_grid(
    rows: tuple[tuple[nodes.Cell, ...], ...],
) -> None:
    """Too few cells, too many, or a merge past the edge stop the run:
    Word would call the file damaged."""
    with pytest.raises(RenderError, match="Bảng thử"):
        write_docx(with_block(Table("Bảng thử", 2, (), rows)))


def test_every_figure_is_in_a_content_control(data: bytes) -> None:
    """One invisible, unlocked control per figure, in the text and in notes,
    tagged with its id and numbered once."""
    document = sample_document()
    controls = [*xml(data).iter(f"{W}sdt"), *xml(data, "footnotes").iter(f"{W}sdt")]
    found = sorted(
        (c.find(f"{W}sdtPr/{W}tag").get(f"{W}val"), "".join(c.itertext(f"{W}t"))) for c in controls
    )
    assert found == sorted(
        (value.id, printed(value.text))
        for value in nodes.walk(document)
        if isinstance(value, Value)
    )
    assert all(c.find(f"{W}sdtPr/{W15}appearance").get(f"{W15}val") == "hidden" for c in controls)
    assert all(c.find(f"{W}sdtPr/{W}alias").get(f"{W}val") == "Chỉ tiêu mẫu" for c in controls)
    assert not any(c.find(f"{W}sdtPr/{W}lock") is not None for c in controls)
    ids = [c.find(f"{W}sdtPr/{W}id").get(f"{W}val") for c in controls]
    assert len(set(ids)) == len(ids)


def test_long_ids_are_cut_and_stay_apart() -> None:
    """Word takes tags of 64 and bookmarks of 40 characters;
    two long ids that begin alike keep different names."""
    one, two = "x" * 80 + "1", "x" * 80 + "2"
    assert len(figure_tag(one)) == 64 and figure_tag(one) != figure_tag(two)
    assert figure_tag("thu.vs_plan") == "thu.vs_plan"
    assert bookmark_name("can_cu") == "slot_can_cu"
    for slot in (one, two, "mô hình-hay"):
        assert re.fullmatch(r"slot_[A-Za-z0-9_]{1,35}", bookmark_name(slot))
    assert bookmark_name(one) != bookmark_name(two)


def test_bookmarks_enclose_slots(data: bytes) -> None:
    """Each slot has one bookmark around all its paragraphs; starts and ends pair;
    a slot that comes back gets a new name."""
    body = xml(data)[0]
    starts, ends = list(body.iter(f"{W}bookmarkStart")), list(body.iter(f"{W}bookmarkEnd"))
    assert [start.get(f"{W}name") for start in starts] == [
        "slot_can_cu",
        "slot_tinh_hinh",
        "slot_mo_hinh",
        "Hình_1",  # what the text points to
    ]
    assert [start.get(f"{W}id") for start in starts] == [end.get(f"{W}id") for end in ends]
    assert len({start.get(f"{W}id") for start in starts}) == len(starts)
    inside = list(body)[list(body).index(starts[0]) + 1 : list(body).index(ends[0])]
    assert ["".join(p.itertext(f"{W}t"))[:15] for p in inside] == ["Căn cứ Kế hoạch"] * 2
    again = write_docx(
        with_block(*(Paragraph((Text(slot),), slot=slot) for slot in ("a", "b", "a")))
    )
    assert [s.get(f"{W}name") for s in xml(again).iter(f"{W}bookmarkStart")] == [
        "slot_a",
        "slot_b",
        "slot_a_2",
    ]


def test_font_and_language(data: bytes) -> None:
    """Times New Roman for all four scripts, Vietnamese; every style used is defined."""
    styles = xml(data, "styles")
    fonts = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}rFonts")
    assert dict(fonts.attrib) == {
        f"{W}{script}": "Times New Roman" for script in ("ascii", "hAnsi", "eastAsia", "cs")
    }
    assert styles.find(f".//{W}lang").get(f"{W}val") == "vi-VN"
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert not any("thumbnail" in name or "customXml" in name for name in names)
    defined = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style")}
    parts = ("document", "footnotes", "header1", "header2", "styles", "numbering")
    used = {
        node.get(f"{W}val")
        for part in parts
        for tag in ("pStyle", "rStyle", "tblStyle", "basedOn", "next")
        for node in xml(data, part).iter(f"{W}{tag}")
    }
    assert used <= defined


def test_pages(data: bytes) -> None:
    """A4, margins 20/15/20/30 mm; report and appendix each number from 1,
    with a first page of their own."""
    sections = list(xml(data).iter(f"{W}sectPr"))
    assert len(sections) == 2
    for section in sections:
        size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
        assert (size.get(f"{W}w"), size.get(f"{W}h")) == ("11906", "16838")
        sides = [
            round(int(margins.get(f"{W}{side}")) * 25.4 / 1440)
            for side in ("top", "right", "bottom", "left")
        ]
        assert sides == [20, 15, 20, 30]
        assert section.find(f"{W}titlePg") is not None
        assert section.find(f"{W}pgNumType").get(f"{W}start") == "1"
        assert [r.get(f"{W}type") for r in section.iter(f"{W}headerReference")] == [
            "default",
            "first",
        ]


@pytest.mark.parametrize("draft", [False, True])
def test_headers(draft: bool) -> None:
    """The page number is on all pages but the first, the draft mark on all, and only in a draft."""
    data = write_docx(sample_document(draft))
    later, first = xml(data, "header1"), xml(data, "header2")
    assert [bool(list(header.iter(f"{W}instrText"))) for header in (later, first)] == [True, False]
    assert [nodes.DRAFT in "".join(header.itertext(f"{W}t")) for header in (later, first)] == [
        draft,
        draft,
    ]


def test_markup_in_text_stays_text() -> None:
    """`<>&`, quotes, tabs and line breaks in text, label,
    id and alt are not markup and are not lost."""
    text = 'a < b > c & d "e" </w:t>\tx\ny'
    figure = Value("a<&>", text, "1", label='<&"')
    document = with_block(Paragraph((Text(text), figure)), nodes.Box(text))
    assert squeeze(read_docx(write_docx(document))) == squeeze("".join(lines(document)))


@pytest.mark.parametrize("wrong", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_refuses_control_characters(wrong: str) -> None:
    """What XML cannot hold stops the run and is named, with the text before it."""
    with pytest.raises(RenderError, match="sau “Thu ngân sách ”"):
        write_docx(with_block(Paragraph((Text(f"Thu ngân sách {wrong}9 tỷ"),))))
    with pytest.raises(RenderError, match="ký tự điều khiển"):
        write_docx(
            with_block(
                nodes.Chart(
                    (),
                    f"alt{wrong}",
                    next(b.svg for b in sample_document().blocks if isinstance(b, nodes.Chart)),
                )
            )
        )


def test_same_report_same_bytes(data: bytes) -> None:
    """Nothing of the clock or of the machine enters the file."""
    assert write_docx(sample_document()) == data
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.namelist()[0] == "[Content_Types].xml"
    core = archive.read("docProps/core.xml").decode()
    assert core.count("2023-06-30T00:00:00Z") == 2 and "Kết quả công tác dân vận" in core
    assert "python-docx" not in core


@pytest.mark.parametrize(
    "part", ["document", "footnotes", "styles", "numbering", "header1", "header2"]
)
def test_children_stand_in_the_order_of_the_schema(part: str) -> None:
    """Word calls a file damaged whose properties stand in another order."""
    root = xml(write_docx(sample_document(draft=True)), part)
    for tag, names in ORDER.items():
        places = {name: place for place, name in enumerate(names.split())}
        for element in root.iter(f"{W}{tag}"):
            children = [
                child.tag.rpartition("}")[2] for child in element if isinstance(child.tag, str)
            ]
            assert set(children) <= set(places), (tag, children)
            assert [places[child] for child in children] == sorted(
                places[child] for child in children
            ), (tag, children)


def test_unknown_node_is_an_error() -> None:
    """A node that the writer does not know is never left out."""
    with pytest.raises(TypeError, match="unknown block"):
        write_docx(with_block("text"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unknown inline"):
        write_docx(with_block(Paragraph(("text",))))  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", "mở".encode()])
def test_refuses_what_is_not_a_word_file(data: bytes) -> None:
    """A file of another kind gives an error for the user, not a traceback."""
    with pytest.raises(RenderError, match="tệp Word"):
        read_docx(data)
