"""How a report lies on a page: the grid of a table's cells and its columns, the parts of the text.

Owns no look: writers and templates draw what they find here.
"""

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Any

from danvan_nb import nodes, wording
from danvan_nb.errors import Issue, RenderError

PADDING = 0.7  # ems of 12 points: what stands left and right of the text of a cell
HEADING_LINES = 3
ISSUER_LETTERS = 23  # capitals that the left half of the letterhead holds in a line
LINE = 38.98  # ems of 12 points in a line of 165 mm
NARROW = frozenset(" .,;:'’!|()[]/-ijlrtfIíìỉĩị")
QUANTITY = re.compile(r"(?:ước )?\d[\d.,]*(?: (?:nghìn|triệu|tỷ|điểm))?(?: [^\W\d]+| %)?")
"""A number with what belongs on its line: “ước” before it, its unit behind it."""


@dataclass(frozen=True)
class GridCell:
    """A cell's column in one of its rows, and whether it continues a cell from above."""

    column: int
    cell: nodes.Cell
    continued: bool


def place_cells(table: nodes.Table) -> list[list[GridCell]]:
    """Lay the cells of a table on its grid, row by row.

    Raises
    ------
    RenderError
        If they do not fill it: Word would call the file damaged.
    """
    grid: list[list[GridCell]] = []
    above: dict[int, tuple[nodes.Cell, int]] = {}
    for row in (*table.head, *table.body):
        below: dict[int, tuple[nodes.Cell, int]] = {}
        waiting = list(row)
        line: list[GridCell] = []
        column = 0
        while column in above or (waiting and column < table.columns):
            continued = column in above
            if continued:
                cell, rows_left = above.pop(column)
            else:
                cell = waiting.pop(0)
                rows_left = cell.rowspan
            line.append(GridCell(column, cell, continued))
            if rows_left > 1:
                below[column] = (cell, rows_left - 1)
            column += cell.colspan
        if column != table.columns or above or waiting:
            about = {"table": table.caption, "line": len(grid) + 1, "columns": table.columns}
            raise RenderError(Issue.of("bang.cot", **about))
        grid.append(line)
        above = below
    if above:
        raise RenderError(Issue.of("bang.o_gop", table=table.caption))
    return grid


def column_widths(table: nodes.Table, room: float) -> tuple[float, list[float]]:
    """Choose how wide the columns of a table are.

    Parameters
    ----------
    table : Table
        The table.
    room : float
        What there is for all columns, in ems.

    Returns
    -------
    float
        What the columns need for their longest words, in ems.
    list of float
        The columns in ems: each gets its longest word; what is left goes by what the longest text
        still wants, but less than in proportion, else one long column takes it all. A heading may
        take three lines, and a cell over several columns wants nothing more of them.
    """
    least = [PADDING] * table.columns
    wanted = [PADDING] * table.columns
    for place in (place for row in place_cells(table) for place in row):
        span = place.cell.colspan
        for text in (nodes.plain(line, notes=False) for line in place.cell.lines):
            word = max(map(text_width, re.split(r"[ \n]", text))) / span + PADDING
            whole = 0.0
            if span == 1:
                whole = text_width(text) / (HEADING_LINES if place.cell.header else 1) + PADDING
            for column in range(place.column, place.column + span):
                least[column] = max(least[column], word)
                wanted[column] = max(wanted[column], whole)
    shares = [0.5 + max(high - low, 0) ** 0.7 for low, high in zip(least, wanted, strict=True)]
    spare = max(room - sum(least), 0) / sum(shares)
    return sum(least), [low + spare * share for low, share in zip(least, shares, strict=True)]


@cache
def _known_letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    file = files("danvan_nb") / "fonts" / "Tinos-Regular.ttf"
    with as_file(file) as path, TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def strange_letters(texts: Iterable[str]) -> list[str]:
    """List the letters and signs that the report's fonts do not have.

    Examples
    --------
    >>> strange_letters(["Đạt ☐ một ✅", "“Số” – 5%"])
    ['☐', '✅']
    """
    letters = sorted({letter for text in texts for letter in text})
    drawn = (each for each in letters if unicodedata.category(each) not in ("Cc", "Cf", "Mn"))
    return [each for each in drawn if ord(each) not in _known_letters()]


@lru_cache(maxsize=4096)
def text_width(text: str) -> float:
    """Estimate how wide a line of Times New Roman is, in ems; rather too wide than too narrow."""
    return sum(0.3 if char in NARROW else 0.72 if char.isupper() else 0.52 for char in text)


def bound(node: Any) -> Any:
    """Keep each figure's number, unit and “ước” on one line: no-break spaces in all of `node`."""
    match node:
        case tuple():
            return tuple(map(bound, node))
        case nodes.Value(text=text):
            return replace(node, text=QUANTITY.sub(lambda one: one[0].replace(" ", "\xa0"), text))
        case _ if hasattr(node, "__dataclass_fields__"):
            return replace(node, **{name: bound(part) for name, part in vars(node).items()})
    return node


