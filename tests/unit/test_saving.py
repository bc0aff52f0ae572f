"""Whatever ends a command, its files are all there or none is, and nobody's work is lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from striking import every_operation, files_of, strike

from danvan_nb.errors import InputError, RenderError
from danvan_nb.project.files import sha256
from danvan_nb.project.project import Project
from danvan_nb.project.saving import hold as holding
from danvan_nb.project.saving.changes import settle, write_all
from danvan_nb.project.saving.former import FORMER, former_versions
from danvan_nb.project.saving.hold import HOLDER, WORKING, hold

OLD = {"params/mau/a.md": b"cu", "data/mau/gone/b.csv": b"cu"}
NEW = {"params/mau/a.md": b"moi", "data/khac/c.csv": b"moi"}


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the time of fsync, which changes nothing that a test can see."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a project with two files."""
    return begin(tmp_path / "du-an")


def begin(root: Path) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    for name, data in OLD.items():
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(data)
    return root


def write_new(root: Path) -> Callable[[], object]:
    """Replace a file, take one away, make one."""
    files = {**dict.fromkeys(OLD), **NEW}
    return lambda: write_all(root, {root / name: data for name, data in files.items()}, "keep")


def own(root: Path) -> dict[str, bytes]:
    """Give the files but former versions; nothing of the writer's may be among them."""
    files = files_of(root)
    assert not [name for name in files if WORKING in name or name.endswith(".part")]
    return {name: data for name, data in files.items() if not name.startswith(FORMER)}


def test_no_folder_is_left_of_what_was_taken_back(tmp_path: Path) -> None:
    """Killed between two new folders, one in the other, none of them stays: what asks whether a
    place is empty would take it for somebody's."""
    root = tmp_path / "du-an"

    def act() -> None:
        write_all(root, {root / "data/xa/2024-H1/a.csv": b"moi"}, "init")

    ends = set()
    for _ in every_operation(act):
        settle(root)
        there = (root / "data").exists()
        assert there == (root / "data/xa/2024-H1/a.csv").exists()
        ends.add(there)
        shutil.rmtree(root, ignore_errors=True)
    assert ends == {False, True}


def kept(root: Path) -> list[bytes]:
    return [version.path.read_bytes() for version in former_versions(root)]


@pytest.mark.parametrize("error", [0, errno.ENOSPC, errno.EACCES])
def test_all_or_none(root: Path, error: int) -> None:
    """Killed at, or refused, any operation of the disk: the next command finds all or nothing, and
    the same command then does all."""
    ends = set()
    for at, end in every_operation(write_new(root), error):
        if error:  # nothing but what could not be taken away may be left for others to settle
            assert not list(root.rglob("*.part")), at
        settle(root)
        assert own(root) in (OLD, NEW), at
        ends.add((end, own(root) == NEW))
        write_new(root)()
        assert own(root) == NEW, at
        begin(root)
    assert {end for end, _ in ends} == {"told" if error else "killed"} and len(ends) == 2


def test_a_repair_is_killed_too(root: Path) -> None:
    """Whatever moment a killed command has come to, its repair may be killed at any other."""
    for at in range(1, 40, 4):
        for again in range(1, 40, 3):
            begin(root)
            strike(write_new(root), at)
            strike(lambda: settle(root), again)
            settle(root)
            assert own(root) in (OLD, NEW), (at, again)


@pytest.mark.parametrize("name", sorted({**OLD, **NEW}))
def test_what_is_saved_before_the_repair_is_kept(root: Path, name: str) -> None:
    """A file that a person saves between a kill and its repair is there, or a former version."""
    seen = set()
    for at, _ in every_operation(write_new(root)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"cua toi")
        settle(root)
        there = (root / name).is_file() and (root / name).read_bytes() == b"cua toi"
        assert there or b"cua toi" in kept(root), at
        seen.add(there)
        begin(root)
    assert seen == {True, False}


