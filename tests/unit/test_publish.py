"""Outputs appear all together or not at all, and never over what a person wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from sample_project import executed, markdown, snapshot

from danvan_nb.errors import NotebookError
from danvan_nb.notebook.stamp import set_stamp
from danvan_nb.outputs import folder as outputs_folder
from danvan_nb.outputs.freshness import guard
from danvan_nb.project.project import Project
from danvan_nb.project.saving.former import former_versions
from danvan_nb.report.report import Report


def made(**files: bytes) -> dict[str, bytes]:
    """Give the files of a report by format, with the manifest that a run notes of them."""
    named = {f"report.{name}": data for name, data in files.items()}
    noted = {name: hashlib.sha256(data).hexdigest() for name, data in named.items()}
    return {**named, "manifest.json": json.dumps({"outputs": noted}).encode()}


OLD = made(html=b"cu", pdf=b"cu")
NEW = made(html=b"moi", docx=b"moi")
FOREIGN = {"ghi chú.txt": "của người khác".encode()}


def put(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Publish; gives the former versions that were told of."""
    project = Project(folder.parents[2])
    with outputs_folder.claim(project, folder):
        return [issue.file for issue in outputs_folder.publish(project, folder, files)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an output folder with an earlier report and a foreign file."""
    place = tmp_path / "outputs/mau/2023-H1"
    put(place, OLD)
    (place / "ghi chú.txt").write_bytes(FOREIGN["ghi chú.txt"])
    return place


def test_publish_replaces_and_drops(folder: Path) -> None:
    """New files replace old ones, those no longer made go, foreign ones stay,
    nothing else is left beside."""
    assert put(folder, NEW) == []
    assert snapshot(folder) == NEW | FOREIGN
    assert [path.name for path in folder.parent.iterdir()] == ["2023-H1"]


def test_touched_files_are_kept_before_they_go(folder: Path) -> None:
    """A file that somebody changed has a dated copy, whether it is replaced or dropped;
    an untouched one has none, and the same content no second one."""
    (folder / "report.pdf").write_bytes(b"ky")
    (copy,) = put(folder, NEW)
    assert (folder.parents[2] / copy).read_bytes() == b"ky"
    assert copy.startswith("outputs/ban-cu/outputs/mau/2023-H1/report.pdf/")
    for _ in range(2):
        (folder / "report.docx").write_bytes(b"sua")
        assert len(put(folder, NEW)) == 1
    assert len([*former_versions(folder.parents[2])]) == 2


def leave(folder: Path, notebook: str) -> None:
    """Let a run fail whose notebook came so far."""
    project = Project(folder.parents[2])
    with outputs_folder.claim(project, folder) as staging:
        (staging / "report.ipynb").write_text(notebook, encoding="utf-8")
        outputs_folder.leave_failure(project, folder, staging, "vì sao")


def test_failed_run_keeps_the_earlier_report(folder: Path) -> None:
    """What a failed run reached lies in failed/, beside the earlier files; the next good run takes
    it away, and keeps what somebody has worked on there."""
    leave(folder, "dở dang")
    assert (folder / "failed/report.ipynb").read_text("utf-8") == "dở dang"
    assert (folder / "failed/log.txt").read_text("utf-8") == "vì sao"
    assert snapshot(folder) == OLD | FOREIGN
    leave(folder, "dở dang 2")
    (folder / "failed/report.ipynb").write_text("đang chữa", encoding="utf-8")
    (copy,) = put(folder, NEW)
    assert (folder.parents[2] / copy).read_text("utf-8") == "đang chữa"
    assert not (folder / "failed").exists() and len([*former_versions(folder.parents[2])]) == 1


@pytest.fixture
def guarded(folder: Path, report: Report) -> Path:
    """Give the folder with a stamped notebook and a Word file that the manifest knows."""
    nb = executed(report, markdown("Thu {eval}`thu_mau`.", "narrative:thu"))
    set_stamp(nb, report.project)
    nbformat.write(nb, folder / "report.ipynb")
    (folder / "report.docx").write_bytes(b"word")
    digest = hashlib.sha256(b"word").hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"outputs": {"report.docx": digest}}))
    guard(folder, "outputs/mau/2023-H1")
    return folder


def edit_notebook(folder: Path) -> str:
    nb = nbformat.read(folder / "report.ipynb", 4)
    nb.cells[0].source += " Thêm."
    nbformat.write(nb, folder / "report.ipynb")
    return "report.ipynb"


def break_notebook(folder: Path) -> str:
    (folder / "report.ipynb").write_text("{", encoding="utf-8")
    return "report.ipynb"


def other_notebook(folder: Path) -> str:
    nbformat.write(nbformat.v4.new_notebook(cells=[markdown("của tôi")]), folder / "report.ipynb")
    return "report.ipynb"


def edit_word(folder: Path) -> str:
    (folder / "report.docx").write_bytes(b"word 2")
    return "report.docx"


def lose_manifest(folder: Path) -> str:
    (folder / "manifest.json").write_text("[]")
    return "report.docx"


@pytest.mark.parametrize(
    "act", [edit_notebook, break_notebook, other_notebook, edit_word, lose_manifest]
)
def test_what_a_person_wrote_blocks(guarded: Path, act: Callable[[Path], str]) -> None:
    """An edited or foreign notebook or Word file stops the run, named, with what to do."""
    name = act(guarded)
    with pytest.raises(NotebookError) as caught:
        guard(guarded, "outputs/mau/2023-H1")
    (issue,) = caught.value.issues
    assert (issue.rule, issue.file, bool(issue.todo)) == (
        "da_sua",
        f"outputs/mau/2023-H1/{name}",
        True,
    )


def test_running_a_notebook_does_not_block(guarded: Path) -> None:
    """Other values are nobody's text."""
    nb = nbformat.read(guarded / "report.ipynb", 4)
    nb.cells[0].metadata["user_expressions"] = []
    nbformat.write(nb, guarded / "report.ipynb")
    guard(guarded, "x")


def test_both_edits_at_once(guarded: Path) -> None:
    """Both files are named in one go."""
    edit_notebook(guarded)
    edit_word(guarded)
    with pytest.raises(NotebookError) as caught:
        guard(guarded, "x")
    assert len(caught.value.issues) == 2


def test_nothing_there_blocks_nothing(tmp_path: Path) -> None:
    """The first run has nothing to guard."""
    guard(tmp_path / "chưa có", "x")
