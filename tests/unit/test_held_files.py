"""A file that is held open or unreadable is one message; the others go on, and nothing is lost."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from breaking import filled_form
from sample_project import MASTER, NARRATIVE, OBSERVATIONS, OUTPUT, PARAMS, change, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.job import choose_jobs

Hold = Callable[..., None]


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Hold files open as Excel does: whoever reads one is refused."""
    held: list[str] = []

    def refusing(real: Any) -> Any:
        def read(path: Path, *args: Any, **words: Any) -> Any:
            if any(path.as_posix().endswith(name) for name in held):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, *args, **words)

        return read

    for name in ("read_bytes", "read_text", "open"):
        monkeypatch.setattr(Path, name, refusing(getattr(Path, name)))
    return held.append


def call(root: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, list[Any]]:
    """Run a command with `--json`."""
    monkeypatch.chdir(root)
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (PARAMS, 2),
        ("params/offices.yml", 2),
        ("params/indicators.yml", 2),
        (NARRATIVE, 4),
        (OBSERVATIONS, 3),
        ("data/mau/2023-H1/documents.csv", 3),
        ("data/mau/2022-H1/observations.csv", 3),
    ],
)
def test_held_file(
    project: Path, monkeypatch: pytest.MonkeyPatch, hold: Hold, file: str, code: int
) -> None:
    """The message names the file and what to close; the exit code is that of its kind."""
    hold(file)
    ended, (result,) = call(project, monkeypatch, "check", PARAMS)
    (issue,) = [one for one in result["issues"] if one["rule"] == "tep_khoa"]
    assert (ended, issue["file"], "Đóng tệp" in issue["todo"]) == (code, file, True)


def test_one_file_is_one_message(
    project: Path, monkeypatch: pytest.MonkeyPatch, hold: Hold
) -> None:
    """What is wrong in the other files is told beside it."""
    hold("data/mau/2023-H1/documents.csv")
    change(project / OBSERVATIONS, "vu_nhan,actual,,24,", "vu_nham,actual,,24,")
    _, (result,) = call(project, monkeypatch, "check", PARAMS)
    assert [one["rule"] for one in result["issues"]] == ["chi_tieu_la", "tep_khoa"]


def test_a_folder_where_a_file_should_be(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder named as a table, or as the narrative, is told."""
    for name in ("data/mau/2023-H1/models.csv", NARRATIVE):
        (project / name).unlink()
        (project / name).mkdir()
    ended, (result,) = call(project, monkeypatch, "check", PARAMS)
    assert (ended, result["issues"][0]["rule"]) == (3, "tep_khoa")
    (project / "data/mau/2023-H1/models.csv").rmdir()
    ended, (result,) = call(project, monkeypatch, "check", PARAMS)
    assert (ended, result["issues"][-1]["file"]) == (4, NARRATIVE)


@pytest.mark.parametrize("name", ["report.docx", "report.ipynb"])
def test_a_held_output_fails_its_own_report(
    copy: Path, monkeypatch: pytest.MonkeyPatch, hold: Hold, name: str
) -> None:
    """Word holds the report of one office: it is told, and earlier files stay as they are."""
    hold(f"{OUTPUT}/{name}")
    jobs, done = choose_jobs(Project(copy), [PARAMS], (), False, False)
    assert (len(jobs), done) == (1, [])
    ended, (result,) = call(copy, monkeypatch, "run", PARAMS)
    assert (ended, result["issues"][0]["rule"]) == (4, "tep_khoa")
    assert (copy / OUTPUT / "report.html").is_file()


def test_wrong_params_fail_alone(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`run --due` makes what it can: a broken params file, a copy, one of another office and what
    JupyterLab leaves behind stop nobody else."""
    folder = copy / "params/mau"
    shutil.rmtree(copy / OUTPUT)
    write(folder / "2022-H1.yml", "office: [")
    shutil.copy(copy / PARAMS, folder / "2023-H1 (1).yml")
    write(copy / "params/.ipynb_checkpoints/mau-checkpoint.yml", "office: la")
    write(folder / "~$2023-H1.yml", "\0")
    write(folder / "._2023-H1.yml", "\0")
    text = (copy / PARAMS).read_text("utf-8")
    write(copy / "params/phong-mau/2023-H1.yml", text)
    _, results = call(copy, monkeypatch, "run", "--due", "--on", "2023-06-20", "--to", "html")
    ends = {result["params"]: result["exit_code"] for result in results}
    assert ends == {
        PARAMS: 0,
        "params/mau/2022-H1.yml": 2,
        "params/mau/2023-H1 (1).yml": 2,
        "params/phong-mau/2023-H1.yml": 2,
    }


def test_collecting_nothing_writes_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has sent: the sums of before stay, and copies that lie there are named."""
    folder = project / "data/mau/2023-H1"
    (project / "data/phong-mau").mkdir()
    write(project / "data/phong-mau/Bản sao 2023-H1.xlsx", "")
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"])
    assert (done.exit_code, sorted(path.name for path in folder.iterdir())) == (3, before)
    assert "không ghi tệp nào" in done.stderr
    assert "Bản sao 2023-H1.xlsx" in done.stdout


def test_a_held_return_is_one_message(
    project: Path, monkeypatch: pytest.MonkeyPatch, hold: Hold
) -> None:
    """A sub-office's file is open in Excel: it is told, and the table of states is shown."""
    rows = "indicator,status,as_of,value,source,note\nvu_nhan,actual,,1,,\n"
    write(project / "data/phong-mau/2023-H1/observations.csv", rows)
    hold("data/phong-mau/2023-H1/observations.csv")
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"])
    assert (done.exit_code, "tep_khoa" in done.stderr) == (3, True)
    assert "Phòng Nội vụ" in done.stdout


def test_a_held_master_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The master notebook that is a folder, or not there, is no traceback either."""
    (project / MASTER).unlink()
    (project / MASTER).mkdir()
    ended, (result,) = call(project, monkeypatch, "check", PARAMS)
    assert (ended, result["issues"][-1]["rule"]) == (4, "so_tay_mau")


@pytest.mark.parametrize("name", ["2023-H1.XLSX", "2023-h1.xlsx", "2023-h1.Xlsx"])
def test_a_workbook_in_any_case_is_read(project: Path, name: str) -> None:
    """Windows does not tell small letters from capitals; on every machine such a name is read."""
    shutil.rmtree(project / "data/mau/2023-H1")
    (project / NARRATIVE).unlink()
    filled_form().save(project / "data/mau" / name)
    report = load_report(PARAMS, project)
    assert report.figures["vu_nhan"].file == f"data/mau/{name}"
    assert [one for one in report.inputs.notices if one.rule == "ban_sao"] == []
