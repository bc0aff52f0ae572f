"""The document model: what a report says, before any file format.

Owns the frozen nodes that every writer walks and every reader is compared with, and the plain data
that some are in a notebook. A node that a writer does not know is an error there, never left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from danvan_nb.errors import Issue, RenderError

FIGURE_MIME = "application/vnd.danvan.figure+json"
BLOCK_MIME = "application/vnd.danvan.block+json"
"""The types under which a notebook stores what an expression gives, and a table or chart."""


@dataclass(frozen=True)
class Text:
    """A run of literal text."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Value:
    """A figure in the text: a number that came out of the data.

    `details` are (term, description) pairs for the hover. `formula` and what follows are for the
    trace: the calculation, the file and row it came from, its day (ISO) and status, and of a
    collected number its parts: (sub-office, number and cell). `missing` names the indicator, `gap`
    says why a comparison falls away (a key of `wording.GAPS`).
    """

    id: str
    text: str
    value: str
    label: str = ""
    details: tuple[tuple[str, str], ...] = ()
    bold: bool = False
    italic: bool = False
    formula: str = ""
    file: str = ""
    row: str = ""
    as_of: str = ""
    status: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    gap: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Cite:
    """A document cited in the text or a note; it becomes a `Text` or `Note` in document order."""

    key: str
    full: str
    short: str
    note: bool


@dataclass(frozen=True)
class Note:
    """A footnote, standing at its reference; `number` runs through the document from 1."""

    number: int
    content: tuple[Inline, ...]


@dataclass(frozen=True)
class Break:
    """A line break inside a paragraph."""


@dataclass(frozen=True)
class Mention:
    """The name of an indicator, for leaders; it leads to where the report speaks of it."""

    text: str
    about: str


@dataclass(frozen=True)
class Chart:
    """A drawing as SVG with the text that stands for it (`alt` holds every number drawn)."""

    caption: Inlines
    alt: str
    svg: str


Inline: TypeAlias = Text | Value | Note | Break | Mention | Chart
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """A numbered heading: level 1 is `I.`, level 2 `1.`, level 3 `a)`."""

    level: int
    number: str
    content: Inlines
    anchor: str
    slot: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `role` is `body`, or `basis` for the căn cứ (italic in the form)."""

    content: Inlines
    role: str = "body"
    slot: str = ""


@dataclass(frozen=True)
class BulletList:
    """A list of dashes, one tuple of inlines per item."""

    items: tuple[Inlines, ...]
    slot: str = ""


@dataclass(frozen=True)
class Cell:
    """A table cell of one or more lines; `align` is `left`, `center` or `right`."""

    lines: tuple[Inlines, ...]
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    align: str = "center"


@dataclass(frozen=True)
class Table:
    """A table; rows hold only the cells that start in them, as in HTML."""

    caption: str
    columns: int
    head: tuple[tuple[Cell, ...], ...]
    body: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Box:
    """A framed notice of a draft: what is missing, and why."""

    text: str


Block: TypeAlias = Heading | Paragraph | BulletList | Table | Chart | Box


@dataclass(frozen=True)
class Appendix:
    """A phụ lục: `label` is `Phụ lục`, with a Roman number only when there are several."""

    label: str
    title: str
    reference: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Head:
    """The frame of the form: letterhead, addressees, signature, recipients, reference."""

    superior: str
    issuer: tuple[str, ...]
    number: str
    place_date: str
    kind: str
    to: tuple[str, ...]
    authority: tuple[str, ...]
    signatory: str
    recipients: tuple[str, ...]
    date: str
    reference: str


@dataclass(frozen=True)
class Card:
    """A figure card: an indicator, its number, its share of the year's plan, its change."""

    label: Mention
    value: Value
    plan: Value | None
    change: Value | None
    wanted: bool | None
    verdict: str
    trend: Chart | None = None


@dataclass(frozen=True)
class Leaders:
    """What a leader reads first, in the HTML only: no part of the signed text."""

    note: str
    cards: tuple[Card, ...]
    points: tuple[Inlines, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """A whole report, ready for any writer."""

    leaders: Leaders | None = field(default=None, kw_only=True)
    head: Head
    subject: Inlines
    blocks: tuple[Block, ...]
    appendices: tuple[Appendix, ...]
    draft: bool = False

    @property
    def title(self) -> str:
        """The title for file properties: kind and subject on one line."""
        return f"{self.head.kind.capitalize()}: {plain(self.subject)}"


STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TO = "Kính gửi:"
RECIPIENTS = "Nơi nhận:"
DRAFT = "DỰ THẢO"
LEADERS = "Tóm tắt cho lãnh đạo"
POINTS = "Điểm chính"


def plain(content: Inlines, *, notes: bool = True) -> str:
    """Give the text of inlines as a reader meets it; a note stands at its mark, if wanted."""
    parts = []
    for node in content:
        match node:
            case Text(text=text) | Value(text=text) | Mention(text=text) | Chart(alt=text):
                parts.append(text)
            case Note(content=inner) if notes:
                parts.append(f" {plain(inner)} ")
            case Break():
                parts.append("\n")
    return "".join(parts)


def section_title(number: str, content: Inlines) -> str:
    """Name the section under a heading, as it is printed."""
    return f"{number} {plain(content)}"


def walk(node: Any) -> Iterator[Any]:
    """Yield every node below `node` in document order, itself first; tuples are passed through."""
    if not isinstance(node, tuple):
        yield node
    for part in node if isinstance(node, tuple) else vars(node).values():
        if isinstance(part, tuple) or hasattr(part, "__dataclass_fields__"):
            yield from walk(part)


def values(tree: Any) -> list[Value]:
    """List the figures of a tree in reading order, repeats included."""
    return [node for node in walk(tree) if isinstance(node, Value)]


def as_json(node: Any) -> Any:
    """Turn a node into plain data, as a notebook holds it: a dict with the class name under `t`."""
    if isinstance(node, tuple):
        return [as_json(item) for item in node]
    if hasattr(node, "__dataclass_fields__"):
        parts = {name: as_json(part) for name, part in vars(node).items()}
        return {"t": type(node).__name__, **parts}
    return node


NODE_KINDS = (Head, Text, Value, Cite, Cell, Table, Chart, Mention, Card, Leaders)
STORED = {kind.__name__: kind for kind in NODE_KINDS}


def from_json(data: Any) -> Any:
    """Turn plain data back into the node that `as_json` made it of.

    Raises
    ------
    RenderError
        If the data are no node that a notebook holds.
    """
    if isinstance(data, list):
        return tuple(map(from_json, data))
    if not isinstance(data, dict):
        return data
    parts = {name: from_json(part) for name, part in data.items() if name != "t"}
    try:
        return STORED[data["t"]](**parts)
    except (KeyError, TypeError) as err:
        raise RenderError(Issue.of("gia_tri.kieu")) from err
