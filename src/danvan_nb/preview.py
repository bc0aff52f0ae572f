"""The command `preview`: the report as a web page that follows every save, on this machine only.

Owns the watching, the warm kernel and the little server. A change of words alone evaluates the inline values again in the kernel
that has run the cells; anything else runs the cells again there. What is served is never written among the outputs.
"""

from __future__ import annotations

import html
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager, start_new_kernel
from nbformat import NotebookNode

from danvan_nb.document.build import build_document
from danvan_nb.document.html import write_html
from danvan_nb.errors import DanvanError, Issue, NotebookError
from danvan_nb.letterhead import letterhead
from danvan_nb.notebook.compose import compose, narrative_path, read_narrative
from danvan_nb.notebook.prose import expressions
from danvan_nb.notebook.stamp import KEY
from danvan_nb.notebook.values import check_expressions, prose_cells, store_values
from danvan_nb.params import Project
from danvan_nb.pipeline import MASTER
from danvan_nb.report import Report, load_report

PAUSE = 0.1
"""Seconds between two looks at the files: far below the second that a person waits."""
RELOAD = (
    "<script>const at='{version}';setInterval(async()=>{{try{{const now=await(await fetch('/version')).text();"
    "if(now!==at)location.reload()}}catch{{}}}},150)</script>"
)
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
    version: str = "0"
    kind: str = ""
    seconds: float = 0.0
    _seen: dict[Path, int] = field(default_factory=dict)
    _code: list[str] = field(default_factory=list)
    _outputs: dict[str, list[Any]] = field(default_factory=dict)
    _report: Report | None = None

    def __post_init__(self) -> None:
        self._manager, self._client = start_new_kernel(cwd=str(self.project.root))

    def close(self) -> None:
        """End the kernel."""
        self._client.stop_channels()
        manager: KernelManager = self._manager
        manager.shutdown_kernel(now=True)

    def look(self) -> bool:
        """Make the page again if a file changed; says whether it did."""
        stamps = {path: path.stat().st_mtime_ns for path in self._files()}
        if stamps == self._seen:
            return False
        changed = {path for path in stamps.keys() | self._seen.keys() if stamps.get(path) != self._seen.get(path)}
        self._seen, began = stamps, time.monotonic()
        try:
            document = build_document(self._execute(changed))
            text = write_html(document).decode()
        except DanvanError as err:
            self._code = []  # whatever the kernel holds now, it is not this report
            text = _error_page(err)
        self.version = str(int(self.version) + 1)
        # The report's own page allows no script; this copy, served here alone, looks whether there is a newer one.
        policy = "default-src 'none'; script-src 'unsafe-inline'; connect-src 'self';"
        text = text.replace('content="default-src &#39;none&#39;;', f'content="{policy}', 1)
        self.page = text.replace("</body>", RELOAD.format(version=self.version) + "</body>", 1).encode()
        self.seconds = time.monotonic() - began
        return True

    def _files(self) -> list[Path]:
        root = self.project.root
        home = root / "params" / Path(self.params_file).parent.name
        fixed = [root / MASTER, root / "params/offices.yml", root / "params/indicators.yml", *home.glob("*")]
        data = [path for path in (root / "data" / home.name).rglob("*") if not path.name.startswith((".", "~$"))]
        return [path for path in (*fixed, *data) if path.is_file()]

    def _execute(self, changed: set[Path]) -> NotebookNode:
        words_only = bool(self._code) and self._report is not None
        if words_only and self._report is not None:
            words_only = changed <= {narrative_path(self._report), self.project.root / MASTER}
        report = self._report if words_only and self._report else load_report(self.params_file, self.project.root)
        self._report = report
        path = narrative_path(report)
        passages = read_narrative(path, report.project.relative(path)) if path.is_file() else []
        nb = compose(nbformat.read(self.project.root / MASTER, as_version=4), passages, report.project.relative(path))
        nb.metadata[KEY].update(letterhead=letterhead(report.project, report.params), draft=True)
        check_expressions(nb, report)
        code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        self.kind = "words" if words_only and code == self._code else "cells"
        if self.kind == "cells":
            self._run_cells(nb)
            self._code = code
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = self._outputs[cell.id]
        store_values(nb, self._evaluate(nb), report, draft=True)
        return nb

    def _run_cells(self, nb: NotebookNode) -> None:
        self._ask("%reset -f")
        self._outputs = {}
        for cell in nb.cells:
            if cell.cell_type == "code":
                source = f"params_file = {self.params_file!r}" if "parameters" in cell.metadata.get("tags", []) else cell.source
                self._outputs[cell.id] = self._ask(source)

    def _ask(self, source: str) -> list[Any]:
        outputs: list[Any] = []

        def collect(message: Mapping[str, Any]) -> None:
            if message["header"]["msg_type"] in ("stream", "display_data", "execute_result", "error"):
                outputs.append(nbformat.v4.output_from_msg(message))

        reply = self._client.execute_interactive(source, allow_stdin=False, timeout=CELL_SECONDS, output_hook=collect)["content"]
        if reply["status"] != "ok":
            cause = f"{reply.get('ename')}: {reply.get('evalue')}"
            raise NotebookError(Issue("o_lenh", f"Ô lệnh không chạy được: {cause}", found=source.splitlines()[0]))
        return outputs

    def _evaluate(self, nb: NotebookNode) -> dict[str, Any]:
        wanted = list(dict.fromkeys(source for cell in prose_cells(nb) for source in expressions(cell.source)))
        keys = {str(number): source for number, source in enumerate(wanted)}
        reply = self._client.execute(
            "", silent=True, store_history=False, user_expressions=keys, allow_stdin=False, reply=True, timeout=CELL_SECONDS
        )
        return {source: reply["content"]["user_expressions"][key] for key, source in keys.items()}


def _error_page(err: DanvanError) -> str:
    items = "".join(f"<li>{html.escape(str(issue))}</li>" for issue in err.issues)
    head = f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>{err.kind}</title>'
    return f"{head}<body><h1>{html.escape(err.kind)}</h1><ul>{items}</ul></body></html>"


def serve(preview: Preview, ready: Callable[[str], None], said: Callable[[Preview], None], port: int = 0) -> None:
    """Serve the page on the loopback address until interrupted.

    Parameters
    ----------
    preview : Preview
        The report.
    ready : callable
        Told the address once it is served.
    said : callable
        Called after each new page.
    port : int
        0 takes a free one.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that http.server calls
            host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
            if host not in ("127.0.0.1", "localhost"):  # a page elsewhere that had its name point here
                self.send_error(403)
                return
            body = preview.version.encode() if self.path == "/version" else preview.page
            self.send_response(200)
            self.send_header("Content-Type", f"text/{'plain' if self.path == '/version' else 'html'}; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the terminal shows the report's own news."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
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
            preview.close()
