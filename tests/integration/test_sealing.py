"""What was approved stays as it was: sealing, what it forbids, revisions, and verifying files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_project import OBSERVATIONS, OUTPUT, PARAMS, change, snapshot
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.project.formats import FORMATS
from danvan_nb.project.project import Project
from danvan_nb.run.job import choose_jobs

SEAL = "params/mau/2023-H1.seal.json"
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a command in a project whose report is made; gives its exit code and all it says."""
    monkeypatch.chdir(copy)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return done.exit_code, " ".join(done.output.split())

    return run


@pytest.fixture
def sealed(call: Call, copy: Path) -> Path:
    code, said = call("seal", PARAMS, "--by", "Trần Thị Mẫu", "--number", "07")
    assert (code, SEAL in said) == (0, True)
    return copy


def approve(call: Call) -> tuple[int, str]:
    return call("seal", PARAMS, "--by", "Trần Thị Mẫu")


def in_batch(root: Path) -> str:
    """Say how loudly a batch that passes over the sealed report tells of it."""
    shutil.copy(root / PARAMS, root / "params/mau/2022-H1.yml")
    change(root / "params/mau/2022-H1.yml", "period: 2023-H1", "period: 2022-H1")
    change(root / "params/mau/2022-H1.yml", "2023-04-30", "2022-04-30")
    files = [PARAMS, "params/mau/2022-H1.yml"]
    (job,), (passed,) = choose_jobs(Project(root), files, (), draft=False, force=False)
    assert (job.params_file, passed.params, passed.exit_code) == (*files[::-1], 0)
    return passed.issues[0].severity


def edit(root: Path, name: str) -> None:
    with (root / OUTPUT / name).open("ab") as file:
        file.write(b"\n")


def test_what_cannot_be_sealed(call: Call, copy: Path) -> None:
    """No report, a draft, one that was edited by hand, one whose last run failed, one that prints
    another number: each says so and nothing is noted."""
    change(copy / PARAMS, "number:", "number: 12")
    change(copy / PARAMS, "date:", "date: 2023-06-20")
    shutil.move(copy / OUTPUT, copy / "made")
    assert approve(call)[0] == 6
    (copy / "made").rename(copy / OUTPUT)
    edit(copy, "report.html")
    code, said = approve(call)
    assert (code, "report.html" in said) == (6, True)
    assert call("run", PARAMS, "--to", "html")[0] == 0
    code, said = call("seal", PARAMS, "--by", "A", "--number", "13", "--date", "2023-06-21")
    assert (code, "“13”, cần 12" in said, "“2023-06-21”, cần 2023-06-20" in said) == (6, True, True)
    change(copy / OBSERVATIONS, "vu_nhan,actual,,24,", "vu_nham,actual,,24,")
    assert call("run", PARAMS)[0] == 3
    assert "Lần chạy cuối không thành công" in approve(call)[1]
    assert not (copy / SEAL).exists()


def test_somebody_approves(call: Call, copy: Path) -> None:
    """A seal without a name would be none."""
    code, said = call("seal", PARAMS, "--by", " ")
    assert (code, "--by" in said, (copy / SEAL).exists()) == (2, True, False)


def test_draft_cannot_be_sealed(call: Call, copy: Path) -> None:
    assert call("run", PARAMS, "--draft", "--to", "html")[0] == 0
    code, said = approve(call)
    assert (code, "dự thảo" in said, (copy / SEAL).exists()) == (6, True, False)


