"""What `keep` does: a person's changes of `report.ipynb` or `report.docx`, back where they last.

Owns which files belong together and what is written when; how cells and paragraphs are compared
stands beside it.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.keep.notebook_edits import Kept, keep_notebook, with_passages
from danvan_nb.keep.word_edits import WordEdits, read_edits
from danvan_nb.notebook import cells, proofread, stamp
from danvan_nb.notebook.narrative import Narrative, read_narrative
from danvan_nb.outputs import freshness, manifest
from danvan_nb.outputs.folder import claim
from danvan_nb.outputs.sealing import refuse_sealed
from danvan_nb.project.files import digest, read_given, sha256
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.project.saving.hold import Told, unsaid
from danvan_nb.report.report import load_report


@dataclass(frozen=True)
class KeepPlan:
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
    mark : str
        The hash by which the edited file is noted as kept.
    seen : dict of Path to str
        The hash of each file that the plan was made of, None for one that was not there.
    """

    project: Project
    file: Path
    diff: tuple[str, ...]
    writes: Mapping[str, str]
    issues: tuple[Issue, ...]
    left: tuple[str, ...]
    mark: str
    seen: Mapping[Path, str | None]


def plan_keep(file: Path, *, to_master: bool = False) -> KeepPlan:
    """Work out what keeping an edited notebook or Word file would write; nothing is written.

    Raises
    ------
    DanvanError
        If the file is not one of ours, or its changes can't be carried back.
    """
    if file.suffix not in (".ipynb", ".docx") or not file.is_file():
        key = "keep.loai_tep" if file.exists() else "keep.khong_co"
        raise NotebookError(Issue.of(key, file=file.as_posix(), meant=_meant(file)))
    file = file.resolve()
    is_word, seen = file.suffix == ".docx", {file: digest(file)}
    nb = cells.read_made_notebook(file.with_name(manifest.NOTEBOOK) if is_word else file, "keep")
    project = Project.find(file.parent)
    refuse_sealed(project, file.parent)
    seen[project.master_file] = digest(project.master_file)
    report = load_report(cells.NotebookMemory.read(nb).params_file, project.root)
    master, narrative = cells.read_master(project), read_narrative(report)
    issues: list[Issue] = []
    mark = stamp.sources_hash(nb)
    if is_word:
        data = read_given(file)
        mark = sha256(data)
        edits = _word_edits(data, nb, project, file)
        issues += edits.issues
        nb = with_passages(nb, edits.passages)
    kept = keep_notebook(nb, master, narrative)
    left = () if to_master else kept.master_changes
    issues += proofread.check_changed(kept.prose, report)
    issues += [Issue.of("sua_van_ban_chung", at=place) for place in left]
    name = project.relative(project.master_file)
    diff = _diff(narrative.text, kept.narrative, narrative.file)
    diff += _diff(_words(master), _words(kept.master), name)
    writes = _writes(kept, narrative, name if to_master else "")
    seen[project.root / narrative.file] = report.project.reads[narrative.file]
    return KeepPlan(project, file, tuple(diff), writes, tuple(issues), left, mark, seen)


def _meant(file: Path) -> str:
    """Name the files of the report that another file, or a folder, is of."""
    project = Project.find(file.resolve())
    folder = project.output_folder(*project.office_and_period(file.resolve()))
    place = project.relative(folder) if folder.is_dir() else "outputs/<đơn vị>/<kỳ>"
    return f"{place}/{freshness.WORD} hoặc {place}/{manifest.NOTEBOOK}"


def _word_edits(data: bytes, nb: NotebookNode, project: Project, file: Path) -> WordEdits:
    """Read what was changed in Word; a notebook that was changed too is kept before."""
    name = project.relative(file)
    if stamp.is_edited(nb):
        notebook = project.relative(file.with_name(manifest.NOTEBOOK))
        raise NotebookError(Issue.of("da_sua.ca_hai", file=name, notebook=notebook))
    return read_edits(data, nb, name)


def _writes(kept: Kept, narrative: Narrative, master: str) -> dict[str, str]:
    """Give the new text of each file that changes; of the master if its name is given."""
    writes = {}
    if kept.narrative != narrative.text:
        writes[narrative.file] = kept.narrative
    if kept.master_changes and master:
        writes[master] = nbformat.writes(kept.master) + "\n"
    return writes


def write_kept(plan: KeepPlan, waiting: Told = unsaid) -> tuple[Issue, ...]:
    """Write what was planned, if anything, and note that the edited file may be made anew.

    Raises
    ------
    InputError
        If one of the files was saved since the plan was made; nothing is written.
    """
    root, folder = plan.project.root, plan.file.parent
    files = {root / name: text for name, text in plan.writes.items()}
    with claim(plan.project, folder, waiting):
        noted = {} if plan.left else freshness.note_kept(folder, plan.mark)
        return write_all(root, {**files, **noted}, "keep", expected=plan.seen)


def _words(nb: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in nb.cells)


def _diff(old: str, new: str, name: str) -> list[str]:
    before, after = old.splitlines(), new.splitlines()
    return [*difflib.unified_diff(before, after, name, f"{name} (mới)", lineterm="", n=1)]
