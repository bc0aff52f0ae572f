"""Outputs appear all together or not at all, and never over what a person wrote."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sample_project import executed, markdown, snapshot

from danvan_nb.errors import NotebookError
from danvan_nb.notebook.stamp import set_stamp
from danvan_nb.outputs import folder as outputs_folder
from danvan_nb.outputs.former import former_versions
from danvan_nb.outputs.freshness import guard
from danvan_nb.report.report import Report


def made(**files: bytes) -> dict[str, bytes]:
    """Give the files of a report by format, with the manifest that a run notes of them."""
    named = {f"report.{name}": data for name, data in files.items()}
    noted = {name: hashlib.sha256(data).hexdigest() for name, data in named.items()}
    return {**named, "manifest.json": json.dumps({"outputs": noted}).encode()}


OLD = made(html=b"cu", pdf=b"cu")
NEW = made(html=b"moi", docx=b"moi")
FOREIGN = {"ghi chú.txt": "của người khác".encode()}


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


def put(folder: Path, files: dict[str, bytes]) -> None:
    with outputs_folder.claim(folder, lambda: None):
        outputs_folder.publish(folder, files)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give an output folder with an earlier report and a foreign file."""
    place = tmp_path / "outputs/mau/2023-H1"
    put(place, OLD)
    (place / "ghi chú.txt").write_bytes(FOREIGN["ghi chú.txt"])
    return place


def kill_at(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, position: int
) -> Callable[[], int]:
    """Let the process end at the n-th call of a function, before it does anything;
    gives the number of calls."""
    real, calls = getattr(owner, name), 0

    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == position:
            raise Killed
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, call)
    return lambda: calls


def test_publish_replaces_and_drops(folder: Path) -> None:
    """New files replace old ones, those no longer made go, foreign ones stay,
    nothing else is left beside."""
    put(folder, NEW)
    assert snapshot(folder) == NEW | FOREIGN
    assert sorted(path.name for path in folder.parent.iterdir()) == [".2023-H1.lock", "2023-H1"]


STEPS = (
    [(os, "replace", n) for n in range(1, 8)]
    + [(os, "fsync", n) for n in range(1, 5)]
    + [(Path, "unlink", n) for n in (1, 2)]
)


@pytest.mark.parametrize(
    ("owner", "name", "position"), STEPS, ids=[f"{name}-{n}" for _, name, n in STEPS]
)
def test_all_or_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, position: int
) -> None:
    """Wherever a run is killed, the next command finds the whole old report or the whole new
    one."""
    with monkeypatch.context() as patch:
        kill_at(patch, owner, name, position)
        with pytest.raises(Killed):
            put(folder, NEW)
    with outputs_folder.claim(folder, lambda: None):
        found = snapshot(folder)
    assert found in (OLD | FOREIGN, NEW | FOREIGN)
    after_journal = (name == "replace" and position > 4) or name == "unlink"
    assert found == (NEW if after_journal else OLD) | FOREIGN
    assert not list(folder.parent.glob(".*.journal"))
    put(folder, NEW)
    assert snapshot(folder) == NEW | FOREIGN


def test_every_step_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps above are all there are: one more, and the test above must grow."""
    counts = [
        kill_at(monkeypatch, owner, name, 0)
        for owner, name in ((os, "replace"), (os, "fsync"), (Path, "unlink"))
    ]
    put(folder, NEW)
    assert [count() for count in counts] == [7, 4, 2]


def test_killed_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recovery that is killed itself is finished by the next."""
    for position in (6, 2):
        with monkeypatch.context() as patch:
            kill_at(patch, os, "replace", position)
            with pytest.raises(Killed):
                if position == 6:
                    put(folder, NEW)
                else:
                    outputs_folder.recover(folder)
    outputs_folder.recover(folder)
    assert snapshot(folder) == NEW | FOREIGN


def test_touched_files_are_kept_before_they_go(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that somebody changed, even between a kill and its repair, has a dated copy,
    whether it is replaced or dropped; an untouched one has none."""
    with monkeypatch.context() as patch:
        kill_at(patch, os, "replace", 5)
        with pytest.raises(Killed):
            put(folder, NEW)
    (folder / "report.pdf").write_bytes(b"ky")
    (copy,) = outputs_folder.recover(folder)
    assert copy.read_bytes() == b"ky" and copy.name.endswith("_report.pdf")
    assert copy.parent == folder / "ban-cu"
    (folder / "report.docx").write_bytes(b"sua")
    with outputs_folder.claim(folder, lambda: None):
        assert [one.read_bytes() for one in outputs_folder.publish(folder, NEW)] == [b"sua"]
    put(folder, NEW)
    assert len(list((folder / "ban-cu").iterdir())) == 2


def test_copies_are_bounded(folder: Path) -> None:
    """Ten copies of a file stay, none older than 400 days; those of other files don't count."""
    kept = folder / "ban-cu"
    kept.mkdir()
    for days in range(1, 13):
        day = datetime.now().astimezone() - timedelta(days)
        (kept / f"{day:%Y-%m-%d}_000000_report.html").write_bytes(b"x")
    (kept / "2001-01-01_000000_report.html").write_bytes(b"x")
    (kept / "2001-01-01_000000_report.docx").write_bytes(b"x")
    (kept / "2001-01-01_000000_report.pdf").write_bytes(b"x")
    (folder / "report.html").write_bytes(b"sua")
    (folder / "report.pdf").write_bytes(b"sua")
    put(folder, NEW)
    copies = former_versions(folder, "report.html")
    assert len(copies) == 10 and copies[0].read_bytes() == b"sua"
    assert len(former_versions(folder, "report.docx")) == 1
    assert [path.read_bytes() for path in former_versions(folder, "report.pdf")] == [b"sua"]


def test_failed_run_keeps_the_earlier_report(folder: Path) -> None:
    """What a failed run reached lies in failed/, beside the earlier files;
    the next good run takes it away."""
    with outputs_folder.claim(folder, lambda: None) as staging:
        (staging / "report.ipynb").write_text("dở dang", encoding="utf-8")
        outputs_folder.leave_failure(folder, staging, "vì sao")
    assert (folder / "failed/report.ipynb").read_text("utf-8") == "dở dang"
    assert (folder / "failed/log.txt").read_text("utf-8") == "vì sao"
    assert snapshot(folder) == OLD | FOREIGN
    put(folder, NEW)
    assert not (folder / "failed").exists()


def test_second_run_waits(folder: Path) -> None:
    """Two runs of one report at once: the second says that it waits,
    and goes on when the first is done."""
    order: list[str] = []
    holding, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with outputs_folder.claim(folder, lambda: None):
            holding.set()
            assert go_on.wait(10)
            order.append("một")

    def waiting() -> None:
        order.append("chờ")
        go_on.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert holding.wait(10)
    with outputs_folder.claim(folder, waiting):
        order.append("hai")
    thread.join(10)
    assert order == ["chờ", "một", "hai"]


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