def test_sealed_report_is_left_alone(call: Call, sealed: Path) -> None:
    """Nothing makes it again: calm while nothing changed, in words when the data did."""
    before = snapshot(sealed / OUTPUT)
    code, said = call("run", PARAMS)
    assert (code, "lần 1, Trần Thị Mẫu" in said, "số 07" in said) == (0, True, True)
    assert in_batch(sealed) == "notice"
    assert approve(call)[0] == 6
    for words in (("--force",), ("--draft", "--force")):
        code, said = call("run", PARAMS, *words)
        assert (code, "--revise" in said) == (6, True)
    change(sealed / OBSERVATIONS, "301.149", "305.5")
    code, said = call("run", PARAMS)
    assert (code, OBSERVATIONS in said, "--revise" in said) == (6, True, True)
    assert in_batch(sealed) == "warning"
    edit(sealed, "report.docx")
    code, said = call("keep", f"{OUTPUT}/report.docx", "--yes")
    assert (code, "--revise" in said) == (6, True)
    after = snapshot(sealed / OUTPUT)
    assert {name for name in before if before[name] != after[name]} == {"report.docx"}


def test_revision_stands_beside_the_sealed_one(
    call: Call, sealed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A revision has its folder; every command knows which edition is which, files are told apart
    with nothing but the seal beside them."""
    before = snapshot(sealed / OUTPUT)
    change(sealed / OBSERVATIONS, "301.149", "305.5")
    assert call("run", PARAMS, "--revise", "Sửa số thu", "--to", "html")[0] == 0
    assert call("run", PARAMS, "--revise", "Lại sửa")[0] == 2
    after = snapshot(sealed / OUTPUT)
    assert {name: data for name, data in after.items() if "lan-2" not in name} == before
    assert "305,500" in (sealed / OUTPUT / "lan-2/report.html").read_text("utf-8")
    _, said = call("diff", OUTPUT, f"{OUTPUT}/lan-2")
    assert f"{OUTPUT}: đã ký duyệt {OUTPUT}/lan-2: bản sửa, chưa ký duyệt" in said
    call("index")
    page = (sealed / "outputs/index.html").read_text("utf-8")
    assert "Bản sửa, chưa ký duyệt" in page
    assert "Đã ký duyệt lần 1, Trần Thị Mẫu" in page
    assert approve(call)[0] == 0
    (due,) = json.loads(call("due", "--on", "2023-07-01", "--json")[1])
    assert (due["state"], due["made"]) == ("done", "sealed")
    editions = json.loads((sealed / SEAL).read_text("utf-8"))["editions"]
    assert [one["reason"] for one in editions] == ["", "Sửa số thu"]
    away = sealed.parent / "nhan"
    shutil.copytree(sealed / OUTPUT, away / "bao-cao", ignore=shutil.ignore_patterns("lan-*"))
    shutil.copy(sealed / SEAL, away)
    monkeypatch.chdir(away)
    code, said = call("verify", "bao-cao")
    assert (code, said.count("đúng bản đã ký duyệt"), said.count("lần 2 thay thế")) == (0, 3, 3)


@pytest.mark.parametrize("name", FORMATS)
def test_touched_file_is_told(call: Call, sealed: Path, name: str) -> None:
    """One byte more in a file of any format is found; the other files are still the sealed ones."""
    made = {path.name for path in (sealed / OUTPUT).iterdir()}
    others = [one for one in FORMATS if one != name and f"report.{one}" in made]
    edit(sealed, f"report.{name}")
    code, said = call("verify", OUTPUT)
    assert (code, said.count("đúng bản đã ký duyệt")) == (6, len(others))
    assert f"report.{name}: Không phải bản đã ký duyệt" in said


def test_damaged_seal_is_not_taken_for_none(call: Call, sealed: Path) -> None:
    (sealed / SEAL).write_text("{", "utf-8")
    before = snapshot(sealed / OUTPUT)
    for words in (("run", PARAMS, "--force"), ("verify", OUTPUT), ("index",)):
        code, said = call(*words)
        assert (code, SEAL in said) == (2, True), said
    assert snapshot(sealed / OUTPUT) == before


def test_no_seal_no_verdict(call: Call, copy: Path, tmp_path: Path) -> None:
    """A report that nobody approved, and a folder without reports, are told; neither passes."""
    assert call("verify", OUTPUT)[0] == 6
    (tmp_path / "trong").mkdir()
    assert call("verify", str(tmp_path / "trong"))[0] == 3
