"""The command `preview`: the report as a web page that follows every save, on this machine only.

Owns the watching, the warm kernel and the little server. A change of words alone evaluates the inline values again in the kernel
that has run the cells; anything else runs the cells again there. What is served is never written among the outputs.
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from danvan_nb.document.build import build_document
from danvan_nb.document.html import write_html
from danvan_nb.errors import DanvanError, Issue, NotebookError
from danvan_nb.notebook.cells import read_master, tags
from danvan_nb.notebook.kernels.provisioner import client_options
from danvan_nb.notebook.narrative import narrative_path
from danvan_nb.notebook.values import ask_values, check_expressions, prepare, store_values
from danvan_nb.project.project import Project
from danvan_nb.report.report import Report, load_report

PAUSE = 0.1
"""Seconds between two looks at the files: far below the second that a person waits."""
RELOAD = (
    "const at='{version}';setInterval(async()=>{{try{{"
    "const now=await(await fetch('/version')).text();"
    "if(now!==at)location.reload()}}catch{{}}}},150)"
)
"""The report's own page allows no script; the copy served here looks for a newer one."""
CELL_SECONDS = 120


@dataclass
class Preview:
    """A report kept ready in a warm kernel.

    `page` is the HTML last made, `version` changes with it, `kind` says whether the cells ran again (`cells`) or only the inline
    values (`words`), `seconds` how long it took.
    """

    project: Project
    params_file: str
    page: bytes = b""
    version: int = 0
    kind: str = ""
    seconds: float = 0.0
    _seen: dict[Path, int] = field(default_factory=dict)
    _held: tuple[Report, list[NotebookNode]] | None = None
    """The report that the kernel holds, and the code cells that made it so."""

    def __post_init__(self) -> None:
        place = {"metadata": {"path": str(self.project.root)}}
        options = {"kernel_name": "python3", "timeout": CELL_SECONDS, **client_options()}
        self.client = NotebookClient(new_notebook(), resources=place, **options)

    def look(self) -> bool:
        """Make the page again if a file changed; says whether it did."""
        stamps = {path: path.stat().st_mtime_ns for path in self._files()}
        if stamps == self._seen:
            return False
        changed = {
            path
            for path in stamps.keys() | self._seen.keys()
            if stamps.get(path) != self._seen.get(path)
        }
        self._seen = stamps
        began = time.monotonic()
        self.version += 1
        script = RELOAD.format(version=self.version)
        try:
            self.page = write_html(build_document(self._execute(changed)), script)
        except DanvanError as err:
            self._held = None  # whatever the kernel holds now, it is not this report
            self.page = _error_page(err, script).encode()
        self.seconds = time.monotonic() - began
        return True

    def _files(self) -> list[Path]:
        root = self.project.root
        home = root / "params" / Path(self.params_file).parent.name
        fixed = [
            self.project.master_file,
            root / "params/offices.yml",
            root / "params/indicators.yml",
            *home.glob("*"),
        ]
        data = [
            path
            for path in (root / "data" / home.name).rglob("*")
            if not path.name.startswith((".", "~$"))
        ]
        return [path for path in (*fixed, *data) if path.is_file()]

    def _execute(self, changed: set[Path]) -> NotebookNode:
        report, ran = self._held or (None, [])
        if report is None or not changed <= {narrative_path(report), self.project.master_file}:
            report, ran = load_report(self.params_file, self.project.root), []
        nb = read_master(self.project)
        for cell in nb.cells:
            if "parameters" in tags(cell):
                cell.source = f"%reset -f\nparams_file = {self.params_file!r}"  # and no name of the run before
        nb = self.client.nb = prepare(nb, report, draft=True)
        check_expressions(nb, report)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        if [cell.source for cell in code] == [cell.source for cell in ran]:
            self.kind = "words"
            for cell, earlier in zip(code, ran, strict=True):
                cell.outputs = earlier.outputs
        else:
            self.kind = "cells"
            self._run_cells(nb)
        store_values(nb, ask_values(self.client), report, draft=True)
        self._held = report, code
        return nb

    def _run_cells(self, nb: NotebookNode) -> None:
        self.client.reset_execution_trackers()
        for index, cell in enumerate(nb.cells):
            try:
                self.client.execute_cell(cell, index)
            except CellExecutionError as err:
                cause, first = f"{err.ename}: {err.evalue}", cell.source.splitlines()[0]
                raise NotebookError(
                    Issue("o_lenh", f"Ô lệnh không chạy được: {cause}", found=first)
                ) from err


def _error_page(err: DanvanError, script: str) -> str:
    items = "".join(f"<li>{html.escape(str(issue))}</li>" for issue in err.issues)
    head = f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{err.kind}</title>'
    body = f"<h1>{html.escape(err.kind)}</h1><ul>{items}</ul><script>{script}</script>"
    return f"{head}<body>{body}</body></html>"


def serve(
    preview: Preview, ready: Callable[[str], None], said: Callable[[Preview], None], port: int = 0
) -> None:
    """Serve the page on the loopback address (port 0: a free one) until interrupted.

    `ready` is told the address once it is served, `said` each new page.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
            if host not in (
                "127.0.0.1",
                "localhost",
            ):  # a page elsewhere that had its name point here
                self.send_error(403)
                return
            body = str(preview.version).encode() if self.path == "/version" else preview.page
            self.send_response(200)
            self.send_header(
                "Content-Type",
                f"text/{'plain' if self.path == '/version' else 'html'}; charset=utf-8",
            )
            self.send_header("Cache-Control", "no-store")
            with suppress(
                ConnectionError
            ):  # a page that loads anew has hung up on its last question
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the terminal shows the report's own news."""

    with preview.client.setup_kernel(), ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            preview.look()
            said(preview)
            ready(f"http://127.0.0.1:{server.server_address[1]}/")
            while True:
                time.sleep(PAUSE)
                if preview.look():
                    said(preview)
        finally:
            server.shutdown()
