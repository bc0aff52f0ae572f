"""The PDF file: a document tree set by Typst, and the reader that gets its text back out.

Owns the call of Typst and the walk of the PDF structure tree. The look is in
`templates/report.typ`, which reads the tree as plain data: nothing in a report is ever taken for
Typst markup.
"""

import ctypes
import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any, TypeAlias
from xml.etree import ElementTree

import pypdfium2
import pypdfium2.raw as pdfium
import typst

from danvan_nb import nodes
from danvan_nb.document.layout import LINE, column_widths, on_paper
from danvan_nb.errors import Issue, RenderError
from danvan_nb.nodes import Appendix, Chart, Document, Table

STANDARDS = ["a-2a", "ua-1"]
WORDS = {
    "state": nodes.STATE,
    "motto": nodes.MOTTO,
    "to": nodes.TO,
    "recipients": nodes.RECIPIENTS,
    "draft": nodes.DRAFT,
}
# Typst tags every list as one of open circles; these are dashes, which ISO 32000-1 table 347 has no
# other name for than none. The length stays: places in the file are counted in bytes.
DASHES = (b"/ListNumbering/Circle", b"/ListNumbering/None  ")
PNG_PPI = 150
DRAWING_PAGE = (
    "#set page(width: auto, height: auto, margin: 0pt)\n"
    '#set text(font: "Tinos")\n'
    '#image("drawing.svg")'
)
LETTERS_PAGE = '#set text(font: "Tinos", fallback: false)\n#json("letters.json")'
UNREAD = {"Lbl"}  # list dashes and note marks: drawn by the format, not text
BEFORE = {"Note": " "}
ENDING_LINES = ("P", "H1", "H2", "H3", "LBody", "TH", "TD", "Caption", "Figure")
AFTER = {"Note": " "} | dict.fromkeys(ENDING_LINES, "\n")
LAST = 1 << 30
MOST_TEXTS = 256
"""Bytes that hold most texts of a page, which is read a line or less at a time."""

Position: TypeAlias = tuple[int, ...]
"""The index of an element among its siblings, and of each element around it."""
DrawnText: TypeAlias = tuple[str, float]
"""A text and the height of its line on the page; 0 where it is not drawn."""


def write_pdf(document: Document) -> bytes:
    """Write a document as PDF/A-2a and PDF/UA-1, always the same bytes for the same document.

    Raises
    ------
    RenderError
        If Typst refuses the document or warns about it, as over a letter that the fonts lack.
    """
    document = on_paper(document)
    report = nodes.as_json(document) | {"title": document.title, "words": WORDS, "line": LINE}
    parts: tuple[Document | Appendix, ...] = (document, *document.appendices)
    for part, data in zip(parts, (report, *report["appendices"]), strict=True):
        for block, plain_block in zip(part.blocks, data["blocks"], strict=True):
            if isinstance(block, Table):
                plain_block["need"], plain_block["widths"] = column_widths(block, LINE)
    drawings = [node.svg for node in nodes.walk(document) if isinstance(node, Chart)]
    try:
        return _set(report | {"floats": True}, drawings)
    except RenderError:  # pages on which text may pass drawings need not settle
        return _set(report | {"floats": False}, drawings)


def _set(report: dict[str, Any], drawings: list[str]) -> bytes:
    sources = {
        "main.typ": (files("danvan_nb.document") / "templates" / "report.typ").read_text("utf-8"),
        "report.json": json.dumps(report, ensure_ascii=False),
    }
    return _compile(sources, drawings, pdf_standards=STANDARDS).replace(*DASHES)


def draw_png(svg: str) -> bytes:
    """Draw an SVG as PNG at 150 dots per inch, with the fonts of the package.

    Raises
    ------
    RenderError
        If Typst refuses the drawing or warns about it.
    """
    sources = {"main.typ": DRAWING_PAGE, "drawing.svg": svg}
    return _compile(sources, [svg], format="png", ppi=PNG_PPI)


@lru_cache(maxsize=1)
def open_pages(data: bytes) -> list[tuple[Any, Any]]:
    """Open the pages of a PDF and their texts, once for the read-back and the measured form."""
    return [(page, page.get_textpage()) for page in pypdfium2.PdfDocument(data)]


