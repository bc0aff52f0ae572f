"""The Word file of a report: written from the document tree, and read back as text.

Owns the form of Nghị định 30/2020/NĐ-CP in WordprocessingML: letterhead, notes, tables, content controls around figures and
bookmarks around slots. Sizes and faces stand in `templates/docx_styles.xml`. It adds no words of its own and reads no clock.
Children are made in the order of the schema (ISO/IEC 29500-1): LibreOffice forgives a wrong order, Word does not.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from typing import Any, NoReturn

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import oxml_parser, parse_xml
from docx.parts.document import DocumentPart
from docx.shared import Mm
from docx.text.parfmt import ParagraphFormat

from danvan_nb import tree
from danvan_nb.document.layout import Place, column_widths, place_cells, text_width
from danvan_nb.errors import Issue, RenderError
from danvan_nb.tree import Appendix, Block, Chart, Document, Head, Inlines, Note, Table, Value

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
}
# Lengths are twips, twentieths of a point: 1 mm is 56.7 of them.
TEXT_WIDTH = 9355
LETTERHEAD = (4139, 5216)
MOTTO_WIDTH = 3183  # the motto in 13 pt Times New Roman bold: 56.1 mm
TO_INDENT, TO_DASH = 1134, 1000  # the dashes of the addressees stand under the colon of “Kính gửi:”, 17.6 mm to its right
TABLE_SIZES = (12, 10, 8)
HEADING_STYLES = {1: "Heading1", 2: "Heading2", 3: "Heading3"}
PARAGRAPH_STYLES = {"body": "BodyText", "basis": "Basis"}
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
    headers = [_add_part(part, name, "HEADER", root) for name, root in _headers(document.draft).items()]
    # Programs older than Word 2013 may pass over what stands in the namespace w15.
    ignorable = {"mc:Ignorable": "w15"}
    root = _w("document", _w("body", *_body(document, part, headers)), **ignorable)
    notes = _w("footnotes", *_separators(), *map(_footnote, _notes(document)), **ignorable)
    _add_part(part, "footnotes", "FOOTNOTES", notes)
    _set_ids(root, notes)
    part._element = root  # python-docx has no other way to give a part a root with namespaces of one's own
    _set_properties(word.core_properties, document)
    buffer = BytesIO()
    word.save(buffer)
    return _without_clock(buffer.getvalue())


def figure_tag(figure_id: str) -> str:
    """Give the tag of a figure's content control: its id, or, over Word's 64 characters, 55 of them, `~` and a hash."""
    return figure_id if len(figure_id) <= 64 else f"{figure_id[:55]}~{_short_hash(figure_id)}"


def bookmark_name(slot: str) -> str:
    """Give the bookmark of a slot: `slot_<id>`; an id that Word would refuse is cleaned, cut to 26 characters and hashed.

    Word takes letters, digits and `_`, at most 40 in all. A slot that comes back later in the report gets `_2`, `_3`.
    """
    if re.fullmatch(r"\w{1,32}", slot, re.ASCII):
        return f"slot_{slot}"
    return f"slot_{re.sub(r'[^A-Za-z0-9_]', '_', slot)[:23]}_{_short_hash(slot)}"


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
            has_notes = "word/footnotes.xml" in archive.namelist()  # Word drops the part with the last note
            footnotes = list(parse_xml(archive.read("word/footnotes.xml"))) if has_notes else []
    except (zipfile.BadZipFile, KeyError, SyntaxError) as err:  # lxml's XMLSyntaxError is a SyntaxError
        _refuse("docx.file", "không đọc được tệp Word", found=str(err), cause=err)
    return read_words(body, {note.get(word_name("id")): read_words(note, {}) for note in footnotes})


# ---- elements


def word_name(name: str) -> str:
    """Give the full name of an element or attribute; one without a prefix is WordprocessingML's."""
    prefix, _, local = name.rpartition(":")
    return f"{{{NAMESPACES[prefix or 'w']}}}{local}"


