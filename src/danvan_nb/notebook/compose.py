"""Composing a report's notebook: the master's standard prose, replaced or followed by the report's own narrative.

Owns slots (cells tagged `narrative:<id>`) and the params' `.md` file. What comes out is what the analyst opens and edits.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.stamp import KEY, data_hash
from danvan_nb.report import Report

SLOT = "narrative:"
NEEDS = "needs:"
INJECTED = "injected-parameters"
"""Papermill's tag for the cell that it injects."""


@dataclass(frozen=True)
class Passage:
    """A block of the narrative file: the slot it belongs to, whether it follows the standard prose, text and tags."""

    slot: str
    follows: bool
    source: str
    tags: tuple[str, ...]
    row: int


def tags(cell: NotebookNode) -> list[str]:
    """Give a cell's tags."""
    return list(cell.metadata.get("tags", []))


def slot_of(cell: NotebookNode) -> str:
    """Give the slot id of a cell, `+` included where it follows; empty if it has none."""
    return next((tag.removeprefix(SLOT) for tag in tags(cell) if tag.startswith(SLOT)), "")


def needs_of(cell: NotebookNode) -> tuple[str, ...]:
    """Give the indicators that a cell can't be printed without."""
    names = (name for tag in tags(cell) if tag.startswith(NEEDS) for name in tag.removeprefix(NEEDS).split(","))
    return tuple(name.strip() for name in names if name.strip())


def narrative_path(report: Report) -> Path:
    """Give where a report's own narrative stands: beside its params file unless `narrative` names another."""
    default = f"params/{report.params.office}/{report.period}.md"
    return report.project.path(report.params.narrative or default)


def read_narrative(path: Path, file: str) -> list[Passage]:
    """Read a narrative file (jupytext MyST text notebook).

    Parameters
    ----------
    path : Path
        The file.
    file : str
        How messages name it.

    Raises
    ------
    NotebookError
        For a file that is no MyST text notebook, a block without a slot tag, or two blocks that replace one slot.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as err:
        raise NotebookError(Issue("ma_ky_tu", "Tệp thuyết minh không phải UTF-8", file=file)) from err
    return parse_narrative(text, file)


def parse_narrative(text: str, file: str) -> list[Passage]:
    """Read the text of a narrative file; as `read_narrative`."""
    import jupytext

    if not text.strip():
        return []
    try:
        nb = jupytext.reads(text, fmt="md:myst")
    except Exception as err:  # jupytext raises many kinds for a broken file
        raise NotebookError(Issue("thuyet_minh", f"Không đọc được tệp thuyết minh: {err}", file=file)) from err
    rows = [number for number, line in enumerate(text.splitlines(), 1) if line.startswith("+++")]
    passages: list[Passage] = []
    issues: list[Issue] = []
    for number, cell in enumerate(nb.cells):
        # jupytext drops nothing: the first cell may stand before the first `+++`.
        row = rows[number - (len(nb.cells) - len(rows))] if number >= len(nb.cells) - len(rows) else 1
        slot = slot_of(cell)
        if cell.cell_type != "markdown" or not slot:
            if cell.source.strip():
                todo = 'Mỗi đoạn bắt đầu bằng +++ {"tags": ["narrative:<mục>"]}'
                issues.append(
                    Issue("thuyet_minh", "Đoạn không thuộc mục nào", file=file, row=row, found=cell.source[:40], todo=todo)
                )
            continue
        base, follows = slot.removesuffix("+"), slot.endswith("+")
        if not follows and any(passage.slot == base and not passage.follows for passage in passages):
            issues.append(Issue("thuyet_minh", f"Mục {base} được viết hai lần", file=file, row=row, todo=f"Dùng {SLOT}{base}+"))
        passages.append(Passage(base, follows, cell.source, tuple(tags(cell)), row))
    if issues:
        raise NotebookError(issues)
    return passages


def compose(master: NotebookNode, passages: Sequence[Passage], file: str) -> NotebookNode:
    """Put a report's narrative into the master's slots; the master is not changed.

    A passage replaces its slot's prose and tags but keeps the cell's place and role; a following one becomes a cell of its own.
    Each cell remembers by hash what it said, and the notebook which cells it had, so that later edits can be told apart; a cell
    of the narrative remembers its file and row.

    Raises
    ------
    NotebookError
        If a passage names a slot that the master does not have.
    """
    known = [slot_of(cell) for cell in master.cells if slot_of(cell)]
    issues = []
    for passage in passages:
        if passage.slot not in known:
            near = difflib.get_close_matches(passage.slot, known, 1)
            todo = f"Có phải là “{near[0]}”?" if near else "Các mục: " + ", ".join(known)
            issues.append(
                Issue("muc_la", "Sổ tay mẫu không có mục này", file=file, row=passage.row, found=passage.slot, todo=todo)
            )
    if issues:
        raise NotebookError(issues)
    cells = [made for cell in master.cells for made in _compose_cell(cell, passages, file)]
    composed = nbformat.from_dict({**master, "cells": cells})
    for cell in composed.cells:
        cell.metadata.setdefault(KEY, {})["base"] = cell_hash(cell)
    composed.metadata.setdefault(KEY, {})["composed"] = [cell.id for cell in composed.cells if INJECTED not in tags(cell)]
    return composed


def _compose_cell(cell: NotebookNode, passages: Sequence[Passage], file: str) -> Iterator[NotebookNode]:
    cell = nbformat.from_dict(cell)
    cell.metadata.pop(KEY, None)
    slot = slot_of(cell)
    if not slot:
        yield cell
        return
    for passage in passages:
        if passage.slot == slot and not passage.follows:
            roles = [tag for tag in tags(cell) if not tag.startswith((SLOT, NEEDS))]
            cell.source = passage.source
            cell.metadata["tags"] = [*dict.fromkeys([*passage.tags, *roles])]
            cell.metadata[KEY] = {"file": file, "row": passage.row}
    yield cell
    for number, passage in enumerate(passage for passage in passages if passage.slot == slot and passage.follows):
        following = nbformat.v4.new_markdown_cell(passage.source)
        following.id = re.sub(r"[^\w-]", "-", f"{slot}-{number + 1}")[:56] + hashlib.sha256(slot.encode()).hexdigest()[:8]
        own = {"tags": list(passage.tags), KEY: {"file": file, "row": passage.row}}
        following.metadata = nbformat.from_dict({**cell.metadata, **own})
        yield following


def cell_hash(cell: NotebookNode) -> str:
    """Hash what a person can edit in a cell."""
    return data_hash([cell.source, sorted(tags(cell))])


def section_of(nb: NotebookNode, index: int) -> str:
    """Name the section that a cell stands in: the nearest heading above it."""
    for cell in reversed(nb.cells[: index + 1]):
        match = re.match(r"#+\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
        if match:
            return match[1].strip()
    return ""


def params_file_of(nb: NotebookNode) -> str:
    """Find the params file that a notebook's parameter cells name, the injected one last.

    Raises
    ------
    NotebookError
        If no cell tagged `parameters` or `injected-parameters` sets `params_file`.
    """
    found = None
    for cell in nb.cells:
        if {"parameters", INJECTED} & set(tags(cell)):
            for line in cell.source.splitlines():
                name, _, value = line.partition("=")
                if name.strip() == "params_file":
                    found = value.strip().strip("'\"")
    if found is None:
        raise NotebookError(
            Issue("params_file", "Sổ tay không có ô tham số params_file", todo="Dùng sổ tay mẫu trong notebooks/")
        )
    return found
