"""What charts are drawn on: a sheet that a phone shows whole, and the looks of what stands on it.

Owns matplotlib, which it loads when the first chart is drawn. It knows no figures.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from typing import Any

# In points. A phone shows this width in letters of readable size, paper in those of a table.
SHEET_WIDTH = 280
SHEET_LINE = 13.5
LETTER_SIZE = 10
LONGEST_WORD = 24
BAR = 13
MARGIN = 6
COURSE = 44
# Each fill is 3:1 on white or more; hatches and outlines tell them apart without colour.
INKS: dict[str, dict[str, Any]] = {
    "plan": {"facecolor": "#8a8a8a", "edgecolor": "#333333", "hatch": "...."},
    "actual": {"facecolor": "#1f4e79", "edgecolor": "#1f4e79"},
    "same_period": {"facecolor": "#6f8fb0", "edgecolor": "#1f4e79", "hatch": "////"},
    "track": {"facecolor": "#ffffff", "edgecolor": "#333333"},
    "tick": {"facecolor": "#000000", "edgecolor": "#ffffff"},
}
STYLE: dict[Any, Any] = {
    "font.size": LETTER_SIZE,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",  # text stays text: searchable, small, drawn with the embedded font
    "svg.hashsalt": "danvan_nb",  # ids that do not change from run to run
}


@cache
def _faces() -> dict[str, Any]:
    """Register the shipped font with matplotlib; returns what measures its letters, by weight."""
    from matplotlib import font_manager, ft2font

    faces = {}
    for weight, style in (("normal", "Regular"), ("bold", "Bold")):
        with as_file(files("danvan_nb") / "fonts" / f"Tinos-{style}.ttf") as path:
            font_manager.fontManager.addfont(str(path))
            faces[weight] = ft2font.FT2Font(str(path))
        faces[weight].set_size(LETTER_SIZE, 72)
    return faces


@cache
def _advance(letter: str, weight: str) -> float:
    from matplotlib.ft2font import LoadFlags

    glyph = _faces()[weight].load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.horiAdvance) / 64


def measured(text: str, weight: str = "normal") -> float:
    """Measure a text of one line, letter by letter: what kerning would save is left as room."""
    return sum(_advance(letter, weight) for letter in text)


def _lines(text: str, room: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that have room."""
    lines = [""]
    for word in (piece for whole in text.split() for piece in textwrap.wrap(whole, LONGEST_WORD)):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measured(longer, weight) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines if text else []


def warm_up() -> None:
    """Load the drawing library, its font and the letters of it ahead of the first chart."""
    usual = "".join(map(chr, (*range(32, 127), *range(0xC0, 0xFE), *range(0x1EA0, 0x1EFA))))
    for weight in _faces():
        measured(usual, weight)
    draw(lambda sheet: sheet.write("·"))


def draw(paint: Callable[[Sheet], None]) -> str:
    """Draw as `paint` does on a blank sheet; returns the SVG, the same for the same strokes."""
    import matplotlib

    with matplotlib.rc_context(STYLE | {"font.family": _faces()["normal"].family_name}):
        sheet = Sheet()
        paint(sheet)
        return sheet.svg()


class Sheet:
    """What is drawn from the top down, every length in points."""

    def __init__(self) -> None:
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure as Canvas

        self.canvas = Canvas(edgecolor="#a0a0a0", linewidth=1)  # a frame keeps it off the text
        FigureCanvasSVG(self.canvas)
        self.axes = self.canvas.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.y = 4.0

    def write(self, text: str, weight: str = "normal") -> None:
        """Write whole lines."""
        for line in _lines(text, SHEET_WIDTH, weight):
            self.y += SHEET_LINE
            self.put(0, line, -0.25 * SHEET_LINE, weight)

    def put(self, x: float, text: str, below: float, weight: str = "normal") -> None:
        """Write a text `below` where the sheet has come to."""
        self.axes.text(x, self.y + below, text, weight=weight)

    def box(self, look: str, x: float, width: float, below: float, height: float) -> None:
        """Draw a box `below` where the sheet has come to."""
        from matplotlib.patches import Rectangle

        place = (x, self.y + below)
        self.axes.add_patch(Rectangle(place, width, height, linewidth=0.8, **INKS[look]))

    def legend(self, names: Iterable[tuple[str, str]]) -> None:
        """Name the looks, as many in a line as it holds."""
        x = float(SHEET_WIDTH)
        for look, name in names:
            width = 24 + measured(name)
            if x + width > SHEET_WIDTH:
                x = 0
                self.y += SHEET_LINE
            swatch = (x + 5, 3) if look == "tick" else (x, 13)
            self.box(look, *swatch, -11, 9)
            self.put(x + 17, name, -0.25 * SHEET_LINE)
            x += width
        self.y += 3

    def course(
        self, periods: Sequence[tuple[str, str]], points: Sequence[tuple[Decimal | None, str]]
    ) -> None:
        """Draw numbers joined by a line, each over its text, its period and what is odd of it.

        Where texts are too wide to stand side by side, they are written below.
        """
        known = [float(value) for value, _ in points if value is not None]
        heights = [float("nan") if value is None else float(value) for value, _ in points]
        scale, step = COURSE / ((max(known) - min(known)) or 1), SHEET_WIDTH / len(points)
        xs = [step * (at + 0.5) for at, _ in enumerate(points)]
        ys = [self.y + 8 + (max(known) - height) * scale for height in heights]
        self.axes.plot(xs, ys, "-o", color=INKS["actual"]["facecolor"], markersize=4)
        self.y += COURSE + 12
        texts, names = [text for _, text in points], [name for name, _ in periods]
        wide = max(map(measured, texts)) > step - 4
        heads = [[] if wide else [text] for text in texts]
        self._under(xs, list(zip(heads, periods, strict=True)), step)
        if wide:
            self.write("; ".join(map(": ".join, zip(names, texts, strict=True))))
        self.y += 3

    def _under(
        self, xs: Sequence[float], columns: Sequence[tuple[list[str], Sequence[str]]], room: float
    ) -> None:
        """Write lines under each of several places, whole ones and such that may break."""
        under = [
            [*whole, *(line for text in rest for line in _lines(text, room))]
            for whole, rest in columns
        ]
        for x, lines in zip(xs, under, strict=True):
            for row, line in enumerate(lines, 1):
                self.axes.text(x, self.y + row * SHEET_LINE - 3, line, ha="center")
        self.y += SHEET_LINE * max(map(len, under)) + 3

    def svg(self) -> str:
        """Give the drawing, as high as it became."""
        height = self.y + 3
        self.canvas.set_size_inches((SHEET_WIDTH + 2 * MARGIN) / 72, height / 72)
        self.axes.set(xlim=(-MARGIN, SHEET_WIDTH + MARGIN), ylim=(height, 0))
        out = io.StringIO()
        metadata: dict[str, Any] = {"Date": None, "Creator": None}
        self.canvas.savefig(out, format="svg", metadata=metadata)
        return out.getvalue()[out.getvalue().index("<svg") :]  # nothing that leads outside