def test_what_is_replaced_is_kept(root: Path) -> None:
    """A file whose content no program noted has a former version, with day and command; one that
    is as it was made, or that only programs write, has none."""
    (root / "x.json").write_bytes(b"{}")
    (told,) = write_all(root, {root / "x.json": b"[]", root / "params/mau/a.md": b"2"}, "new")
    (version,) = former_versions(root)
    assert told.file == version.path.relative_to(root).as_posix()
    assert (version.file, version.why) == ("params/mau/a.md", "new")
    assert version.stamp[:10] == f"{datetime.now():%Y-%m-%d}" and kept(root) == [b"cu"]
    known = sha256(b"2")
    path = root / "params/mau/a.md"
    assert write_all(root, {path: b"3"}, "new", made={path: known}) == ()
    assert write_all(root, {path: b"3"}, "new") == ()


def test_copies_are_bounded(root: Path) -> None:
    """Ten versions of a file stay, none older than 400 days but the newest; other files' don't
    count."""
    path = root / "params/mau/a.md"
    home = root / FORMER / "params/mau/a.md"
    others = root / FORMER / "params/mau/b.md"
    for folder in (home, others):
        folder.mkdir(parents=True)
    (others / "2001-01-01_000000-0_run.md").write_bytes(b"x")
    (home / "2001-01-01_000000-0_run.md").write_bytes(b"x")
    write_all(root, {path: b"1"}, "new")
    assert kept(root) == [b"cu", b"x"]
    for days in range(1, 13):
        day = datetime.now() - timedelta(days)
        (home / f"{day:%Y-%m-%d}_000000-0_run.md").write_bytes(b"%d" % days)
    write_all(root, {path: b"2"}, "new")
    versions = [*former_versions(root, "params/mau/a.md")]
    assert len(versions) == 10 and versions[0].path.read_bytes() == b"1"
    assert len([*former_versions(root)]) == 11


def test_what_was_saved_meanwhile_stops_the_writing(root: Path) -> None:
    """A file that is no longer what the command has read is not written over."""
    path = root / "params/mau/a.md"
    with pytest.raises(InputError, match="vừa được lưu"):
        write_all(root, {path: b"1", root / "z": b"1"}, "keep", expected={path: "?"})
    assert own(root) == OLD


def test_second_run_waits(root: Path) -> None:
    """Two commands on one report: the second says for whom it waits, and goes on when the first is
    done; who gives up waiting takes nothing of the first one's."""
    order: list[str] = []
    held, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with hold(root, "mau~2023-H1") as folder:
            held.set()
            assert go_on.wait(10)
            order.append("một" if folder.is_dir() else "mất")

    def interrupted(who: str) -> None:
        raise KeyboardInterrupt

    def waiting(who: str) -> None:
        order.append(who.partition(",")[0])
        go_on.set()

    thread = threading.Thread(target=first)
    thread.start()
    assert held.wait(10)
    with pytest.raises(KeyboardInterrupt), hold(root, "mau~2023-H1", interrupted):
        pass
    settle(root)
    with hold(root, "mau~2023-H1", waiting):
        order.append("hai")
    thread.join(10)
    assert order == [f"máy {holding.HOST}", "một", "hai"]


def test_another_machine(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a lock does not reach the other machine its note does: it is told, with the file, and
    never taken away; once a person removes it, work goes on."""
    monkeypatch.setattr(holding, "PATIENCE", 1)
    folder = root / WORKING / "changes"
    folder.mkdir(parents=True)
    note = json.dumps({"host": "may-khac", "pid": 1, "since": "01/06/2023 08:00"})
    (folder / HOLDER).write_text(note)
    settle(root)
    with pytest.raises(RenderError, match="may-khac, từ 01/06/2023 08:00") as caught:
        write_new(root)()
    assert caught.value.issues[0].file == f"{WORKING}/changes/{HOLDER}"
    assert (folder / HOLDER).read_text() == note
    (folder / HOLDER).unlink()
    write_new(root)()
    assert own(root) == NEW


def test_the_dead_are_cleared_by_any_command(root: Path) -> None:
    """The folder of a killed run goes when anybody looks for the project; a living one's stays."""
    (root / "params/offices.yml").touch()

    def die() -> None:
        with hold(root, "mau~2023-H1") as folder:
            (folder / "report.ipynb").write_text("dở dang")
            (folder / "report.html").write_text("dở dang")

    dead = root / WORKING / "mau~2023-H1"
    assert any((dead / "report.ipynb").exists() for _ in every_operation(die))
    with hold(root, "mau~2023-H2") as living:
        Project.find(root / "params")
        assert living.is_dir() and not dead.exists()
