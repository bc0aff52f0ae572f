"""A PDF as a specimen: what is drawn on its pages put together to lines, and lines to paragraphs.

Owns the reading of any producer's PDF by the place of its letters; the structure tree is not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from ctypes import c_int, c_uint
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from danvan_nb.conform.specimen import POINTS_PER_MM, SINGLE, Imprint, Leaf, Run, Specimen

NUMBER = re.compile(r"\W*(?:Trang\s*)?\d{1,3}(?:\s*/\s*\d+)?\W*")
THIN = 2.0
INDENTS = (28.35, 36.0)


@dataclass(frozen=True)
class _Ink:
    """A run of letters or, without one, a drawing; and where it is."""

    x0: float
    x1: float
    low: float
    high: float
    run: Run = field(default_factory=lambda: Run(""))


@dataclass(eq=False)
class _Line:
    """Letters on one base line, without the note marks, which stand apart."""

    page: int
    base: float
    size: float
    inks: list[_Ink] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    side: str = "middle"
    cell: bool = False
    rule: float | None = None
    leads: bool = False

    @property
    def x0(self) -> float:
        return self.inks[0].x0

    @property
    def x1(self) -> float:
        return max(ink.x1 for ink in self.inks)

    @property
    def row(self) -> float:
        return self.page * 10_000 - self.base

    @property
    def runs(self) -> Iterator[Run]:
        """The runs, with a space where there is room for one, and where the line is broken."""
        for ink, following in pairwise([*self.inks, None]):
            yield ink.run  # type: ignore[union-attr]
            broken = following is None and not re.search(r"\S[-/]\s*$", self.inks[-1].run.text)
            if broken or (following and following.x0 - ink.x1 > 0.15 * self.size):  # type: ignore[union-attr]
                yield Run(" ")

    def imprint(self, **facts: Any) -> Imprint:
        return Imprint(tuple(self.runs), self.page, self.row, **facts)


@dataclass
class _Page:
    number: int
    width: float
    height: float
    lines: list[_Line]
    drawings: list[_Ink]
    numbers: list[_Line]
    notes: list[_Line] = field(default_factory=list)


@dataclass(frozen=True)
class _Frame:
    """Where the lines of the text begin and end, and how far their bases are apart."""

    left: float
    right: float
    pitch: float

    def is_even(self, line: _Line) -> bool:
        return abs(line.x0 + line.x1 - self.left - self.right) < 8

    def is_centred(self, line: _Line) -> bool:
        """Say whether a line stands in the middle, and not by chance, as one with an indent may."""
        start = line.x0 - self.left
        return self.is_even(line) and start > 8 and all(abs(start - each) > 2 for each in INDENTS)

    def joins(self, above: _Line, line: _Line) -> bool:
        """Say whether a line goes on the paragraph of the line above it."""
        one, two = above.imprint(), line.imprint()
        styles = ((one.bold, two.bold), (one.italic, two.italic))
        changed = any(None not in style and len({*style}) > 1 for style in styles)
        if {above.side, line.side} != {"middle"} or above.cell or line.cell:
            return False
        if changed or abs(above.size - line.size) > 0.5:
            return False
        if above.page != line.page:
            return above.x1 > self.right - 25 and abs(line.x0 - self.left) < 3
        if above.base - line.base > self.pitch + 4:
            return False
        if self.is_centred(line) and self.is_even(above):
            return one.text.isupper() == two.text.isupper()
        return line.x0 < self.left + 8 and above.x1 > self.left + 0.6 * (self.right - self.left)


def read_pdf(data: bytes) -> Specimen:
    """Read a PDF of any producer.

    Raises
    ------
    pypdfium2.PdfiumError
        If it is none, or is locked.
    """
    with pypdfium2.PdfDocument(data) as pdf:
        pages = [_read_page(page, number) for number, page in enumerate(pdf, 1)]
    frame = _frame([line for page in pages if page.width < page.height for line in page.lines])
    for page in pages:
        _place(page, frame)
    lines = [line for page in pages for line in page.lines]
    notes = _groups((line for page in pages for line in page.notes), lambda _, line: not line.leads)
    paragraphs = _groups(lines, frame.joins)
    lasts = {page.lines[-1] for page in pages if page.lines}
    imprints = [
        _imprint(above[-1], group, frame, group[-1] in lasts)
        for above, group in zip([*paragraphs[:1], *paragraphs], paragraphs, strict=False)
    ]
    feet = [_joined(group, side="note") for group in notes]
    return Specimen(
        (*imprints, *feet),
        tuple(_leaf(page, pages) for page in pages),
        tuple(_page_number(line, page, frame) for page in pages for line in page.numbers),
        tuple((mark, line.page) for line in lines for mark in line.marks if not line.cell),
        tuple((mark, group[0].page) for group in notes for mark in group[0].marks[:1]),
        False,
        (frame.left + frame.right) / 2,
    )


def _read_page(page: Any, number: int) -> _Page:
    width, height = page.get_size()
    textpage = page.get_textpage()
    letters, drawings = [], []
    for item in page.get_objects(max_depth=1, textpage=textpage):
        left, low, right, high = item.get_bounds()
        text = item.extract() if item.type == pdfium.FPDF_PAGEOBJ_TEXT else ""
        if set(text.strip()) == {"_"} or _is_line(item, min(right - left, high - low)):
            drawings.append(_Ink(left, right, low, high))
        elif text.strip():
            _, slant, _, scale, start, base = item.get_matrix().get()
            run = _run(item, text.replace("\x02", "-"), scale)
            letters += [] if slant else [(base, _Ink(start, right, low, high, run))]
    textpage.close()
    lines = _lines(letters, number, height)
    ends = [line for line in {*lines[:1], *lines[-1:]} if NUMBER.fullmatch(line.imprint().text)]
    numbers = [line for line in ends if min(line.base, height - line.base) < 30 * POINTS_PER_MM]
    rest = [line for line in lines if line not in numbers]
    return _Page(number, width, height, rest, drawings, numbers)


def _is_line(item: Any, thickness: float) -> bool:
    """Tell lines and frames from grounds: a ground without an outline is a line if it is thin."""
    fill, stroke = c_int(), c_int()
    pdfium.FPDFPath_GetDrawMode(item.raw, fill, stroke)
    path = item.type == pdfium.FPDF_PAGEOBJ_PATH
    return path and (bool(stroke) or thickness <= THIN)


def _run(item: Any, text: str, scale: float) -> Run:
    font, colour = item.get_font(), [c_uint() for _ in range(4)]
    face = re.sub(r"^[A-Z]{6}\+", "", font.get_base_name())
    pdfium.FPDFPageObj_GetFillColor(item.raw, *colour)
    bold = "bold" in face.lower() or font.get_weight() > 600
    italic = bool(re.search("italic|oblique", face.lower()))
    shade = "".join(f"{each.value:02X}" for each in colour[:3])
    return Run(text, face, item.get_font_size() * abs(scale), bold, italic, shade)


def _lines(letters: list[tuple[float, _Ink]], page: int, height: float) -> list[_Line]:
    """Put letters to lines from top to bottom; a line with a wide hole is two, side by side."""
    rows: list[tuple[_Line, list[tuple[float, _Ink]]]] = []
    for base, ink in sorted(letters, key=lambda each: -each[0]):
        size = ink.run.size
        if not rows or rows[-1][0].base - base > 0.4 * max(size, rows[-1][0].size):
            rows.append((_Line(page, base, size), []))
        row, inks = rows[-1]
        inks.append((base, ink))
        if size > row.size:
            row.base, row.size = base, size
    return [line for row, inks in rows for line in _columns(row, inks, height)]


def _columns(row: _Line, inks: list[tuple[float, _Ink]], height: float) -> Iterator[_Line]:
    """Split a row at its holes, which are narrower in a letterhead; set its note marks apart."""
    hole = row.size * (0.6 if row.page == 1 and row.base > 0.75 * height else 1.5)
    parts: list[_Line] = []
    end = -hole
    for base, ink in sorted(inks, key=lambda each: each[1].x0):
        if not parts or ink.x0 - end > hole:
            parts.append(replace(row, inks=[], marks=[]))
        end = max(end, ink.x1) if parts[-1].inks else ink.x1
        raised = ink.run.size < 0.75 * row.size and base > row.base + 1
        if raised and ink.run.text.strip().isdigit():
            parts[-1].leads |= not parts[-1].inks
            parts[-1].marks.append(ink.run.text.strip())
        else:
            parts[-1].inks.append(ink)
    for part in parts:
        if part.inks:
            part.side = "middle" if part is parts[0] is parts[-1] else ""
            yield part


def _frame(lines: list[_Line]) -> _Frame:
    """Find where lines begin, where most long ones end, and their least usual distance."""
    starts = Counter(round(line.x0, 1) for line in lines)
    left = min([x for x, count in starts.items() if count > 2] or starts or [0])
    longest = max((line.x1 for line in lines), default=left)
    ends = Counter(round(line.x1) for line in lines if line.x1 - left > 0.8 * (longest - left))
    right = max(ends, key=lambda end: ends[end], default=longest)
    steps = Counter(
        round(one.base - two.base, 1)
        for one, two in pairwise(lines)
        if one.page == two.page and one.x1 > right - 25 and abs(two.x0 - left) < 3
    )
    often = [step for step, times in steps.items() if step > 9 and times * 4 > steps.total()]
    return _Frame(left, right, min(often, default=14 * SINGLE))


def _place(page: _Page, frame: _Frame) -> None:
    """Say of each line in which column it is, whether in a table, and which rule is under it."""
    middle = (frame.left + frame.right) / 2
    tall = [ink for ink in page.drawings if 6 < ink.high - ink.low < 0.95 * page.height]
    flat = [ink for ink in page.drawings if ink.high - ink.low <= THIN]
    for line in page.lines:
        at = (line.x0 + line.x1) / 2
        line.cell = any(ink.low - 1 <= line.base <= ink.high + 1 for ink in tall)
        head = page.number == 1 and line.base > 0.72 * page.height and abs(at - middle) > 25
        if not line.side or line.x0 > middle - 10 or head:
            line.side = "left" if at < middle else "right"
    for ink in flat:
        above = [line for line in page.lines if 0 < line.base - ink.low < 28 and not line.cell]
        for line in [each for each in above if abs(each.x0 + each.x1 - ink.x0 - ink.x1) < 10][-1:]:
            line.rule = (ink.x1 - ink.x0) / (line.x1 - line.x0)
        notes = [line for line in page.lines if line.base < ink.low]
        short = abs(ink.x0 - frame.left) < 4 and 60 < ink.x1 - ink.x0 < 230
        if short and any(line.marks for line in notes[:2]) and not any(line.cell for line in notes):
            page.notes = notes
            page.lines = [line for line in page.lines if line not in notes]


def _groups(lines: Iterable[_Line], joins: Any) -> list[list[_Line]]:
    groups: list[list[_Line]] = []
    for line in lines:
        if groups and joins(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _joined(group: list[_Line], **facts: Any) -> Imprint:
    return replace(
        group[0].imprint(**facts), runs=tuple(run for line in group for run in line.runs)
    )


def _imprint(above: _Line, group: list[_Line], frame: _Frame, ends_page: bool) -> Imprint:
    first, last = group[0], group[-1]
    align = "center" if all(map(frame.is_even, group)) and frame.is_centred(last) else ""
    if not align and group[1:]:
        align = "both" if all(line.x1 > frame.right - 4 for line in group[:-1]) else "left"
    steps = [one.base - two.base for one, two in pairwise(group) if one.page == two.page]
    return _joined(
        group,
        side=first.side,
        align=align,
        centre=(last.x0 + last.x1) / 2,
        indent=(first.x0 - frame.left) / POINTS_PER_MM / 10,
        pitch=max(steps) / (first.size * SINGLE) if steps else None,
        gap=above.base - first.base - frame.pitch if above.page == first.page else None,
        rule=last.rule,
        cell=first.cell,
        kept=not ends_page,
    )


def _leaf(page: _Page, pages: list[_Page]) -> Leaf:
    """Measure the margins that the letters leave; a page number is not text of the page."""
    lines, following = [*page.lines, *page.notes], pages[page.number :][:1]
    ends = {
        "left": min((line.x0 for line in lines), default=0),
        "right": page.width - max((line.x1 for line in lines), default=0),
        "top": page.height - max((line.base + 0.8 * line.size for line in lines), default=0),
        "bottom": min((line.base - 0.2 * line.size for line in lines), default=0),
    }
    margins = {side: space / POINTS_PER_MM for side, space in ends.items() if lines}
    second = all(line.imprint().text == "2" for each in following for line in each.numbers)
    mm = POINTS_PER_MM
    return Leaf(page.width / mm, page.height / mm, margins, second and not page.numbers)


def _page_number(line: _Line, page: _Page, frame: _Frame) -> Imprint:
    side = "top" if line.base > page.height / 2 else "bottom"
    ends = [x for each in page.lines for x in (each.x0, each.x1)] or [0]
    doubles = (page.width, frame.left + frame.right, min(ends) + max(ends))
    centred = any(abs(line.x0 + line.x1 - double) < 12 for double in doubles)
    return line.imprint(side=side, align="center" if centred else "left")
