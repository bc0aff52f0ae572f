"""The command line: clear Vietnamese messages, exit codes by kind,
and earlier outputs untouched by any failure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import openpyxl
import pytest
from click.testing import Result
from nbformat import NotebookNode
from nbformat.sign import NotebookNotary
from sample_project import (
    MASTER,
    NARRATIVE,
    OBSERVATIONS,
    OUTPUT,
    PARAMS,
    change,
    code,
    make_project,
    snapshot,
)
from typer.testing import CliRunner
from word_changes import Package, set_words

from danvan_nb.commands.cli import COMMANDS, app
from danvan_nb.project.project import Project

DOCUMENTS = "data/mau/2023-H1/documents.csv"
ENGLISH = re.compile(
    r"usage|options?\b|argument|error|\btry\b|missing|default|required|such|<[a-z\[\]]+>", re.I
)


def call(*args: str) -> Result:
    return CliRunner().invoke(app, [*args])


def edit(root: Path, name: str, old: str, new: str) -> None:
    change(root / name, old, new)


def edit_master(root: Path, act: Callable[[NotebookNode], None]) -> None:
    nb = nbformat.read(root / MASTER, 4)
    act(nb)
    nbformat.write(nb, root / MASTER)


def rewrite(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)


def remove(root: Path, name: str) -> None:
    (root / name).unlink()


def edit_word(root: Path) -> None:
    path = root / OUTPUT / "report.docx"
    package = Package(path.read_bytes())
    set_words(package.run("Hội"), "Ngày hội")
    path.write_bytes(package.write())


BAD = {
    "unknown key": (2, "Khóa lạ", lambda root: edit(root, PARAMS, "drafting_unit", "draftingunit")),
    "impossible date": (
        2,
        "Ngày không đúng",
        lambda root: edit(root, PARAMS, "\ndate:", "\ndate: 2023-02-30"),
    ),
    "unknown office": (
        2,
        "Đơn vị báo cáo chưa có",
        lambda root: edit(root, PARAMS, "office: mau", "office: mao"),
    ),
    "unknown rule": (
        2,
        "Không có quy tắc",
        lambda root: edit(root, PARAMS, "\ndate:", "\ndate:\nrules_off: {tong: x}"),
    ),
    "wrong formula": (
        2,
        "Công thức",
        lambda root: edit(root, "params/indicators.yml", "vu_thanh / vu_nhan", "vu_thanh / vu"),
    ),
    "wrong indicator": (
        3,
        "Có phải là “vu_nhan”?",
        lambda root: edit(root, OBSERVATIONS, "vu_nhan,", "vu_nhann,"),
    ),
    "text for number": (
        3,
        "Không phải số",
        lambda root: edit(root, OBSERVATIONS, "301.149", "ba trăm"),
    ),
    "missing column": (
        3,
        "Thiếu cột",
        lambda root: edit(
            root, OBSERVATIONS, "indicator,status,as_of,value", "indicator,status,as_of,x"
        ),
    ),
    "duplicate row": (
        3,
        "Trùng dòng 5",
        lambda root: edit(root, OBSERVATIONS, "vu_thanh,", "vu_nhan,"),
    ),
    "wrong encoding": (3, "UTF-8", lambda root: rewrite(root, OBSERVATIONS, "số".encode("utf-16"))),
    "missing table": (3, "Thiếu bảng observations", lambda root: remove(root, OBSERVATIONS)),
    "unknown slot": (
        4,
        "Sổ tay mẫu không có mục này",
        lambda root: edit(root, NARRATIVE, "narrative:tinh_hinh+", "narrative:tinhhinh"),
    ),
    "unknown name": (
        4,
        "Có phải là “thu_mau”?",
        lambda root: edit(root, NARRATIVE, "{eval}`thu_mau.at", "{eval}`thu_mai.at"),
    ),
    "failing expression": (
        4,
        "Bảng events không có mã này",
        lambda root: edit(root, NARRATIVE, 'event("hoi_mau").name', 'event("hoi").name'),
    ),
    "failing cell": (
        4,
        "Ô lệnh chia cho 0",
        lambda root: edit_master(root, lambda nb: nb.cells.append(code("1 / 0"))),
    ),
    "edited word": (4, "sửa tay, không ghi đè", edit_word),
    "missing master": (4, "Không có sổ tay mẫu", lambda root: remove(root, MASTER)),
    "broken master": (4, "Không đọc được sổ tay mẫu", lambda root: rewrite(root, MASTER, b"{")),
    "printing cell": (
        5,
        "in ra chữ",
        lambda root: edit_master(root, lambda nb: nb.cells.append(code("print('chữ')"))),
    ),
    "parts against whole": (
        6,
        "phải bằng",
        lambda root: edit(root, OBSERVATIONS, "vu_khong,actual,,1", "vu_khong,actual,,2"),
    ),
    "missing required": (
        6,
        "Chưa có số liệu bắt buộc",
        lambda root: edit(root, OBSERVATIONS, "vu_nhan,actual,,24", "vu_nhan,actual,,"),
    ),
    "late document": (
        6,
        "có ngày sau",
        lambda root: edit(root, DOCUMENTS, "2023-01-05", "2023-11-19"),
    ),
}


@pytest.mark.parametrize(
    ("exit_code", "words", "spoil"), BAD.values(), ids=[name.replace(" ", "-") for name in BAD]
)
def test_bad_input(
    copy: Path,
    monkeypatch: pytest.MonkeyPatch,
    exit_code: int,
    words: str,
    spoil: Callable[[Path], None],
) -> None:
    """One clear message and the exit code of its kind; no traceback; the earlier report is there,
    byte for byte."""
    monkeypatch.chdir(copy)
    spoil(copy)
    before = snapshot(copy / OUTPUT)
    result = call("run", PARAMS)
    assert result.exit_code == exit_code, result.output
    assert words in result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert snapshot(copy / OUTPUT) == before
    assert not [
        path.name for path in (copy / OUTPUT).parent.iterdir() if path.name.endswith(".journal")
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("run", "params/mau/2024-H1.yml"), PARAMS),
        (("run", "params/khac/*.yml"), "Không tệp nào khớp"),
        (("run", PARAMS, "--to", "html,odt"), "html, pdf, docx"),
        (("check", "params/mau/2024-H1.yml"), PARAMS),
    ],
)
def test_bad_arguments(
    project: Path, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], words: str
) -> None:
    """A params file that is not there, a pattern without a match, a format that does not exist:
    exit code 2, and what there is."""
    monkeypatch.chdir(project)
    result = call(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (project / "outputs").exists()


def test_outside_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a project the message says what marks one."""
    monkeypatch.chdir(tmp_path)
    result = call("run", PARAMS)
    assert (result.exit_code, "params/offices.yml" in result.stderr) == (2, True)


