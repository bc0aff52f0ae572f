"""What the project says of its own dependencies, files and notebooks is true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {
    "core": (),
    "lab": ("lab",),
    "jobs": ("lab", "jobs"),
    "scale": ("scale",),
    "dev": ("lab", "jobs", "scale", "dev"),
    "bench": ("scale", "bench"),
}
"""The extras and dependency groups of each lock."""


def direct(*names: str) -> list[Requirement]:
    """List the direct dependencies of the core and of some extras and dependency groups."""
    parts = PROJECT["project"]["optional-dependencies"] | PROJECT["dependency-groups"]
    lines = (*PROJECT["project"]["dependencies"], *(line for name in names for line in parts[name]))
    return [Requirement(line) for line in lines]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_lock_satisfies_pyproject(name: str) -> None:
    """Each lock holds every direct dependency in a version that pyproject allows,
    and the build tool."""
    text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    locked: dict[str, list[Version]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M):
        locked.setdefault(normal(package), []).append(Version(version))
    for wanted in (*direct(*LOCKS[name]), *map(Requirement, PROJECT["build-system"]["requires"])):
        assert any(
            version in wanted.specifier for version in locked.get(normal(wanted.name), [])
        ), wanted


@pytest.mark.parametrize("name", LOCKS)
def test_lock_names_no_index_and_has_hashes(name: str) -> None:
    """A lock serves any index: it holds no address, and a hash for every version."""
    text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


# Who asks for what is read from what is installed, and the tests' environment lacks `bench`.
@pytest.mark.parametrize("name", sorted(LOCKS.keys() - {"bench"}))
def test_lock_is_complete(name: str) -> None:
    """A lock is installed without resolving, so it must hold whatever its packages ask for,
    extras included."""
    text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
    locked = {normal(package) for package in re.findall(r"^([\w.-]+)==", text, re.M)}
    asked = [(wanted.name, frozenset(wanted.extras)) for wanted in direct(*LOCKS[name])]
    seen = set()
    while asked:
        package, extras = asked.pop()
        if (package, extras) in seen:
            continue
        seen.add((package, extras))
        assert normal(package) in locked, package
        for wanted in map(Requirement, metadata.requires(package) or ()):
            if wanted.marker is None or any(
                wanted.marker.evaluate({"extra": extra}) for extra in ("", *extras)
            ):
                asked.append((wanted.name, frozenset(wanted.extras)))


def test_build_group_equals_build_requirements() -> None:
    """The locked build tool is the one that pyproject builds with."""
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


def test_dependencies_page() -> None:
    """Every direct dependency is justified in docs/dependencies.md, and nothing else is."""
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    listed = {
        normal(name)
        for name in re.findall(r"^\| ([\w.-]+) \|", page, re.M)
        if name not in ("package",)
    } - {"---"}
    assert listed == {normal(wanted.name) for wanted in direct(*LOCKS["dev"], "bench")}


def test_makefile_locks_what_the_tests_follow() -> None:
    """The lock files are those that `make lock` makes and these tests know, part by part."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert {path.stem for path in (ROOT / "requirements").glob("*.lock")} == set(LOCKS)
    assert set(re.search(r"^LOCKS := (.*)$", text, re.M)[1].split()) == set(LOCKS)  # type: ignore[index]
    for name, parts in LOCKS.items():
        holds = "".join(re.findall(rf"^{name}_holds := (.*)$", text, re.M))
        named = re.findall(r"--(?:extra|group) (\w+)", holds)
        if "--all-extras" in holds:
            named += PROJECT["project"]["optional-dependencies"]
        assert sorted(named) == sorted(parts), name


def test_wheel_holds_what_is_read(tmp_path: Path) -> None:
    """A built wheel carries every file beside the code: words, columns, templates, fonts."""
    options = ("--wheel", "--no-isolation", "--outdir", str(tmp_path))
    command = [sys.executable, "-m", "build", *options, str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    package = ROOT / "src/danvan_nb"
    wanted = [
        path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]
    assert {f"danvan_nb/{path.relative_to(package).as_posix()}" for path in wanted} <= names


def test_master_notebook_is_clean() -> None:
    """The master notebook is kept without outputs, counts and inline values."""
    notebook = json.loads((ROOT / "notebooks/bao_cao_dan_van.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert not cell.get("execution_count")
        assert "user_expressions" not in cell["metadata"]


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, False),
        ({"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}, True),
        ({"execution_count": 3}, True),
        ({"metadata": {"user_expressions": []}}, True),
    ],
)
def test_hook_refuses_results(tmp_path: Path, change: dict[str, object], refused: bool) -> None:
    """The commit hook lets a clean notebook through,
    and names the notebook and cell that carry results."""
    cell = {
        "cell_type": "code",
        "source": "1",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    } | change
    notebook = tmp_path / "notebooks/báo cáo.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
        encoding="utf-8",
    )
    for words in (("init", "-q"), ("add", ".")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    told = subprocess.run(
        [sys.executable, str(ROOT / "hooks/pre-commit")],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    assert (told.returncode, "báo cáo.ipynb: cell 1" in told.stderr) == (int(refused), refused)


def test_no_place_of_a_machine_is_committed() -> None:
    """No tracked text file names a folder of somebody's machine."""
    names = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pattern = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")
    for name in names:
        path = ROOT / name
        if (
            path.suffix
            in (".py", ".md", ".yml", ".toml", ".csv", ".ipynb", ".lock", ".html", ".json", "")
            and path.is_file()
        ):
            assert not pattern.search(path.read_text(encoding="utf-8", errors="ignore")), name
