"""The launcher in the project's root: sets up what a command needs, once, and passes everything on.

The shell is real; Python, pip and `danvan-nb` are stand-ins that note how they were called, but
for the last test, which lends the launcher the environment of the tests.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("core", "lab", "scale")
OURS = 'echo "danvan-nb [$DANVAN_LAUNCHER] in $PWD:" "$@" >> {log}; exit 7'
PYTHON = """\
#!/bin/sh
case "$*" in
-c*) exit {version} ;;
"-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
*" -e "*) printf '#!/bin/sh\\n%s\\n' '{ours}' > "${{0%/*}}/danvan-nb"
  chmod +x "${{0%/*}}/danvan-nb"; echo "project" >> {log} ;;
*" -r "*) for file in "$@"; do :; done; echo "pip ${{file##*/}}" >> {log}; exit {pip} ;;
esac
"""


class Place:
    """A copy of the launcher with stand-ins for Python and pip."""

    def __init__(self, folder: Path) -> None:
        self.root, self.log = folder / "thư mục dự án", folder / "log"
        (self.root / "requirements").mkdir(parents=True)
        for name in ("danvan", "Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        for name in LOCKS:
            (self.root / f"requirements/{name}.lock").write_text(f"# {name}\n")
        self.python = folder / "python"
        self.set_python()

    def set_python(self, *, version: int = 0, pip: int = 0) -> None:
        ours = OURS.format(log=self.log)
        text = PYTHON.format(version=version, pip=pip, log=self.log, ours=ours)
        self.python.write_text(text)
        self.python.chmod(0o755)

    def call(
        self, *args: str, cwd: Path | None = None, by: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(by or self.root / "danvan"), *args],
            cwd=cwd or self.root,
            env={"PATH": os.environ["PATH"], "PYTHON": str(self.python)},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def calls(self) -> list[str]:
        """Give what was called since the last look."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.write_text("")
        return lines


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_sets_up_once_and_passes_arguments_folder_and_exit_code(place: Place) -> None:
    """The first call installs, the second doesn't; what was typed arrives as it was typed."""
    folder = place.root / "requirements"
    for installs in (["pip core.lock", "project"], []):
        ended = place.call("run", "tệp có dấu cách.yml", "a*b", cwd=folder)
        assert ended.returncode == 7, ended.stderr
        told = f"danvan-nb [{place.root}/danvan] in {folder}: run tệp có dấu cách.yml a*b"
        assert place.calls() == [*installs, told]
        assert ("Đang cài đặt" in ended.stderr) == bool(installs)


@pytest.mark.parametrize(
    ("args", "lock"),
    [
        (["lab"], "lab"),
        (["lab", "--", "--no-browser"], "lab"),
        (["run", "--executor", "dask://m:1", "x.yml"], "scale"),
        (["run", "--executor=dask://m:1", "x.yml"], "scale"),
        (["run", "lab"], "core"),
        (["form", "lab", "2023-H1"], "core"),
    ],
)
def test_lock_of_the_command(place: Place, args: list[str], lock: str) -> None:
    """A command brings the lock that it needs and no other."""
    place.call(*args)
    assert place.calls()[0] == f"pip {lock}.lock"


def test_a_larger_lock_holds_the_core(place: Place) -> None:
    """After `lab` nothing is installed for `run`, but for `lab` after `run`."""
    place.call("lab")
    place.calls()
    place.call("run")
    assert not any(line.startswith("pip") for line in place.calls())


@pytest.mark.parametrize("changed", ["requirements/core.lock", "pyproject.toml"])
def test_a_new_lock_is_installed(place: Place, changed: str) -> None:
    """When the lock or the project's requirements change, the next call follows."""
    place.call("due")
    place.calls()
    later = (place.root / changed).stat().st_mtime + 60
    os.utime(place.root / changed, (later, later))
    place.call("due")
    assert place.calls()[0] == "pip core.lock"


def test_a_moved_folder_is_set_up_again(place: Place) -> None:
    """Programs of an environment point at where they were made."""
    place.call("due")
    place.calls()
    place.root = place.root.rename(place.root.with_name("nơi khác"))
    place.call("due")
    assert place.calls()[:2] == ["pip core.lock", "project"]


def test_a_removed_python_is_made_again(place: Place) -> None:
    """A stamp is worth nothing once the interpreter is gone."""
    place.call("due")
    place.calls()
    (place.root / ".venv/bin/python").unlink()
    place.call("due")
    assert place.calls()[:2] == ["pip core.lock", "project"]


