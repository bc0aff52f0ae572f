"""An office that starts from nothing: `init` in an empty folder, from the wheel too, then a draft.
All offices here are made up."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.commands.init import make_project
from danvan_nb.commands.new import open_period
from danvan_nb.errors import ParamsError
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.run.pipeline import run_report

ROOT = Path(__file__).parents[2]
PROVINCE = "Ủy ban nhân dân tỉnh Mẫu"
OPTIONS = ("--parent", PROVINCE, "--period", "2024-H1", "--signatory", "Nguyễn Văn Mẫu")


def test_an_empty_folder_becomes_a_project(tmp_path: Path) -> None:
    """Several communes at once from a list; the first draft is one command away."""
    names = tmp_path / "danh-sach.txt"
    names.write_text("# xã mẫu\nỦy ban nhân dân xã Mẫu Đông\nphường Mẫu Tây\n", encoding="utf-8")
    root = tmp_path / "du-an"
    made = CliRunner().invoke(app, ["init", "--list", str(names), "--folder", str(root), *OPTIONS])
    assert made.exit_code == 0, made.output
    project = Project.find(root)
    assert set(project.offices) == {"tinh-mau", "xa-mau-dong", "phuong-mau-tay"}
    assert project.offices["phuong-mau-tay"].name == "Ủy ban nhân dân phường Mẫu Tây"
    assert project.offices["phuong-mau-tay"].parent == "tinh-mau"
    assert "sa-dec" not in project.master_file.read_text("utf-8")
    draft = run_report("params/xa-mau-dong/2024-H1.yml", start=root, draft=True)
    assert (root / draft.folder / "report.pdf").stat().st_size
    opened = open_period(project, "xa-mau-dong", Period(2024, "H2"))
    assert opened.source == "params/xa-mau-dong/2024-H1.yml"


@pytest.mark.parametrize(
    ("names", "level", "parent", "words"),
    [
        (["Ủy ban nhân dân huyện Mẫu"], "xa", PROVINCE, "không hợp với cấp"),
        (["xã Mẫu"], "xa", "Ban Dân vận", "cấp trên"),
        (["xã Mẫu", "Ủy ban nhân dân xã Mẫu"], "xa", PROVINCE, "trùng mã"),
    ],
)
def test_what_is_not_known_is_told(
    tmp_path: Path, names: list[str], level: str, parent: str, words: str
) -> None:
    """Nothing is guessed, and nothing is left behind by what is refused."""
    with pytest.raises(ParamsError, match=words):
        make_project(tmp_path / "a", names, level, parent, Period(2024, "H1"), "")
    assert not (tmp_path / "a").exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written where something is."""
    (tmp_path / "của tôi.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ParamsError, match="không ghi đè"):
        make_project(tmp_path, ["xã Mẫu"], "xa", PROVINCE, Period(2024, "H1"), "")
    assert [path.name for path in tmp_path.iterdir()] == ["của tôi.txt"]


def test_the_wheel_brings_what_init_needs(tmp_path: Path) -> None:
    """From the wheel alone, without the repository, `init` and a first draft work."""
    options = ("--wheel", "--no-isolation", "--outdir", str(tmp_path))
    subprocess.run([sys.executable, "-m", "build", *options, str(ROOT)], check=True)
    home = tmp_path / "moi"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = ("-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index")
    wheel = next(tmp_path.glob("*.whl"))
    subprocess.run([sys.executable, *install, str(wheel)], check=True)
    packages = next(home.rglob("site-packages"))
    lines = (
        "from danvan_nb.commands import init; from danvan_nb.commands.cli import app",
        f"assert init.__file__.startswith({str(packages)!r}), init.__file__",
        "app()",
    )
    paths = [str(packages), *(path for path in sys.path if path)]  # what it depends on is lent
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}
    for words in (
        ("init", "--name", "xã Mẫu", "--folder", "du-an", *OPTIONS),
        ("run", "du-an/params/xa-mau/2024-H1.yml", "--draft", "--to", "html"),
    ):
        command = [str(python), "-c", "\n".join(lines), *words]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert (tmp_path / "du-an/outputs/xa-mau/2024-H1/report.html").is_file()
