"""What a rule of the form sees of a document, the same of a PDF and of a Word file.

Owns the view: paragraphs with their type and place, sheets with their margins. It judges nothing.
Lengths are in points, paper and margins in millimetres, first-line indents in centimetres.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

POINTS_PER_MM = 72 / 25.4
SINGLE = 1.15
"""Height of a line of Times New Roman at single spacing, in ems."""

LETTER = re.compile(r"\w")


class Run(NamedTuple):  # thousands are made of a document
    """Letters set in one type; a space that no type was told for has none."""

    text: str
    face: str = ""
    size: float = 0
    bold: bool = False
    italic: bool = False
    colour: str = ""


@dataclass(frozen=True, eq=False)
class Imprint:
    """One paragraph as it is set; what a format does not tell is None or empty.

    `row` grows down the document; what stands on one line has one row. `page` is the sheet, in
    Word the section. `side` is `left` or `right` where two columns stand side by side, `note` at
    the foot of a page, `top` or `bottom` for a page number. `pitch` is the distance of its lines in
    single lines, `gap` the room above it. `rule` is the length of the line drawn under it as a
    share of its own last line. `kept` says that it is not the last on its page.
    """

    runs: tuple[Run, ...]
    page: int
    row: float
    side: str = "middle"
    align: str = ""
    centre: float | None = None
    indent: float | None = None
    pitch: float | None = None
    gap: float | None = None
    rule: float | None = None
    cell: bool = False
    kept: bool = True

    @cached_property
    def text(self) -> str:
        """The words, precomposed and with single spaces."""
        raw = "".join(run.text for run in self.runs)
        return re.sub(r"\s+", " ", unicodedata.normalize("NFC", raw)).strip()

    @cached_property
    def lettered(self) -> tuple[Run, ...]:
        """The runs that hold letters or digits: dashes and spaces have no type to speak of."""
        return tuple(run for run in self.runs if LETTER.search(run.text))

    @cached_property
    def sizes(self) -> tuple[float, ...]:
        """The sizes in use, smallest first."""
        return tuple(sorted({round(run.size, 1) for run in self.lettered if run.size}))

    @cached_property
    def bold(self) -> bool | None:
        """Whether it is bold; None where it is mixed."""
        found = {run.bold for run in self.lettered if run.size}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def italic(self) -> bool | None:
        """Whether it is italic; None where it is mixed."""
        found = {run.italic for run in self.lettered if run.size}
        return found.pop() if len(found) == 1 else None


@dataclass(frozen=True)
class Leaf:
    """A page of a PDF, or a section of a Word file; `restarts` says that its pages count from 1."""

    width: float
    height: float
    margins: dict[str, float]
    restarts: bool


@dataclass(frozen=True)
class Specimen:
    """A document to be measured.

    `exact` says that the margins are settings, not measured on the ink. `middle` is that of the
    text, across the page. `marks` and `notes` are footnote marks and footnotes with their page.
    """

    imprints: tuple[Imprint, ...]
    leaves: tuple[Leaf, ...]
    numbers: tuple[Imprint, ...]
    marks: tuple[tuple[str, int], ...]
    notes: tuple[tuple[str, int], ...]
    exact: bool
    middle: float = 0
