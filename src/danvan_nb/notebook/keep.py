"""Carrying a person's work on `report.ipynb` back to where it lasts: the narrative file, or the master notebook.

Owns the three-way comparison of cells: what was composed (by hash), what the notebook says, what would be composed now. It writes
no file; blocks of the narrative that nobody touched keep their very bytes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.compose import INJECTED, SLOT, cell_hash, compose, parse_narrative, section_of, slot_of, tags
from danvan_nb.notebook.stamp import KEY

LEFT_OUT = "% Báo cáo này bỏ đoạn mẫu ở đây."
"""A comment: a block that holds nothing else leaves the standard prose of its slot out of the report."""


@dataclass(frozen=True)
class Kept:
    """What to write: the narrative's new text, the master with its changes, and which cells of the master those are."""

    narrative: str
    master: NotebookNode
    master_changes: tuple[str, ...]
    prose: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class _Cell:
    slot: str
    node: NotebookNode
    place: str

    @property
    def hash(self) -> str:
        return cell_hash(self.node)


def keep_notebook(nb: NotebookNode, master: NotebookNode, narrative: str, file: str) -> Kept:
    """Compare an edited notebook with what master and narrative would compose, and give what keeps the edits.

    Parameters
    ----------
    nb : NotebookNode
        The edited `report.ipynb`.
    master : NotebookNode
        The master as it is now; not changed.
    narrative : str
        The narrative file as it is now; empty if there is none.
    file : str
        How messages name the narrative file.

    Raises
    ------
    NotebookError
        If the order of the cells changed, a new cell has no slot to follow, or narrative or master changed since the run in a
        cell that the notebook changed too.
    """
    passages = parse_narrative(narrative, file)
    now = _keyed(compose(master, passages, file))
    mine = _keyed(nb)
    _check_order(list(mine), list(now))
    roles = {slot_of(cell): [tag for tag in tags(cell) if not tag.startswith((SLOT, "needs:"))] for cell in master.cells}
    wanted: dict[str, tuple[str, list[str]]] = {}
    standard: dict[str, str] = {}
    prose: list[tuple[str, str, str]] = []
    issues: list[Issue] = []
    before: str = ""
    for key in [*mine, *(key for key in now if key not in mine)]:
        cell, theirs = mine.get(key), now.get(key)
        base = cell.node.metadata.get(KEY, {}).get("base") if cell else None
        same = cell is not None and theirs is not None and cell.hash == theirs.hash
        if cell and (same or cell.hash == base):
            before = cell.slot.rstrip("+") or before
            continue  # nobody changed it here: what stands in narrative and master goes on
        if cell and theirs and base and theirs.hash != base:
            issues.append(_conflict(cell, theirs, file))
        elif cell and theirs and not theirs.slot:
            standard[cell.node.id] = cell.node.source
        elif cell is None and theirs is not None:
            if theirs.node.id not in nb.metadata.get(KEY, {}).get("composed", ()):
                continue  # the master has got it since
            if not theirs.slot:
                todo = "Khôi phục ô này; bỏ hẳn thì xóa trong sổ tay mẫu"
                issues.append(Issue("xoa_o", "Ô của sổ tay mẫu đã bị xóa", found=theirs.node.source[:60], todo=todo))
            wanted[key] = (LEFT_OUT, [] if theirs.slot.endswith("+") else [f"{SLOT}{theirs.slot}"])
            prose.append((theirs.slot, theirs.node.source, ""))
        elif cell is None:
            continue
        elif cell.node.cell_type != "markdown" or not (cell.slot or before):
            todo = "Chỉ thêm đoạn văn (Markdown) sau một đoạn thuyết minh"
            issues.append(Issue("o_moi", "Ô mới không thuộc mục nào", found=cell.place, todo=todo))
        else:
            slot = cell.slot or f"{before}+"
            own = [tag for tag in tags(cell.node) if tag not in roles.get(slot, ())]
            wanted[key] = (cell.node.source, own if cell.slot else [f"{SLOT}{slot}", *own])
            prose.append((slot, theirs.node.source if theirs else "", cell.node.source))
        before = (cell.slot if cell else "").rstrip("+") or before
    if issues:
        raise NotebookError(issues)
    changed = nbformat.from_dict(master)
    for cell in changed.cells:
        cell.source = standard.get(cell.id, cell.source)
    names = tuple(mine[key].place for key in mine if mine[key].node.id in standard)
    text = _rewrite(narrative, wanted, list(mine), list(now), file)
    _verify(text, changed, mine, wanted, file)
    return Kept(text, changed, names, tuple(prose))


