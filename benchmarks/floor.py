"""The same reports by other means, for comparison.

`floor.py FILES` makes them without notebooks, `--stock` or `--warm` with a kernel each.
Without notebooks, the cells run in this very process: no isolation, no kernel.
What is left is the work itself.
"""

from __future__ import annotations

import contextlib
import io
import sys
from typing import Any

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

from pathlib import Path  # noqa: E402

# papermill loads the engine, so the run comes first
from danvan_nb.run.pipeline import run_report  # isort: skip  # noqa: E402
from danvan_nb.notebook import engine  # noqa: E402
from danvan_nb.notebook.kernels import forkserver  # noqa: E402
from danvan_nb.notebook.prose import expressions  # noqa: E402


class InProcess(engine._Client):  # type: ignore[misc]
    """Run code cells with exec and evaluate expressions with eval, as a script would."""

    def execute(self, **_kwargs: Any) -> None:
        from nbformat.v4 import new_output

        names: dict[str, Any] = {}
        for cell in self.nb.cells:
            if cell.cell_type != "code":
                continue
            *lines, last = cell_statements(cell.source)
            with contextlib.redirect_stdout(io.StringIO()):
                exec("\n".join(lines), names)
                value = eval(last, names) if last else None
            if value is not None:
                cell.outputs = [new_output("display_data", bundle(value))]
        prose = [cell.source for cell in self.nb.cells if cell.cell_type == "markdown"]
        wanted = {source for text in prose for source in expressions(text)}
        self.values = {
            source: {"status": "ok", "data": bundle(eval(source, names)), "metadata": {}}
            for source in wanted
        }


def cell_statements(source: str) -> list[str]:
    """Split off the last expression of a cell."""
    import ast

    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    return [*map(ast.unparse, body), ast.unparse(last) if last else ""]


def bundle(value: Any) -> dict[str, Any]:
    return (
        value._repr_mimebundle_()
        if hasattr(value, "_repr_mimebundle_")
        else {"text/html": value._repr_html_(), "text/plain": repr(value)}
    )


if __name__ == "__main__":
    mode, files = (
        (sys.argv[1], sys.argv[2:]) if sys.argv[1].startswith("--") else ("", sys.argv[1:])
    )
    if mode == "--stock":
        forkserver.can_fork = lambda: False
    elif mode == "--warm":
        forkserver.start()
    else:
        engine._Client = InProcess
    for file in files:
        run_report(file, start=Path.cwd())
