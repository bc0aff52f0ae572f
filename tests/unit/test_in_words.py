"""Whatever a file holds or the system refuses ends in words and the exit code of its kind."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_project import MASTER, NARRATIVE, OBSERVATIONS, OUTPUT, PARAMS, change, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.errors import MOST_ALIKE, messages
from danvan_nb.outputs import record
from danvan_nb.outputs.manifest import read_manifest
from danvan_nb.outputs.record import read_record
from danvan_nb.project.project import Project

CATALOGUE = "params/indicators.yml"
LAUGHS = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(5))


def formula(text: str) -> Callable[[Path], None]:
    return lambda root: change(root / CATALOGUE, "vu_thanh / vu_nhan * 100", f'"{text}"')


def params(old: str, new: str) -> Callable[[Path], None]:
    return lambda root: change(root / PARAMS, old, new)


def whole(name: str, text: str) -> Callable[[Path], None]:
    return lambda root: write(root / name, text)


def cell(**changed: Any) -> Callable[[Path], None]:
    return notebook(lambda nb: nb["cells"][5].update(changed))


def notebook(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def change_notebook(root: Path) -> None:
        nb = json.loads((root / MASTER).read_text("utf-8"))
        edit(nb)
        write(root / MASTER, json.dumps(nb))

    return change_notebook


def in_its_place(name: str, make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def replace(root: Path) -> None:
        (root / name).unlink()
        make(root / name)

    return replace


TROUBLES = {
    "endless number": (formula("1e400 * vu_nhan"), 2, "cong_thuc"),
    "6,000 terms": (formula(" + ".join(["vu_nhan"] * 6000)), 2, "cong_thuc"),
    "long division": (formula(" / ".join(["vu_nhan"] * 102)), 2, "cong_thuc"),
    "large product": (formula("vu_nhan * 99999999999999 * 999999999999999"), 2, "cong_thuc"),
    "deep brackets": (formula("(" * 500 + "vu_nhan" + ")" * 500), 2, "cong_thuc"),
    "year 0": (params("2023-H1", "0000-H1"), 2, "tham_so"),
    "year 9999": (params("2023-H1", "9999-H2"), 2, "tham_so"),
    "holds itself": (whole(PARAMS, "office: &a [*a]\n"), 2, "yaml"),
    "billion laughs": (whole(PARAMS, LAUGHS), 2, "yaml"),
    "deep list": (whole(PARAMS, "a: " + "[" * 20000), 2, "yaml"),
    "wrong tag": (params("2023-H1", '!!int "x"'), 2, "yaml"),
    "key that is a list": (whole(PARAMS, "? [a, b]\n: c\n"), 2, "yaml"),
    "long key": (whole(PARAMS, f"office: {'y' * 10**6}\n"), 2, "tham_so"),
    "NUL in a path": (params("drafting_unit: PNV", r'data: "a\0b"'), 2, "yaml"),
    "long path": (params("drafting_unit: PNV", "data: " + "a" * 400), 3, "tep_khoa"),
    "limit": (params("drafting_unit: PNV", "limits: {memory_mb: -5}"), 2, "tham_so"),
    "no JSON": (whole(MASTER, "{"), 4, "so_tay_mau"),
    "other JSON": (whole(MASTER, "[]"), 4, "so_tay_mau"),
    "no cells": (notebook(lambda nb: nb.pop("cells")), 4, "so_tay_mau"),
    "nbformat 5": (notebook(lambda nb: nb.update(nbformat=5)), 4, "so_tay_mau"),
    "metadata null": (notebook(lambda nb: nb.update(metadata=None)), 4, "so_tay_mau"),
    "tags no list": (cell(metadata={"tags": 5}), 4, "so_tay_mau"),
    "id no text": (cell(id=5), 4, "so_tay_mau"),
    "source no text": (cell(source=5), 4, "so_tay_mau"),
    "folder for a notebook": (in_its_place(MASTER, Path.mkdir), 4, "so_tay_mau"),
    "folder for a table": (in_its_place(OBSERVATIONS, Path.mkdir), 3, "tep_khoa"),
    "folder for a narrative": (in_its_place(NARRATIVE, Path.mkdir), 4, "tep_khoa"),
    "link to itself": (in_its_place(OBSERVATIONS, lambda at: at.symlink_to(at)), 3, "tep_khoa"),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_no_file_ends_in_a_traceback(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What a person or a program may leave in a file is told by its kind, in a bounded message."""
    break_it, code, rule = TROUBLES[name]
    break_it(project)
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, ["check", PARAMS, "--json"])
    assert isinstance(done.exception, SystemExit), done.exception
    (result,) = json.loads(done.stdout)
    assert (done.exit_code, result["exit_code"]) == (code, code), result
    assert any(issue["rule"].startswith(rule) for issue in result["issues"]), result
    assert len(done.stdout) < 10_000


