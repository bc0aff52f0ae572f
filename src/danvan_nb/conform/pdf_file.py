"""A PDF as a specimen: its lines put together to paragraphs, with their place on the page.

Owns the reading of any producer's PDF by where its letters are; the structure tree is not asked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from danvan_nb.conform.pdf_ink import THIN, Ink, Line, Page, read_page
from danvan_nb.conform.specimen import POINTS_PER_MM, SINGLE, Imprint, Leaf, Specimen
from danvan_nb.document.pdf import open_pages

INDENTS = (28.35, 36.0)
"""First-line indents of 1 cm and 1.27 cm."""


@dataclass(frozen=True)
class _Frame:
    """Where the lines of the text begin and end, and how far their bases are apart."""

    left: float
    right: float
    pitch: float

    def is_even(self, line: Line) -> bool:
        return abs(line.x0 + line.x1 - self.left - self.right) < 8

    def is_centred(self, line: Line) -> bool:
        """Say whether a line stands in the middle, and not by chance, as one with an indent may."""
        start = line.x0 - self.left
        return self.is_even(line) and start > 8 and all(abs(start - each) > 2 for each in INDENTS)

    def joins(self, above: Line, line: Line) -> bool:
        """Say whether a line goes on the paragraph of the line above it."""
        if not _alike(above, line):
            return False
        if above.page != line.page:
            return above.x1 > self.right - 25 and abs(line.x0 - self.left) < 3
        if above.base - line.base > self.pitch + 4:
            return False
        if self.is_centred(line) and self.is_even(above):
            return above.plain.text.isupper() == line.plain.text.isupper()
        return line.x0 < self.left + 8 and above.x1 > self.left + 0.6 * (self.right - self.left)


def _alike(above: Line, line: Line) -> bool:
    """Say whether two lines of the text are set in one type, the second no entry of Nơi nhận."""
    one, two = above.plain, line.plain
    styles = ((one.bold, two.bold), (one.italic, two.italic))
    changed = any(None not in style and len({*style}) > 1 for style in styles)
    entry = line.size < 12.5 and two.text.startswith(("- ", "– "))
    text = {above.side, line.side} == {"middle"} and not (above.cell or line.cell)
    return text and not entry and not changed and abs(above.size - line.size) <= 0.5


def pdf_specimen(data: bytes) -> Specimen:
    """Read a PDF of any producer.

    Raises
    ------
    pypdfium2.PdfiumError
        If it is none, or is locked.
    """
    pages = [read_page(*page, number) for number, page in enumerate(open_pages(data), 1)]
    frame = _frame(pages)
    frames = {page.number: _frame_of(page, frame) for page in pages}
    for page in pages:
        _place(page, frames[page.number])
    lines = [*chain(*(page.lines for page in pages))]
    notes = _groups(chain(*(page.notes for page in pages)), lambda _, line: not line.leads)
    numbers = [
        _page_number(line, page, frames[page.number]) for page in pages for line in page.numbers
    ]
    return Specimen(
        (*_imprints(pages, frames), *(_joined(group, side="note") for group in notes)),
        tuple(_leaf(page, pages) for page in pages),
        tuple(numbers),
        tuple((mark, line.page) for line in lines for mark in line.marks if not line.cell),
        tuple((mark, group[0].page) for group in notes for mark in group[0].marks[:1]),
        False,
        (frame.left + frame.right) / 2,
    )


def _imprints(pages: list[Page], frames: dict[int, _Frame]) -> Iterator[Imprint]:
    """Yield the paragraphs."""
    lasts = {page.lines[-1] for page in pages if page.lines}
    lines = (line for page in pages for line in page.lines)
    groups = _groups(lines, lambda above, line: frames[line.page].joins(above, line))
    for above, group in zip([*groups[:1], *groups], groups, strict=False):
        yield _imprint(above[-1], group, frames[group[-1].page], group[-1] in lasts)


def _frame_of(page: Page, frame: _Frame) -> _Frame:
    """Give the frame of a page: a flat one has its own, about the middle of what it begins with."""
    if page.width < page.height or not page.lines:
        return frame
    middle = (page.lines[0].x0 + page.lines[0].x1) / 2
    ends = [x for line in page.lines for x in (line.x0, line.x1)]
    half = max(abs(x - middle) for x in ends)
    return replace(frame, left=middle - half, right=middle + half)


def _frame(pages: list[Page]) -> _Frame:
    """Find where lines begin, where most long ones end, and their least usual distance."""
    upright = (line for page in pages if page.width < page.height for line in page.lines)
    lines = [line for line in upright if line.side]  # one of several in a row is a table's
    starts = Counter(round(line.x0, 1) for line in lines)
    left = min([x for x, count in starts.items() if count > 2] or starts or [0])
    longest = max((line.x1 for line in lines), default=left)
    ends = Counter(round(line.x1) for line in lines if line.x1 - left > 0.8 * (longest - left))
    right = max(ends, key=lambda end: ends[end], default=longest)
    return _Frame(left, right, _pitch(lines, left, right))


def _pitch(lines: list[Line], left: float, right: float) -> float:
    """Find how far a full line is from the one that goes on at the left edge."""
    steps = Counter(
        round(one.base - two.base, 1)
        for one, two in pairwise(lines)
        if one.page == two.page and one.x1 > right - 25 and abs(two.x0 - left) < 3
    )
    often = [step for step, times in steps.items() if step > 9 and times * 4 > steps.total()]
    return min(often, default=14 * SINGLE)


def _place(page: Page, frame: _Frame) -> None:
    """Say of each line in which column it is, whether in a table, and which rule is under it."""
    middle = (frame.left + frame.right) / 2
    tall = [ink for ink in page.drawings if 6 < ink.high - ink.low < 0.95 * page.height]
    head = _letterhead(page, frame)
    for line in page.lines:
        at = (line.x0 + line.x1) / 2
        line.cell = any(ink.low - 1 <= line.base <= ink.high + 1 for ink in tall)
        aside = line in head and abs(at - middle) > 25
        if not line.side or line.x0 > middle - 10 or aside:
            line.side = "left" if at < middle else "right"
    for ink in page.drawings:
        if ink.high - ink.low <= THIN:
            _underline(page, ink)
            _take_notes(page, ink, frame)


def _letterhead(page: Page, frame: _Frame) -> list[Line]:
    """List the lines at the top of the first page that stand in columns, even alone in a row."""
    top = [line for line in page.lines if line.base > 0.72 * page.height and page.number == 1]
    beside = min((line.base for line in top if not line.side), default=page.height)
    starts = [frame.left + each for each in (0, *INDENTS)]
    text = [line for line in top if any(abs(line.x0 - start) < 3 for start in starts)]
    return [line for line in top if line.base >= beside or line not in text]


def _underline(page: Page, ink: Ink) -> None:
    """Tell the line right above a rule, in the middle of it, how long the rule is."""
    above = [line for line in page.lines if 0 < line.base - ink.low < 28 and not line.cell]
    for line in [each for each in above if abs(each.x0 + each.x1 - ink.x0 - ink.x1) < 10][-1:]:
        line.rule = (ink.x1 - ink.x0) / (line.x1 - line.x0)


def _take_notes(page: Page, ink: Ink, frame: _Frame) -> None:
    """Set apart the footnotes: what stands under a short rule at the left edge, with marks."""
    notes = [line for line in page.lines if line.base < ink.low]
    short = abs(ink.x0 - frame.left) < 4 and 60 < ink.x1 - ink.x0 < 230
    if short and any(line.marks for line in notes[:2]) and not any(line.cell for line in notes):
        page.notes = notes
        page.lines = [line for line in page.lines if line not in notes]


def _groups(lines: Iterable[Line], joins: Any) -> list[list[Line]]:
    groups: list[list[Line]] = []
    for line in lines:
        if groups and joins(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _joined(group: list[Line], **facts: Any) -> Imprint:
    runs = tuple(run for line in group for run in line.runs)
    return replace(group[0].imprint(**facts), runs=runs)


def _imprint(above: Line, group: list[Line], frame: _Frame, ends_page: bool) -> Imprint:
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


def _leaf(page: Page, pages: list[Page]) -> Leaf:
    """Measure the margins that the letters leave; a page number is not text of the page."""
    lines, following = [*page.lines, *page.notes], pages[page.number :][:1]
    spaces: dict[str, float] = {}
    if lines:
        spaces["left"] = min(line.x0 for line in lines)
        spaces["right"] = page.width - max(line.x1 for line in lines)
        spaces["top"] = page.height - max(line.base + 0.8 * line.size for line in lines)
        spaces["bottom"] = min(line.base - 0.2 * line.size for line in lines)
    mm = POINTS_PER_MM
    margins = {side: space / mm for side, space in spaces.items()}
    second = all(line.plain.text == "2" for each in following for line in each.numbers)
    return Leaf(page.width / mm, page.height / mm, margins, second and not page.numbers)


def _page_number(line: Line, page: Page, frame: _Frame) -> Imprint:
    side = "top" if line.base > page.height / 2 else "bottom"
    ends = [x for each in page.lines for x in (each.x0, each.x1)] or [0]
    doubles = (page.width, frame.left + frame.right, min(ends) + max(ends))
    centred = any(abs(line.x0 + line.x1 - double) < 12 for double in doubles)
    return line.imprint(side=side, align="center" if centred else "left")
