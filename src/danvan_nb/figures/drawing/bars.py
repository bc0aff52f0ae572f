"""Bars of several units: each unit, and what would be a sliver in it, on a scale of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from danvan_nb.figures.drawing.sheet import BAR, SHEET_WIDTH, Sheet, measured

SLIVER = 20
"""How many times longer a bar may be than the longest of another group on its scale."""


class Bar(NamedTuple):
    """A bar, its look and the number at its end; what is not known has only a text."""

    look: str
    value: Decimal | None
    text: str


TitledBars: TypeAlias = tuple[str, Sequence[Bar]]
"""Bars under a title."""


def paint_bars(sheet: Sheet, units: Mapping[str, Sequence[TitledBars]]) -> None:
    """Draw the groups of each unit; their numbers keep clear of the edge."""
    texts = (bar.text for groups in units.values() for _, bars in groups for bar in bars)
    room = SHEET_WIDTH - 6 - max(map(measured, texts))
    for unit, groups in units.items():
        rest, remark = groups, ""
        while rest:
            least = max(map(_longest, rest)) / SLIVER
            small = [group for group in rest if 0 < _longest(group) < least]
            sheet.write(f"Đơn vị tính: {unit}{remark}")
            _paint_panel(sheet, [group for group in rest if group not in small], room)
            rest, remark = small, " (tỷ lệ vẽ riêng)"


def _longest(group: TitledBars) -> Decimal:
    return max(abs(bar.value or Decimal()) for bar in group[1])


def _paint_panel(sheet: Sheet, groups: Sequence[TitledBars], room: float) -> None:
    lengths = [float(bar.value or 0) for _, bars in groups for bar in bars]
    low, high = min(0, *lengths), max(0, *lengths)
    scale = room / ((high - low) or 1)
    for title, bars in groups:
        sheet.write(title, "bold")
        for bar in bars:
            length = float(bar.value or 0) * scale
            if bar.value is not None:
                sheet.box(bar.look, -low * scale, length, 1, BAR - 1)
            sheet.put(max(length, 0) - low * scale + 4, bar.text, BAR - 3)
            sheet.y += BAR + 1
    sheet.y += 5
