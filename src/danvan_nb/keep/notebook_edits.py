"""Carrying a person's work on `report.ipynb` back to where it lasts: narrative file or master.

Owns the three-way comparison of cells: what was composed (by hash), what the notebook says, what
would be composed now. It writes no file; blocks of the narrative that nobody touched keep their
very bytes.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook import cells, compose, stamp
from danvan_nb.notebook.cells import INJECTED, SLOT, CellMemory, NotebookMemory, slot_of, tags
from danvan_nb.notebook.narrative import Narrative, ProseChange, edited_block, parse_narrative

LEFT_OUT = "% Báo cáo này bỏ đoạn mẫu ở đây."
"""A comment: a block that holds nothing else leaves the standard prose of its slot out."""
EMPTY = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"


@dataclass(frozen=True)
class Kept:
    """What to write: the narrative's new text, and the master with its changes.

    `master_changes` names the changed cells of the master, `prose` holds what was said otherwise.
    """

    narrative: str
    master: NotebookNode
    master_changes: tuple[str, ...]
    prose: tuple[ProseChange, ...]


@dataclass(frozen=True)
class _KeyedCell:
    slot: str
    node: NotebookNode
    place: str

    @property
    def hash(self) -> str:
        return stamp.cell_hash(self.node)


@dataclass(frozen=True)
class _NewBlock:
    """What a block of the narrative shall say; without tags there shall be none."""

    source: str
    tags: tuple[str, ...]


@dataclass
class _Edits:
    """What the comparison found so far: new blocks by key, cells of the master by id, trouble.

    `mine` are the cells of the edited notebook, `now` those that would be composed today.
    """

    mine: Mapping[str, _KeyedCell]
    now: Mapping[str, _KeyedCell]
    blocks: dict[str, _NewBlock] = field(default_factory=dict)
    standard: dict[str, _KeyedCell] = field(default_factory=dict)
    prose: list[ProseChange] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    def take_changed(self, master: NotebookNode, file: str) -> None:
        """Take each cell that says something else than it was composed of."""
        roles = {slot_of(cell): cells.roles_of(cell) for cell in master.cells}
        above = ""
        for key, cell in self.mine.items():
            theirs, base = self.now.get(key), CellMemory.read(cell.node).base
            above = cell.slot.rstrip("+") or above
            if cell.hash == base or (theirs and cell.hash == theirs.hash):
                continue  # nobody changed it here: what stands in narrative and master goes on
            if theirs and base and theirs.hash != base:
                self.issues.append(_conflict(cell, theirs, file))
            elif theirs and not theirs.slot:
                self.standard[cell.node.id] = cell
            elif cell.node.cell_type != "markdown" or not above:
                self.issues.append(Issue.of("o_moi", found=cell.place))
            else:
                slot = cell.slot or f"{above}+"
                self.blocks[key] = _new_block(cell, slot, roles.get(slot, ()))
                self.prose.append(_prose_change(cell, slot, theirs))

    def take_deleted(self, composed: Iterable[str]) -> None:
        """Take each cell that was composed and is gone; one that the master got since is not."""
        for key, theirs in self.now.items():
            if key in self.mine or theirs.node.id not in composed:
                continue
            if not theirs.slot:
                self.issues.append(Issue.of("xoa_o", found=theirs.node.source[:60]))
            names = () if theirs.slot.endswith("+") else (f"{SLOT}{theirs.slot}",)
            self.blocks[key] = _NewBlock(LEFT_OUT, names)
            self.prose.append(ProseChange(theirs.slot, theirs.node.source, ""))


def keep_notebook(nb: NotebookNode, master: NotebookNode, narrative: Narrative) -> Kept:
    """Compare an edited `report.ipynb` with what master and narrative would compose now.

    Nothing given is changed.

    Raises
    ------
    NotebookError
        If the order of the cells changed, a new cell has no slot to follow, or narrative or master
        changed since the run in a cell that the notebook changed too.
    """
    mine, now = _keyed(nb), _keyed(compose.compose(master, narrative.passages))
    _check_order(list(mine), list(now))
    edits = _Edits(mine, now)
    edits.take_changed(master, narrative.file)
    edits.take_deleted(NotebookMemory.read(nb).composed)
    if edits.issues:
        raise NotebookError(edits.issues)
    changed = nbformat.from_dict(master)
    for node in changed.cells:
        if node.id in edits.standard:
            node.source = edits.standard[node.id].node.source
    text = _rewrite(narrative, edits.blocks, list(dict.fromkeys([*mine, *now])))
    written = [mine[key] for key in edits.blocks if key in mine]
    _verify(parse_narrative(text, narrative.file), changed, written)
    places = tuple(cell.place for cell in edits.standard.values())
    return Kept(text, changed, places, tuple(edits.prose))


def _new_block(cell: _KeyedCell, slot: str, roles: Collection[str]) -> _NewBlock:
    """Make the narrative's block of a cell, with the tags that its slot does not give it anyway."""
    own = [tag for tag in tags(cell.node) if tag not in roles]
    names = own if cell.slot else [f"{SLOT}{slot}", *own]
    return _NewBlock(cell.node.source, tuple(names))