REFUSED = [key.partition(".")[2] for key in messages() if key.startswith("tep_khoa.E")]


@pytest.mark.parametrize("name", [*REFUSED, "EDOM"])
def test_whatever_the_system_refuses(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A refusal anywhere names the file and what to do, with the exit code of who read or wrote."""

    def refuse(path: Path, *_: object) -> None:
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)), str(path))

    monkeypatch.chdir(project)
    monkeypatch.setattr(record, "write_part", refuse)
    write(project / "data/mau/2023-H1/observations.csv", "sai\n")
    done = CliRunner().invoke(app, ["run", PARAMS])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 5
    assert "results.json" in done.stderr
    assert "[tep_khoa]" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "[" * 100_000,
        '{"outputs": 5}',
        '{"inputs": {"a": "b"}, "outputs": {"../../params/offices.yml": "x"}}',
        '{"reports": [1]}',
        '{"reports": {"params/mau/2023-H1.yml": 5}}',
        '{"reports": {"params/mau/2023-H1.yml": {}}}',
    ],
)
def test_records_of_another_kind_are_none(project: Path, text: str) -> None:
    """A manifest or a record that is not ours, or of other values, is as if it were not there."""
    write(project / OUTPUT / "manifest.json", text)
    write(project / "outputs/results.json", text)
    assert not read_manifest(project / OUTPUT).exists
    assert read_record(Project(project)) == {}


def test_many_wrong_rows_make_a_short_message(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is wrong all over is told by its first rows and how many more there are,
    on the screen, in JSON and in the record; who asks for all gets all."""
    rows = "".join(f"la_{number},actual,,1,,mẫu,\n" for number in range(2000))
    write(project / OBSERVATIONS, "indicator,status,as_of,value,period,source,note\n" + rows)
    monkeypatch.chdir(project)
    call = CliRunner().invoke
    told = call(app, ["run", PARAMS]).stderr
    (brief,) = json.loads(call(app, ["run", PARAMS, "--json"]).stdout)
    (every,) = json.loads(call(app, ["run", PARAMS, "--json", "--all"]).stdout)
    noted = json.loads((project / "outputs/results.json").read_text("utf-8"))["reports"][PARAMS]
    assert told.count("[chi_tieu_la]") == MOST_ALIKE + 1
    assert f"{2000 - MOST_ALIKE} chỗ khác cùng loại" in told
    assert len(brief["issues"]) == len(noted["errors"]) == MOST_ALIKE + 1
    assert len(every["issues"]) == 2000


def test_a_file_where_the_outputs_go(made: Path, tmp_path: Path) -> None:
    """One report's folder that can't be made is told; the exit code is that of writing."""
    root = Path(shutil.copytree(made, tmp_path / "du-an"))
    shutil.rmtree(root / "outputs")
    write(root / "outputs", "")
    done = CliRunner().invoke(app, ["run", str(root / PARAMS)])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 5
    assert "Traceback" not in done.stderr