def _w(tag: str, *children: Any, **attributes: object) -> Any:
    """Make an element; a name without a prefix is in the namespace of WordprocessingML."""
    element = oxml_parser.makeelement(
        word_name(tag), {word_name(key): _clean(str(value)) for key, value in attributes.items()}, NAMESPACES
    )
    element.extend(children)
    return element


def _p(style: str, content: Iterable[Any] | str, *properties: Any) -> Any:
    runs = _text(content) if isinstance(content, str) else content
    return _w("p", _w("pPr", _w("pStyle", val=style), *properties), *runs)


def _run(*children: Any, style: str = "", bold: bool = False, italic: bool = False) -> Any:
    marks = [_w("rStyle", val=style)] if style else []
    marks += [_w(tag) for tag, on in (("b", bold), ("i", italic)) if on]
    return _w("r", *([_w("rPr", *marks)] if marks else ()), *children)


def _text(text: str, **style: Any) -> list[Any]:
    children = []
    for piece in re.split(r"(\t|\r\n|\r|\n)", _clean(text)):
        if piece in ("\t", "\r\n", "\r", "\n"):
            children.append(_w("tab" if piece == "\t" else "br"))
        elif piece:
            children.append(_w("t"))
            children[-1].text = piece
            children[-1].set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return [_run(*children, **style)] if children else []


def _inlines(content: Inlines) -> list[Any]:
    runs: list[Any] = []
    for node in content:
        match node:
            case tree.Text(text, bold, italic):
                runs += _text(text, bold=bold, italic=italic)
            case Value():
                runs.append(_control(node))
            case Note(number):
                runs.append(_run(_w("footnoteReference", id=number), style="FootnoteReference"))
            case tree.Break():
                runs.append(_run(_w("br")))
            case _:
                raise TypeError(f"Word writer: unknown inline {node!r}")
    return runs


def _control(value: Value) -> Any:
    properties = [_w("alias", val=value.label[:64])] if value.label else []
    properties += [_w("tag", val=figure_tag(value.id)), _w("id"), _w("w15:appearance", **{"w15:val": "hidden"})]
    runs = _text(value.text, bold=value.bold, italic=value.italic)
    return _w("sdt", _w("sdtPr", *properties), _w("sdtContent", *runs))


def _rule(length: float, within: int, after: int = 0) -> Any:
    side = max(0, round((within - length) / 2))
    return _p("Rule", "", _w("spacing", after=after), _w("ind", left=side, right=side))


def _tbl(style: str, widths: Sequence[int], *rows: Any) -> Any:
    size = (_w("tblW", w=sum(widths), type="dxa"), _w("tblLayout", type="fixed"))
    columns = [_w("gridCol", w=width) for width in widths]
    return _w("tbl", _w("tblPr", _w("tblStyle", val=style), *size), _w("tblGrid", *columns), *rows)


def _layout(widths: tuple[int, int], *rows: tuple[list[Any], list[Any]]) -> Any:
    """Set paragraphs side by side in a table without borders."""
    lines = []
    for row in rows:
        cells = [_w("tc", _w("tcPr", _w("tcW", w=width, type="dxa")), *cell) for width, cell in zip(widths, row, strict=True)]
        lines.append(_w("tr", _w("trPr", _w("cantSplit")), *cells))
    return _tbl("TableNormal", widths, *lines)


# ---- parts of the form


def _body(document: Document, part: DocumentPart, headers: list[str]) -> list[Any]:
    head = document.head
    body = [_letterhead(head), *_title(head.kind, document.subject), *_addressees(head.to), *_blocks(document.blocks, part)]
    _keep_last_with_next(body)
    body.append(_signature(head))
    for appendix in document.appendices:
        # A table needs a paragraph after it, and a section ends in one: a line of 2 pt that costs no page.
        body.append(_p("SectionEnd", "", _section(headers, first=appendix is document.appendices[0])))
        body += _appendix(appendix, part)
    return [*body, _p("SectionEnd", ""), _section(headers, first=not document.appendices)]