def _keyed(nb: NotebookNode) -> dict[str, _Cell]:
    """Name each cell by its slot and, where several follow, its place among them; a cell without a slot by its id."""
    seen: Counter[str] = Counter()
    cells: dict[str, _Cell] = {}
    for index, node in enumerate(nb.cells):
        if INJECTED in tags(node):
            continue
        slot = slot_of(node)
        if slot and not slot.endswith("+") and seen[slot]:  # a cell split in two: the second part follows the first
            node = nbformat.from_dict({**node, "metadata": {**node.metadata, "tags": [f"{SLOT}{slot}+"]}})
            slot = f"{slot}+"
        seen[slot] += 1
        key = f"{slot}{seen[slot]}" if slot.endswith("+") else slot or f"id:{node.id}"
        section = section_of(nb, index)
        cells[key] = _Cell(slot, node, f"ô {index + 1}, mục “{section}”" + (f", đoạn {slot}" if slot else ""))
    return cells


def _check_order(mine: list[str], now: list[str]) -> None:
    common = [key for key in mine if key in now]
    wanted = [key for key in now if key in mine]
    moved = next((key for key, other in zip(common, wanted, strict=True) if key != other), None)
    if moved:
        todo = "Trả các ô về thứ tự cũ; thứ tự của mọi báo cáo sửa trong sổ tay mẫu"
        raise NotebookError(Issue("thu_tu", "Thứ tự các ô đã thay đổi", found=moved.removeprefix("id:"), todo=todo))


def _conflict(cell: _Cell, theirs: _Cell, file: str) -> Issue:
    return Issue(
        "hai_nguoi_sua",
        f"Đoạn này đã được sửa ở hai nơi ({cell.place})",
        file=file if theirs.slot else "sổ tay mẫu",
        found=cell.node.source[:60],
        expected=f"“{theirs.node.source[:60]}”",
        todo="Gộp hai bản vào ô của sổ tay cho giống tệp, hoặc ngược lại, rồi keep lại",
    )


def _rewrite(narrative: str, wanted: dict[str, tuple[str, list[str]]], mine: list[str], now: list[str], file: str) -> str:
    """Put changed passages into the narrative's text; every other block keeps its bytes."""
    header, *blocks = re.split(r"(?m)^(?=\+\+\+)", narrative or EMPTY)
    named: list[tuple[str, str]] = []
    seen: Counter[str] = Counter()
    for block in blocks:
        found = next((p for p in parse_narrative(header + block, file)), None)
        slot = f"{found.slot}{'+' if found.follows else ''}" if found else ""
        seen[slot] += 1
        named.append((f"{slot}{seen[slot]}" if slot.endswith("+") else slot, block))
    order = {key: place for place, key in enumerate([*mine, *(key for key in now if key not in mine)])}
    known = {key for key, _ in named}
    out = [(key, _block(*wanted[key], block) if key in wanted else block) for key, block in named]
    for key, (source, names) in wanted.items():
        if key not in known and names:
            later = next((n for n, (other, _) in enumerate(out) if order.get(other, -1) > order[key]), len(out))
            out.insert(later, (key, _block(source, names)))
    parts = [part for part in (header, *(block for _, block in out)) if part]
    ends = [part.rstrip("\n") + "\n\n" if not part.endswith("\n\n") else part for part in parts[:-1]]
    return "".join([*ends, parts[-1].rstrip("\n") + "\n" if wanted else parts[-1]])


EMPTY = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"


def _block(source: str, names: Iterable[str], old: str = "") -> str:
    names = list(names)
    if not names:
        return ""  # a passage that followed the standard prose, and was taken out
    first = old.split("\n", 1)[0].removeprefix("+++").strip()
    head = {**(json.loads(first) if first else {}), "tags": names}
    return f"+++ {json.dumps(head, ensure_ascii=False)}\n\n{source.strip()}\n\n"


def _verify(text: str, master: NotebookNode, mine: dict[str, _Cell], wanted: Iterable[str], file: str) -> None:
    """Read the new text as the next run will: each kept cell must come out as it was written."""
    again = _keyed(compose(master, parse_narrative(text, file), file))
    sources = Counter(cell.node.source.strip() for cell in again.values())
    for key in wanted:
        if key in mine and not sources[mine[key].node.source.strip()]:
            raise NotebookError(
                Issue(
                    "khong_giu_duoc",
                    f"Không ghi lại được nguyên văn ({mine[key].place})",
                    found=mine[key].node.source[:60],
                    todo="Bỏ dòng bắt đầu bằng +++, --- hoặc ``` trong đoạn này",
                )
            )


def replace_passages(
    narrative: str, changes: Sequence[tuple[str, str]], nb: NotebookNode, master: NotebookNode, file: str
) -> Kept:
    """Keep new prose for slots of a report (`slot`, new source), as if it had been typed in the notebook."""
    edited = nbformat.from_dict(nb)
    for key, source in changes:
        cell = _keyed(edited)[key].node
        cell.source = source
    return replace(keep_notebook(edited, master, narrative, file), prose=tuple(changes_of(nb, changes)))


def changes_of(nb: NotebookNode, changes: Sequence[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Give (slot, old, new) of each change."""
    cells = _keyed(nb)
    return [(key, cells[key].node.source, source) for key, source in changes]
