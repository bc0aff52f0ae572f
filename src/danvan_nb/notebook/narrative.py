"""A report's own narrative: the params' `.md` file (jupytext MyST text notebook), block by block.

Owns the reading of the file and the writing of a block; where its prose goes is composed elsewhere.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.cells import slot_of, tags
from danvan_nb.project import files
from danvan_nb.project.project import PARAMS_ENDINGS
from danvan_nb.project.texts import read_text
from danvan_nb.project.yaml_files import refuse_alias
from danvan_nb.report.report import Report

REVIEW_MARKS = ("chỉ đổi số", "giữ nguyên", "phải viết lại")
"""What `new` says of each paragraph it carries over; the analyst takes the tag away when done."""


@dataclass(frozen=True)
class Passage:
    """A block of the narrative file.

    Attributes
    ----------
    slot : str
        The slot it belongs to.
    follows : bool
        Whether it follows the standard prose; else it replaces it.
    row : int
        The line of its `+++` in `file`.
    text : str
        All that stands from there to the next block, as it was typed.
    """

    slot: str
    follows: bool
    source: str
    tags: tuple[str, ...]
    row: int
    file: str = ""
    text: str = ""

    @property
    def prose_row(self) -> int:
        """Give the line in `file` on which the prose begins."""
        return self.row + self.text.partition(self.source)[0].count("\n")


@dataclass(frozen=True)
class Narrative:
    """A narrative file: its text, empty if it is not there, and the passages in it."""

    file: str
    text: str
    passages: tuple[Passage, ...] = ()

    @property
    def header(self) -> str:
        """Give what stands before the first passage."""
        return self.text.removesuffix("".join(passage.text for passage in self.passages))


@dataclass(frozen=True)
class ProseChange:
    """Prose of a slot before and after; empty where it is not there."""

    slot: str
    old: str
    new: str


def narrative_path(report: Report) -> Path:
    """Give where a report's narrative stands: beside its params file unless that names another."""
    project, params = report.project, report.params
    if params.narrative:
        return project.path(params.narrative)
    return project.narrative_file(params.office, report.period)


def read_narrative(report: Report) -> Narrative:
    """Read a report's narrative file, which becomes one of its inputs, even if it is not there.

    Raises
    ------
    NotebookError
        If the file can't be read, its letters are damaged, or the params name one that is not
        there; else as `parse_narrative`.
    """
    path = narrative_path(report)
    file = report.project.relative(path)
    try:
        data = report.project.read(path, NotebookError)
    except FileNotFoundError:
        if report.params.narrative:
            raise NotebookError(Issue.of("thuyet_minh.thieu", file=file)) from None
        return Narrative(file, "")
    return parse_narrative(read_text(data, file, NotebookError), file)


def find_stray_files(report: Report) -> Iterator[Issue]:
    """Find what lies beside a report's params and narrative and looks like one of them."""
    project, period = report.project, str(report.period)
    own = narrative_path(report)
    for path in files.alike(own.parent, period, (*PARAMS_ENDINGS, ".md", ".txt")):
        is_params = path.suffix.lower() in PARAMS_ENDINGS and files.is_exact(path, period)
        if path != own and not is_params:
            day = files.changed_on(path)
            yield Issue.of("ban_sao.tham_so", file=project.relative(path), day=day)


@lru_cache(64)  # jupytext is slow, and a run reads it before it composes and for the findings
def parse_narrative(text: str, file: str) -> Narrative:
    """Read the text of a narrative file.

    Raises
    ------
    NotebookError
        For a file that is no MyST text notebook, a block without a slot tag, or two blocks that
        replace one slot.
    """
    passages = tuple(_blocks(text, file)) if text.strip() else ()
    issues: list[Issue] = []
    replaced: set[str] = set()
    for one in passages:
        if not one.slot:
            found = one.source[:40]
            issues.append(Issue.of("thuyet_minh.khong_muc", file=file, row=one.row, found=found))
        elif not one.follows and one.slot in replaced:
            issues.append(Issue.of("thuyet_minh.hai_lan", file=file, row=one.row, slot=one.slot))
        elif not one.follows:
            replaced.add(one.slot)
    if issues:
        raise NotebookError(issues)
    return Narrative(file, text, passages)


def _blocks(text: str, file: str) -> Iterator[Passage]:
    """Yield every block of a narrative file; what is code or has no tag of a slot has no slot."""
    from jupytext.myst import myst_to_notebook  # slow to import, and many reports have no narrative

    _refuse_broken_marks(text, file)
    _refuse_aliases(text, file)
    try:
        nb = myst_to_notebook(text, add_source_map=True)
    except Exception as err:  # jupytext raises many kinds for a broken file
        raise NotebookError(Issue.of("thuyet_minh.hong", file=file, row=1)) from err
    lines = re.split(r"(?<=\n)", text)
    # Of each block, how many lines stand above its text: the last of them is its `+++`.
    rows = nb.metadata["source_map"]
    for cell, (row, after) in zip(nb.cells, pairwise([*rows, len(lines) + 1]), strict=True):
        slot = slot_of(cell) if cell.cell_type == "markdown" else ""
        block = "".join(lines[max(row - 1, 0) : after - 1])
        base, follows = slot.removesuffix("+"), slot.endswith("+")
        yield Passage(base, follows, cell.source, tuple(tags(cell)), row or 1, file, block)


def _refuse_aliases(text: str, file: str) -> None:
    """Refuse a header that multiplies itself, before jupytext unfolds it."""
    header = re.match(r"---\n.*?\n(?=---\n)", text, re.DOTALL)
    with suppress(yaml.YAMLError, RecursionError):  # told when jupytext comes to it
        if header:
            refuse_alias(yaml.compose(header[0]), file, NotebookError)


def _refuse_broken_marks(text: str, file: str) -> None:
    """Refuse each line `+++` whose settings are no JSON object."""
    issues = []
    for row, line in enumerate(text.split("\n"), 1):
        if line.startswith("+++") and (settings := line[3:].strip()):
            with suppress(ValueError, RecursionError):
                if isinstance(json.loads(settings), dict):
                    continue
            issues.append(Issue.of("thuyet_minh.dong_cong", file=file, row=row, found=line))
    if issues:
        raise NotebookError(issues)


def edited_block(block: str, names: Iterable[str], old: str = "", new: str = "") -> str:
    """Give a block with other tags, and new prose for the old; its other keys and spacing stay."""
    head, _, rest = block.partition("\n")
    own = json.loads(head.strip().lstrip("+").strip() or "{}")
    settings = json.dumps({**own, "tags": [*names]}, ensure_ascii=False)
    return f"+++ {settings}\n{rest.replace(old, new, 1)}"
