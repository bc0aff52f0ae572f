"""The house stands on its floors: the folders say which, imports point only downwards,
and the front door is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src/danvan_nb"
ROOMS = (
    "errors",
    "wording",
    "sentences",
    "nodes",
    "project",
    "data",
    "figures",
    "report",
    "notebook",
    "document",
    "conform",
    "outputs",
    "keep",
    "run",
    "lab",
    "commands",
)
"""From the ground up: a room may use those before it. What a room holds is read from its folder."""
MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
}
MOST_LINES = 300
MOST_MODULES = 9
MOST_WAYS = 15


def imports(path: Path) -> set[str]:
    """List the modules of this package that a file imports anywhere: at the top, in a function,
    for type checking."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names = [
                str(node.module),
                *(f"{node.module}.{alias.name}" for alias in node.names),
            ]  # a name may be a module
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {
            name.removeprefix("danvan_nb.") for name in names if name.startswith("danvan_nb.")
        }
    return found & MODULES.keys()


def room(module: str) -> str:
    return module.split(".")[0]


def test_the_folders_are_the_rooms() -> None:
    """Each part of the package has its place in the order,
    and each place in the order has its part."""
    there = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or any(path.rglob("*.py"))
    }
    assert there - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("name", sorted(MODULES.keys() - {"__init__"}))
def test_imports_point_downwards(name: str) -> None:
    """No module imports from a room above its own."""
    above = {
        other
        for other in imports(MODULES[name])
        if ROOMS.index(room(other)) > ROOMS.index(room(name))
    }
    assert not above


def test_imports_make_no_circle() -> None:
    """Modules of one room may import each other, but never in a circle."""
    graph = {name: imports(path) for name, path in MODULES.items() if path.stem != "__init__"}
    tuple(TopologicalSorter(graph).static_order())  # names the circle in its error


def test_rooms_are_small() -> None:
    """A module is read at one go, a room holds a handful of them;
    of commands there are as many as the user has."""
    assert [
        name
        for name, path in MODULES.items()
        if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES
    ] == []
    folders = {path.parent for path in MODULES.values()} - {PACKAGE / "commands"}
    crowded = [
        path.name
        for path in folders
        if len({*path.glob("*.py")} - {path / "__init__.py"}) > MOST_MODULES
    ]
    assert crowded == []


def complexity(function: ast.AST) -> int:
    """Count the ways through a function: 1, and 1 for each branch, loop, handler, `and`, `or`.

    Comprehensions, their conditions and conditional expressions count too, which ruff's C901 passes
    over: a dense line is no simpler than the same written out.
    """
    ways = 1
    for node in ast.walk(function):
        match node:
            case ast.If() | ast.IfExp():
                ways += 1
            case ast.BoolOp(values=values):
                ways += len(values) - 1
            case ast.For(orelse=orelse) | ast.While(orelse=orelse):
                ways += 1 + bool(orelse)
            case ast.Try(handlers=handlers, orelse=orelse):
                ways += len(handlers) + bool(orelse)
            case ast.comprehension(ifs=ifs):
                ways += 1 + len(ifs)
            case ast.Match(cases=cases):
                ways += len(cases)
    return ways


def test_functions_are_simple() -> None:
    """No function has more ways through it than a reader can keep in mind."""
    hard = {
        f"{name}.{node.name}": complexity(node)
        for name, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: ways for name, ways in hard.items() if ways > MOST_WAYS} == {}


def test_front_door_is_light() -> None:
    """`import danvan_nb` loads nothing heavy."""
    code = (
        "import danvan_nb, sys; print([m for m in ('pandas', 'matplotlib', 'nbformat', 'typst') if"
        " m in sys.modules])"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def public_names(path: Path) -> set[str]:
    """List the classes, functions and constants that stand at the top of a module."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return {name for name in names if not name.startswith("_")}


def test_one_word_has_one_meaning() -> None:
    """No two modules define the same public name; that a command may have its own `Command` is
    how `commands/cli.py` finds it."""
    homes: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for name in public_names(path) - {"Command"}:
            homes.setdefault(name, []).append(module)
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}
