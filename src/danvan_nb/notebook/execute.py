"""Executing a notebook in this process, through papermill and the engine `danvan`."""

from collections.abc import Callable, Mapping
from pathlib import Path

# papermill loads our engine by its entry point while it is imported, so the engine's own module
# can't hold this: imported first, it would be asked for the engine before it has one.
import papermill
from nbformat import NotebookNode

from danvan_nb.report.report import Report

ENGINE = "danvan"
KERNEL = "python3"


def execute(
    notebook: str | NotebookNode,
    output: Path | None,
    params_file: str | None,
    *,
    draft: bool = False,
    report: Report | None = None,
    places: Mapping[str, str] | None = None,
    on_cell: Callable[[NotebookNode], None] = lambda cell: None,
    cwd: Path | None = None,
) -> NotebookNode:
    """Execute a notebook through papermill and this engine, in this process.

    Parameters
    ----------
    notebook : str or NotebookNode
        The master's path, or a notebook in memory.
    output : Path or None
        Where to save it; None saves nothing.
    params_file : str or None
        Injected if given; else the notebook's own.
    draft : bool
        Let the report lack data.
    report : Report, optional
        The report, if it is loaded already.
    places : mapping of str to str, optional
        What to note in place of the machine's paths that papermill notes.
    on_cell : callable, optional
        Called with each cell before it runs.
    cwd : Path, optional
        Where to look for the project when the notebook has no path.

    Raises
    ------
    DanvanError
        For everything that a user can cause.
    """
    return papermill.execute_notebook(
        notebook,
        str(output) if output else None,
        parameters={"params_file": params_file} if params_file else None,
        engine_name=ENGINE,
        request_save_on_cell_execute=False,  # it costs 0.3 s and helps nobody
        progress_bar=False,
        cwd=cwd,
        draft=draft,
        report=report,
        places=places,
        kernel_name=KERNEL,  # whatever environment the notebook was saved in last
        language="python",
        on_cell_start=lambda cell, **_: on_cell(cell),
    )
