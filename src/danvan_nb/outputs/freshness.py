"""Whether a report must be made, and whether it may be: what changed, and what a person edited.

Owns `kept.json`, which notes the edits that a run may replace.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.outputs.folder import has_failed
from danvan_nb.outputs.manifest import FIGURES, NOTEBOOK, read_manifest
from danvan_nb.outputs.versions import differing
from danvan_nb.project.files import digest, read_json
from danvan_nb.project.models import ReportParams
from danvan_nb.project.project import Project, changed_files

KEPT = "kept.json"
WORD = "report.docx"


def why_run(
    project: Project, params_file: str, params: ReportParams, formats: tuple[str, ...], draft: bool
) -> str:
    """Say in one line why a report must be made; empty if a run would make what stands there.

    Compares content, never times: a clock set back or a file touched changes nothing.
    """
    folder = project.output_folder(params.office, params.period)
    made = read_manifest(folder)
    if not made.exists:
        return "chưa có kết quả"
    if has_failed(folder):
        return "lượt trước chưa xong"
    if params_file not in made.inputs or made.draft != draft:
        return "kết quả đang có là của tệp tham số hay loại bản khác"
    if set(made.outputs) != {FIGURES, *(f"report.{name}" for name in formats or params.formats)}:
        return "các bản cần xuất khác lần trước"
    if others := differing(made.fingerprint):
        return f"chương trình đổi phiên bản ({', '.join(others)})"
    if changed := changed_files(project, {**made.inputs, **made.notebook}):
        more = " …" if changed[3:] else ""
        return f"có thay đổi ở {', '.join(changed[:3])}{more}"
    place = project.relative(folder)
    noted = {f"{place}/{name}": digest for name, digest in made.hashes.items()}
    altered = changed_files(project, noted)
    return f"tệp kết quả không còn như khi làm ra: {', '.join(altered)}" if altered else ""


def guard(
    folder: Path, name: str, is_unchanged: Callable[[Path, Path], bool] = lambda *_: False
) -> None:
    """Refuse to go on where a person edited the notebook or the Word file of an earlier run.

    Parameters
    ----------
    folder : Path
        The output folder.
    name : str
        What messages call it.
    is_unchanged : callable
        Told a Word file that is not as it was made, and the notebook, says whether it holds no edit
        all the same: some program only saved it again.

    Raises
    ------
    NotebookError
        Naming each edited file and what to do with it.
    """
    kept, notebook, word = _kept(folder), folder / NOTEBOOK, folder / WORD
    if locked := [path.name for path in (notebook, word) if digest(path) == ""]:
        raise NotebookError(Issue.of("tep_khoa.EACCES", file=f"{name}/{each}") for each in locked)
    issues = []
    if notebook.is_file() and _notebook_changed(notebook, kept):
        issues.append(Issue.of("da_sua.so_tay", file=f"{name}/{NOTEBOOK}"))
    made = [read_manifest(folder).outputs.get(WORD), *kept]
    made_word = not word.is_file() or digest(word) in made
    if not made_word and not is_unchanged(word, notebook):
        issues.append(Issue.of("da_sua.word", file=f"{name}/{WORD}"))
    if issues:
        raise NotebookError(issues)


def note_kept(folder: Path, mark: str) -> dict[Path, str]:
    """Give the file that notes an edited one as kept, so that a run may replace it.

    `mark` is a hash: of a Word file's bytes, of a notebook's sources.
    """
    return {folder / KEPT: json.dumps({"kept": [*_kept(folder), mark]}, indent=1)}


def _kept(folder: Path) -> list[str]:
    return read_json(folder / KEPT).get("kept", [])


def _notebook_changed(path: Path, kept: Sequence[str]) -> bool:
    # Slow to import, and a report that is skipped needs none of it.
    from danvan_nb.notebook.cells import read_made_notebook
    from danvan_nb.notebook.stamp import is_edited, sources_hash

    try:
        nb = read_made_notebook(path, "keep")
    except NotebookError:  # not what we wrote
        return True
    return is_edited(nb) and sources_hash(nb) not in kept
