"""Carrying a person's work on `report.ipynb` back to where it lasts: the narrative file, or the master notebook.

Owns the three-way comparison of cells: what was composed (by hash), what the notebook says, what would be composed now. It writes
no file; blocks of the narrative that nobody touched keep their very bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.compose import (
    INJECTED,
    SLOT,
    Passage,
    cell_hash,
    compose,
    edited_block,
    parse_narrative,
    roles_of,
    section_of,
    slot_of,
    tags,
)
from danvan_nb.notebook.stamp import KEY

LEFT_OUT = "% Báo cáo này bỏ đoạn mẫu ở đây."
"""A comment: a block that holds nothing else leaves the standard prose of its slot out of the report."""
EMPTY = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"


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
    """Compare an edited `report.ipynb` with what master and narrative would compose now, and give what keeps the edits.

    `narrative` is the text of the narrative file, empty if there is none, `file` how messages name it; nothing given is changed.

    Raises
    ------
    NotebookError
        If the order of the cells changed, a new cell has no slot to follow, or narrative or master changed since the run in a
        cell that the notebook changed too.
    """
    passages = parse_narrative(narrative, file)
    mine, now = _keyed(nb), _keyed(compose(master, passages))
    _check_order(list(mine), list(now))
    roles = {slot_of(cell): roles_of(cell) for cell in master.cells}
    wanted: dict[str, tuple[str, list[str]]] = {}
    standard: dict[str, _Cell] = {}
    prose: list[tuple[str, str, str]] = []
    issues: list[Issue] = []
    above = ""
    for key, cell in mine.items():
        theirs, base = now.get(key), cell.node.metadata.get(KEY, {}).get("base")
        above = cell.slot.rstrip("+") or above
        if cell.hash == base or (theirs and cell.hash == theirs.hash):
            continue  # nobody changed it here: what stands in narrative and master goes on
        if theirs and base and theirs.hash != base:
            issues.append(_conflict(cell, theirs, file))
        elif theirs and not theirs.slot:
            standard[cell.node.id] = cell
        elif cell.node.cell_type != "markdown" or not above:
            todo = "Chỉ thêm đoạn văn (Markdown) sau một đoạn thuyết minh"
            issues.append(Issue("o_moi", "Ô mới không thuộc mục nào", found=cell.place, todo=todo))
        else:
            slot = cell.slot or f"{above}+"
            own = [tag for tag in tags(cell.node) if tag not in roles.get(slot, ())]
            wanted[key] = (cell.node.source, own if cell.slot else [f"{SLOT}{slot}", *own])
            prose.append((slot, theirs.node.source if theirs else "", cell.node.source))
    composed = nb.metadata.get(KEY, {}).get("composed", ())
    for key, theirs in now.items():
        if key in mine or theirs.node.id not in composed:
            continue  # it is there still, or the master has got it since
        if not theirs.slot:
            todo = "Khôi phục ô này; bỏ hẳn thì xóa trong sổ tay mẫu"
            issues.append(
                Issue(
                    "xoa_o", "Ô của sổ tay mẫu đã bị xóa", found=theirs.node.source[:60], todo=todo
                )
            )
        wanted[key] = (LEFT_OUT, [] if theirs.slot.endswith("+") else [f"{SLOT}{theirs.slot}"])
        prose.append((theirs.slot, theirs.node.source, ""))
    if issues:
        raise NotebookError(issues)
    changed = nbformat.from_dict(master)
    for node in changed.cells:
        if node.id in standard:
            node.source = standard[node.id].node.source
    text = _rewrite(narrative, passages, wanted, list(dict.fromkeys([*mine, *now])))
    _verify(text, changed, mine, wanted, file)
    return Kept(text, changed, tuple(cell.place for cell in standard.values()), tuple(prose))


def _keyed(nb: NotebookNode) -> dict[str, _Cell]:
    """Name each cell by its slot and, where several follow, its place among them; a cell without a slot by its id."""
    seen: Counter[str] = Counter()
    cells: dict[str, _Cell] = {}
    for index, node in enumerate(nb.cells):
        if INJECTED in tags(node):
            continue
        slot = slot_of(node)
        if (
            slot and not slot.endswith("+") and seen[slot]
        ):  # a cell split in two: the second part follows the first
            node = nbformat.from_dict(
                {**node, "metadata": {**node.metadata, "tags": [f"{SLOT}{slot}+"]}}
            )
            slot = f"{slot}+"
        seen[slot] += 1
        key = f"{slot}{seen[slot]}" if slot.endswith("+") else slot or f"id:{node.id}"
        section = section_of(nb, index)
        cells[key] = _Cell(
            slot, node, f"ô {index + 1}, mục “{section}”" + (f", đoạn {slot}" if slot else "")
        )
    return cells


def cell_keys(nb: NotebookNode) -> dict[str, str]:
    """Give the name of each cell, as `with_passages` takes it, by the cell's id."""
    return {cell.node.id: key for key, cell in _keyed(nb).items()}