def test_a_failed_set_up_is_told_and_tried_again(place: Place) -> None:
    """No network today: exit code 1, no command run, and the next call starts afresh."""
    place.set_python(pip=1)
    ended = place.call("due")
    assert (ended.returncode, place.calls()) == (1, ["pip core.lock"])
    assert "Chưa cài được" in ended.stderr
    shutil.rmtree(place.root / ".venv")
    place.set_python()
    assert place.call("due").returncode == 7


def test_an_old_python_is_told(place: Place) -> None:
    """Without Python 3.11 the message says what to do, and nothing is left behind."""
    place.set_python(version=1)
    ended = place.call("due")
    assert ended.returncode == 1
    assert "Cần Python 3.11 trở lên" in ended.stderr
    assert not (place.root / ".venv").exists()


@pytest.mark.parametrize("relative", [True, False])
def test_called_by_a_link_from_elsewhere(place: Place, relative: bool) -> None:
    """A link in a folder of programs finds the project; paths stay those of the caller."""
    elsewhere = place.log.parent / "bin"
    elsewhere.mkdir()
    target = Path(os.path.relpath(place.root, elsewhere)) if relative else place.root
    (elsewhere / "danvan").symlink_to(target / "danvan")
    place.call("check", "x.yml", cwd=elsewhere, by=elsewhere / "danvan")
    assert place.calls()[-1].endswith(f"/danvan] in {elsewhere}: check x.yml")


def test_without_arguments_it_helps(place: Place) -> None:
    """Nothing typed: the help."""
    place.call()
    assert place.calls()[-1].endswith(": --help")


def test_make_and_the_launcher_share_their_stamps(place: Place) -> None:
    """What the launcher has installed, make does not install again, and the other way round."""
    if not shutil.which("make"):
        pytest.skip("no make")
    place.call("due")
    told = subprocess.run(
        ["make", "-n", "report"], cwd=place.root, capture_output=True, text=True, check=True
    ).stdout
    assert "pip" not in told
    assert "danvan-nb run" in told


def test_windows_launcher_is_written_for_windows() -> None:
    """Its lines end as cmd wants them, each label that it goes to is there, and `report` is it."""
    for name in ("danvan.cmd", "report.cmd"):
        data = (ROOT / name).read_bytes()
        assert data.count(b"\n") == data.count(b"\r\n")
    text = (ROOT / "danvan.cmd").read_text(encoding="utf-8")
    labels = set(re.findall(r"^:(\w+)", text, re.M))
    assert set(re.findall(r"(?:goto|call) :?([a-z_]+)", text)) <= labels
    assert {f"{name}.lock" for name in re.findall(r'"lock=(\w+)"', text)} <= {
        path.name for path in (ROOT / "requirements").iterdir()
    }
    assert "danvan.cmd run" in (ROOT / "report.cmd").read_text(encoding="utf-8")


@pytest.fixture
def lent(tmp_path: Path) -> Path:
    """Give a copy of the project whose launcher runs in the environment of the tests."""
    root = tmp_path / "du-an"
    for name in ("params", "data", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    place = Place(tmp_path)
    for name in ("danvan", "pyproject.toml", "requirements"):
        (place.root / name).rename(root / name)
    place.root = root
    ours = f'exec "{sys.executable}" -c "from danvan_nb.commands.cli import app; app()" "$@"'
    place.python.write_text(PYTHON.format(version=0, pip=0, log=place.log, ours=ours))
    place.call("--help")
    return root


def test_messages_name_the_launcher(lent: Path) -> None:
    """From any folder the project is found, and advice can be typed as it stands."""

    def call(cwd: str, *args: str) -> tuple[int, str]:
        command = [str(lent / "danvan"), *args]
        ended = subprocess.run(
            command, cwd=lent / cwd, capture_output=True, encoding="utf-8", check=False
        )
        return ended.returncode, " ".join((ended.stderr + ended.stdout).split())

    for cwd, shown in ((".", "./danvan"), ("..", f"{lent}/danvan")):
        code, told = call(cwd, "run")
        assert (code, f"Ví dụ: {shown} run params/sa-dec/2023-H1.yml" in told) == (2, True), told
    code, told = call("params/sa-dec", "check", "2023-H1.yml")
    assert code == 0, told
    assert f"Cách dùng: {lent}/danvan form" in call("..", "form")[1]