def test_failed_run_leaves_its_notebook_and_log(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a failed run reached lies in failed/, and the next good run takes it away."""
    monkeypatch.chdir(copy)
    edit_master(copy, lambda nb: nb.cells.append(code("1 / 0")))
    assert call("run", PARAMS).exit_code == 4
    assert "Ô lệnh chia cho 0" in (copy / OUTPUT / "failed/log.txt").read_text("utf-8")
    assert "ZeroDivisionError" in (copy / OUTPUT / "failed/report.ipynb").read_text("utf-8")
    edit_master(copy, lambda nb: nb.cells.pop())
    assert call("run", PARAMS, "--to", "html").exit_code == 0
    assert not (copy / OUTPUT / "failed").exists()


def test_run_says_what_it_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run ends with the findings, the read-back and the files;
    only what was asked for is made."""
    monkeypatch.chdir(project / "data")
    result = call("run", f"../{PARAMS}", "--to", "html")
    assert result.exit_code == 0, result.output
    assert "Đối soát số liệu khớp: HTML 24/24" in result.stdout
    assert "cần xem lại" in result.stdout
    assert "Đã lược đoạn dùng số liệu chưa có: Đơn mẫu (don_mau)" in result.stdout
    assert sorted(snapshot(project / OUTPUT)) == [
        "figures.csv",
        "manifest.json",
        "report.html",
        "report.ipynb",
    ]


def test_jupyterlab_trusts_what_the_user_ran(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """So that it draws the charts; a notebook that somebody changed is trusted no more,
    and a home that can't be written stops nothing."""
    monkeypatch.chdir(copy)
    path = copy / OUTPUT / "report.ipynb"
    assert call("run", PARAMS, "--force").exit_code == 0
    nb = nbformat.read(path, as_version=4)
    assert NotebookNotary().check_signature(nb)
    nb.cells[-1].source += " "
    assert not NotebookNotary().check_signature(nb)
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "home"))
    assert call("run", PARAMS, "--force").exit_code == 0


