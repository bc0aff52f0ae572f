"""The guide can be followed: each of its commands, in its order, in a fresh copy of the project.

Between two commands the test does what the guide asks of a person, with made-up figures (số liệu
mẫu, không có thật). The environment of the tests stands in for the launcher.
"""

from __future__ import annotations

import csv
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest
from sample_project import change
from typer.testing import CliRunner

from danvan_nb.commands.cli import COMMANDS, app
from danvan_nb.commands.form import HEADING_ROW
from danvan_nb.errors import LAUNCHER

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/huong-dan.md").read_text(encoding="utf-8")
MADE = ("report.html", "report.pdf", "report.docx", "report.ipynb", "figures.csv", "manifest.json")
OUTPUT = "outputs/sa-dec/2024-H1"
BOOK, TEXT = "data/sa-dec/2024-H1.xlsx", "params/sa-dec/2024-H1.md"
SENTENCE = "Ủy ban nhân dân Thành phố chỉ đạo các phòng, ban chủ động thực hiện nhiệm vụ."


def listed() -> list[str]:
    """List the lines of the guide's blocks of commands."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
    return [line for block in blocks for line in block.splitlines()]


def fill_form(root: Path) -> None:
    """Type last year's numbers again into the yellow cells: made up, and marked so."""
    with (root / "data/sa-dec/2023-H1/observations.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["value"] and not row["period"]]
    book = openpyxl.load_workbook(root / BOOK)
    page = book["Số liệu"]
    heads = {str(cell.value): cell.column for cell in page[HEADING_ROW]}
    starts = {
        "plan": "Kế hoạch",
        "interim": "Thực hiện đến",
        "actual": "Thực hiện (",
        "estimate": "Ước",
    }
    columns = {
        kind: next(at for head, at in heads.items() if head.startswith(start))
        for kind, start in starts.items()
    }
    lines = {page.cell(row, 1).value: row for row in range(HEADING_ROW + 1, page.max_row + 1)}
    for row in rows:
        kind = "interim" if row["as_of"] else row["status"]
        line = lines[row["indicator"]]
        page.cell(line, columns[kind], float(row["value"]))
        page.cell(line, heads["Nguồn"], "số liệu mẫu, không có thật")
    book.save(root / BOOK)


def rewrite_text(root: Path) -> None:
    """Write paragraphs of this period in the place of all that last year's report told."""
    header = (root / TEXT).read_text(encoding="utf-8").partition("\n+++")[0]
    told = {"can_cu": 'Căn cứ {eval}`cite("154/KH-UBND")`.', "lanh_dao": SENTENCE}
    blocks = (f'\n+++ {{"tags": ["narrative:{at}"]}}\n\n{text}\n' for at, text in told.items())
    (root / TEXT).write_text(header + "".join(blocks), encoding="utf-8")


def edit_word(root: Path) -> None:
    """Change a word in the Word file, as a leader does."""
    file = root / OUTPUT / "report.docx"
    word = docx.Document(str(file))
    runs = [run for one in word.paragraphs for run in one.runs if "chủ động thực hiện" in run.text]
    assert len(runs) == 1
    runs[0].text = runs[0].text.replace("chủ động", "khẩn trương")
    word.save(str(file))


def sign(root: Path) -> None:
    """Write number and date of the signed report."""
    params = root / "params/sa-dec/2024-H1.yml"
    change(params, "number:\ndate:\n", "number: 123\ndate: 2024-06-18\n")


def all_made(folder: str) -> Callable[[Path], bool]:
    return lambda root: all((root / folder / name).is_file() for name in MADE)


def is_there(name: str) -> Callable[[Path], bool]:
    return lambda root: (root / name).is_file()


def says(name: str, words: str) -> Callable[[Path], bool]:
    return lambda root: words in (root / name).read_text(encoding="utf-8")


PROMISED: list[tuple[str, int, Callable[[Path], None] | None, Callable[[Path], bool] | None]] = [
    ("run sa-dec 2023-H1", 0, None, all_made("outputs/sa-dec/2023-H1")),
    (
        'init --name "Ủy ban nhân dân xã Mẫu" --parent "Ủy ban nhân dân tỉnh Mẫu"'
        " --period 2024-H1 --folder ../xa-mau",
        0,
        None,
        is_there("../xa-mau/data/xa-mau/2024-H1.xlsx"),
    ),
    ("new 2024-H1 --office sa-dec", 0, None, says(TEXT, "phải viết lại")),
    ("form sa-dec 2024-H1", 0, None, is_there("outputs/bieu-nhap/sa-dec-2024-H1.xlsx")),
    ("check sa-dec 2024-H1", 6, fill_form, None),
    ("run sa-dec 2024-H1 --draft", 0, None, says(f"{OUTPUT}/report.html", "DỰ THẢO")),
    ("lab", 0, None, None),
    (f"keep {OUTPUT}/report.ipynb", 0, None, None),
    ("preview sa-dec 2024-H1", 0, None, None),
    ("run sa-dec 2024-H1", 0, rewrite_text, says(f"{OUTPUT}/report.html", "chủ động thực hiện")),
    (f"cp -r {OUTPUT} ban-gui-lan-1", 0, None, all_made("ban-gui-lan-1")),
    (f"keep {OUTPUT}/report.docx --yes", 0, edit_word, says(TEXT, "khẩn trương thực hiện")),
    ("run sa-dec 2024-H1", 0, None, says(f"{OUTPUT}/report.html", "khẩn trương thực hiện")),
    (f"diff ban-gui-lan-1 {OUTPUT}", 0, None, None),
    ("former", 0, None, None),
    (f"former {OUTPUT}/report.docx --restore 1", 0, None, None),
    ("run sa-dec 2024-H1", 0, sign, says(f"{OUTPUT}/report.html", "123/BC-UBND")),
    (f"conform {OUTPUT}/report.pdf {OUTPUT}/report.docx", 0, None, None),
    (
        'seal sa-dec 2024-H1 --by "Nguyễn Văn A"',
        0,
        None,
        says("params/sa-dec/2024-H1.seal.json", "Nguyễn Văn A"),
    ),
    (f"verify {OUTPUT}", 0, None, None),
    ("due", 0, None, None),
    ("schedule cron", 0, None, None),
    ("index", 0, None, is_there("outputs/index.html")),
    ("form mau-xa-1 2023-H1", 0, None, is_there("outputs/bieu-nhap/mau-xa-1-2023-H1.xlsx")),
    ("collect 2023-H1 --office mau", 0, None, is_there("data/mau/2023-H1/collected.csv")),
    ("run mau 2023-H1", 0, None, all_made("outputs/mau/2023-H1")),
    ("run --only failed", 0, None, None),
]
"""Each command, its exit code, what a person does before it, and what is there after it."""


def test_the_guide_lists_these_commands() -> None:
    """What is run below is what the guide says, command by command."""
    assert [line.removeprefix("./danvan ") for line in listed()] == [line for line, *_ in PROMISED]


def test_every_command_named_is_there() -> None:
    """Also inside its sentences the guide names only commands that exist, by the launcher."""
    named = re.findall(r"\./danvan(?: ([a-z]+))?", GUIDE)
    assert set(filter(None, named)) <= set(COMMANDS)
    assert "danvan-nb" not in GUIDE
    assert "make " not in GUIDE
    assert set(COMMANDS) - set(named) == {"version"}


def test_pictures_are_small() -> None:
    """The guide stays light: each picture under 80 KB, all under 500 KB."""
    sizes = [path.stat().st_size for path in (ROOT / "docs/hinh").iterdir()]
    assert sizes
    assert max(sizes) < 80_000
    assert sum(sizes) < 500_000


def test_columns_are_those_of_the_form(root: Path) -> None:
    """The guide's table of columns is the sheet's."""
    CliRunner().invoke(app, ["new", "2024-H1", "--office", "sa-dec"])
    heads = [
        str(cell.value) for cell in openpyxl.load_workbook(root / BOOK)["Số liệu"][HEADING_ROW]
    ]
    table = GUIDE.partition("| cột | nội dung |")[2].partition("\n\n")[0]
    told = [
        name for cells in re.findall(r"^\| ([^|-]+?) \|", table, re.M) for name in cells.split(", ")
    ]
    shown = [re.sub(r"từ .*? đến", "từ … đến", head) for head in heads]
    assert told == shown


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a fresh copy of the project, in which commands are given as by its launcher."""
    root = tmp_path / "du-an"
    for name in ("params", "data", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    monkeypatch.chdir(root)
    monkeypatch.setenv(LAUNCHER, str(root / "danvan"))
    monkeypatch.setattr("danvan_nb.commands.lab.open_lab", lambda *_: 0)
    return root


OURS = (sys.executable, "-c", "from danvan_nb.commands.cli import app; app()")


def call(root: Path, command: str, *args: str) -> tuple[int, str]:
    """Give a command; one that starts a kernel has a process of its own, as it has for a user."""
    if command != "run":
        ended = CliRunner().invoke(app, [command, *args])
        return ended.exit_code, ended.output
    made = subprocess.run(
        [*OURS, command, *args], cwd=root, capture_output=True, encoding="utf-8", check=False
    )
    return made.returncode, made.stdout + made.stderr


def preview(args: list[str], root: Path) -> int:
    """Open the preview in a process of its own, look at its page, and end it by Ctrl+C."""
    with subprocess.Popen(
        [*OURS, *args, "--no-browser"], cwd=root, stdout=subprocess.PIPE, encoding="utf-8"
    ) as server:
        assert server.stdout
        lines = iter(server.stdout.readline, "")
        address = next(found[0] for line in lines if (found := re.search(r"http://\S+", line)))
        page = urllib.request.urlopen(address, timeout=20).read()  # noqa: S310 - our own server
        server.send_signal(signal.SIGINT)
        assert "Đã dừng." in server.communicate(timeout=20)[0]
    assert "DỰ THẢO" in page.decode()
    return server.returncode


def test_the_guide_can_be_followed(root: Path) -> None:
    """From the empty form to the signed PDF, and to the report of a city."""
    for line, code, act, promise in PROMISED:
        if act:
            act(root)
        program, *args = shlex.split(line)
        if program == "cp":
            shutil.copytree(root / args[-2], root / args[-1])
            continue
        if program == "preview":
            assert preview([program, *args], root) == code
            continue
        ended, told = call(root, program, *args)
        assert ended == code, f"{line}\n{told}"
        assert promise is None or promise(root), line
