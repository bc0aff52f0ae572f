"""From an executed notebook to the document tree.

Owns the choice of what a report shows of its notebook: prose with its values, tables, charts.
Values enter as nodes, from their JSON; nothing is substituted into text. What can't be shown is an
error that names the cell, never left out silently.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import Any, TypeAlias

from nbformat import NotebookNode

from danvan_nb import nodes
from danvan_nb.document.layout import label_of
from danvan_nb.document.tree.mending import mended
from danvan_nb.errors import Issue, RenderError
from danvan_nb.notebook.cells import CellMemory, NotebookMemory, section_of, slot_of, tags
from danvan_nb.notebook.prose import Expression, Piece, ProseBlock, ProseError, parse_prose
from danvan_nb.wording import number_heading, roman

Blocks: TypeAlias = Iterator[nodes.Block]
PieceNodes: TypeAlias = tuple[tuple[Piece, nodes.Inline | None], ...]


@dataclass(frozen=True)
class PrintedProse:
    """A block of prose as printed: its source, the number of a heading, and what pieces became.

    A piece that fell away has no node; one that fell away in part stands in several.
    """

    prose: ProseBlock
    number: str
    parts: PieceNodes

    @property
    def content(self) -> nodes.Inlines:
        """Give what is printed; empty where all of it fell away."""
        return tuple(node for _, node in self.parts if node is not None)


@dataclass(frozen=True)
class Printed:
    """What a cell prints: the title of the report or of an appendix, or blocks and their prose."""

    cell: NotebookNode
    title: nodes.Inlines | None = None
    blocks: tuple[nodes.Block, ...] = ()
    passages: tuple[PrintedProse, ...] = ()


@dataclass
class _State:
    """What runs through the document: numbers of headings and notes, and what was cited already."""

    draft: bool
    fallen: tuple[str, ...] = ()
    cited: set[str] = field(default_factory=set)
    notes: int = 0
    headings: list[int] = field(default_factory=lambda: [0, 0, 0])
    anchors: int = 0
    tables: Iterator[int] = field(default_factory=lambda: count(1))
    charts: Iterator[int] = field(default_factory=lambda: count(1))
    shown: dict[str, tuple[nodes.Block, ...]] = field(default_factory=dict)


def build_document(nb: NotebookNode) -> nodes.Document:
    """Build the document tree of a stamped notebook.

    Raises
    ------
    RenderError
        If the notebook was not executed by our engine, or holds something that a report can't show.
    """
    memory = NotebookMemory.read(nb)
    if not memory.letterhead:
        raise RenderError(Issue.of("so_tay.chua_chay"))
    head = nodes.from_json(memory.letterhead)
    subject: nodes.Inlines = ()
    body: list[nodes.Block] = []
    parts: list[tuple[str, list[nodes.Block]]] = []
    for printed in printed_cells(nb):
        if printed.title is None:
            (parts[-1][1] if parts else body).extend(printed.blocks)
        elif "title" in tags(printed.cell):
            subject = printed.title
        else:
            parts.append((nodes.plain(printed.title, notes=False), []))
    appendices = tuple(
        nodes.Appendix(_appendix_label(number, len(parts)), title, head.reference, tuple(blocks))
        for number, (title, blocks) in enumerate(parts, 1)
    )
    leaders = nodes.from_json(memory.leaders)
    return nodes.Document(head, subject, tuple(body), appendices, memory.draft, leaders=leaders)


def _appendix_label(number: int, count: int) -> str:
    return f"Phụ lục {roman(number)}" if count > 1 else "Phụ lục"


def printed_cells(nb: NotebookNode) -> Iterator[Printed]:
    """Yield what each cell prints, in order; a cell that prints nothing is passed over.

    Raises
    ------
    RenderError
        If a cell holds something that a report can't show.
    """
    memory = NotebookMemory.read(nb)
    state = _State(memory.draft, memory.notes)
    # Figures and tables first: prose may point to one that stands below it.
    state.shown |= ((cell.id, blocks) for cell, blocks in _each(nb, _shown, state))
    for _, printed in _each(nb, _print, state):
        if printed.title is not None or printed.blocks:
            yield printed


def _each(
    nb: NotebookNode, work: Callable[[NotebookNode, _State], Any], state: _State
) -> Iterator[tuple[NotebookNode, Any]]:
    """Yield each cell with what is made of it; an error names the cell."""
    for index, cell in enumerate(nb.cells):
        try:
            made = work(cell, state)
        except (ProseError, RenderError) as err:
            facts = {"number": index + 1, "section": section_of(nb, index)}
            issue = Issue.of("o_so_tay", cause=err.issues[0].message, **facts)
            raise RenderError(issue) from err
        yield cell, made


def _shown(cell: NotebookNode, state: _State) -> tuple[nodes.Block, ...]:
    """Give the figures and tables that a cell prints, numbered."""
    memory = CellMemory.read(cell)
    if cell.cell_type != "code" or "hide" in tags(cell) or memory.omitted or memory.boxed:
        return ()
    return tuple(block for one in cell.get("outputs", []) for block in _output_blocks(one, state))


def _print(cell: NotebookNode, state: _State) -> Printed:
    memory = CellMemory.read(cell)
    if {"title", "appendix"} & set(tags(cell)):
        return Printed(cell, title=_title(cell, state))
    if memory.omitted:
        return Printed(cell)
    if memory.boxed:
        return Printed(cell, blocks=(_box("; ".join(memory.boxed)),))
    if cell.cell_type == "markdown":
        prose = _prose(cell, state)
        passages = tuple(
            PrintedProse(block, _number(block, state), parts) for block, parts in prose
        )
        return Printed(cell, blocks=tuple(_prose_blocks(passages, cell, state)), passages=passages)
    if cell.cell_type == "code" and "hide" not in tags(cell):
        notes = state.fallen if "notes" in tags(cell) else ()
        said = (nodes.Paragraph((nodes.Text(note),)) for note in notes)
        return Printed(cell, blocks=(*state.shown[cell.id], *said))
    if cell.cell_type == "raw" and cell.source.strip():
        raise ProseError("o_so_tay.chu_tho")
    return Printed(cell)


def _box(lacking: str) -> nodes.Box:
    return nodes.Box(f"Chưa đủ số liệu: {lacking}.")


def _title(cell: NotebookNode, state: _State) -> nodes.Inlines:
    if "appendix" in tags(cell):
        state.headings = [0, 0, 0]
    blocks = list(_prose(cell, state))
    if [block.kind for block, _ in blocks] != ["heading"]:
        raise ProseError("o_so_tay.tieu_de")
    return PrintedProse(blocks[0][0], "", blocks[0][1]).content


def _prose(cell: NotebookNode, state: _State) -> Iterator[tuple[ProseBlock, PieceNodes]]:
    results = iter(cell.metadata.get("user_expressions", []))
    for block in parse_prose(cell.source):
        pieces = [(piece, _pointed(_node(piece, results), state)) for piece in block.pieces]
        yield block, tuple((piece, _final(piece, node, state)) for piece, node in mended(pieces))


def _pointed(node: Any, state: _State) -> Any:
    """Give what points to a figure or table its number; it falls away if that is left out."""
    if not isinstance(node, nodes.Mention):
        return node
    if node.about not in state.shown:
        raise ProseError("o_so_tay.xem", found=node.about)
    label = next(filter(None, map(label_of, state.shown[node.about])), "")
    return nodes.Mention(label, label) if label else nodes.Value("", "", "", gap="history")


def _number(block: ProseBlock, state: _State) -> str:
    """Number a heading; other prose has no number."""
    if block.kind != "heading":
        return ""
    level = block.level - 1
    if not 1 <= level <= 3:
        raise ProseError("o_so_tay.cap_tieu_de")
    return number_heading(state.headings, level)


def _prose_blocks(passages: Iterable[PrintedProse], cell: NotebookNode, state: _State) -> Blocks:
    slot = slot_of(cell).removesuffix("+")
    role = "basis" if "basis" in tags(cell) else "body"
    for kind, group in groupby(passages, key=lambda passage: passage.prose.kind):
        if kind == "item":
            if items := _items([passage.content for passage in group]):
                yield nodes.BulletList(items, slot)
            continue
        for passage in group:
            if not passage.content:
                continue
            if kind == "heading":
                state.anchors += 1
                level, anchor = passage.prose.level - 1, f"muc-{state.anchors}"
                yield nodes.Heading(level, passage.number, passage.content, anchor, slot)
            else:
                yield nodes.Paragraph(passage.content, role, slot)


def _items(contents: Sequence[nodes.Inlines]) -> tuple[nodes.Inlines, ...]:
    """Leave out the items of a list that fell away; the last one left ends it."""
    kept = [content for content in contents if content]
    if kept and not contents[-1]:
        *before, end = kept[-1]
        if isinstance(end, nodes.Text) and end.text.endswith(";"):
            kept[-1] = (*before, replace(end, text=f"{end.text[:-1]}."))
    return tuple(kept)


def _node(piece: Piece, results: Iterator[Mapping[str, Any]]) -> Any:
    """Give what a piece becomes: itself, or the node of its stored value."""
    if not isinstance(piece, Expression):
        return piece
    stored = next(results, {})
    if stored.get("expression") != piece.source or stored["result"].get("status") != "ok":
        raise ProseError("o_so_tay.gia_tri_cu", source=piece.source)
    node = nodes.from_json(stored["result"]["data"].get(nodes.FIGURE_MIME))
    if not isinstance(node, nodes.Text | nodes.Value | nodes.Cite | nodes.Mention):
        raise ProseError("o_so_tay.gia_tri_la", source=piece.source)
    return node


def _final(piece: Piece, node: Any, state: _State) -> nodes.Inline | None:
    """Give a node as it is printed: a document cited in its form, a value with its emphasis."""
    if isinstance(node, nodes.Cite):
        node = _cited(node, state)
    if isinstance(piece, Expression) and isinstance(node, nodes.Text | nodes.Value):
        node = replace(node, bold=piece.bold, italic=piece.italic)
    final: nodes.Inline | None = node
    return final


def _cited(cite: nodes.Cite, state: _State) -> nodes.Text | nodes.Note:
    """Choose the full form at the first mention, the short one later, and number a note."""
    form = cite.short if cite.key in state.cited else cite.full
    state.cited.add(cite.key)
    if not cite.note:
        return nodes.Text(form)
    state.notes += 1
    return nodes.Note(state.notes, (nodes.Text(f"{form}."),))


def _output_blocks(output: NotebookNode, state: _State) -> Blocks:
    if output.output_type == "stream":
        raise ProseError("o_so_tay.in_chu", text=output.get("text", "").strip()[:80])
    match nodes.from_json(output.get("data", {}).get(nodes.BLOCK_MIME)):
        case nodes.Table(body=(), caption=caption):
            yield from _lack(f"bảng “{caption}”", state)
        case nodes.Chart(svg="", caption=caption):
            yield from _lack(f"biểu đồ “{nodes.plain(caption)}”", state)
        case nodes.Table(caption=caption) as table:
            yield replace(table, caption=caption and f"Bảng {next(state.tables)}. {caption}")
        case nodes.Chart(caption=caption) as chart:
            yield replace(chart, caption=(nodes.Text(f"Hình {next(state.charts)}. "), *caption))
        case _:
            raise ProseError("o_so_tay.ket_qua_la")


def _lack(what: str, state: _State) -> list[nodes.Block]:
    return [_box(what)] if state.draft else []