def _letterhead(head: Head) -> Any:
    left, right = LETTERHEAD
    issuer = [_p("Superior", head.superior)] if head.superior else []
    issuer += [_p("Issuer", line) for line in head.issuer]
    # The rule is 1/3 to 1/2 of the line above it (Nghị định 30/2020, Phụ lục I); 0.42 leaves room for the estimate.
    last_line = min(left, 12 * 20 * text_width(head.issuer[-1] if head.issuer else ""))
    issuer.append(_rule(0.42 * last_line, left))
    state = [_p("StateName", tree.STATE), _p("Motto", tree.MOTTO), _rule(MOTTO_WIDTH, right)]
    date = ([_p("DocumentNumber", head.number)], [_p("PlaceDate", head.place_date)])
    return _layout(LETTERHEAD, (issuer, state), date)


def _title(kind: str, subject: Inlines) -> list[Any]:
    rule = _rule(0.42 * min(TEXT_WIDTH, 14 * 20 * text_width(tree.plain(subject, notes=False))), TEXT_WIDTH, after=240)
    return [_p("Title", kind), _p("Subtitle", _inlines(subject)), rule]


def _addressees(to: tuple[str, ...]) -> list[Any]:
    if len(to) < 2:
        return [_p("Addressee", f"{tree.TO} {line}", _w("jc", val="center")) for line in to]
    first = _p("Addressee", tree.TO, _w("keepNext"), _w("ind", left=TO_INDENT))
    return [first, *(_p("Addressee", line, _w("ind", left=TO_INDENT + TO_DASH)) for line in to)]


