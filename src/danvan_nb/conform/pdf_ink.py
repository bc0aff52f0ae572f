"""The ink of a PDF's pages: letters put together to lines, drawings, page numbers.

Owns what PDFium is asked for. How lines make paragraphs, `pdf_file` says.
"""

import re
from collections.abc import Iterator
from ctypes import addressof, c_int, c_uint
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from danvan_nb.conform.specimen import POINTS_PER_MM, Imprint, Run
from danvan_nb.document.pdf import pdfium_text

PAGE_NUMBER = re.compile(r"\W*(?:Trang\s*)?\d{1,3}(?:\s*/\s*\d+)?\W*")
Faces = dict[int, tuple[str, bool, bool]]  # name, bold, italic of the fonts that a page holds
SPACE = Run(" ")
THIN = 2.0
"""Points up to which a drawing is a line."""


class Ink(NamedTuple):
    """A run of letters or, without one, a drawing; and where it is."""

    x0: float
    x1: float
    low: float
    high: float
    run: Run = Run("")


@dataclass(eq=False)
class Line:
    """Letters on one base line, without the note marks, which stand apart."""

    page: int
    base: float
    size: float
    inks: list[Ink] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    side: str = "middle"
    cell: bool = False
    rule: float | None = None
    leads: bool = False
    reach: float = 0

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.inks[0].x0

    @property
    def x1(self) -> float:
        """Where it ends, with a mark that ends it."""
        return max(self.reach, *(ink.x1 for ink in self.inks))

    @property
    def row(self) -> float:
        """Where it stands from the top, page below page."""
        return self.page * 10_000 - self.base

    @cached_property
    def runs(self) -> list[Run]:
        """The runs, with a space where there is room for one, and where the line is broken."""
        runs = [self.inks[0].run]
        for ink, following in pairwise(self.inks):
            runs += [SPACE] * (following.x0 - ink.x1 > 0.15 * self.size)
            runs.append(following.run)
        return runs if re.search(r"\S[-/]\s*$", runs[-1].text) else [*runs, SPACE]

    @cached_property
    def plain(self) -> Imprint:
        """The line as a paragraph of its own."""
        return self.imprint()

    def imprint(self, **facts: Any) -> Imprint:
        """Give the line as a paragraph of which more is known."""
        return Imprint(tuple(self.runs), self.page, self.row, **facts)


@dataclass
class Page:
    """The lines of a page from top to bottom, its drawings; page numbers and footnotes apart."""

    number: int
    width: float
    height: float
    lines: list[Line]
    drawings: list[Ink]
    numbers: list[Line]
    notes: list[Line] = field(default_factory=list)


def read_page(page: Any, textpage: Any, number: int) -> Page:
    """Read the lines of a page from top to bottom, and its drawings."""
    width, height = page.get_size()
    letters, drawings = [], []
    faces: Faces = {}
    for item in page.get_objects(max_depth=1):
        left, low, right, high = item.get_bounds()
        text = ""
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            text = pdfium_text(pdfium.FPDFTextObj_GetText, item.raw, textpage.raw)
        if set(text.strip()) == {"_"} or _is_line(item, min(right - left, high - low)):
            drawings.append(Ink(left, right, low, high))
        elif text.strip():
            _, slant, _, scale, start, base = item.get_matrix().get()
            run = _run(item, text.replace("\x02", "-"), scale, faces)
            letters += [] if slant else [(base, Ink(start, right, low, high, run))]
    lines = _lines(letters, number, height)
    # The last number of a table at a page's foot has others beside it.
    outer = {*lines[:1], *(line for line in lines[-1:] if line.side)}
    ends = [line for line in outer if PAGE_NUMBER.fullmatch(line.plain.text)]
    numbers = [line for line in ends if min(line.base, height - line.base) < 30 * POINTS_PER_MM]
    rest = [line for line in lines if line not in numbers]
    return Page(number, width, height, rest, drawings, numbers)


def _is_line(item: Any, thickness: float) -> bool:
    """Tell lines and frames from grounds: a ground without an outline is a line if it is thin."""
    fill, stroke = c_int(), c_int()
    pdfium.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    path = item.type == pdfium.FPDF_PAGEOBJ_PATH
    return path and (bool(stroke) or thickness <= THIN)


def _run(item: Any, text: str, scale: float, faces: Faces) -> Run:
    font, colour = item.get_font(), [c_uint() for _ in range(4)]
    pdfium.FPDFPageObj_GetFillColor(item.raw, *colour)
    shade = "".join(f"{each.value:02X}" for each in colour[:3])
    address = addressof(font.raw.contents)
    if address not in faces:
        face = re.sub(r"^[A-Z]{6}\+", "", font.get_base_name())
        bold = "bold" in face.lower() or font.get_weight() > 600
        faces[address] = face, bold, bool(re.search("italic|oblique", face.lower()))
    face, bold, italic = faces[address]
    return Run(text, face, item.get_font_size() * abs(scale), bold, italic, shade)


def _lines(letters: list[tuple[float, Ink]], page: int, height: float) -> list[Line]:
    """Put letters to lines from top to bottom; a line with a wide hole is two, side by side."""
    rows: list[tuple[Line, list[tuple[float, Ink]]]] = []
    for base, ink in sorted(letters, key=lambda each: -each[0]):
        size = ink.run.size
        if not rows or rows[-1][0].base - base > 0.4 * max(size, rows[-1][0].size):
            rows.append((Line(page, base, size), []))
        row, inks = rows[-1]
        inks.append((base, ink))
        if size > row.size:
            row.base, row.size = base, size
    return [line for row, inks in rows for line in _columns(row, inks, height)]


def _columns(row: Line, inks: list[tuple[float, Ink]], height: float) -> Iterator[Line]:
    """Split a row at its holes, which are narrower in a letterhead; set its note marks apart."""
    hole = row.size * (0.6 if row.page == 1 and row.base > 0.75 * height else 1.5)
    parts: list[Line] = []
    end = -hole
    for base, ink in sorted(inks, key=lambda each: each[1].x0):
        if not parts or ink.x0 - end > hole:
            parts.append(replace(row, inks=[], marks=[]))
        end = max(end, ink.x1) if parts[-1].inks else ink.x1
        raised = ink.run.size < 0.75 * row.size and base > row.base + 1
        if raised and ink.run.text.strip().isdigit():
            parts[-1].leads |= not parts[-1].inks
            parts[-1].marks.append(ink.run.text.strip())
            parts[-1].reach = ink.x1
        else:
            parts[-1].inks.append(ink)
    for part in parts:
        if part.inks:
            part.side = "middle" if part is parts[0] is parts[-1] else ""
            yield part
