"""The stamp of an executed notebook: proof that its values belong to its cells and its inputs.

An exporter trusts no value without it: a live edit, a re-run cell or a changed input breaks the
stamp.
"""

import json
from typing import Any

from nbformat import NotebookNode

from danvan_nb.notebook.cells import NotebookMemory, Stamp, noted, tags
from danvan_nb.project.files import sha256
from danvan_nb.project.project import Project, changed_files


def data_hash(data: Any) -> str:
    """Give the SHA-256 of plain data, whatever the order of its keys."""
    return sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode())


def cell_hash(cell: NotebookNode) -> str:
    """Hash what a person can edit in a cell."""
    return data_hash([cell.source, sorted(tags(cell))])


def sources_hash(nb: NotebookNode) -> str:
    """Hash what a person can edit: the type, source and tags of each cell, in order."""
    return data_hash([[cell.cell_type, cell.source, sorted(tags(cell))] for cell in nb.cells])


def values_hash(nb: NotebookNode) -> str:
    """Hash what execution produced: inline values, outputs, what was left out, the letterhead."""
    cells = []
    for cell in nb.cells:
        made = cell.get("outputs", [])
        outputs = [[out.output_type, out.get("data", {}), out.get("text", "")] for out in made]
        cells.append([cell.metadata.get("user_expressions", []), noted(cell), outputs])
    own = {name: value for name, value in noted(nb).items() if name != "stamp"}
    return data_hash([cells, own])


def set_stamp(nb: NotebookNode, project: Project) -> None:
    """Stamp an executed notebook with its sources, its values and the inputs they came from."""
    inputs = dict(sorted(project.reads.items()))
    stamp = Stamp(sources=sources_hash(nb), values=values_hash(nb), inputs=inputs)
    NotebookMemory.read(nb).model_copy(update={"stamp": stamp}).write(nb)


def is_edited(nb: NotebookNode) -> bool:
    """Say whether a person changed a stamped notebook's cells; running them alone is no change."""
    stamp = NotebookMemory.read(nb).stamp
    return stamp is not None and stamp.sources != sources_hash(nb)


def is_fresh(nb: NotebookNode, project: Project | None) -> bool:
    """Say whether a notebook's values can be exported as they stand.

    Without a project (a notebook sent on its own) the inputs can't be compared, and the stamp's own
    hashes decide.
    """
    stamp = NotebookMemory.read(nb).stamp
    if stamp is None or stamp.sources != sources_hash(nb) or stamp.values != values_hash(nb):
        return False
    return project is None or not changed_files(project, stamp.inputs)