def read_pdf(data: bytes) -> str:
    """Read the text of a PDF that `write_pdf` made, in the order of its structure tree.

    The words are those drawn on the pages. Of a drawing its alternative text is read; note marks,
    list dashes and everything outside the structure (page numbers, repeated table heads, the draft
    mark) are left out. Equals `reconcile.lines` but for space.
    """
    # An element that goes on over the page shows on each page the children drawn there, at their
    # index among all children, so sorting by position puts the parts together again, and a dict
    # keeps what shows twice (line ends) once.
    pieces: dict[Position, DrawnText] = {}
    for page, textpage in open_pages(data):
        drawn = _drawn_text(page, textpage)
        structure = pdfium.FPDF_StructTree_GetForPage(page.raw)
        for index in range(pdfium.FPDF_StructTree_CountChildren(structure)):
            element = pdfium.FPDF_StructTree_GetChildAtIndex(structure, index)
            pieces |= _walk(element, (index,), drawn)
        pdfium.FPDF_StructTree_Close(structure)
    out, height = "", 0.0
    for _, (text, y) in sorted(pieces.items()):
        # Typst drops the space at which a line is broken; a word that goes on after a hyphen or
        # stroke had none.
        if y and abs(y - height) > 1 and not out.endswith((" ", "\n", "-", "/")):
            out += "\n"
        if text != "\n" or not out.endswith("\n"):
            out += text
        height = y or height
    return out.lstrip("\n")


def _compile(sources: dict[str, str], drawings: list[str], **options: Any) -> bytes:
    with as_file(files("danvan_nb") / "fonts") as folder:
        # No fonts of the system and none of Typst's own: a letter is in the package or an error.
        own = {"include_system_fonts": False, "include_embedded_fonts": False}
        fonts = typst.Fonts(**own, font_paths=[str(folder)])
        data = _typst(sources, fonts, **options)
        # Typst looks for missing letters in its own text only, so those of drawings are set once
        # as text.
        roots = map(ElementTree.fromstring, drawings)
        letters = sorted({letter for root in roots for text in root.itertext() for letter in text})
        page = {"main.typ": LETTERS_PAGE, "letters.json": json.dumps("".join(letters))}
        _typst(page, fonts, pdf_standards=["a-2b"])
    return data


def _typst(sources: dict[str, str], fonts: typst.Fonts, **options: Any) -> bytes:
    inputs: Any = {name: text.encode() for name, text in sources.items()}
    try:
        data, warnings = typst.compile_with_warnings(inputs, font_paths=fonts, **options)
    except typst.TypstError as error:
        raise RenderError(_issue(error)) from error
    if warnings:
        raise RenderError(_issue(warning) for warning in warnings)
    return bytes(data)


def _issue(problem: typst.TypstError | typst.TypstWarning) -> Issue:
    return Issue.of("typst", problem=problem.message, todo=" ".join(problem.hints))


def _walk(
    element: Any, position: Position, drawn: dict[int, DrawnText]
) -> Iterator[tuple[Position, DrawnText]]:
    """Yield each piece of text below an element with its position in the structure tree."""
    kind = _kind(element)
    if kind in UNREAD:
        return
    yield (*position, -1), (BEFORE.get(kind, ""), 0)
    if kind == "Figure":
        yield (*position, 0), (pdfium_text(pdfium.FPDF_StructElement_GetAltText, element), 0)
    else:
        children = _children(element)
        for index, child in enumerate(children):
            mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
            if child:
                # Typst tags the caption of a drawing before the drawing, though it stands below.
                below = kind != "Table" and _kind(child) == "Caption" and any(map(_draws, children))
                yield from _walk(child, (*position, LAST - 1 if below else index), drawn)
            elif mark in drawn:
                yield (*position, index), drawn[mark]
    yield (*position, LAST), (AFTER.get(kind, ""), 0)


def _draws(element: Any) -> bool:
    """Say whether a drawing stands in an element; at the top of a page Typst wraps it once more."""
    return _kind(element) == "Figure" or any(map(_draws, _children(element)))


def _children(element: Any) -> list[Any]:
    """List what stands in an element: other elements, and nothing for a text drawn in it."""
    count = pdfium.FPDF_StructElement_CountChildren(element) if element else 0
    return [pdfium.FPDF_StructElement_GetChildAtIndex(element, index) for index in range(count)]


def _kind(element: Any) -> str:
    return pdfium_text(pdfium.FPDF_StructElement_GetType, element)


def _drawn_text(page: Any, textpage: Any) -> dict[int, DrawnText]:
    """Map the marked content of a page to the text that is drawn in it, and its height there."""
    out: dict[int, DrawnText] = {}
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=1):
        mark = pdfium.FPDFPageObj_GetMarkedContentID(item.raw)
        if mark >= 0:
            text, y = out.get(mark) or ("", item.get_matrix().f)
            more = pdfium_text(pdfium.FPDFTextObj_GetText, item.raw, textpage.raw)
            # PDFium marks a hyphen at the end of a line as a broken word's; Typst breaks no words
            # here, so it is text.
            out[mark] = (text + more.replace("\x02", "-"), y)
    return out


def pdfium_text(function: Any, *args: Any) -> str:
    """Call a PDFium function that fills a UTF-16 buffer, again where the text is longer than it."""
    size, needed = 0, MOST_TEXTS
    while needed > size:
        size, buffer = needed, ctypes.create_string_buffer(needed)
        needed = function(*args, ctypes.cast(buffer, function.argtypes[-2]), size)
    return buffer.raw[:needed].decode("utf-16-le", "replace").rstrip("\0")
