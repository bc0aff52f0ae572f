"""The papermill engine `danvan`: composes the report's notebook, executes it, stores its values.

Owns what happens between papermill's parameters and the stamp. All inline expressions are evaluated
together after the last cell, so that prose may quote what is computed further down, and are stored
as jupyterlab-myst stores them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine
from papermill.iorw import write_ipynb

from danvan_nb.errors import NotebookError
from danvan_nb.notebook import cells, stamp
from danvan_nb.notebook.kernels.provisioner import client_options
from danvan_nb.notebook.kernels.watched import WatchedClient
from danvan_nb.notebook.values import ask_values, check_expressions, prepare, store_values
from danvan_nb.report.parameters import check_parameters
from danvan_nb.report.report import load_report


class DanvanEngine(NBClientEngine):  # type: ignore[misc]
    """Papermill's engine of this package: `papermill --engine danvan IN OUT -p params_file …`."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> NotebookNode:
        """Compose, execute, evaluate and stamp the notebook that papermill manages.

        Of the further arguments `draft`, `report` and `places` are as in `execute`; the rest goes
        to nbclient.

        Raises
        ------
        DanvanError
            For wrong parameters, data, narrative, or an expression that fails; the notebook is
            saved as far as it got.
        """
        draft = bool(kwargs.pop("draft", False))
        nb = nb_man.nb
        check_parameters(nb.metadata.papermill.get("parameters", {}))
        places = kwargs.pop("places", None) or {}
        report = kwargs.pop("report", None) or load_report(cells.params_file_of(nb), *_folders(nb))
        if not draft:
            report.refuse_errors()
        nb = nb_man.nb = prepare(nb, report, draft)
        for cell in nb.cells:
            if cells.INJECTED in cells.tags(cell):
                cell.id = cells.INJECTED  # papermill draws a new one each time
        check_expressions(nb, report)
        kwargs["resources"] = {"metadata": {"path": str(report.project.root)}}
        kwargs["limits"] = report.params.limits
        outputs = str(report.project.root / "outputs")
        client = _client(nb_man, kernel_name, outputs, kwargs)
        try:
            client.execute()
            store_values(nb, client.values, report, draft)
        except NotebookError:
            write_ipynb(nb, nb.metadata.papermill.get("output_path"))
            raise
        nb.metadata.pop("widgets", None)
        nb.metadata.papermill.update(places)
        stamp.set_stamp(nb, report.project)
        return nb


class _Client(WatchedClient, PapermillNotebookClient):  # type: ignore[misc]
    """nbclient that asks the kernel for every inline value after the last cell, in one request."""

    values: Mapping[str, Any] = {}

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        self.values = ask_values(self)


def _client(nb_man: Any, kernel_name: str, outputs: str, kwargs: dict[str, Any]) -> _Client:
    start_timeout = kwargs.pop("start_timeout", 60)
    for name in ("input_path", "execution_timeout", "autosave_cell_every"):
        kwargs.pop(name, None)
    limits = kwargs["limits"]
    own = client_options(limits.memory_mb, outputs)
    return _Client(nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, **kwargs, **own)


def _folders(nb: NotebookNode) -> list[Path]:
    """Give the folders from which the project can be found: the notebook's, then the output's."""
    record = nb.metadata.get("papermill", {})
    paths = [record.get(name) for name in ("input_path", "output_path")]
    return [Path(path).parent for path in paths if isinstance(path, str) and path and path != "-"]