def test_json_of_run_and_check(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines get the same as data, and nothing else on stdout."""
    monkeypatch.chdir(copy)
    (good,) = json.loads(call("run", PARAMS, "--to", "html", "--json").stdout)
    assert (good["exit_code"], good["matched"], good["folder"], good["params"]) == (
        0,
        {"html": 24},  # 20 of the report, 4 of its head
        OUTPUT,
        PARAMS,
    )
    assert good["omitted"] == ["Đơn mẫu (don_mau)"]
    assert [issue["rule"] for issue in good["issues"]] == ["can_xac_minh"]
    edit(copy, OBSERVATIONS, "301.149", "ba trăm")
    for command in ("run", "check"):
        result = call(command, PARAMS, "--json")
        (bad,) = json.loads(result.stdout)
        assert result.exit_code == bad["exit_code"] == 3
        (issue,) = bad["issues"]
        assert (issue["rule"], issue["file"], issue["row"], issue["column"], issue["found"]) == (
            "khong_phai_so",
            OBSERVATIONS,
            3,
            "value",
            "ba trăm",
        )
    result = call("run", "params/khong/co.yml", "--json")
    assert (result.exit_code, json.loads(result.stdout)[0]["exit_code"]) == (2, 2)


def test_check_makes_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` only tells: 0 when good, 6 when the data contradict themselves."""
    monkeypatch.chdir(project)
    good = call("check", PARAMS)
    assert (good.exit_code, f"{PARAMS}: đạt" in good.stdout) == (0, True)
    edit(project, OBSERVATIONS, "vu_khong,actual,,1", "vu_khong,actual,,2")
    bad = call("check", PARAMS)
    assert (bad.exit_code, "chưa đạt" in bad.stdout, "phải bằng" in bad.stdout) == (6, True, True)
    assert not (project / "outputs").exists()


def test_one_failure_does_not_stop_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two reports the good one is made; the table names both; the worst exit code counts."""
    monkeypatch.chdir(project)
    bad = (project / PARAMS).read_text("utf-8").replace("drafting_unit", "la")
    (project / "params/mau/2022-H2.yml").write_text(bad, encoding="utf-8")
    result = call("run", "params/**/20*.yml", "--to", "html")
    assert result.exit_code == 2
    assert (project / OUTPUT / "report.html").is_file()
    assert (
        "2022-H2" in result.stdout
        and "Tham số chưa đúng" in result.stdout
        and "xong" in result.stdout
    )


def test_a_wrong_workbook_named_from_elsewhere(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By absolute paths too the other report is made, and a marked copy lies in the project."""
    monkeypatch.chdir(tmp_path)
    good, bad = project / PARAMS, project / "params/phong-mau/2023-H1.yml"
    bad.parent.mkdir()
    text = good.read_text("utf-8").replace("office: mau", "office: phong-mau")
    bad.write_text(text, encoding="utf-8")
    book = openpyxl.Workbook()
    (sheet := book.worksheets[0]).title = "observations"
    sheet.append(("indicator", "status", "as_of", "value", "source", "note"))
    sheet.append(("vu_nhan", "actual", None, "ba trăm"))
    (project / "data/phong-mau").mkdir()
    book.save(project / "data/phong-mau/2023-H1.xlsx")
    for command, told in (("run", "1 làm xong"), ("check", f"{PARAMS}: đạt")):
        result = call(command, str(bad), str(good))
        assert result.exit_code == 3, result.output
        assert "outputs/phong-mau/2023-H1/tra-lai/" in result.stderr
        assert told in result.stdout
    assert (project / OUTPUT / "report.html").is_file()
    assert len(list((project / "outputs/phong-mau/2023-H1/tra-lai").iterdir())) == 1


def test_draft_boxes_what_is_missing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --draft a report that lacks a required number is made, marked on every page,
    with a box where the number is missing."""
    monkeypatch.chdir(project)
    edit(project, OBSERVATIONS, "thu_mau,estimate,,301.149", "thu_mau,estimate,,")
    edit(project, OBSERVATIONS, "thu_mau,actual,2023-04-30,208.274", "thu_mau,actual,2023-04-30,")
    edit(project, NARRATIVE, ' được {eval}`thu_mau.at("giua_ky")`', "")
    assert call("run", PARAMS).exit_code == 6
    assert not (project / OUTPUT).exists()
    result = call("run", PARAMS, "--draft")
    assert result.exit_code == 0, result.output
    assert "DỰ THẢO" in result.stdout
    page = (project / OUTPUT / "report.html").read_text("utf-8")
    assert "DỰ THẢO" in page
    assert "Chưa đủ số liệu: Thu ngân sách mẫu (thu_mau)." in page
    assert json.loads((project / OUTPUT / "manifest.json").read_text("utf-8"))["draft"] is True


def test_markup_in_messages_is_shown_as_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Square brackets in a message are no colours."""
    monkeypatch.chdir(project)
    edit(project, OBSERVATIONS, "301.149", "[red]x[/]")
    assert "“[red]x[/]”" in call("run", PARAMS).stderr


def test_version_and_help() -> None:
    """The command says what it is, in Vietnamese."""
    assert call("version").stdout.strip() == "0.1.0"
    for page in (call("--help").stdout, call().stderr):
        assert "Làm báo cáo" in page
        assert not ENGLISH.search(page)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_in_vietnamese(name: str) -> None:
    """So is the page of each command, with what it does first."""
    page = call(name, "--help").stdout
    assert " ".join(COMMANDS[name].split()[:5]) in page
    assert not ENGLISH.search(page)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("runn",), "Lỗi: Không có lệnh 'runn'. Có phải là 'run'?"),
        (("diff", "a"), "Lỗi: Thiếu đối số 'SAU'."),
        (("new", "2024-H1"), "Lỗi: Thiếu tùy chọn '--office'."),
        (("run", "--forse"), "Lỗi: Không có tùy chọn --forse (Có phải là --force"),
        (("run", "-j", "x"), "phải là số nguyên"),
        (("run", "-j", "0"), "phải từ 1"),
        (("run", "--on"), "Lỗi: Tùy chọn '--on' cần một giá trị."),
        (("version", "a"), "Lỗi: Thừa đối số (a)"),
    ],
)
def test_a_wrong_call_is_told_in_vietnamese(args: tuple[str, ...], words: str) -> None:
    """What typer finds wrong ends with 2 too, in the user's language."""
    result = call(*args)
    assert (result.exit_code, words in result.stderr) == (2, True), result.output
    assert not ENGLISH.search(result.stderr)


