"""The house stands on its floors: imports point only downwards, and the front door is light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src/danvan_nb"
FLOORS = {
    1: {"errors", "period", "params", "schema", "cells", "grids", "rows", "inputs", "wording", "comparisons"},
    2: {"indicators", "figures", "citations", "tables", "charts", "checks", "letterhead", "report", "collecting"},
    3: {"notebook", "document", "trace", "publish"},
    4: {"pipeline", "cli"},
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
            names = [f"danvan_nb.{alias.name}" for alias in node.names] if node.module == "danvan_nb" else [str(node.module)]
            found += [name for name in names if part(name) in FLOOR]
    return found


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


def test_front_door_is_light() -> None:
    """`import danvan_nb` loads nothing heavy."""
    code = "import danvan_nb, sys; print([m for m in ('pandas', 'matplotlib', 'nbformat', 'typst') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
