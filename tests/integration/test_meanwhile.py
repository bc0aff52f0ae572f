"""What people save while a command is under way is neither lost nor taken for what was read."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from sample_project import MASTER, NARRATIVE, OBSERVATIONS, OUTPUT, PARAMS
from scenes import edit_notebook
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.keep import keep
from danvan_nb.errors import InputError
from danvan_nb.outputs.freshness import why_run
from danvan_nb.outputs.manifest import read_manifest
from danvan_nb.project.project import Project, changed_files
from danvan_nb.project.saving.former import former_versions
from danvan_nb.run.pipeline import run_report


def save_again(path: Path) -> None:
    with path.open("a", encoding="utf-8") as out:
        out.write("\n")


def test_saved_while_a_run_is_under_way(copy: Path) -> None:
    """Master, params, narrative and data saved after they were read make the next run run again;
    a report's file saved meanwhile is a former version, and can be put back."""
    inputs = {MASTER, PARAMS, NARRATIVE, OBSERVATIONS}

    def say(step: str) -> None:
        if step == "Đo thể thức theo Nghị định 30/2020/NĐ-CP":
            for name in inputs:
                save_again(copy / name)
            (copy / OUTPUT / "report.docx").write_bytes(b"cua toi")

    made = run_report(PARAMS, start=copy, say=say)
    project = Project.find(copy)
    noted = read_manifest(copy / OUTPUT)
    assert set(changed_files(project, {**noted.inputs, **noted.notebook})) == inputs
    assert "có thay đổi ở" in why_run(project, PARAMS, project.read_params(PARAMS), (), False)
    (version,) = former_versions(copy)
    assert version.path.read_bytes() == b"cua toi"
    assert made.issues[-1].file == project.relative(version.path)


@pytest.mark.parametrize("name", [NARRATIVE, f"{OUTPUT}/report.ipynb", MASTER])
def test_saved_while_keep_waits(copy: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is saved between the question and the answer is not written over: keep asks for another
    call, which then carries everything back."""
    edit_notebook(copy)
    monkeypatch.chdir(copy)
    saved = []

    def confirm(question: str) -> bool:
        save_again(copy / name)
        saved.append((copy / name).read_bytes())
        return True

    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
        patch.setattr(typer, "confirm", confirm)
        with pytest.raises(InputError, match="vừa được lưu"):
            keep(Path(OUTPUT, "report.ipynb"))
    assert [(copy / name).read_bytes()] == saved
    assert not (copy / OUTPUT / "kept.json").exists()
    ended = CliRunner().invoke(app, ["keep", f"{OUTPUT}/report.ipynb", "--yes"])
    assert (ended.exit_code, "Thêm một câu" in (copy / NARRATIVE).read_text("utf-8")) == (0, True)


def test_former_lists_and_restores(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was replaced is listed with its time, size and command, and put back by number;
    what stood there becomes a former version itself. No such number is told."""
    monkeypatch.chdir(copy)
    monkeypatch.setenv("COLUMNS", "200")
    signed, word = f"{OUTPUT}/report.pdf", f"{OUTPUT}/report.docx"
    (copy / signed).write_bytes(b"%PDF ban da ky")
    run_report(PARAMS, start=copy, formats=("pdf",))
    made = (copy / signed).read_bytes()
    call = CliRunner().invoke
    listed = call(app, ["former"])
    assert listed.exit_code == 0, listed.output
    assert signed in listed.output and "run" in listed.output
    assert word not in listed.output  # nobody had changed it
    assert call(app, ["former", signed, "--restore", "1"]).exit_code == 0
    assert (copy / signed).read_bytes() == b"%PDF ban da ky"
    assert next(former_versions(copy, signed)).path.read_bytes() == made
    for words in ([word], [signed, "--restore", "9"]):
        told = call(app, ["former", *words])
        assert told.exit_code == 2 and "Không có bản cũ" in told.stderr