def test_only_the_command_called_is_loaded() -> None:
    """The list of commands and one command load no other, and nothing heavy."""
    for argument in ("--help", "version"):
        script = (
            "import sys\n"
            "from danvan_nb.commands.cli import COMMANDS, app\n"
            f"try: app([{argument!r}])\nexcept SystemExit: pass\n"
            "ours = map('danvan_nb.commands.{}'.format, COMMANDS)\n"
            "heavy = {'pandas', 'nbformat', 'openpyxl', *ours}\n"
            "print(sorted((heavy - {'danvan_nb.commands.version'}) & set(sys.modules)))\n"
        )
        command = [sys.executable, "-c", script]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout.splitlines()[-1] == "[]"


def test_interrupted_run_is_taken_back_by_the_next(tmp_path: Path) -> None:
    """A process killed while it moves files leaves nothing of a new report to the next command,
    never half of it."""
    root = make_project(tmp_path / "du-an")
    script = (
        "import os\n"
        "from pathlib import Path\n"
        "real, moved = Path.replace, []\n"
        "def replace(path, target):\n"
        f"    moved.extend([target] if target.parent.match({OUTPUT!r}) else [])\n"
        "    return os._exit(9) if len(moved) == 3 else real(path, target)\n"
        "Path.replace = replace\n"
        "from danvan_nb.run.pipeline import run_report\n"
        f"run_report({PARAMS!r}, formats=('html',))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, timeout=120, check=False
    )
    assert killed.returncode == 9, killed.stderr
    half = [name for name in snapshot(root / OUTPUT) if not name.endswith(".part")]
    assert 0 < len(half) < 4
    Project.find(root)
    assert not (root / OUTPUT).exists()


def test_check_tells_wrong_input(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` tells of wrong input as `run` does."""
    monkeypatch.chdir(project)
    edit(project, OBSERVATIONS, "301.149", "ba trăm")
    result = call("check", PARAMS)
    assert (result.exit_code, "khong_phai_so" in result.stderr) == (3, True)
