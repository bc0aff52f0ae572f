"""What a person types is understood, and what a run says is what a person needs to read."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from sample_project import OBSERVATIONS, OUTPUT, PARAMS, change
from typer.testing import CliRunner

from danvan_nb.commands import console
from danvan_nb.commands.cli import app
from danvan_nb.commands.console import expand, show_findings
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.project.project import Project

OTHERS = ("params/mau/2023-H2.yml", "params/phong-mau/2023-H1.yml")


def call(*args: str) -> Result:
    return CliRunner().invoke(app, [*args])


def words(result: Result) -> str:
    return " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def several(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with three reports; nothing reads them here."""
    for name in OTHERS:
        (project / name).parent.mkdir(exist_ok=True)
        shutil.copy(project / PARAMS, project / name)
    monkeypatch.chdir(project)
    return project


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["params/mau"], [PARAMS, OTHERS[0]]),
        (["params/mau/"], [PARAMS, OTHERS[0]]),
        (["params"], [PARAMS, *OTHERS]),
        (["params/**/*.yml"], [PARAMS, *OTHERS]),
        (["params/*"], []),
        (["params/*/*"], [PARAMS, *OTHERS]),
        (["mau"], [PARAMS, OTHERS[0]]),
        (["mau", "2023-H1"], [PARAMS]),
        (["2023-H1", "mau"], [PARAMS]),
        (["mau", "phong-mau", "2023-H1"], [PARAMS, OTHERS[1]]),
        (["mau", "2023-H1", "2023-H2"], [PARAMS, OTHERS[0]]),
        (["2023-H1"], [PARAMS, OTHERS[1]]),
        (["params/mau", "2023-H2"], [OTHERS[0]]),
        ([PARAMS, "mau"], [PARAMS, OTHERS[0]]),
    ],
)
def test_what_is_typed_is_meant(several: Path, typed: list[str], meant: list[str]) -> None:
    """Files, folders, patterns, offices and periods name reports; other files are passed over."""
    project = Project.find(several)
    if not meant:
        with pytest.raises(ParamsError, match="không có tệp tham số nào"):
            expand(project, typed)
        return
    assert expand(project, typed) == meant


def test_from_a_folder_of_the_project(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within `params/mau` a file's own name is enough, and an office is still an office."""
    monkeypatch.chdir(several / "params/mau")
    project = Project.find(several)
    assert expand(project, ["2023-H1.yml"]) == [PARAMS]
    assert expand(project, ["mau", "2023-H1"]) == [PARAMS]
    assert expand(project, ["."]) == [PARAMS, OTHERS[0]]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("check", "maau"), "Có phải là “mau”?"),
        (("check", "phongmau", "2023-H1"), "Có phải là “phong-mau”?"),
        (("new", "2024-H1", "--office", "tinhmau"), "Có phải là “tinh-mau”?"),
        (("form", "tinh_mau", "2024-H1"), "Có phải là “tinh-mau”?"),
        (("check", "mau", "2029-H1"), "Chưa có tệp tham số của kỳ 2029-H1"),
        (("check", "params/indicators.yml"), "không phải tệp tham số của một báo cáo"),
        (("run", "params/offices.yml"), f"Chỉ ra tệp như {PARAMS}"),
        (("check", "params/mau/2023-H1.md"), "không phải tệp tham số của một báo cáo"),
        (("check", OUTPUT), "không có tệp tham số nào"),
        (("preview", "mau", "--no-browser"), f"Chỉ ra một trong: {PARAMS}"),
        (("preview", "params/mau/2023-H1.md"), "không phải tệp tham số của một báo cáo"),
        (("new", PARAMS, "--office", "mau"), "ví dụ 2023-H1"),
        (("keep", OUTPUT), f"Chỉ ra {OUTPUT}/report.docx hoặc {OUTPUT}/report.ipynb"),
        (("keep", "params/mau/2023-H1.md"), f"Chỉ ra {OUTPUT}/report.docx"),
        (("keep", f"{OUTPUT}/report.pdf"), "Chỉ giữ được report.ipynb và report.docx"),
        (("keep", "nháp.docx"), "nháp.docx: Không có tệp này. Chỉ ra outputs/<đơn vị>/<kỳ>/"),
    ],
)
def test_a_wrong_kind_is_told_what_to_give(
    several: Path, typed: tuple[str, ...], told: str
) -> None:
    """Whatever is pointed at wrongly, the message says what to point at."""
    (several / OUTPUT).mkdir(parents=True)
    (several / OUTPUT / "report.pdf").touch()
    ended = call(*typed)
    assert ended.exit_code in (2, 4), ended.output
    assert told in words(ended)