def _signature(head: Head) -> Any:
    recipients = [_p("RecipientsTitle", tree.RECIPIENTS), *(_p("Recipients", line) for line in head.recipients)]
    signatory = [*(_p("Authority", line) for line in head.authority), _p("Signatory", head.signatory)]
    return _layout((TEXT_WIDTH // 2, TEXT_WIDTH - TEXT_WIDTH // 2), (recipients, signatory))


def _appendix(appendix: Appendix, part: DocumentPart) -> list[Any]:
    lines = (("Label", appendix.label), ("Title", appendix.title), ("Reference", appendix.reference))
    return [*(_p(f"Appendix{style}", line) for style, line in lines if line), *_blocks(appendix.blocks, part)]


def _section(headers: list[str], first: bool) -> Any:
    """Describe a section: A4, pages numbered from 1 in each, the first page with a header of its own (`titlePg`)."""
    references = [
        _w("headerReference", type=kind, **{"r:id": id}) for kind, id in zip(("default", "first"), headers, strict=True)
    ]
    return _w(
        "sectPr",
        *references,
        *([] if first else [_w("type", val="nextPage")]),
        _w("pgSz", w=11906, h=16838),
        _w("pgMar", top=1134, right=850, bottom=1134, left=1701, header=567, footer=567, gutter=0),
        _w("pgNumType", start=1),
        _w("cols", space=720),
        _w("titlePg"),
    )


def _headers(draft: bool) -> dict[str, Any]:
    """Give the two headers: the page number in the middle, the draft mark on the right; the first page has no number."""
    begin, separate, end = (_run(_w("fldChar", fldCharType=kind)) for kind in ("begin", "separate", "end"))
    code = _run(_w("instrText"))
    code[0].text = "PAGE"
    number = [begin, code, separate, *_text("2"), end]
    return {
        name: _w("hdr", _p("Header", [*_text("\t"), *middle, *_text("\t"), *_text(tree.DRAFT if draft else "", bold=True)]))
        for name, middle in (("header1", number), ("header2", []))
    }


def _keep_last_with_next(body: list[Any]) -> None:
    """Keep the signature on the page of the last line of the text."""
    last = next(element for element in reversed(body) if element.tag in (word_name("p"), word_name("tbl")))
    if last.tag == word_name("p"):
        ParagraphFormat(last).keep_with_next = True


# ---- blocks


def _blocks(blocks: tuple[Block, ...], part: DocumentPart) -> Iterator[Any]:
    for slot, group in groupby(blocks, key=lambda block: getattr(block, "slot", "")):
        elements = [element for block in group for element in _block(block, part)]
        if slot:
            elements = [_w("bookmarkStart", id=0, name=bookmark_name(slot)), *elements, _w("bookmarkEnd", id=0)]
        yield from elements


def _block(block: Block, part: DocumentPart) -> list[Any]:
    match block:
        case tree.Heading(level=level, number=number, content=content):
            return [_p(HEADING_STYLES[level], [*_text(f"{number} "), *_inlines(content)])]
        case tree.Paragraph(content=content, role=role):
            return [_p(PARAGRAPH_STYLES[role], _inlines(content))]
        case tree.BulletList(items=items):
            return [_p("ListBullet", _inlines(item)) for item in items]
        case Table():
            return _table(block)
        case Chart():
            return [_p("Picture", [_picture(block, part)]), _p("Caption", block.caption)]
        case tree.Box(text=text):
            return [_p("Notice", text)]
    raise TypeError(f"Word writer: unknown block {block!r}")


def _picture(chart: Chart, part: DocumentPart) -> Any:
    from danvan_nb.document.pdf import draw_png  # Typst is loaded only for a report with a chart

    inline = part.new_pic_inline(BytesIO(draw_png(chart.svg)), width=Mm(150))
    inline.docPr.set("descr", _clean(chart.alt))
    return _run(_w("drawing", inline))


def _table(table: Table) -> list[Any]:
    size, widths = _column_widths(table)
    rows = []
    for index, line in enumerate(place_cells(table)):
        head = index < len(table.head)
        marks = [_w("cantSplit"), *([_w("tblHeader")] if head else [])]
        rows.append(_w("tr", _w("trPr", *marks), *(_cell(place, widths, size, head) for place in line)))
    caption = [_p("TableCaption", table.caption)] if table.caption else []
    return [*caption, _tbl("TableGrid", widths, *rows), _p("AfterTable", "")]


def _column_widths(table: Table) -> tuple[int, list[int]]:
    """Choose the size of the letters, and the columns in twips."""
    for size in TABLE_SIZES:
        room = TEXT_WIDTH / (20 * size)
        needed, ems = column_widths(table, room)
        if needed <= room:
            break
    widths = [int(TEXT_WIDTH * width / sum(ems)) for width in ems]
    return size, [*widths[:-1], TEXT_WIDTH - sum(widths[:-1])]


def _cell(place: Place, widths: list[int], size: int, head: bool) -> Any:
    cell = place.cell
    merges = [_w("gridSpan", val=cell.colspan)] if cell.colspan > 1 else []
    merges += [_w("vMerge", val="continue" if place.continued else "restart")] if cell.rowspan > 1 else []
    # A merged label stays at the top: in the middle, it would stand on neither page of a table that breaks.
    height = "top" if cell.rowspan > 1 and not cell.header else "center"
    width = sum(widths[place.column : place.column + cell.colspan])
    properties = _w("tcPr", _w("tcW", w=width, type="dxa"), *merges, _w("vAlign", val=height))
    style = f"TableHead{size}" if head or cell.header else f"TableText{size}"
    # A cell ends in a paragraph, even an empty one; header rows stay with the row below.
    lines = ((),) if place.continued else cell.lines or ((),)
    paragraphs = [_p(style, _inlines(line), _w("jc", val=cell.align)) for line in lines]
    for paragraph in paragraphs if head else []:
        ParagraphFormat(paragraph).keep_with_next = True
    return _w("tc", properties, *paragraphs)


# ---- notes, ids and the package


def _notes(document: Document) -> list[Note]:
    """List the notes; Word numbers them itself, so they must come in order, and none inside another."""
    notes = [node for node in tree.walk(document) if isinstance(node, Note)]
    nested = [note.number for note in notes for node in note.content if isinstance(node, Note)]
    if nested or [note.number for note in notes] != list(range(1, len(notes) + 1)):
        found = str([note.number for note in notes])
        _refuse("docx.notes", "chú thích không đánh số liên tục từ 1, hoặc nằm trong chú thích khác", found=found)
    return notes


def _separators() -> list[Any]:
    kinds = ((-1, "separator"), (0, "continuationSeparator"))
    return [_w("footnote", _w("p", _run(_w(kind))), type=kind, id=id) for id, kind in kinds]


def _footnote(note: Note) -> Any:
    mark = _run(_w("footnoteRef"), style="FootnoteReference")
    return _w("footnote", _p("FootnoteText", [mark, *_text(" "), *_inlines(note.content)]), id=note.number)


def _set_ids(root: Any, notes: Any) -> None:
    """Number what Word wants numbered once per file: content controls, bookmarks, pictures; bookmark names are made unique."""
    controls = [control for part in (root, notes) for control in part.iter(word_name("sdtPr"))]
    for number, control in enumerate(controls, 1):
        control.find(word_name("id")).set(word_name("val"), str(number))
    seen: dict[str, int] = {}
    marks = zip(root.iter(word_name("bookmarkStart")), root.iter(word_name("bookmarkEnd")), strict=True)
    for number, (start, end) in enumerate(marks):
        name = start.get(word_name("name"))
        seen[name] = seen.get(name, 0) + 1
        start.set(word_name("name"), name if seen[name] == 1 else f"{name}_{seen[name]}")
        start.set(word_name("id"), str(number))
        end.set(word_name("id"), str(number))
    for number, picture in enumerate(root.iter(word_name("wp:docPr")), 1):
        picture.set("id", str(number))
        picture.set("name", f"Hình {number}")


def _add_part(owner: DocumentPart, name: str, kind: str, root: Any) -> str:
    content_type, relationship = getattr(CONTENT_TYPE, f"WML_{kind}"), getattr(RELATIONSHIP_TYPE, kind)
    part = Part(PackURI(f"/word/{name}.xml"), content_type, serialize_part_xml(root), owner.package)
    return owner.relate_to(part, relationship)


def _drop_leftovers(part: DocumentPart) -> None:
    """Drop what the template of python-docx brings along: theme, styles, thumbnail, the name of another program."""
    part.rels.clear()
    package_rels = part.package.rels
    for key, relationship in list(package_rels.items()):
        if relationship.reltype not in (RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.CORE_PROPERTIES):
            del package_rels[key]


def _set_properties(properties: Any, document: Document) -> None:
    author = " ".join(document.head.issuer)[:255]  # 255 characters is the limit of python-docx
    properties.title, properties.author, properties.last_modified_by = document.title[:255], author, author
    properties.comments, properties.language = "", "vi-VN"
    properties.created = properties.modified = datetime.fromisoformat(document.head.date)


def _without_clock(data: bytes) -> bytes:
    """Pack the parts again in a fixed order and with a fixed time, so that the same report gives the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _clean(text: str) -> str:
    if wrong := FORBIDDEN.search(text):
        place = text[max(0, wrong.start() - 30) : wrong.start()]
        _refuse("docx.text", f"có ký tự điều khiển sau “{place}”", found=ascii(wrong.group()), todo="Xóa ký tự này.")
    return text


def _refuse(rule: str, message: str, found: str = "", todo: str = "", cause: Exception | None = None) -> NoReturn:
    raise RenderError(Issue(rule, message, found=found, todo=todo)) from cause


# ---- reading back

NOTE = "\ufffc"  # stands for a footnote's mark: object replacement character
SKIPPED = {word_name(tag) for tag in ("del", "moveFrom", "pPr", "rPr", "tblPr", "tcPr", "trPr", "sdtPr", "sectPr", "mc:Fallback")}
DRAWN = {word_name("tab"): "\t", word_name("br"): "\n", word_name("cr"): "\n", word_name("noBreakHyphen"): "-"}


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
    return node.tag == word_name("tr") and node.find(f"{word_name('trPr')}/{word_name('del')}") is not None