def on_paper(document: nodes.Document) -> nodes.Document:
    """Give a document as it is signed: figures bound, long names of the issuer broken as printed.

    So a rule knows its last line. What leaders read is no part of the form.
    """
    issuer = [line for name in document.head.issuer for line in even_lines(name, ISSUER_LETTERS)]
    head = replace(document.head, issuer=tuple(issuer))
    return bound(replace(document, head=head, leaders=None))


def even_lines(text: str, room: int) -> list[str]:
    """Break a text between words into the fewest lines of `room` letters, as even as can be.

    Examples
    --------
    >>> even_lines("THÀNH PHỐ CAO LÃNH MỞ RỘNG", 23)
    ['THÀNH PHỐ CAO', 'LÃNH MỞ RỘNG']
    """
    wrapper = textwrap.TextWrapper(break_long_words=False, break_on_hyphens=False)
    tried = []
    for wrapper.width in range(1, room + 1):
        tried.append(wrapper.wrap(text))
    return next(lines for lines in tried if len(lines) == len(tried[-1]))


@dataclass(frozen=True)
class Section:
    """A part of the text and its notes; `ends` says whether the main section `title` ends there."""

    title: str
    blocks: tuple[nodes.Block, ...]
    notes: tuple[nodes.Note, ...]
    ends: bool = True


@dataclass(frozen=True)
class StackedCell:
    """A cell of a table's body, and the name of its column where a narrow screen prints it."""

    cell: nodes.Cell
    column: str


def sections(blocks: tuple[nodes.Block, ...], before: nodes.Inlines = ()) -> list[Section]:
    """Cut blocks before each I. and 1., so that notes stand near; the first part has `before`'s."""
    parts: list[list[nodes.Block]] = [[]]
    for block in blocks:
        if isinstance(block, nodes.Heading) and block.level < 3 and parts[-1]:
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


def _level(part: list[nodes.Block]) -> int:
    return part[0].level if part and isinstance(part[0], nodes.Heading) else 0


def _title(part: list[nodes.Block]) -> str:
    first = part[0] if part else None
    return f"mục {first.number.rstrip('.')}" if isinstance(first, nodes.Heading) else ""


def appendix_section(appendix: nodes.Appendix) -> Section:
    """Take an appendix as one section."""
    return Section(wording.lower_first(appendix.label), appendix.blocks, _notes(appendix.blocks))


def _notes(part: object) -> tuple[nodes.Note, ...]:
    return tuple(node for node in nodes.walk(part) if isinstance(node, nodes.Note))


def stacked_rows(table: nodes.Table) -> Iterator[list[StackedCell]]:
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


def column_shares(table: nodes.Table) -> list[float]:
    """Give the width of each column in percent, as on paper."""
    widths = column_widths(table, LINE)[1]
    return [round(100 * width / sum(widths), 1) for width in widths]


def _is_title(column: int, cell: nodes.Cell) -> bool:
    return cell.colspan > 1 or (column == 0 and (cell.align == "left" or cell.header))


def is_judged(table: nodes.Table) -> bool:
    """Say whether a table ends in one judgement on all rows, which a phone shows under them."""
    last = table.body[0][-1] if table.body else nodes.Cell(())
    return last.rowspan == len(table.body) and len(last.lines) > 1


def placed(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield every node with the title of the section that it stands in, in reading order."""
    section = ""
    for node in nodes.walk(tree):
        match node:
            case nodes.Leaders():
                section = nodes.LEADERS
            case nodes.Head():
                section = ""
            case nodes.Heading(number=number, content=content):
                section = nodes.section_title(number, content)
            case nodes.Appendix(label=label):
                section = label
        yield section, node


def label_of(block: nodes.Block) -> str:
    """Give the number under which the text points to a figure or table: `Hình 1`."""
    caption = getattr(block, "caption", "")
    text = caption if isinstance(caption, str) else nodes.plain(caption)
    found = re.match(r"(?:Hình|Bảng) \d+(?=\.)", text)
    return found[0] if found else ""


def places(document: nodes.Document) -> dict[str, str]:
    """Give links: to figures and tables by number, by id to where an indicator is spoken of."""
    found: dict[str, str] = {}
    anchor = ""
    for node in nodes.walk((document.blocks, document.appendices)):
        if isinstance(node, nodes.Heading):
            anchor = node.anchor
        elif label := label_of(node):
            found[label] = wording.plain_ascii(label).replace(" ", "-")
        elif isinstance(node, nodes.Value) and anchor:
            found.setdefault(node.id.split(".")[0], anchor)
    return found
