"""From an executed notebook to the document tree.

Owns the choice of what a report shows of its notebook: prose with its values, tables, charts. Values enter as nodes, from their
JSON; nothing is substituted into text. What can't be shown is an error that names the cell, never left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from nbformat import NotebookNode

from danvan_nb.errors import Issue, RenderError
from danvan_nb.figures.figure import MIME
from danvan_nb.figures.tables import MIME as BLOCK
from danvan_nb.nodes import (
    Appendix,
    Block,
    Box,
    BulletList,
    Chart,
    Cite,
    Document,
    Head,
    Heading,
    Inline,
    Inlines,
    Note,
    Paragraph,
    Table,
    Text,
    Value,
    from_json,
    plain,
)
from danvan_nb.notebook.compose import section_of, slot_of, tags
from danvan_nb.notebook.prose import Expression, Piece, ProseBlock, ProseError, parse_prose
from danvan_nb.notebook.stamp import KEY
from danvan_nb.wording import LETTERS, roman


@dataclass(frozen=True)
class Passage:
    """A block of prose as printed: its source, the number of a heading, and one node per piece."""

    prose: ProseBlock
    number: str
    content: Inlines


@dataclass(frozen=True)
class Printed:
    """What a cell prints: the title of the report or of an appendix, or blocks, and the prose that they were made of."""

    cell: NotebookNode
    title: Inlines | None = None
    blocks: tuple[Block, ...] = ()
    passages: tuple[Passage, ...] = ()


@dataclass
class _State:
    """What runs through the document: numbers of headings and notes, and the documents already cited."""

    draft: bool
    cited: set[str] = field(default_factory=set)
    notes: int = 0
    headings: list[int] = field(default_factory=lambda: [0, 0, 0])
    anchors: int = 0


def build_document(nb: NotebookNode) -> Document:
    """Build the document tree of a stamped notebook.

    Raises
    ------
    RenderError
        If the notebook was not executed by our engine, or holds something that a report can't show.
    """
    own = nb.metadata.get(KEY, {})
    if "letterhead" not in own:
        raise RenderError(
            Issue("so_tay", "Sổ tay chưa được chạy bằng danvan-nb", todo="Chạy danvan-nb run")
        )
    frame = {name: from_json(value) for name, value in own["letterhead"].items()}
    reference = frame.pop("reference")
    subject: Inlines = ()
    body: list[Block] = []
    parts: list[tuple[str, list[Block]]] = []
    for printed in printed_cells(nb):
        if printed.title is None:
            (parts[-1][1] if parts else body).extend(printed.blocks)
        elif "title" in tags(printed.cell):
            subject = printed.title
        else:
            parts.append((plain(printed.title, notes=False), []))
    appendices = tuple(
        Appendix(
            f"Phụ lục {roman(number)}" if len(parts) > 1 else "Phụ lục",
            title,
            reference,
            tuple(blocks),
        )
        for number, (title, blocks) in enumerate(parts, 1)
    )
    leaders = from_json(own.get("leaders"))
    return Document(
        Head(**frame), subject, tuple(body), appendices, bool(own.get("draft")), leaders=leaders
    )


def printed_cells(nb: NotebookNode) -> Iterator[Printed]:
    """Yield what each cell prints, in order; a cell that prints nothing is passed over.

    Raises
    ------
    RenderError
        If a cell holds something that a report can't show.
    """
    state = _State(bool(nb.metadata.get(KEY, {}).get("draft")))
    for index, cell in enumerate(nb.cells):
        try:
            printed = _print(cell, state)
        except (ProseError, RenderError) as err:
            message = err.issues[0].message if isinstance(err, RenderError) else str(err)
            section = section_of(nb, index)
            raise RenderError(
                Issue("o_so_tay", f"Ô {index + 1} (mục “{section}”): {message}")
            ) from err
        if printed.title is not None or printed.blocks:
            yield printed


def _print(cell: NotebookNode, state: _State) -> Printed:
    own = cell.metadata.get(KEY, {})
    if {"title", "appendix"} & set(tags(cell)):
        return Printed(cell, title=_title(cell, state))
    if own.get("omitted"):
        return Printed(cell)
    if own.get("boxed"):
        return Printed(cell, blocks=(Box(f"Chưa đủ số liệu: {'; '.join(own['boxed'])}."),))
    if cell.cell_type == "markdown":
        passages = tuple(
            Passage(block, _number(block, state), content) for block, content in _prose(cell, state)
        )
        return Printed(cell, blocks=tuple(_prose_blocks(cell, passages, state)), passages=passages)
    if cell.cell_type == "code" and "hide" not in tags(cell):
        return Printed(
            cell,
            blocks=tuple(
                block
                for output in cell.get("outputs", [])
                for block in _output_blocks(output, state)
            ),
        )
    if cell.cell_type == "raw" and cell.source.strip():
        raise ProseError("Báo cáo không in được ô chữ thô, hãy đổi thành ô Markdown")
    return Printed(cell)


def _title(cell: NotebookNode, state: _State) -> Inlines:
    if "appendix" in tags(cell):
        state.headings = [0, 0, 0]
    blocks = list(_prose(cell, state))
    if [block.kind for block, _ in blocks] != ["heading"]:
        raise ProseError("Ô tên báo cáo, tên phụ lục chỉ gồm một dòng bắt đầu bằng #")
    return blocks[0][1]


def _prose(cell: NotebookNode, state: _State) -> Iterator[tuple[ProseBlock, Inlines]]:
    results = iter(cell.metadata.get("user_expressions", []))
    for block in parse_prose(cell.source):
        yield block, _inlines(block.pieces, results, state)


def _number(block: ProseBlock, state: _State) -> str:
    """Number a heading: `##` is I., `###` is 1., `####` is a); other prose has no number."""
    if block.kind != "heading":
        return ""
    level = block.level - 1
    if not 1 <= level <= 3:
        raise ProseError("Tiêu đề trong báo cáo dùng ##, ### hoặc ####")
    state.headings[level - 1] += 1
    state.headings[level:] = [0] * (3 - level)
    count = state.headings[level - 1]
    return (f"{roman(count)}.", f"{count}.", f"{LETTERS[(count - 1) % len(LETTERS)]})")[level - 1]


def _prose_blocks(
    cell: NotebookNode, passages: Iterable[Passage], state: _State
) -> Iterator[Block]:
    slot = slot_of(cell).removesuffix("+")
    role = "basis" if "basis" in tags(cell) else "body"
    for kind, group in groupby(passages, key=lambda passage: passage.prose.kind):
        if kind == "item":
            yield BulletList(tuple(passage.content for passage in group), slot)
            continue
        for passage in group:
            if kind == "heading":
                state.anchors += 1
                yield Heading(
                    passage.prose.level - 1,
                    passage.number,
                    passage.content,
                    f"muc-{state.anchors}",
                    slot,
                )
            else:
                yield Paragraph(passage.content, role, slot)


def _inlines(
    pieces: Iterable[Piece], results: Iterator[Mapping[str, Any]], state: _State
) -> Inlines:
    nodes: list[Inline] = []
    for piece in pieces:
        if not isinstance(piece, Expression):
            nodes.append(piece)
            continue
        stored = next(results, {})
        if stored.get("expression") != piece.source or stored["result"].get("status") != "ok":
            raise ProseError(f"Giá trị của {{eval}}`{piece.source}` không có hoặc đã cũ")
        node = from_json(stored["result"]["data"].get(MIME))
        node = _cited(node, state) if isinstance(node, Cite) else node
        if not isinstance(node, Text | Value | Note):
            raise ProseError(
                f"{{eval}}`{piece.source}` không phải là số liệu hay từ ngữ của báo cáo"
            )
        nodes.append(
            node if isinstance(node, Note) else replace(node, bold=piece.bold, italic=piece.italic)
        )
    return tuple(nodes)


def _cited(cite: Cite, state: _State) -> Text | Note:
    """Choose the full form at the first mention, the short one later, and number a note."""
    form = cite.short if cite.key in state.cited else cite.full
    state.cited.add(cite.key)
    if not cite.note:
        return Text(form)
    state.notes += 1
    return Note(state.notes, (Text(f"{form}."),))


def _output_blocks(output: NotebookNode, state: _State) -> Iterator[Block]:
    data = output.get("data", {})
    if output.output_type == "stream":
        raise ProseError(
            f"Ô lệnh in ra chữ, báo cáo không in được: {output.get('text', '').strip()[:80]}"
        )
    block = from_json(data.get(BLOCK))
    if not isinstance(block, Table | Chart):
        raise ProseError("Kết quả của ô lệnh không phải bảng hay biểu đồ của báo cáo")
    empty = not (block.body if isinstance(block, Table) else block.svg)
    if not empty:
        yield block
    elif state.draft:
        yield Box(
            f"Chưa đủ số liệu: {'bảng' if isinstance(block, Table) else 'biểu đồ'} “{block.caption}”."
        )
