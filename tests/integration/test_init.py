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
from danvan_nb.commands.new import open_period
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.run.pipeline import run_report

ROOT = Path(__file__).parents[2]
PROVINCE = "Ủy ban nhân dân tỉnh Mẫu"
OPTIONS = ("--parent", PROVINCE, "--period", "2024-H1", "--signatory", "Nguyễn Văn Mẫu")


def test_an_empty_folder_becomes_a_project(tmp_path: Path) -> None:
    """Several communes at once from a list; the first draft is one command away."""
    root = tmp_path / "du-an"
    (root / ".git").mkdir(parents=True)
    names = root / "danh-sach.txt"  # it may lie in the folder itself
    names.write_text("# xã mẫu\nUBND xã Mẫu Đông\nphường Mẫu Tây\n", encoding="utf-8")
    made = CliRunner().invoke(app, ["init", "--list", str(names), "--folder", str(root), *OPTIONS])
    assert made.exit_code == 0, made.output
    assert "./danvan run params --draft" in made.output
    project = Project.find(root)
    assert set(project.offices) == {"tinh-mau", "xa-mau-dong", "phuong-mau-tay"}
    assert project.offices["xa-mau-dong"].name == "Ủy ban nhân dân xã Mẫu Đông"
    assert project.offices["phuong-mau-tay"].parent == "tinh-mau"
    assert "sa-dec" not in project.master_file.read_text("utf-8")
    assert "/outputs/" in (root / ".gitignore").read_text("utf-8")
    draft = run_report("params/xa-mau-dong/2024-H1.yml", start=root, draft=True)
    assert (root / draft.folder / "report.pdf").stat().st_size
    opened = open_period(project, "xa-mau-dong", Period(2024, "H2"))
    assert opened.source == "params/xa-mau-dong/2024-H1.yml"


def test_who_gives_no_options_is_asked(tmp_path: Path) -> None:
    """What is missing is asked for with its default; a wrong answer is told, and asked again."""
    root = tmp_path / "du-an"
    answers = ("Ban Mẫu", "Uỷ ban nhân dân xã Mẫu", "huyen", "", "xã Khác", "huyện Mẫu")
    answers += ("huyện Mẫu", "tỉnh Mẫu", "2024-6", "2024-H1", "Nguyễn Văn Mẫu")
    made = CliRunner().invoke(app, ["init", "--folder", str(root)], input="\n".join(answers) + "\n")
    assert made.exit_code == 0, made.output
    told = " ".join(made.output.split())
    assert "hoặc xa [xa]:" in told and "Họ tên người ký; để trống thì ghi sau:" in told
    for wrong in ("“Ban Mẫu”", "“huyen”", "“xã Khác”", "“huyện Mẫu”", "“2024-6”"):
        assert told.count(f"có {wrong}") == 1, wrong
    offices = Project.find(root).offices
    parents = {name: office.parent for name, office in offices.items()}
    assert parents == {"tinh-mau": None, "huyen-mau": "tinh-mau", "xa-mau": "huyen-mau"}
    assert offices["xa-mau"].name == "Ủy ban nhân dân xã Mẫu"
    params = Project.find(root).read_params("params/xa-mau/2024-H1.yml")
    assert params.signatory.name == "Nguyễn Văn Mẫu"


def test_a_province_stands_above_everything(tmp_path: Path) -> None:
    """A province has nobody above it; a name that fits two levels is asked about."""
    call = ["init", "--name", "thành phố Mẫu", "--period", "2024-H1", "--folder", str(tmp_path)]
    made = CliRunner().invoke(app, call, input="tinh\n")
    assert made.exit_code == 0, made.output
    (office,) = Project.find(tmp_path).offices.values()
    assert (office.level, office.parent) == ("tinh", None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--name", "huyện Mẫu", "--level", "xa", "--parent", PROVINCE], "không hợp với cấp"),
        (["--name", "xã <b>Mẫu</b>", "--parent", PROVINCE], "dấu lạ"),
        (["--name", "xã Mẫu", "--name", "xã ???", "--parent", PROVINCE], "“xã ???”"),
        (["--name", "xã Mẫu", "--parent", "Ban Dân vận"], "cấp trên"),
        (["--name", "xã Mẫu", "--level", "phuong", "--parent", PROVINCE], "xa, huyen, tinh"),
        (["--name", "xã Mẫu", "--name", "UBND xã Mẫu", "--parent", PROVINCE], "trùng mã"),
        (["--list", "không có.txt", "--parent", PROVINCE], "Không đọc được danh sách"),
    ],
)
def test_what_is_not_known_is_told(tmp_path: Path, options: list[str], words: str) -> None:
    """Nothing is guessed, and nothing is left behind by what is refused."""
    root = tmp_path / "a"
    call = ["init", *options, "--period", "2024-H1", "--folder", str(root)]
    made = CliRunner().invoke(app, call)
    assert made.exit_code == 2 and words in " ".join(made.output.split()), made.output
    assert not root.exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written where something is, nor is anything asked."""
    (tmp_path / "của tôi.txt").write_text("x", encoding="utf-8")
    made = CliRunner().invoke(app, ["init", "--folder", str(tmp_path)])
    assert made.exit_code == 2 and "có “của tôi.txt”" in made.output
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
    # what it depends on is lent, the package itself is the wheel's
    paths = [str(packages), *(path for path in sys.path if path)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"}

    def call(program: Path, *words: str, cwd: Path = tmp_path) -> str:
        command = [str(program), *words]
        done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return done.stdout.decode()

    assert str(packages) in call(python, "-c", "import danvan_nb; print(danvan_nb.__file__)")
    call(python.with_name("danvan-nb"), "init", "--name", "xã Mẫu", "--folder", "du-an", *OPTIONS)
    root = tmp_path / "du-an"
    launcher = root / ("danvan.cmd" if os.name == "nt" else "danvan")
    told = call(launcher, "run", "xa-mau", "2024-H1", "--draft", "--to", "html", cwd=root)
    assert "outputs/xa-mau/2024-H1/" in told
    assert (root / "outputs/xa-mau/2024-H1/report.html").is_file()
    (root / ".danvan").unlink()  # another machine: no program, and it is said how to come by one
    bare = {"PATH": os.defpath}
    done = subprocess.run([str(launcher)], env=bare, capture_output=True, check=False)
    assert done.returncode == 1 and "chưa có danvan-nb" in done.stderr.decode()
