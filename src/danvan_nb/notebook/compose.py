"""Composing a report's notebook: the master's standard prose, replaced or followed by its own.

What comes out is what the analyst opens and edits.
"""

import re
from collections.abc import Iterator, Sequence

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.notebook.cells import INJECTED, CellMemory, NotebookMemory, roles_of, slot_of, tags
from danvan_nb.notebook.narrative import Passage
from danvan_nb.notebook.stamp import cell_hash
from danvan_nb.project.files import sha256


def compose(master: NotebookNode, passages: Sequence[Passage]) -> NotebookNode:
    """Put a report's narrative into the master's slots; the master is not changed.

    A passage replaces its slot's prose and tags but keeps the cell's place and role; a following
    one becomes a cell of its own. Each cell remembers by hash what it said, and the notebook which
    cells it had, so that later edits can be told apart; a cell of the narrative remembers its file
    and row.

    Raises
    ------
    NotebookError
        If a passage names a slot that the master does not have.
    """
    _refuse_unknown_slots([slot_of(cell) for cell in master.cells if slot_of(cell)], passages)
    cells = [made for cell in master.cells for made in _compose_cell(cell, passages)]
    composed = nbformat.from_dict({**master, "cells": cells})
    own = tuple(cell.id for cell in composed.cells if INJECTED not in tags(cell))
    NotebookMemory(composed=own).write(composed)
    return composed


def _refuse_unknown_slots(known: Sequence[str], passages: Sequence[Passage]) -> None:
    issues = []
    for one in passages:
        if one.slot not in known:
            todo = nearest(one.slot, known, "Các mục: " + ", ".join(known))
            place = {"file": one.file, "row": one.row}
            issues.append(Issue.of("muc_la", **place, found=one.slot, todo=todo))
    if issues:
        raise NotebookError(issues)


def _compose_cell(standard: NotebookNode, passages: Sequence[Passage]) -> Iterator[NotebookNode]:
    cell, slot = nbformat.from_dict(standard), slot_of(standard)
    own = [passage for passage in passages if slot and passage.slot == slot]
    instead = next((passage for passage in own if not passage.follows), None)
    if instead:
        cell.source = instead.source
        cell.metadata["tags"] = [*dict.fromkeys([*instead.tags, *roles_of(cell)])]
    _remember(cell, instead)
    yield cell
    for number, passage in enumerate((passage for passage in own if passage.follows), 1):
        name = re.sub(r"[^\w-]", "-", f"{slot}-{number}")[:56]
        following = nbformat.v4.new_markdown_cell(passage.source)
        following.id = name + sha256(slot.encode())[:8]
        following.metadata = nbformat.from_dict({**cell.metadata, "tags": list(passage.tags)})
        _remember(following, passage)
        yield following


def _remember(cell: NotebookNode, passage: Passage | None) -> None:
    memory = CellMemory(base=cell_hash(cell))
    if passage:
        memory = memory.model_copy(update={"file": passage.file, "row": passage.prose_row})
    memory.write(cell)
