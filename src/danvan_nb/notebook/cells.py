"""What our notebooks and their cells carry: tags, slots, sections, and what they remember.

Owns the reading of notebook files and the key `danvan` of their metadata; composes and runs
nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import nbformat
from nbformat import NotebookNode
from pydantic import BaseModel, ValidationError

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.project.files import unreadable
from danvan_nb.project.project import Project
from danvan_nb.report.parameters import parameters_in

KEY = "danvan"
SLOT = "narrative:"
NEEDS = "needs:"
INJECTED = "injected-parameters"
"""Papermill's tag for the cell that it injects."""


class _Memory(BaseModel, frozen=True):
    """What stands under our key in the metadata of a notebook or a cell."""

    @classmethod
    def read(cls, node: NotebookNode) -> Self:
        """Read it from a notebook or a cell; everything is empty where nothing is written."""
        return cls.model_validate(noted(node))

    def write(self, node: NotebookNode) -> None:
        """Write what was set, in place of what is there."""
        node.metadata[KEY] = self.model_dump(mode="json", exclude_unset=True)


class Stamp(BaseModel, frozen=True):
    """Proof of what values belong to: hashes of sources, values and each input, null for none."""

    sources: str
    values: str
    inputs: dict[str, str | None]


class NotebookMemory(_Memory, frozen=True):
    """What a notebook remembers.

    Attributes
    ----------
    composed : tuple of str
        The ids of the cells it was composed of.
    params_file : str
        Whose report it is, relative to the root of the project.
    letterhead : dict
        The frame of the form, as plain data.
    leaders : dict, optional
        What a leader reads first, as plain data.
    draft : bool
        Whether the report may lack data.
    notes : tuple of str
        Which comparisons fell away in the last run, and why.
    stamp : Stamp, optional
        Proof of what the values of the last run belong to.
    """

    composed: tuple[str, ...] = ()
    params_file: str = ""
    letterhead: dict[str, Any] = {}
    leaders: dict[str, Any] | None = None
    draft: bool = False
    notes: tuple[str, ...] = ()
    stamp: Stamp | None = None

    @property
    def inputs(self) -> Mapping[str, str | None]:
        """Give the hashes of what the values came from."""
        return self.stamp.inputs if self.stamp else {}


class CellMemory(_Memory, frozen=True):
    """What a cell remembers.

    Attributes
    ----------
    base : str
        The hash of what it said when it was composed.
    file, row
        Where its narrative stands; empty where the prose is the master's own.
    omitted, boxed : tuple of str
        The data for want of which it is left out, or replaced by a box in a draft.
    """

    base: str = ""
    file: str = ""
    row: int = 0
    omitted: tuple[str, ...] = ()
    boxed: tuple[str, ...] = ()

    def after_run(self, outcome: str, lacking: tuple[str, ...]) -> CellMemory:
        """Give it with the outcome of a new run; what an earlier one lacked may be there now."""
        memory = self.model_dump(include={"base", "file", "row"}, exclude_unset=True)
        if outcome:
            memory[outcome] = lacking
        return CellMemory.model_validate(memory)


class _Notes(BaseModel):
    tags: tuple[str, ...] = ()
    danvan: dict[str, Any] = {}
    papermill: dict[str, Any] = {}


class _CellShape(BaseModel):
    id: str = ""
    source: str
    metadata: _Notes


class _Shape(BaseModel):
    """What we take for granted of a notebook; nbformat lets anything pass."""

    cells: tuple[_CellShape, ...]
    metadata: _Notes


def noted(node: NotebookNode) -> Mapping[str, Any]:
    """Give what stands under our key in the metadata, as it is stored."""
    return node.metadata.get(KEY, {})


