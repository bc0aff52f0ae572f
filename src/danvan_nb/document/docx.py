"""The Word file of a report: written from the document tree, and read back as text.

Owns the package and its reader. The form stands in `templates/report.docx.j2`, with content controls around figures and bookmarks
around slots, sizes and faces in `templates/docx_styles.xml`. It adds no words of its own and reads no clock.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
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
from danvan_nb.document import page_templates
from danvan_nb.document.layout import column_widths, place_cells, text_width
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Chart, Document, Note, Table

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
}
TEXT_WIDTH = 9355  # 165 mm in twips, twentieths of a point
TABLE_SIZES = (12, 10, 8)
# What XML 1.0 cannot hold.
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_docx(document: Document) -> bytes:
    """Write a report as a Word file; the same document gives the same bytes.

    Raises
    ------
    RenderError
        If a text holds a control character, a table does not fill its columns, or the notes are not numbered from 1.
    """
    word = docx.Document()
    part = word.part
    _drop_leftovers(part)
    for name in ("styles", "settings", "numbering"):
        xml = files("danvan_nb.document").joinpath("templates", f"docx_{name}.xml").read_bytes()
        _add_part(part, name, name.upper(), parse_xml(xml))
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    bookmark = partial(next_bookmark, used=Counter())
    made: Any = _template().make_module(
        {"next_number": lambda what: next(numbers[what]), "bookmark": bookmark}
    )
    headers = {
        kind: _add_part(
            part, name, "HEADER", parse_xml(made.header(document.draft, numbered=kind == "default"))
        )
        for kind, name in (("default", "header1"), ("first", "header2"))
    }
    root = parse_xml(made.document(document, headers))
    _keep_signature(root)
    _draw_charts(root, document, part)
    _add_part(part, "footnotes", "FOOTNOTES", parse_xml(made.footnotes(_notes(document))))
    part._element = (
        root  # python-docx has no other way to give a part a root with namespaces of one's own
    )
    _set_properties(word.core_properties, document)
    buffer = BytesIO()
    word.save(buffer)
    return _without_clock(buffer.getvalue())


def figure_tag(figure_id: str) -> str:
    """Give the tag of a figure's content control: its id, or, over Word's 64 characters, 55 of them, `~` and a hash."""
    return figure_id if len(figure_id) <= 64 else f"{figure_id[:55]}~{_short_hash(figure_id)}"


def bookmark_name(slot: str) -> str:
    """Give the bookmark of a slot: `slot_<id>`; an id that Word would refuse is cleaned, cut to 26 characters and hashed.

    Word takes letters, digits and `_`, at most 40 in all.
    """
    if re.fullmatch(r"\w{1,32}", slot, re.ASCII):
        return f"slot_{slot}"
    return f"slot_{re.sub(r'[^A-Za-z0-9_]', '_', slot)[:23]}_{_short_hash(slot)}"


def next_bookmark(slot: str, used: Counter[str]) -> str:
    """Give the bookmark of a passage and count it: a slot that comes back later in the report gets `_2`, `_3`."""
    name = bookmark_name(slot)
    used[name] += 1
    return name if used[name] == 1 else f"{name}_{used[name]}"


def read_docx(data: bytes) -> str:
    """Read the text of a Word file in reading order, as `tree.lines` gives it: notes at their reference, pictures by their alt.

    Insertions under tracked changes are read, deletions are not; headers and page numbers are left out.

    Raises
    ------
    RenderError
        If `data` is not a Word file.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body = parse_xml(archive.read("word/document.xml"))
            has_notes = (
                "word/footnotes.xml" in archive.namelist()
            )  # Word drops the part with the last note
            footnotes = list(parse_xml(archive.read("word/footnotes.xml"))) if has_notes else []
    except (
        zipfile.BadZipFile,
        KeyError,
        SyntaxError,
    ) as err:  # lxml's XMLSyntaxError is a SyntaxError
        _refuse("docx.file", "không đọc được tệp Word", found=str(err), cause=err)
    return read_words(body, {note.get(word_name("id")): read_words(note, {}) for note in footnotes})