def _prose_change(cell: _KeyedCell, slot: str, theirs: _KeyedCell | None) -> ProseChange:
    return ProseChange(slot, theirs.node.source if theirs else "", cell.node.source)


def _keyed(nb: NotebookNode) -> dict[str, _KeyedCell]:
    """Name each cell: by its slot, by its place among several that follow, or else by its id."""
    seen: Counter[str] = Counter()
    keyed: dict[str, _KeyedCell] = {}
    for index, node in enumerate(nb.cells):
        if INJECTED in tags(node):
            continue
        slot = slot_of(node)
        if slot and not slot.endswith("+") and seen[slot]:
            slot = f"{slot}+"  # a cell split in two: the second part follows the first
            metadata = {**node.metadata, "tags": [f"{SLOT}{slot}"]}
            node = nbformat.from_dict({**node, "metadata": metadata})
        seen[slot] += 1
        key = f"{slot}{seen[slot]}" if slot.endswith("+") else slot or f"id:{node.id}"
        keyed[key] = _KeyedCell(slot, node, cells.place_of(nb, index))
    return keyed


def cell_keys(nb: NotebookNode) -> dict[str, str]:
    """Give the name of each cell, as `with_passages` takes it, by the cell's id."""
    return {cell.node.id: key for key, cell in _keyed(nb).items()}


def _check_order(mine: list[str], now: list[str]) -> None:
    common = [key for key in mine if key in now]
    wanted = [key for key in now if key in mine]
    moved = next((key for key, other in zip(common, wanted, strict=True) if key != other), None)
    if moved:
        raise NotebookError(Issue.of("thu_tu", found=moved.removeprefix("id:")))


def _conflict(cell: _KeyedCell, theirs: _KeyedCell, file: str) -> Issue:
    place = file if theirs.slot else "sổ tay mẫu"
    found, other = cell.node.source[:60], theirs.node.source[:60]
    return Issue.of("hai_nguoi_sua", file=place, at=cell.place, found=found, other=other)


def _rewrite(narrative: Narrative, blocks: Mapping[str, _NewBlock], keys: Sequence[str]) -> str:
    """Put changed blocks into the narrative's text, new ones in the order of `keys`.

    Every other block keeps its bytes.
    """
    texts = _changed_texts(narrative, blocks)
    for key, block in blocks.items():
        if key not in texts and block.tags:
            new = edited_block(f"+++\n\n{block.source.strip()}\n\n", block.tags)
            texts = _inserted(texts, key, new, keys[keys.index(key) + 1 :])
    header = narrative.header if narrative.text else EMPTY
    *before, last = [part for part in (header, *texts.values()) if part] or [""]
    apart = [part if part.endswith("\n\n") else part.rstrip("\n") + "\n\n" for part in before]
    return "".join([*apart, last.rstrip("\n") + "\n" if blocks else last])


def _changed_texts(narrative: Narrative, blocks: Mapping[str, _NewBlock]) -> dict[str, str]:
    """Give the text of each block that is there, by key: as it was, changed, or empty."""
    seen: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for passage in narrative.passages:
        seen[passage.slot] += passage.follows
        key = f"{passage.slot}+{seen[passage.slot]}" if passage.follows else passage.slot
        block = blocks.get(key)
        if block is None:
            texts[key] = passage.text
        elif block.tags:
            new = block.source.strip()
            texts[key] = edited_block(passage.text, block.tags, passage.source, new)
        else:
            texts[key] = ""
    return texts


def _inserted(
    texts: Mapping[str, str], key: str, text: str, later: Sequence[str]
) -> dict[str, str]:
    """Give the texts with one more, before the first of those that come later."""
    order = list(texts)
    at = next((number for number, other in enumerate(order) if other in later), len(order))
    return dict([*[*texts.items()][:at], (key, text), *[*texts.items()][at:]])


def _verify(narrative: Narrative, master: NotebookNode, written: Iterable[_KeyedCell]) -> None:
    """Read the new text as the next run will: each kept cell must come out as it was written."""
    again = {cell.source.strip() for cell in compose.compose(master, narrative.passages).cells}
    for cell in written:
        if cell.node.source.strip() not in again:
            found = cell.node.source[:60]
            raise NotebookError(Issue.of("khong_giu_duoc", at=cell.place, found=found))


def with_passages(nb: NotebookNode, changes: Iterable[tuple[str, str]]) -> NotebookNode:
    """Give a report's notebook with new prose in some of its slots, as if it was typed there.

    Comments, which are never printed, stay above it.
    """
    nb = nbformat.from_dict(nb)
    keyed = _keyed(nb)
    for key, source in changes:
        node = keyed[key].node
        notes = [line for line in node.source.splitlines() if line.startswith("%")]
        kept = "".join(f"{line}\n" for line in notes if line != LEFT_OUT)
        node.source = f"{kept}\n{source}" if kept else source
    return nb
