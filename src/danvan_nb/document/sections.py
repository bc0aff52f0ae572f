"""How a report is cut for the screen: sections with their notes, and table cells that stand without their column.

Owns no look: the template draws what it finds here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from danvan_nb import nodes
from danvan_nb.document.layout import column_widths, place_cells
from danvan_nb.nodes import Appendix, Block, Cell, Document, Heading, Inlines, Note, Table, Value
from danvan_nb.wording import lower_first

LINE = 39.0
"""The width of the text on paper, in ems of 12 points."""


@dataclass(frozen=True)
class Section:
    """A part of the text and its notes; `ends` says whether the main section `title` ends there."""

    title: str
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    ends: bool = True


@dataclass(frozen=True)
class StackedCell:
    """A cell of a table's body, and the name of its column where a narrow screen prints it."""

    cell: Cell
    column: str


def sections(blocks: tuple[Block, ...], before: Inlines = ()) -> list[Section]:
    """Cut blocks before each I. and 1., so that notes stand near; the first part has `before`'s."""
    parts: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, Heading) and block.level < 3 and parts[-1]:
            parts.append([])
        parts[-1].append(block)
    title, cut = "", []
    for number, part in enumerate(parts):
        if number == 0 or _level(part) == 1:
            title = _title(part)
        follows = parts[number + 1 : number + 2]
        ends = not follows or _level(follows[0]) == 1
        notes = _notes((() if number else before, tuple(part)))
        cut.append(Section(title, tuple(part), notes, ends))
    return cut


def _level(part: list[Block]) -> int:
    return part[0].level if part and isinstance(part[0], Heading) else 0


def _title(part: list[Block]) -> str:
    first = part[0] if part else None
    return f"mục {first.number.rstrip('.')}" if isinstance(first, Heading) else ""


def appendix_section(appendix: Appendix) -> Section:
    """Take an appendix as one section."""
    return Section(lower_first(appendix.label), appendix.blocks, _notes(appendix.blocks))


def _notes(part: object) -> tuple[Note, ...]:
    return tuple(node for node in nodes.walk(part) if isinstance(node, Note))


def stacked_rows(table: Table) -> Iterator[list[StackedCell]]:
    """Name the column of each cell of a body, but for a title and a cell over several columns."""
    grid = place_cells(table)
    names: dict[int, str] = {}
    for place in (place for line in grid[: len(table.head)] for place in line):
        text = " ".join(nodes.plain(line, notes=False) for line in place.cell.lines)
        names |= dict.fromkeys(range(place.column, place.column + place.cell.colspan), text)
    for line in grid[len(table.head) :]:
        yield [
            StackedCell(
                place.cell, "" if _is_title(place.column, place.cell) else names[place.column]
            )
            for place in line
            if not place.continued
        ]


def column_shares(table: Table) -> list[float]:
    """Give the width of each column in percent, as on paper."""
    widths = column_widths(table, LINE)[1]
    return [round(100 * width / sum(widths), 1) for width in widths]


def _is_title(column: int, cell: Cell) -> bool:
    return cell.colspan > 1 or (column == 0 and (cell.align == "left" or cell.header))


def is_judged(table: Table) -> bool:
    """Say whether a table ends in one judgement on all rows, which a phone shows under them."""
    last = table.body[0][-1] if table.body else Cell(())
    return last.rowspan == len(table.body) and len(last.lines) > 1


def places(document: Document) -> dict[str, str]:
    """Give the heading under which the report first speaks of an indicator, by its id."""
    found: dict[str, str] = {}
    anchor = ""
    for node in nodes.walk((document.blocks, document.appendices)):
        if isinstance(node, Heading):
            anchor = node.anchor
        elif isinstance(node, Value) and anchor:
            found.setdefault(node.id.split(".")[0], anchor)
    return found
