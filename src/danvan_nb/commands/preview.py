"""The command `preview`: the report as a web page that follows every save, on this machine only.

Owns the watching, the warm kernel and the little server. A change of words alone evaluates the
inline values again in the kernel that has run the cells; anything else runs the cells again there.
What is served is never written among the outputs.
"""

import html
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from secrets import compare_digest, token_urlsafe
from typing import Annotated, Any

import typer
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from danvan_nb.commands import console
from danvan_nb.document.build import build_document
from danvan_nb.document.html import write_html
from danvan_nb.errors import DanvanError, InputError, Issue, ParamsError
from danvan_nb.nodes import Document
from danvan_nb.notebook import cells, narrative, values
from danvan_nb.notebook.kernels.provisioner import client_options
from danvan_nb.notebook.kernels.watched import WatchedClient
from danvan_nb.project.files import is_passed_over, unreadable
from danvan_nb.project.project import Project
from danvan_nb.report.report import Report, load_report

PAUSE = 0.1
"""Seconds between two looks at the files: far below the second that a person waits."""
TEMPLATES = files(__package__).joinpath("templates")
RELOAD = TEMPLATES.joinpath("preview.js").read_text(encoding="utf-8").strip()
"""The report's own page allows no script; the copy served here looks for a newer one."""
BAND = TEMPLATES.joinpath("preview.html").read_text(encoding="utf-8").strip()
"""What stands above the last page that was right while something is wrong."""
NO_PAGE = b'<!doctype html><html lang="vi"><meta charset="utf-8"><body><script>%b</script></body>'
HERE = ("127.0.0.1", "localhost")


@dataclass
class Preview:
    """A report kept ready in a warm kernel.

    Attributes
    ----------
    page : bytes
        The HTML last made; while something is wrong, the last that was right under a band.
    trouble : DanvanError, optional
        What is wrong.
    version : int
        Changes with it.
    secret : str
        A part of the address: another user of this machine can't guess it.
    kind : str
        Whether the cells ran again (`cells`) or only the inline values (`words`).
    seconds : float
        How long it took.
    """

    project: Project
    params_file: str
    page: bytes = b""
    trouble: DanvanError | None = None
    version: int = 0
    secret: str = field(default_factory=token_urlsafe)
    kind: str = ""
    seconds: float = 0.0
    _seen: dict[Path, int] = field(default_factory=dict)
    _held: tuple[Report, list[NotebookNode]] | None = None
    """The report that the kernel holds, and the code cells that made it so."""
    _good: Document | None = None
    _kernel: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def client(self) -> WatchedClient:
        """Start a kernel, and give the client that keeps it warm."""
        place = {"metadata": {"path": str(self.project.root)}}
        options = {"kernel_name": "python3", **client_options()}
        client = WatchedClient(new_notebook(), resources=place, **options)
        self._kernel.enter_context(client.setup_kernel())
        return client

    def end_kernel(self) -> None:
        """End the kernel, if there is one; the next run of the cells starts another."""
        self.__dict__.pop("client", None)
        self._held = None
        self._kernel.close()

    def look(self) -> bool:
        """Make the page again if a file changed; says whether it did."""
        times = {}
        for path in self._files():
            with suppress(OSError):  # it is being replaced: the next look sees it
                times[path] = path.stat().st_mtime_ns
        changed = {path for path, _ in times.items() ^ self._seen.items()}
        if not changed:
            return False
        self._seen, began = times, time.monotonic()
        version = self.version + 1
        script = RELOAD.format(version=version)
        try:
            document = build_document(self._execute(changed))
            self.page, self.trouble, self._good = write_html(document, script), None, document
        except (DanvanError, OSError) as err:
            self.trouble = err if isinstance(err, DanvanError) else InputError(unreadable("", err))
            self._held = None  # whatever the kernel holds now, it is not this report
            if any(issue.rule == "o_lenh" for issue in self.trouble.issues):
                self.end_kernel()
            page = write_html(self._good, script) if self._good else NO_PAGE % script.encode()
            self.page = page.replace(b"<body>", b"<body>" + _band(self.trouble), 1)
        self.version = version
        self.seconds = time.monotonic() - began
        return True

    def _files(self) -> list[Path]:
        project = self.project
        office, _ = project.office_and_period(self.params_file)
        fixed = (project.master_file, project.offices_file, project.catalogue_file)
        params = (project.root / self.params_file).parent.glob("*")
        data = project.data_home(office).rglob("*")
        inputs = (path for path in data if not is_passed_over(path))
        return [path for path in (*fixed, *params, *inputs) if path.is_file()]

    def _execute(self, changed: set[Path]) -> NotebookNode:
        report, ran = self._held or (None, [])
        words = {narrative.narrative_path(report), self.project.master_file} if report else set()
        if report is None or not changed <= words:
            report, ran = load_report(self.params_file, self.project.root), []
        nb = cells.read_master(self.project)
        for cell in nb.cells:
            if "parameters" in cells.tags(cell):  # and no name of the run before
                cell.source = f"%reset -f\nparams_file = {self.params_file!r}"
        nb = self.client.nb = values.prepare(nb, report, draft=True)
        values.check_expressions(nb, report)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        if [cell.source for cell in code] == [cell.source for cell in ran]:
            self.kind = "words"
            for cell, earlier in zip(code, ran, strict=True):
                cell.outputs = earlier.outputs
        else:
            self.kind = "cells"
            self.client.reset_execution_trackers()
            for index, cell in enumerate(nb.cells):
                self.client.execute_cell(cell, index)
        values.store_values(nb, values.ask_values(self.client), report, draft=True)
        self._held = report, code
        return nb


