"""The Word file of a report, written from the document tree.

Owns the package. The form stands in `templates/report.docx.j2`, with content controls around
figures and bookmarks around slots, sizes and faces in `templates/docx_styles.xml`. It adds no words
of its own and reads no clock.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from io import BytesIO
from itertools import count, groupby
from typing import Any, NoReturn

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml
from docx.parts.document import DocumentPart
from docx.shared import Mm
from docx.text.parfmt import ParagraphFormat
from jinja2 import Template

from danvan_nb import nodes
from danvan_nb.document import page_templates, storable, without_clock
from danvan_nb.document.layout import column_widths, label_of, on_paper, place_cells, text_width
from danvan_nb.document.word import NAMESPACES, figure_tag, next_bookmark, read_docx, word_name
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Chart, Document, Note, Table

__all__ = ["read_docx", "write_docx"]

TEXT_WIDTH = 9354  # 165 mm in twips, twentieths of a point
TABLE_SIZES = (12, 10, 8)
TEXT_LIMIT = 255  # characters of a property, for python-docx
CHART_WIDTH, INLINE_WIDTH = Mm(120), Mm(22)
OWN_PARTS = {
    "styles": "STYLES",
    "settings": "SETTINGS",
    "numbering": "NUMBERING",
    "fontTable": "FONT_TABLE",
    "theme": "THEME",
}
VECTOR = (
    '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<a:ext uri="{{96DAC541-7B7A-43D3-8B79-37D633B846F1}}"><asvg:svgBlip r:embed="{}"'
    ' xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/>'
    "</a:ext></a:extLst>"
)
KEPT_LINKS = (RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.CORE_PROPERTIES)
LAST_LINE = "(.//w:tbl[w:tblPr/w:tblStyle/@w:val='TableNormal'])[last()]/preceding-sibling::w:p[1]"


def write_docx(document: Document) -> bytes:
    """Write a report as a Word file; the same document gives the same bytes.

    Raises
    ------
    RenderError
        If a text holds a control character, a table does not fill its columns, or the notes are not
        numbered from 1.
    """
    document = on_paper(document)
    word = docx.Document()
    part = word.part
    _drop_leftovers(part)
    for name, kind in OWN_PARTS.items():
        xml = files("danvan_nb.document").joinpath("templates", f"docx_{name}.xml").read_bytes()
        _add_part(part, name, kind, parse_xml(xml))
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    made: Any = _template().make_module(
        {
            "next_number": lambda what: next(numbers[what]),
            "bookmark": partial(next_bookmark, used=Counter()),
        }
    )
    headers = {}
    for kind, name in (("default", "header1"), ("first", "header2")):
        header = made.header(document.draft, numbered=kind == "default")
        headers[kind] = _add_part(part, name, "HEADER", parse_xml(header))
    root = parse_xml(made.document(document, headers))
    ParagraphFormat(root.xpath(LAST_LINE)[0]).keep_with_next = True  # on the signature's page
    _draw_charts(root, document, part)
    _add_part(part, "footnotes", "FOOTNOTES", parse_xml(made.footnotes(_notes(document))))
    # python-docx has no other way to give a part a root with namespaces of one's own.
    part._element = root
    _set_properties(word.core_properties, document)
    buffer = BytesIO()
    word.save(buffer)
    return without_clock(buffer.getvalue())


@cache
def _template() -> Template:
    names = {
        "namespaces": NAMESPACES,
        "tree": nodes,
        "line": TEXT_WIDTH,
        "kind": lambda node: type(node).__name__,
        "pieces": re.compile(r"(\t|\r\n|\r|\n)").split,
        "slots": lambda blocks: groupby(blocks, key=lambda block: getattr(block, "slot", "")),
        "figure_tag": figure_tag,
        "place_cells": place_cells,
        "label_of": label_of,
        "table_columns": _column_widths,
        "widest": lambda lines: max(map(text_width, lines), default=0),
        "unknown": _unknown,
    }
    env = page_templates().overlay(
        finalize=lambda value: storable(value) if isinstance(value, str) else value
    )
    return env.get_template("report.docx.j2", globals=names)


def _unknown(what: str, node: object) -> NoReturn:
    raise TypeError(f"Word writer: unknown {what} {node!r}")


def _column_widths(table: Table) -> tuple[int, list[int]]:
    """Choose the size of the letters, and the columns in twips."""
    for size in TABLE_SIZES:
        room = TEXT_WIDTH / (20 * size)
        needed, ems = column_widths(table, room)
        if needed <= room:
            break
    widths = [int(TEXT_WIDTH * width / sum(ems)) for width in ems]
    return size, [*widths[:-1], TEXT_WIDTH - sum(widths[:-1])]


def _draw_charts(root: Any, document: Document, part: DocumentPart) -> None:
    charts = [node for node in nodes.walk(document) if isinstance(node, Chart)]
    places = list(root.iter(word_name("drawing")))
    for number, (place, chart) in enumerate(zip(places, charts, strict=True), 1):
        # Typst is loaded only for a report with a chart.
        from danvan_nb.document.pdf import draw_png

        width = CHART_WIDTH if chart.caption else INLINE_WIDTH
        picture = part.new_pic_inline(BytesIO(draw_png(chart.svg)), width=width)
        picture.docPr.set("descr", storable(chart.alt))
        picture.docPr.set("id", str(number))
        picture.docPr.set("name", f"Hình {number}")
        # Word 2016 and later draw the SVG, with the reader's own font; others take the PNG.
        svg = chart.svg.replace("Tinos", "Times New Roman").encode()
        name = PackURI(f"/word/media/drawing{number}.svg")
        vector = part.relate_to(Part(name, "image/svg+xml", svg), RELATIONSHIP_TYPE.IMAGE)
        picture.xpath(".//a:blip")[0].append(parse_xml(VECTOR.format(vector)))
        place.append(picture)


def _notes(document: Document) -> list[Note]:
    """List the notes; Word numbers them itself, so they must come in order, none inside another."""
    notes = [node for node in nodes.walk(document) if isinstance(node, Note)]
    nested = any(isinstance(node, Note) for note in notes for node in note.content)
    numbers = [note.number for note in notes]
    if nested or numbers != list(range(1, len(notes) + 1)):
        raise RenderError(Issue.of("chu_thich_word", found=str(numbers)))
    return notes


# ---- the package


def _add_part(owner: DocumentPart, name: str, kind: str, root: Any) -> str:
    content_type = getattr(CONTENT_TYPE, f"WML_{kind}", CONTENT_TYPE.OFC_THEME)
    part = Part(PackURI(f"/word/{name}.xml"), content_type, serialize_part_xml(root), owner.package)
    return owner.relate_to(part, getattr(RELATIONSHIP_TYPE, kind))


def _drop_leftovers(part: DocumentPart) -> None:
    """Drop what python-docx brings along: theme, styles, thumbnail, another program's name."""
    part.rels.clear()
    package_rels = part.package.rels
    for key, relationship in list(package_rels.items()):
        if relationship.reltype not in KEPT_LINKS:
            del package_rels[key]


def _set_properties(properties: Any, document: Document) -> None:
    author = " ".join(document.head.issuer)[:TEXT_LIMIT]
    properties.title = document.title[:TEXT_LIMIT]
    properties.author = properties.last_modified_by = author
    properties.comments = ""
    properties.language = "vi-VN"
    properties.created = properties.modified = datetime.fromisoformat(document.head.date)