def _check_order(mine: list[str], now: list[str]) -> None:
    common = [key for key in mine if key in now]
    wanted = [key for key in now if key in mine]
    moved = next((key for key, other in zip(common, wanted, strict=True) if key != other), None)
    if moved:
        todo = "Trả các ô về thứ tự cũ; thứ tự của mọi báo cáo sửa trong sổ tay mẫu"
        raise NotebookError(
            Issue("thu_tu", "Thứ tự các ô đã thay đổi", found=moved.removeprefix("id:"), todo=todo)
        )


def _conflict(cell: _Cell, theirs: _Cell, file: str) -> Issue:
    return Issue(
        "hai_nguoi_sua",
        f"Đoạn này đã được sửa ở hai nơi ({cell.place})",
        file=file if theirs.slot else "sổ tay mẫu",
        found=cell.node.source[:60],
        expected=f"“{theirs.node.source[:60]}”",
        todo="Gộp hai bản vào ô của sổ tay cho giống tệp, hoặc ngược lại, rồi keep lại",
    )


def _rewrite(
    narrative: str,
    passages: Sequence[Passage],
    wanted: Mapping[str, tuple[str, list[str]]],
    keys: list[str],
) -> str:
    """Put changed passages into the narrative's text, new ones in the order of `keys`; every other block keeps its bytes."""
    header = (narrative or EMPTY).removesuffix("".join(passage.text for passage in passages))
    seen: Counter[str] = Counter()
    out: list[tuple[str, str]] = []
    for passage in passages:
        seen[passage.slot] += passage.follows
        key = f"{passage.slot}+{seen[passage.slot]}" if passage.follows else passage.slot
        source, names = wanted.get(key, (passage.source, None))
        changed = (
            "" if not names else edited_block(passage.text, names, passage.source, source.strip())
        )
        out.append((key, passage.text if names is None else changed))
    known = {key for key, _ in out}
    for key, (source, names) in wanted.items():
        if key not in known and names:
            later = keys[keys.index(key) + 1 :]
            at = next((n for n, (other, _) in enumerate(out) if other in later), len(out))
            out.insert(at, (key, edited_block(f"+++\n\n{source.strip()}\n\n", names)))
    parts = [part for part in (header, *(block for _, block in out)) if part]
    ends = [
        part.rstrip("\n") + "\n\n" if not part.endswith("\n\n") else part for part in parts[:-1]
    ]
    return "".join([*ends, parts[-1].rstrip("\n") + "\n" if wanted else parts[-1]])


def _verify(
    text: str, master: NotebookNode, mine: dict[str, _Cell], wanted: Iterable[str], file: str
) -> None:
    """Read the new text as the next run will: each kept cell must come out as it was written."""
    again = _keyed(compose(master, parse_narrative(text, file)))
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


def with_passages(nb: NotebookNode, changes: Iterable[tuple[str, str]]) -> NotebookNode:
    """Give a report's notebook with new prose in some of its slots (`slot`, new source), as if it had been typed there."""
    nb = nbformat.from_dict(nb)
    cells = _keyed(nb)
    for key, source in changes:
        cells[key].node.source = source
    return nb
