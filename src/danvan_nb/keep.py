"""Carrying prose that a person edited in `report.ipynb` back to the report's own narrative file.

Owns the way back of `compose`. It writes only what composes into exactly the notebook that the person has, and refuses the rest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.compose import SLOT, Passage, compose, read_narrative, slot_of, tags
from danvan_nb.notebook.engine import INJECTED, narrative_path, params_file_of
from danvan_nb.notebook.stamp import KEY, data_hash, sources_hash
from danvan_nb.params import Project
from danvan_nb.pipeline import MASTER
from danvan_nb.report import load_report

HEADER = "---\njupytext:\n  text_representation:\n    extension: .md\n    format_name: myst\n---\n\n"


@dataclass(frozen=True)
class Kept:
    """What keeping a notebook would write: the narrative's path, its text before and after, and the notebook restamped."""

    notebook: Path
    path: Path
    name: str
    before: str
    after: str
    restamped: NotebookNode

    def write(self) -> None:
        """Write the narrative, then note in the notebook that nothing of it is unkept."""
        for path, text in ((self.path, self.after), (self.notebook, nbformat.writes(self.restamped))):
            aside = path.with_name(f".{path.name}.part")
            aside.write_text(text, encoding="utf-8")
            aside.replace(path)


def keep_notebook(file: Path) -> Kept:
    """Work out what an edited notebook changes in its report's narrative; nothing is written.

    Raises
    ------
    NotebookError
        For a notebook that is not ours, a narrative that changed since the notebook was made, or edits that belong to the master.
    """
    try:
        nb = nbformat.read(file, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as err:
        raise NotebookError(Issue("so_tay", f"Không đọc được sổ tay: {err}", file=file.name)) from err
    if "stamp" not in nb.metadata.get(KEY, {}):
        todo = "Dùng report.ipynb mà danvan-nb run đã làm trong outputs/"
        raise NotebookError(Issue("so_tay_la", "Không phải sổ tay do chương trình làm", file=file.name, todo=todo))
    project = Project.find(file.resolve().parent)
    path = narrative_path(load_report(params_file_of(nb), project.root))
    name = project.relative(path)
    _check_unchanged(nb, path, name)
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    old = read_narrative(path, name) if before else []
    master = nbformat.read(project.root / MASTER, as_version=4)
    kept = _passages(nb, compose(master, old, name), old)
    after = before if kept == old else _text(before, kept)
    _check_composes(nb, master, after, name)
    if after != before:
        stamp = nb.metadata[KEY]["stamp"]
        # Without a hash of its values the notebook is kept, but never exported before it is run again.
        stamp.update(sources=sources_hash(nb), values="")
        stamp["inputs"][name] = hashlib.sha256(after.encode()).hexdigest()
    return Kept(file, path, name, before, after, nb)


def _check_unchanged(nb: NotebookNode, path: Path, name: str) -> None:
    made_from = nb.metadata[KEY]["stamp"]["inputs"].get(name)
    if made_from != (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None):
        raise NotebookError(
            Issue(
                "hai_nguoi_sua",
                "Tệp lời văn đã đổi sau khi sổ tay được làm; cả hai bản sửa còn nguyên, chưa ghi gì",
                file=name,
                todo="Chép phần sửa trong sổ tay vào tệp lời văn bằng tay, chuyển sổ tay đi nơi khác rồi chạy lại",
            )
        )


def _passages(nb: NotebookNode, composed: NotebookNode, old: list[Passage]) -> list[Passage]:
    """Read the narrative off a notebook's cells; a Markdown cell that a person added or split off follows the slot above it."""
    known = {cell.id for cell in composed.cells}
    own = {passage.slot for passage in old if not passage.follows}
    passages: list[Passage] = []
    seen: set[str] = set()
    above = ""
    for cell in nb.cells:
        slot = slot_of(cell)
        added = cell.cell_type == "markdown" and not slot and cell.id not in known and bool(above)
        if not slot and not added:
            continue
        base = slot.removesuffix("+") or above
        follows = added or slot.endswith("+") or base in seen
        if follows and not slot.endswith("+"):
            cell.metadata["tags"] = [f"{SLOT}{base}+", *(tag for tag in tags(cell) if not tag.startswith(SLOT))]
        above = base
        seen.add(base)
        standard = cell.metadata.get(KEY, {}).get("base") == data_hash(cell.source)
        if follows or base in own or not standard:
            cell.source = cell.source.strip()  # a text notebook can't hold blank lines at a cell's ends
            passages.append(Passage(base, follows, cell.source, tuple(tags(cell)), 0))
    return [_as_it_was(passage, old) for passage in passages]


def _as_it_was(passage: Passage, old: list[Passage]) -> Passage:
    """Give the passage that the file already has, where it says the same: composing adds tags that the file need not name."""
    for was in old:
        if (was.slot, was.follows, was.source) == (passage.slot, passage.follows, passage.source):
            return was
    tagged = next((was.tags for was in old if not passage.follows and (was.slot, was.follows) == (passage.slot, False)), None)
    return replace(passage, tags=tagged or passage.tags)


def _text(before: str, passages: list[Passage]) -> str:
    header = (before[: before.find("+++")] if "+++" in before else before) or HEADER
    blocks = (f"+++ {json.dumps({'tags': list(each.tags)}, ensure_ascii=False)}\n\n{each.source}\n" for each in passages)
    return header + "\n".join(blocks)


def _check_composes(nb: NotebookNode, master: NotebookNode, text: str, name: str) -> None:
    """Hold the new narrative to the notebook: composed with the master, it must give the very cells that the person has."""
    with TemporaryDirectory() as folder:
        trial = Path(folder) / "trial.md"
        trial.write_text(text, encoding="utf-8")
        composed = compose(master, read_narrative(trial, name) if text else [], name)
    mine = nbformat.from_dict({**nb, "cells": [cell for cell in nb.cells if INJECTED not in tags(cell)]})
    if sources_hash(mine) == sources_hash(composed):
        return
    theirs = {(cell.cell_type, cell.source) for cell in composed.cells}
    odd = [cell for cell in mine.cells if (cell.cell_type, cell.source) not in theirs]
    raise NotebookError(
        [
            Issue(
                "sua_so_tay_mau",
                "Chỗ sửa không thuộc lời văn riêng của báo cáo, hoặc đổi thứ tự, xóa ô; chưa ghi gì",
                file="report.ipynb",
                found=" ".join(cell.source.split())[:60],
                todo=f"Trả ô này về như cũ rồi keep lại; muốn đổi cho mọi báo cáo thì sửa {MASTER}",
            )
            for cell in odd or [nbformat.v4.new_markdown_cell("thứ tự hoặc số ô")]
        ]
    )
