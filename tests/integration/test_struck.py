"""Every command that writes, ended at any of its file operations, has done all or nothing, can be
called again, and has lost nobody's work."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from scenes import SCENES
from striking import every_operation, files_of, strike
from typer.testing import CliRunner

from danvan_nb.commands import form, init, new
from danvan_nb.commands.cli import app
from danvan_nb.project.saving.changes import settle, write_all
from danvan_nb.project.saving.former import FORMER, former_versions


class Recorded(BaseException):
    """Ends a command where it would begin to write."""


def recorded(words: tuple[str, ...], patch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Call a command up to its writing; gives that, to be done again and again."""
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def record(*args: Any, **options: Any) -> None:
        calls.append((args, options))
        raise Recorded

    with patch.context() as here:
        CliRunner().invoke(app, [words[0], "--help"])  # now its modules are there
        import_module("danvan_nb.outputs.folder")
        for name, module in list(sys.modules.items()):
            if name.startswith("danvan_nb.") and getattr(module, "write_all", None) is write_all:
                here.setattr(module, "write_all", record)
        with pytest.raises(Recorded):
            CliRunner().invoke(app, list(words))
    ((args, options),) = calls
    return lambda: write_all(*args, **options)


def own(root: Path) -> dict[str, bytes]:
    """Give a project's files but former versions and the record of runs."""
    aside = (FORMER, "outputs/results.json")
    return {name: data for name, data in files_of(root).items() if not name.startswith(aside)}


def differing(some: dict[str, bytes], others: dict[str, bytes]) -> list[str]:
    return sorted(name for name in {*some, *others} if some.get(name) != others.get(name))


@pytest.mark.parametrize("name", SCENES)
def test_all_or_none(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Wherever it is killed, or the disk is full, all of its files are there or none; the same
    command then comes to its end, and what a person had changed is there or a former version."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)  # it changes nothing that can be seen
    for module in (form, init, new):  # openpyxl takes its time
        monkeypatch.setattr(module, "write_form", lambda *_, **__: b"form")
    scene, root, spare = SCENES[name], tmp_path / "du-an", tmp_path / "spare"
    shutil.copytree(made, root)
    scene.prepare(root)
    monkeypatch.chdir(root)
    touched = {file: (root / file).read_bytes() for file in scene.touched}
    before = own(root)
    act = recorded(scene.words, monkeypatch)
    assert differing(own(root), before) == []
    shutil.copytree(root, spare)

    def begin() -> None:
        for path in root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(spare, root, dirs_exist_ok=True)

    act()
    after = own(root)
    assert files_of(root) != files_of(spare)
    last = 0
    for error in (errno.ENOSPC, 0):
        begin()
        for at, end in every_operation(act, error):
            last = at
            settle(root)
            found = own(root)
            if differing(found, before):
                assert differing(found, after) == [], (at, end)
                begin()
    begin()
    assert strike(act, 2 * last // 3) == "killed"
    ended = CliRunner().invoke(app, list(scene.words))
    assert ended.exit_code == (4 if name == "failing-run" else 0), ended.output
    assert differing(own(root), after) == []
    kept = [version.path.read_bytes() for version in former_versions(root)]
    for file, data in touched.items():
        there = root / file
        assert data in kept or (there.is_file() and there.read_bytes() == data), file
