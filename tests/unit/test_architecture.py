"""The house stands on its floors: imports point only downwards, and the front door is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src/danvan_nb"
FLOORS = {
    1: {"errors", "period", "params", "schema", "cells", "grids", "rows", "inputs", "wording", "comparisons", "versions"},
    2: {"indicators", "tree", "figures", "citations", "tables", "charts", "checks", "letterhead", "collect", "forms", "report"},
    3: {"notebook", "document", "trace", "publish"},
    4: {
        "pipeline",
        "keeping",
        "season",
        "differences",
        "preview",
        "lab",
        "batch",
        "cluster",
        "calendar",
        "schedule",
        "overview",
        "cli",
    },
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names}


def part(module: str) -> str:
    return module.removeprefix("danvan_nb.").split(".")[0]


def imports(path: Path) -> list[str]:
    """List the modules of this package that a file imports when it runs (type checking apart)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and id(node) not in hidden and (node.module or "").startswith("danvan_nb"):
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]  # a name may be a module
        elif isinstance(node, ast.Import) and id(node) not in hidden:
            found += [alias.name for alias in node.names]
    return [name for name in found if name.startswith("danvan_nb.") and part(name) in FLOOR]


def test_every_module_has_a_floor() -> None:
    """A new module is given its place."""
    present = {path.stem if path.parent == PACKAGE else path.parent.name for path in PACKAGE.rglob("*.py")}
    assert present - {"__init__", "danvan_nb"} == set(FLOOR)


def test_imports_point_downwards() -> None:
    """No module imports from a floor above its own."""
    for path in PACKAGE.rglob("*.py"):
        here = part(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
        for name in imports(path):
            assert here == "__init__" or FLOOR[part(name)] <= FLOOR[here], f"{path.name} imports {name}"


def test_imports_make_no_circle() -> None:
    """Neighbours on one floor may import each other, but never in a circle (imports inside functions count too)."""
    known = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    graph = {
        name: {other for other in imports(path) if other in known} for name, path in known.items() if path.stem != "__init__"
    }
    tuple(TopologicalSorter(graph).static_order())  # names the circle in its error


def test_front_door_is_light() -> None:
    """`import danvan_nb` loads nothing heavy."""
    code = "import danvan_nb, sys; print([m for m in ('pandas', 'matplotlib', 'nbformat', 'typst') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
