"""From an executed notebook to the document tree.

Owns the choice of what a report shows of its notebook: prose with its values, tables, charts.
Values enter as nodes, from their JSON; nothing is substituted into text. What can't be shown is an
error that names the cell, never left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, groupby
from typing import Any

from nbformat import NotebookNode

from danvan_nb import nodes
from danvan_nb.errors import Issue, RenderError
from danvan_nb.notebook.cells import CellMemory, NotebookMemory, section_of, slot_of, tags
from danvan_nb.notebook.prose import Expression, Piece, ProseBlock, ProseError, parse_prose
from danvan_nb.wording import LETTERS, roman


@dataclass(frozen=True)
class PrintedProse:
    """A block of prose as printed: its source, the number of a heading, and one node per piece."""

    prose: ProseBlock
    number: str
    content: nodes.Inlines


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
    cited: set[str] = field(default_factory=set)
    notes: int = 0
    headings: list[int] = field(default_factory=lambda: [0, 0, 0])
    anchors: int = 0


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
    state = _State(NotebookMemory.read(nb).draft)
    for index, cell in enumerate(nb.cells):
        try:
            printed = _print(cell, state)
        except (ProseError, RenderError) as err:
            facts = {"number": index + 1, "section": section_of(nb, index)}
            issue = Issue.of("o_so_tay", cause=err.issues[0].message, **facts)
            raise RenderError(issue) from err
        if printed.title is not None or printed.blocks:
            yield printed


def _print(cell: NotebookNode, state: _State) -> Printed:
    memory = CellMemory.read(cell)
    if {"title", "appendix"} & set(tags(cell)):
        return Printed(cell, title=_title(cell, state))
    if memory.omitted:
        return Printed(cell)
    if memory.boxed:
        return Printed(cell, blocks=(_box("; ".join(memory.boxed)),))
    if cell.cell_type == "markdown":
        passages = tuple(
            PrintedProse(block, _number(block, state), content)
            for block, content in _prose(cell, state)
        )
        return Printed(cell, blocks=tuple(_prose_blocks(cell, passages, state)), passages=passages)
    if cell.cell_type == "code" and "hide" not in tags(cell):
        shown = (_output_blocks(output, state) for output in cell.get("outputs", []))
        return Printed(cell, blocks=tuple(chain.from_iterable(shown)))
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
    return blocks[0][1]


def _prose(cell: NotebookNode, state: _State) -> Iterator[tuple[ProseBlock, nodes.Inlines]]:
    results = iter(cell.metadata.get("user_expressions", []))
    for block in parse_prose(cell.source):
        yield block, _inlines(block.pieces, results, state)


def _number(block: ProseBlock, state: _State) -> str:
    """Number a heading: `##` is I., `###` is 1., `####` is a); other prose has no number."""
    if block.kind != "heading":
        return ""
    level = block.level - 1
    if not 1 <= level <= 3:
        raise ProseError("o_so_tay.cap_tieu_de")
    state.headings[level - 1] += 1
    state.headings[level:] = [0] * (3 - level)
    count = state.headings[level - 1]
    return (f"{roman(count)}.", f"{count}.", f"{LETTERS[(count - 1) % len(LETTERS)]})")[level - 1]


def _prose_blocks(
    cell: NotebookNode, passages: Iterable[PrintedProse], state: _State
) -> Iterator[nodes.Block]:
    slot = slot_of(cell).removesuffix("+")
    role = "basis" if "basis" in tags(cell) else "body"
    for kind, group in groupby(passages, key=lambda passage: passage.prose.kind):
        if kind == "item":
            yield nodes.BulletList(tuple(passage.content for passage in group), slot)
            continue
        for passage in group:
            if kind == "heading":
                state.anchors += 1
                level, anchor = passage.prose.level - 1, f"muc-{state.anchors}"
                yield nodes.Heading(level, passage.number, passage.content, anchor, slot)
            else:
                yield nodes.Paragraph(passage.content, role, slot)


def _inlines(
    pieces: Iterable[Piece], results: Iterator[Mapping[str, Any]], state: _State
) -> nodes.Inlines:
    inlines: list[nodes.Inline] = []
    for piece in pieces:
        if not isinstance(piece, Expression):
            inlines.append(piece)
            continue
        stored = next(results, {})
        if stored.get("expression") != piece.source or stored["result"].get("status") != "ok":
            raise ProseError("o_so_tay.gia_tri_cu", source=piece.source)
        node = nodes.from_json(stored["result"]["data"].get(nodes.FIGURE_MIME))
        node = _cited(node, state) if isinstance(node, nodes.Cite) else node
        if not isinstance(node, nodes.Text | nodes.Value | nodes.Note):
            raise ProseError("o_so_tay.gia_tri_la", source=piece.source)
        if not isinstance(node, nodes.Note):
            node = replace(node, bold=piece.bold, italic=piece.italic)
        inlines.append(node)
    return tuple(inlines)


def _cited(cite: nodes.Cite, state: _State) -> nodes.Text | nodes.Note:
    """Choose the full form at the first mention, the short one later, and number a note."""
    form = cite.short if cite.key in state.cited else cite.full
    state.cited.add(cite.key)
    if not cite.note:
        return nodes.Text(form)
    state.notes += 1
    return nodes.Note(state.notes, (nodes.Text(f"{form}."),))


def _output_blocks(output: NotebookNode, state: _State) -> Iterator[nodes.Block]:
    if output.output_type == "stream":
        raise ProseError("o_so_tay.in_chu", text=output.get("text", "").strip()[:80])
    block = nodes.from_json(output.get("data", {}).get(nodes.BLOCK_MIME))
    if not isinstance(block, nodes.Table | nodes.Chart):
        raise ProseError("o_so_tay.ket_qua_la")
    kind, content = (
        ("bảng", block.body) if isinstance(block, nodes.Table) else ("biểu đồ", block.svg)
    )
    if content:
        yield block
    elif state.draft:
        yield _box(f"{kind} “{block.caption}”")