def read_notebook(path: Path, rule: str = "so_tay", file: str = "") -> NotebookNode:
    """Read a notebook.

    Parameters
    ----------
    path : Path
        The file.
    rule : str
        Whose words say what is wrong: those of the messages `<rule>.thieu` and `<rule>.hong`.
    file : str
        How messages name the file, if not by its path.

    Raises
    ------
    NotebookError
        If it is not there, or is no notebook.
    """
    name = file or path.as_posix()
    try:
        nb = nbformat.read(path, as_version=4)
        _Shape.model_validate(nb)
        return nb
    except FileNotFoundError:
        raise NotebookError(Issue.of(f"{rule}.thieu", file=name)) from None
    except Exception as err:  # nbformat raises many kinds for what is no notebook
        raise NotebookError(Issue.of(f"{rule}.hong", file=name, cause=_fault(path))) from err


def _fault(path: Path) -> str:
    """Word what is wrong with a file that is no notebook."""
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        return unreadable("", err).message
    except json.JSONDecodeError as err:
        return Issue.of("so_tay.cau_truc.json", row=err.lineno).message
    except UnicodeDecodeError:
        return Issue.of("ma_ky_tu.tep").message
    return Issue.of("so_tay.cau_truc").message


def read_made_notebook(path: Path, rule: str) -> NotebookNode:
    """Read a notebook that a run has made; as `read_notebook`, and `<rule>.la` for any other."""
    nb = read_notebook(path, rule)
    with suppress(ValidationError):
        if NotebookMemory.read(nb).params_file:
            return nb
    raise NotebookError(Issue.of(f"{rule}.la", file=path.as_posix()))


def read_master(project: Project) -> NotebookNode:
    """Read the master notebook; as `read_notebook`."""
    return read_notebook(project.master_file, "so_tay_mau", project.relative(project.master_file))


def params_file_of(nb: NotebookNode) -> str:
    """Find the params file that a notebook's parameter cells name, the injected one last.

    Raises
    ------
    NotebookError
        If no cell tagged `parameters` or `injected-parameters` sets `params_file`.
    """
    own = (cell for cell in nb.cells if {"parameters", INJECTED} & set(tags(cell)))
    found = [parameters_in(cell.source).get("params_file") for cell in own]
    named = [name for name in found if isinstance(name, str)]
    if not named:
        raise NotebookError(Issue.of("params_file.khong_o"))
    return named[-1]


def tags(cell: NotebookNode) -> list[str]:
    """Give a cell's tags."""
    return list(cell.metadata.get("tags", []))


def slot_of(cell: NotebookNode) -> str:
    """Give the slot id of a cell, `+` included where it follows; empty if it has none."""
    return next((tag.removeprefix(SLOT) for tag in tags(cell) if tag.startswith(SLOT)), "")


def needs_of(cell: NotebookNode) -> tuple[str, ...]:
    """Give the indicators that a cell can't be printed without."""
    listed = (tag.removeprefix(NEEDS) for tag in tags(cell) if tag.startswith(NEEDS))
    names = (name.strip() for names in listed for name in names.split(","))
    return tuple(name for name in names if name)


def roles_of(cell: NotebookNode) -> list[str]:
    """Give the tags that a slot keeps whatever its text: a căn cứ stays one."""
    return [tag for tag in tags(cell) if not tag.startswith((SLOT, NEEDS))]


def prose_cells(nb: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """Number the Markdown cells of a notebook among all its cells."""
    return ((index, cell) for index, cell in enumerate(nb.cells) if cell.cell_type == "markdown")


def heading_of(cell: NotebookNode) -> str:
    """Give the heading that a cell begins with; empty if it begins with none."""
    match = re.match(r"#+\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
    return match[1].strip() if match else ""


def section_of(nb: NotebookNode, index: int) -> str:
    """Name the section that a cell stands in: the nearest heading above it."""
    return next(filter(None, map(heading_of, reversed(nb.cells[: index + 1]))), "")


def place_of(nb: NotebookNode, index: int) -> str:
    """Name a cell's place for a message: its section, number and slot."""
    section, slot = section_of(nb, index), slot_of(nb.cells[index])
    parts = (section and f"mục “{section}”", f"ô {index + 1}", slot and f"đoạn {slot}")
    return ", ".join(filter(None, parts))
