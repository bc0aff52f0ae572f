"""Composing a report's notebook: the master's standard prose, replaced or followed by the report's own narrative.

Owns slots (cells tagged `narrative:<id>`) and the params' `.md` file. What comes out is what the analyst opens and edits.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError, nearest
from danvan_nb.notebook.stamp import KEY, data_hash
from danvan_nb.project.project import Project
from danvan_nb.report.report import Report

MASTER = "notebooks/bao_cao_dan_van.ipynb"
SLOT = "narrative:"
NEEDS = "needs:"
INJECTED = "injected-parameters"
"""Papermill's tag for the cell that it injects."""


@dataclass(frozen=True)
class Passage:
    """A block of the narrative file: the slot it belongs to, whether it follows the standard prose, source and tags.

    `row` is the line of its `+++` in `file`, `text` all that stands from there to the next block, as it was typed.
    """

    slot: str
    follows: bool
    source: str
    tags: tuple[str, ...]
    row: int
    file: str = ""
    text: str = ""


def tags(cell: NotebookNode) -> list[str]:
    """Give a cell's tags."""
    return list(cell.metadata.get("tags", []))


def slot_of(cell: NotebookNode) -> str:
    """Give the slot id of a cell, `+` included where it follows; empty if it has none."""
    return next((tag.removeprefix(SLOT) for tag in tags(cell) if tag.startswith(SLOT)), "")


def needs_of(cell: NotebookNode) -> tuple[str, ...]:
    """Give the indicators that a cell can't be printed without."""
    names = (
        name
        for tag in tags(cell)
        if tag.startswith(NEEDS)
        for name in tag.removeprefix(NEEDS).split(",")
    )
    return tuple(name.strip() for name in names if name.strip())


def roles_of(cell: NotebookNode) -> list[str]:
    """Give the tags that a slot keeps whatever its text: a căn cứ stays one."""
    return [tag for tag in tags(cell) if not tag.startswith((SLOT, NEEDS))]


def read_master(project: Project) -> NotebookNode:
    """Read the master notebook.

    Raises
    ------
    NotebookError
        If it is not there, or is no notebook.
    """
    try:
        return nbformat.read(project.root / MASTER, as_version=4)
    except FileNotFoundError:
        todo = "Lấy lại tệp này từ bản gốc của dự án"
        raise NotebookError(
            Issue("so_tay_mau", "Không có sổ tay mẫu", file=MASTER, todo=todo)
        ) from None
    except (ValueError, nbformat.ValidationError) as err:  # not JSON, or no notebook
        raise NotebookError(
            Issue("so_tay_mau", f"Không đọc được sổ tay mẫu: {err}", file=MASTER)
        ) from err


def narrative_path(report: Report) -> Path:
    """Give where a report's own narrative stands: beside its params file unless `narrative` names another."""
    default = f"params/{report.params.office}/{report.period}.md"
    return report.project.path(report.params.narrative or default)


def narrative_text(report: Report) -> str:
    """Read a report's own narrative file, which becomes one of its inputs; empty if it is not there.

    Raises
    ------
    NotebookError
        If the file is not UTF-8.
    """
    path = narrative_path(report)
    try:
        report.project.read(path)  # notes it as an input, even if it is not there
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as err:
        file = report.project.relative(path)
        raise NotebookError(
            Issue("ma_ky_tu", "Tệp thuyết minh không phải UTF-8", file=file)
        ) from err


def read_narrative(report: Report) -> list[Passage]:
    """Read the passages of a report's own narrative; as `parse_narrative`."""
    return parse_narrative(narrative_text(report), report.project.relative(narrative_path(report)))


