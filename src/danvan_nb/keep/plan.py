"""The command `keep`: what a person changed in `report.ipynb` or `report.docx`, back in the narrative or the master.

Owns which files belong together and what is written when; how cells and paragraphs are compared stands in `notebook.keep` and
`document.word_edits`.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.notebook_edits import keep_notebook, with_passages
from danvan_nb.keep.word_edits import read_edits
from danvan_nb.notebook.compose import MASTER, narrative_path, narrative_text, read_master
from danvan_nb.notebook.proofread import check_changed
from danvan_nb.notebook.stamp import KEY, is_edited, sources_hash
from danvan_nb.outputs.folder import NOTEBOOK
from danvan_nb.outputs.freshness import note_kept
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report


@dataclass(frozen=True)
class Plan:
    """What keeping a file would do.

    Attributes
    ----------
    diff : tuple of str
        The changes, line by line, as `diff -u` shows them.
    writes : dict of str to str
        New text by file, relative to the project.
    issues : tuple of Issue
        What to look at: figures typed by hand, figures changed in Word.
    left : tuple of str
        Cells of the master that were edited and are not written without `--master`.
    """

    project: Project
    file: Path
    diff: tuple[str, ...]
    writes: Mapping[str, str]
    issues: tuple[Issue, ...]
    left: tuple[str, ...]
    mark: str


def plan_keep(file: Path, *, to_master: bool = False) -> Plan:
    """Work out what keeping an edited notebook or Word file would write; nothing is written.

    Raises
    ------
    DanvanError
        If the file is not one of ours, or its changes can't be carried back.
    """
    if not file.is_file():
        raise NotebookError(Issue("thieu_tep", "Không có tệp này", file=file.as_posix()))
    if file.suffix not in (".ipynb", ".docx"):
        raise NotebookError(
            Issue("keep", "Chỉ giữ được report.ipynb và report.docx", file=file.as_posix())
        )
    notebook = file if file.suffix == ".ipynb" else file.with_name(NOTEBOOK)
    nb = _read_notebook(notebook)
    project = Project.find(file.resolve().parent)
    report = load_report(nb.metadata[KEY]["params_file"], project.root)
    master = read_master(project)
    name, text = project.relative(narrative_path(report)), narrative_text(report)
    issues: list[Issue] = []
    if file is notebook:
        mark = sources_hash(nb)
    else:
        if is_edited(nb):
            todo = f"Giữ sổ tay trước: danvan-nb keep {project.relative(notebook)}"
            raise NotebookError(
                Issue(
                    "da_sua",
                    "Cả sổ tay và bản Word đều đã sửa",
                    file=project.relative(file),
                    todo=todo,
                )
            )
        edits = read_edits(file.read_bytes(), nb, project.relative(file))
        issues += edits.issues
        nb = with_passages(nb, edits.passages)
        mark = hashlib.sha256(file.read_bytes()).hexdigest()
    kept = keep_notebook(nb, master, text, name)
    issues += check_changed(kept.prose, report)
    writes = {name: kept.narrative} if kept.narrative != text else {}
    diff = _diff(text, kept.narrative, name)
    if kept.master_changes:
        if to_master:
            writes[MASTER] = nbformat.writes(kept.master) + "\n"
        diff += _diff(_words(master), _words(kept.master), MASTER)
    left = () if to_master else kept.master_changes
    issues += [
        Issue(
            "sua_van_ban_chung",
            f"Đã sửa văn bản chung của mọi báo cáo ({place})",
            todo="Thêm --master để ghi vào sổ tay mẫu, hoặc trả ô này về như cũ",
            severity="warning",
        )
        for place in left
    ]
    return Plan(project, file, tuple(diff), writes, tuple(issues), left, mark)


def write_kept(plan: Plan) -> None:
    """Write what was planned, and note that the edited file may be made anew."""
    for name, text in plan.writes.items():
        path = plan.project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    if not plan.left:
        note_kept(plan.file.parent, plan.mark)


def _read_notebook(path: Path) -> NotebookNode:
    todo = "Đặt tệp cạnh report.ipynb của lần chạy đã làm ra nó, trong outputs/<đơn vị>/<kỳ>/"
    try:
        nb = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as err:
        raise NotebookError(
            Issue("keep", f"Không đọc được sổ tay: {err}", file=path.as_posix(), todo=todo)
        ) from err
    if "params_file" not in nb.metadata.get(KEY, {}):
        raise NotebookError(
            Issue(
                "keep", "Sổ tay này không do danvan-nb run làm ra", file=path.as_posix(), todo=todo
            )
        )
    return nb


def _words(nb: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in nb.cells)


def _diff(old: str, new: str, name: str) -> list[str]:
    return [
        *difflib.unified_diff(
            old.splitlines(), new.splitlines(), name, f"{name} (mới)", lineterm="", n=1
        )
    ]