# ---- what the template asks for


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
        "table_columns": _column_widths,
        "text_width": text_width,
        "unknown": _unknown,
    }
    env = page_templates().overlay(
        finalize=lambda value: _clean(value) if isinstance(value, str) else value
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


def _keep_signature(root: Any) -> None:
    """Keep the signature on the page of the last line of the text."""
    (last,) = root.xpath(
        "(.//w:tbl[w:tblPr/w:tblStyle/@w:val='TableNormal'])[last()]/preceding-sibling::w:p[1]"
    )
    ParagraphFormat(last).keep_with_next = True


def _draw_charts(root: Any, document: Document, part: DocumentPart) -> None:
    charts = (node for node in nodes.walk(document) if isinstance(node, Chart))
    for number, (place, chart) in enumerate(
        zip(root.iter(word_name("drawing")), charts, strict=True), 1
    ):
        from danvan_nb.document.pdf import (
            draw_png,
        )  # Typst is loaded only for a report with a chart

        picture = part.new_pic_inline(BytesIO(draw_png(chart.svg)), width=Mm(150))
        for name, value in (
            ("descr", _clean(chart.alt)),
            ("id", str(number)),
            ("name", f"Hình {number}"),
        ):
            picture.docPr.set(name, value)
        place.append(picture)


def _notes(document: Document) -> list[Note]:
    """List the notes; Word numbers them itself, so they must come in order, and none inside another."""
    notes = [node for node in nodes.walk(document) if isinstance(node, Note)]
    nested = [note.number for note in notes for node in note.content if isinstance(node, Note)]
    if nested or [note.number for note in notes] != list(range(1, len(notes) + 1)):
        found = str([note.number for note in notes])
        _refuse(
            "docx.notes",
            "chú thích không đánh số liên tục từ 1, hoặc nằm trong chú thích khác",
            found=found,
        )
    return notes


# ---- the package


def _add_part(owner: DocumentPart, name: str, kind: str, root: Any) -> str:
    content_type, relationship = (
        getattr(CONTENT_TYPE, f"WML_{kind}"),
        getattr(RELATIONSHIP_TYPE, kind),
    )
    part = Part(PackURI(f"/word/{name}.xml"), content_type, serialize_part_xml(root), owner.package)
    return owner.relate_to(part, relationship)


def _drop_leftovers(part: DocumentPart) -> None:
    """Drop what the template of python-docx brings along: theme, styles, thumbnail, the name of another program."""
    part.rels.clear()
    package_rels = part.package.rels
    for key, relationship in list(package_rels.items()):
        if relationship.reltype not in (
            RELATIONSHIP_TYPE.OFFICE_DOCUMENT,
            RELATIONSHIP_TYPE.CORE_PROPERTIES,
        ):
            del package_rels[key]


def _set_properties(properties: Any, document: Document) -> None:
    author = " ".join(document.head.issuer)[:255]  # 255 characters is the limit of python-docx
    properties.title, properties.author, properties.last_modified_by = (
        document.title[:255],
        author,
        author,
    )
    properties.comments, properties.language = "", "vi-VN"
    properties.created = properties.modified = datetime.fromisoformat(document.head.date)


def _without_clock(data: bytes) -> bytes:
    """Pack the parts again in a fixed order and with a fixed time, so that the same report gives the same bytes."""
    buffer = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o644 << 16,
            )
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _clean(text: str) -> str:
    if wrong := FORBIDDEN.search(text):
        place = text[max(0, wrong.start() - 30) : wrong.start()]
        _refuse(
            "docx.text",
            f"có ký tự điều khiển sau “{place}”",
            found=ascii(wrong.group()),
            todo="Xóa ký tự này.",
        )
    return text


def _refuse(
    rule: str, message: str, found: str = "", todo: str = "", cause: Exception | None = None
) -> NoReturn:
    raise RenderError(Issue(rule, message, found=found, todo=todo)) from cause


# ---- reading back


def word_name(name: str) -> str:
    """Give the full name of an element or attribute; one without a prefix is WordprocessingML's."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix or 'w']}}}{local}"


NOTE = "\ufffc"  # stands for a footnote's mark: object replacement character
SKIPPED = {
    word_name(tag)
    for tag in (
        "del",
        "moveFrom",
        "pPr",
        "rPr",
        "tblPr",
        "tcPr",
        "trPr",
        "sdtPr",
        "sectPr",
        "mc:Fallback",
    )
}
DRAWN = {
    word_name("tab"): "\t",
    word_name("br"): "\n",
    word_name("cr"): "\n",
    word_name("noBreakHyphen"): "-",
}


def read_words(node: Any, notes: Mapping[str, str] | None = None) -> str:
    """Give the text below an element, with each note at its reference and each picture by its alt.

    Without `notes`, a mark stands for each note and nothing for a picture.
    """
    if node.tag in SKIPPED or _is_gone(node):
        return ""
    if node.tag == word_name("t"):
        return node.text or ""
    if node.tag == word_name("footnoteReference"):
        return NOTE if notes is None else f" {notes.get(node.get(word_name('id')), '')} "
    if node.tag == word_name("wp:docPr"):
        return "" if notes is None else f"{node.get('descr', '')}\n"
    text = DRAWN.get(node.tag, "") + "".join(read_words(child, notes) for child in node)
    return f"{text}\n" if node.tag == word_name("p") else text


def _is_gone(node: Any) -> bool:
    """Tell a cell that only continues one above it, and a row deleted under tracked changes."""
    if node.tag == word_name("tc"):
        merge = node.find(f"{word_name('tcPr')}/{word_name('vMerge')}")
        return merge is not None and merge.get(word_name("val"), "continue") == "continue"
    return (
        node.tag == word_name("tr")
        and node.find(f"{word_name('trPr')}/{word_name('del')}") is not None
    )
