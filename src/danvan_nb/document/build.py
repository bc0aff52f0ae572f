"""From an executed notebook to the document tree.

Owns the choice of what a report shows of its notebook: prose with its values, tables, charts. Values enter as nodes, from their
JSON; nothing is substituted into text. What can't be shown is an error that names the cell, never left out silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nbformat import NotebookNode

from danvan_nb.errors import Issue, RenderError
from danvan_nb.figures import MIME
from danvan_nb.notebook.compose import section_of, slot_of, tags
from danvan_nb.notebook.prose import Expression, Piece, ProseBlock, ProseError, Run, parse_prose
from danvan_nb.notebook.stamp import KEY
from danvan_nb.tables import MIME as BLOCK
from danvan_nb.tree import (
    Appendix,
    Block,
    Box,
    Break,
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
)
from danvan_nb.wording import LETTERS, roman


@dataclass
class _State:
    """What runs through the document: numbers of headings and notes, and the documents already cited."""

    cited: set[str] = field(default_factory=set)
    notes: int = 0
    headings: list[int] = field(default_factory=lambda: [0, 0, 0])
    anchors: int = 0
    draft: bool = False


def build_document(nb: NotebookNode) -> Document:
    """Build the document tree of a stamped notebook.

    Raises
    ------
    RenderError
        If the notebook was not executed by our engine, or holds something that a report can't show.
    """
    own = nb.metadata.get(KEY, {})
    if "letterhead" not in own:
        raise RenderError(Issue("so_tay", "Sổ tay chưa được chạy bằng danvan-nb", todo="Chạy danvan-nb run"))
    head, reference = _head(own["letterhead"])
    state = _State(draft=bool(own.get("draft")))
    subject: Inlines = ()
    body: list[Block] = []
    parts: list[tuple[Inlines, list[Block]]] = []
    for index, cell in enumerate(nb.cells):
        try:
            if "title" in tags(cell):
                subject = _title(cell, state)
            elif "appendix" in tags(cell):
                parts.append((_title(cell, state), []))
                state.headings = [0, 0, 0]
            else:
                (parts[-1][1] if parts else body).extend(_cell_blocks(cell, state))
        except (ProseError, RenderError) as err:
            message = err.issues[0].message if isinstance(err, RenderError) else str(err)
            section = section_of(nb, index)
            raise RenderError(Issue("o_so_tay", f"Ô {index + 1} (mục “{section}”): {message}")) from err
    appendices = tuple(
        Appendix(f"Phụ lục {roman(number)}" if len(parts) > 1 else "Phụ lục", _plain(title), reference, tuple(blocks))
        for number, (title, blocks) in enumerate(parts, 1)
    )
    return Document(head, subject, tuple(body), appendices, bool(own.get("draft")))


def rendered_pieces(nb: NotebookNode) -> Iterator[tuple[NotebookNode, list[tuple[ProseBlock, str, list[Inline]]]]]:
    """Yield each printed cell with its prose: block, number of a heading, one node per piece; other cells have none."""
    state = _State()
    for cell in nb.cells:
        own = cell.metadata.get(KEY, {})
        if {"title", "appendix"} & set(tags(cell)):
            _title(cell, state)
            state.headings = [0, 0, 0]
            yield cell, []
        elif cell.cell_type == "markdown" and not own.get("omitted") and not own.get("boxed"):
            results = _results(cell)
            blocks = []
            for block in parse_prose(cell.source):
                content = _inlines(block.pieces, results, state)
                heading = f"{_heading(block, content, '', state).number} " if block.kind == "heading" else ""
                blocks.append((block, heading, list(content)))
            if blocks:
                yield cell, blocks
        elif own.get("boxed") or (cell.get("outputs") and "hide" not in tags(cell)):
            yield cell, []


def _head(data: Mapping[str, Any]) -> tuple[Head, str]:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.items() if name != "reference"
    }
    return Head(**fields), str(data["reference"])


def _title(cell: NotebookNode, state: _State) -> Inlines:
    blocks = parse_prose(cell.source)
    if [block.kind for block in blocks] != ["heading"]:
        raise ProseError("Ô tên báo cáo, tên phụ lục chỉ gồm một dòng bắt đầu bằng #")
    return _inlines(blocks[0].pieces, _results(cell), state)


def _plain(content: Inlines) -> str:
    return "".join(node.text for node in content if isinstance(node, (Text, Value)))


def _cell_blocks(cell: NotebookNode, state: _State) -> Iterator[Block]:
    own = cell.metadata.get(KEY, {})
    if own.get("omitted"):
        return
    if own.get("boxed"):
        yield Box(f"Chưa đủ số liệu: {'; '.join(own['boxed'])}.")
    elif cell.cell_type == "markdown":
        role = "basis" if "basis" in tags(cell) else "body"
        yield from _prose_blocks(cell, role, state)
    elif cell.cell_type == "code" and "hide" not in tags(cell):
        for output in cell.get("outputs", []):
            yield from _output_blocks(output, state)
    elif cell.cell_type == "raw" and cell.source.strip():
        raise ProseError("Báo cáo không in được ô chữ thô, hãy đổi thành ô Markdown")


def _prose_blocks(cell: NotebookNode, role: str, state: _State) -> Iterator[Block]:
    slot = slot_of(cell).removesuffix("+")
    results = _results(cell)
    items: list[Inlines] = []
    for block in parse_prose(cell.source):
        content = _inlines(block.pieces, results, state)
        if block.kind == "item":
            items.append(content)
            continue
        if items:
            yield BulletList(tuple(items), slot)
            items = []
        yield _heading(block, content, slot, state) if block.kind == "heading" else Paragraph(content, role, slot)
    if items:
        yield BulletList(tuple(items), slot)


def _heading(block: ProseBlock, content: Inlines, slot: str, state: _State) -> Heading:
    """Number a heading: `##` is I., `###` is 1., `####` is a)."""
    level = block.level - 1
    if not 1 <= level <= 3:
        raise ProseError("Tiêu đề trong báo cáo dùng ##, ### hoặc ####")
    state.headings[level - 1] += 1
    state.headings[level:] = [0] * (3 - level)
    state.anchors += 1
    count = state.headings[level - 1]
    number = (f"{roman(count)}.", f"{count}.", f"{LETTERS[(count - 1) % len(LETTERS)]})")[level - 1]
    return Heading(level, number, content, f"muc-{state.anchors}", slot)


def _results(cell: NotebookNode) -> Iterator[Mapping[str, Any]]:
    """Yield the stored values of a cell in order."""
    yield from cell.metadata.get("user_expressions", [])


def _inlines(pieces: Iterable[Piece], results: Iterator[Mapping[str, Any]], state: _State) -> Inlines:
    nodes: list[Inline] = []
    for piece in pieces:
        match piece:
            case Run(text=text, bold=bold, italic=italic):
                nodes.append(Text(text, bold, italic))
            case Expression(source=source, bold=bold, italic=italic):
                stored = next(results, {})
                if stored.get("expression") != source or stored["result"].get("status") != "ok":
                    raise ProseError(f"Giá trị của {{eval}}`{source}` không có hoặc đã cũ")
                data = stored["result"]["data"]
                if MIME not in data:
                    raise ProseError(f"{{eval}}`{source}` không phải là số liệu hay từ ngữ của báo cáo")
                node = from_json(data[MIME])
                node = _cited(node, state) if isinstance(node, Cite) else node
                nodes.append(node if isinstance(node, Note) else replace(node, bold=bold, italic=italic))
            case _:
                nodes.append(Break())
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
        raise ProseError(f"Ô lệnh in ra chữ, báo cáo không in được: {output.get('text', '').strip()[:80]}")
    if BLOCK not in data:
        raise ProseError("Kết quả của ô lệnh không phải bảng hay biểu đồ của báo cáo")
    block: Table | Chart = from_json(data[BLOCK])
    empty = not (block.body if isinstance(block, Table) else block.svg)
    if not empty:
        yield block
    elif state.draft:
        yield Box(f"Chưa đủ số liệu: {'bảng' if isinstance(block, Table) else 'biểu đồ'} “{block.caption}”.")