def parse_narrative(text: str, file: str) -> list[Passage]:
    """Read the text of a narrative file (jupytext MyST text notebook).

    Raises
    ------
    NotebookError
        For a file that is no MyST text notebook, a block without a slot tag, or two blocks that replace one slot.
    """
    if not text.strip():
        return []
    from jupytext.myst import myst_to_notebook  # slow to import, and many reports have no narrative

    try:
        nb = myst_to_notebook(text, add_source_map=True)
    except Exception as err:  # jupytext raises many kinds for a broken file
        raise NotebookError(
            Issue("thuyet_minh", f"Không đọc được tệp thuyết minh: {err}", file=file)
        ) from err
    lines = re.split(r"(?<=\n)", text)
    rows = nb.metadata[
        "source_map"
    ]  # of a block, the lines above its text: the last of them is its `+++`
    passages: list[Passage] = []
    issues: list[Issue] = []
    for cell, (row, after) in zip(nb.cells, pairwise([*rows, len(lines) + 1]), strict=True):
        slot = slot_of(cell)
        if cell.cell_type != "markdown" or not slot:
            todo = 'Mỗi đoạn bắt đầu bằng +++ {"tags": ["narrative:<mục>"]}'
            issues.append(
                Issue(
                    "thuyet_minh",
                    "Đoạn không thuộc mục nào",
                    file,
                    row=row or 1,
                    found=cell.source[:40],
                    todo=todo,
                )
            )
            continue
        base, follows = slot.removesuffix("+"), slot.endswith("+")
        if not follows and any(
            passage.slot == base and not passage.follows for passage in passages
        ):
            issues.append(
                Issue(
                    "thuyet_minh",
                    f"Mục {base} được viết hai lần",
                    file,
                    row=row,
                    todo=f"Dùng {SLOT}{base}+",
                )
            )
        block = "".join(lines[row - 1 : after - 1])
        passages.append(Passage(base, follows, cell.source, tuple(tags(cell)), row, file, block))
    if issues:
        raise NotebookError(issues)
    return passages


def edited_block(block: str, names: Iterable[str], old: str = "", new: str = "") -> str:
    """Give the text of a block with other tags, and new prose in place of the old; its other keys and its spacing stay."""
    head, _, rest = block.partition("\n")
    own = json.loads(head.strip().lstrip("+").strip() or "{}")
    return f"+++ {json.dumps({**own, 'tags': [*names]}, ensure_ascii=False)}\n{rest.replace(old, new, 1)}"


def compose(master: NotebookNode, passages: Sequence[Passage]) -> NotebookNode:
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
            message, todo = (
                "Sổ tay mẫu không có mục này",
                nearest(passage.slot, known, "Các mục: " + ", ".join(known)),
            )
            issues.append(
                Issue(
                    "muc_la", message, passage.file, row=passage.row, found=passage.slot, todo=todo
                )
            )
    if issues:
        raise NotebookError(issues)
    cells = [made for cell in master.cells for made in _compose_cell(cell, passages)]
    composed = nbformat.from_dict({**master, "cells": cells})
    for cell in composed.cells:
        cell.metadata.setdefault(KEY, {})["base"] = cell_hash(cell)
    composed.metadata.setdefault(KEY, {})["composed"] = [
        cell.id for cell in composed.cells if INJECTED not in tags(cell)
    ]
    return composed


def _compose_cell(cell: NotebookNode, passages: Sequence[Passage]) -> Iterator[NotebookNode]:
    cell = nbformat.from_dict(cell)
    cell.metadata.pop(KEY, None)
    slot = slot_of(cell)
    if not slot:
        yield cell
        return
    own = [passage for passage in passages if passage.slot == slot]
    for passage in own:
        if not passage.follows:
            cell.source = passage.source
            cell.metadata["tags"] = [*dict.fromkeys([*passage.tags, *roles_of(cell)])]
            cell.metadata[KEY] = {"file": passage.file, "row": passage.row}
    yield cell
    for number, passage in enumerate((passage for passage in own if passage.follows), 1):
        following = nbformat.v4.new_markdown_cell(passage.source)
        following.id = (
            re.sub(r"[^\w-]", "-", f"{slot}-{number}")[:56]
            + hashlib.sha256(slot.encode()).hexdigest()[:8]
        )
        written = {"tags": list(passage.tags), KEY: {"file": passage.file, "row": passage.row}}
        following.metadata = nbformat.from_dict({**cell.metadata, **written})
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
            Issue(
                "params_file",
                "Sổ tay không có ô tham số params_file",
                todo="Dùng sổ tay mẫu trong notebooks/",
            )
        )
    return found