def test_keep_finds_a_file_named_from_the_root(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a message names can be typed in any folder of the project."""
    monkeypatch.chdir(copy / "params/mau")
    assert "Không có gì để ghi" in words(call("keep", f"{OUTPUT}/report.ipynb"))


def notice(rule: str, row: int, found: str = "") -> Issue:
    return Issue(rule, "Xem lại", file="a.csv", row=row, found=found, severity="notice")


def shown(capsys: pytest.CaptureFixture[str], *args: object) -> list[str]:
    show_findings(*args)  # type: ignore[arg-type]
    return capsys.readouterr().out.splitlines()


@pytest.fixture(autouse=True)
def _screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "out", console.Screen(highlight=False, width=80))


def test_findings_of_a_first_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Notices of a kind take one line, an error or a warning its own; nothing is called new."""
    warnings = [Issue("canh_bao", "Lạ", row=row, severity="warning") for row in (1, 2)]
    found = [notice("a", 1), notice("a", 2), notice("b", 3), *warnings]
    lines = shown(capsys, found, None, False)
    assert [line.split(":")[0] for line in lines[:2]] == ["cảnh báo", "cảnh báo"]
    assert lines[2].startswith("lưu ý (2 chỗ, ví dụ): a.csv, dòng 1")
    assert lines[3].startswith("lưu ý: a.csv, dòng 3")
    assert "--all" in lines[4]
    assert len(shown(capsys, found, None, True)) == len(found)


def test_findings_since_the_last_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what the last run did not find is new, also where rows moved; the rest is counted."""
    earlier = [notice("a", 5), notice("a", 6, "7"), notice("b", 9)]
    moved = [notice("a", 15), notice("a", 16, "7"), notice("b", 19)]
    new = [notice("a", 3, "khác"), notice("b", 20)]
    lines = shown(capsys, [*moved, *new], earlier, False)
    assert [line.startswith("lưu ý mới: ") for line in lines] == [True, True, False, False, False]
    assert "có “khác”" in lines[0]
    assert lines[2].startswith("lưu ý (2 chỗ, ví dụ): a.csv, dòng 15")
    assert sum("mới" in line for line in shown(capsys, [*moved, *new], earlier, True)) == 2
    assert not any("mới" in line for line in shown(capsys, moved, earlier, False))


def test_an_error_is_never_folded(capsys: pytest.CaptureFixture[str]) -> None:
    """Each error of a draft is told each time."""
    errors = [Issue("loi", "Sai", row=row) for row in (1, 2, 3)]
    assert len(shown(capsys, errors, errors, False)) == 3


def test_a_run_tells_the_new(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second run marks what came up since the first, and that alone."""
    monkeypatch.chdir(copy)
    change(copy / OBSERVATIONS, "vu_nhan,actual,,24,,số liệu mẫu,", "vu_nhan,actual,,24,,x,hỏi lại")
    ended = call("run", "mau", "2023-H1")
    assert ended.exit_code == 0, ended.output
    assert re.findall(r"lưu ý mới: .*?(hỏi lại|cần xem lại)", ended.stdout) == ["hỏi lại"]
    again = call("run", PARAMS, "--force")
    assert "mới:" not in again.stdout


@pytest.mark.parametrize("width", [60, 80, 120])
def test_tables_show_the_period(several: Path, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """However narrow the window, no name is cut, and periods and days can be read."""
    long = "phong-mau-co-ma-rat-dai-khong-co-that"
    shutil.copytree(several / "params/phong-mau", several / "params" / long)
    monkeypatch.setattr(console.out, "_width", width)
    ended = call("due", "--on", "2023-12-20")
    assert "…" not in ended.stdout
    assert all(len(line) <= width for line in ended.stdout.splitlines())
    assert len(re.findall(r"\b2023-H1\b", ended.stdout)) >= 3
    assert len(re.findall(r"\d\d/\d\d/\d{4}[ │]+\d\d/\d\d/\d{4} ", ended.stdout)) >= 3
    assert "2023-H2" in ended.stdout


def test_check_groups_as_run_does(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices of a kind are counted with an example; `--all` shows each."""
    monkeypatch.chdir(copy)
    change(copy / OBSERVATIONS, "24,,số liệu mẫu,", "24,,số liệu mẫu,hỏi lại")
    assert "(2 chỗ, ví dụ)" in words(call("check", PARAMS))
    told = words(call("check", PARAMS, "--all"))
    assert "hỏi lại" in told
    assert "chỗ, ví dụ" not in told