def _band(err: DanvanError) -> bytes:
    items = "".join(f"<li>{html.escape(str(issue))}</li>" for issue in err.issues)
    return BAND.format(kind=err.kind, items=items).encode()


class _Handler(BaseHTTPRequestHandler):
    """Answers with the page, or with its version alone."""

    def __init__(self, held: Preview, *args: Any) -> None:
        self.held = held
        super().__init__(*args)

    def do_GET(self) -> None:  # the name that http.server calls
        """Send the page; not to who lacks the address, or to a page whose name points here."""
        secret, _, asked = self.path[1:].partition("/")
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in HERE or not compare_digest(secret.encode(), self.held.secret.encode()):
            self.send_error(403)
            return
        body, kind = self.held.page, "html"
        if asked == "version":
            body, kind = str(self.held.version).encode(), "plain"
        self.send_response(200)
        self.send_header("Content-Type", f"text/{kind}; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        # a page that loads anew has hung up on its last question
        with suppress(ConnectionError):
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing: the terminal shows the report's own news."""


def serve(
    held: Preview, ready: Callable[[str], None], said: Callable[[Preview], None], port: int = 0
) -> None:
    """Serve the page on the loopback address (port 0: a free one) until interrupted.

    `ready` is told the address once it is served, `said` each new page.
    """
    answers = partial(_Handler, held)
    with ThreadingHTTPServer((HERE[0], port), answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            held.look()
            said(held)
            ready(f"http://{HERE[0]}:{server.server_address[1]}/{held.secret}/")
            while True:
                time.sleep(PAUSE)
                if held.look():
                    said(held)
        finally:
            server.shutdown()
            held.end_kernel()


def preview(
    params: console.ParamsFiles,
    port: Annotated[int, console.option("preview.port")] = 0,
    browser: Annotated[bool, console.option("preview.browser", "--browser/--no-browser")] = True,
) -> None:
    """Serve a report's page, and tell of each new one."""

    def ready(address: str) -> None:
        console.out.print(f"Mở {address} (chỉ trên máy này)")
        if browser:
            typer.launch(address)

    def said(page: Preview) -> None:
        if page.trouble:
            console.show_error(page.trouble.kind, page.trouble.issues)
            return
        kind = "lời văn" if page.kind == "words" else "chạy lại các ô"
        console.out.print(f"Đã cập nhật trong {page.seconds:.2f} giây ({kind})")

    project = console.find_project(params)
    file, *others = console.expand(project, params)
    if others:
        known = ", ".join([file, *others])
        raise ParamsError(Issue.of("tep_tham_so.nhieu", found=" ".join(params), known=known))
    try:
        serve(Preview(project, file), ready, said, port)
    except KeyboardInterrupt:
        console.out.print("Đã dừng.")
