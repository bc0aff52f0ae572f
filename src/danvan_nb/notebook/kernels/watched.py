"""The client of a kernel: it keeps the limits of a report, and tells in words how a cell ended."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

import psutil
import traitlets
from jupyter_core.utils import run_sync
from nbclient import NotebookClient, exceptions
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from danvan_nb.errors import Issue, NotebookError, variant
from danvan_nb.notebook.cells import place_of
from danvan_nb.notebook.kernels.provisioner import family_of
from danvan_nb.project.models import STANDARD

MESSAGE_BYTES = 500
"""What an output costs beside its text."""
MOST_SAID = 500
"""So many letters of what Python said are told; the notebook in `failed/` holds them all."""
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")


class WatchedClient(NotebookClient):
    """nbclient that ends a cell which goes beyond a limit, or whose kernel is gone."""

    limits = traitlets.Any(STANDARD)
    _broken = ""
    _shown = 0
    _began = _cell_began = 0.0

    def reset_execution_trackers(self) -> None:
        """Begin anew: what was used before does not count."""
        super().reset_execution_trackers()
        self._broken, self._shown, self._began = "", 0, 0.0

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        """Execute a cell; NotebookError, with its section, number and line, if it fails."""
        with self._watching(place_of(self.nb, cell_index), cell.source):
            return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

    execute_cell = run_sync(async_execute_cell)

    async def async_wait_for_reply(self, msg_id: str, cell: NotebookNode | None = None) -> Any:
        """Wait for the answer to what is no cell; NotebookError if none comes."""
        with self._watching("{eval}", ""):
            return await super().async_wait_for_reply(msg_id, cell)

    wait_for_reply = run_sync(async_wait_for_reply)

    def process_message(self, msg: Any, *args: Any, **kwargs: Any) -> NotebookNode | None:
        """Take an output, unless there is too much of it already."""
        content = msg["content"]
        texts = (content.get("text"), *(content.get("data") or {}).values())
        self._shown += MESSAGE_BYTES + sum(len(str(text)) for text in texts)
        if self._beyond(memory=0):
            raise exceptions.CellExecutionComplete  # the next look at the kernel ends the cell
        return super().process_message(msg, *args, **kwargs)

    async def _async_check_alive(self) -> None:
        """Look at the kernel, once a second while it works."""
        memory = 0
        for process in family_of(getattr(self.km and self.km.provisioner, "pid", None)):
            with suppress(psutil.Error):
                memory += process.memory_info().rss
        if self._beyond(memory):
            raise DeadKernelError
        await super()._async_check_alive()

    def _beyond(self, memory: int) -> bool:
        """Say whether a limit is broken, and note which."""
        now = monotonic()
        used = {
            "cell_seconds": now - self._cell_began,
            "report_seconds": now - self._began,
            "memory_mb": memory / 2**20,
            "output_mb": self._shown / 2**20,
        }
        broken = (name for name, amount in used.items() if amount > getattr(self.limits, name))
        self._broken = self._broken or next(broken, "")
        return bool(self._broken)

    @contextmanager
    def _watching(self, at: str, source: str) -> Iterator[None]:
        """Begin to count, and tell a failure in words."""
        self._cell_began = monotonic()
        self._began = self._began or self._cell_began
        try:
            yield
            if self._beyond(memory=0):
                raise DeadKernelError
        except CellExecutionError as err:
            raise NotebookError(_failure(err, at, source)) from err
        except (DeadKernelError, exceptions.CellTimeoutError) as err:
            name = self._broken or "chet"
            limit = getattr(self.limits, name, "")
            first = next(iter(source.strip().splitlines()), "")
            issue = Issue.of(f"o_lenh.{name}", at=at, limit=limit, name=name, found=first)
            raise NotebookError(issue) from err


def _failure(err: CellExecutionError, at: str, source: str) -> Issue:
    """Word what Python said: where in the cell, what kind of mistake, and its own last line."""
    line = int((_LINE.findall(_COLOUR.sub("", err.traceback)) or ["1"])[-1])
    found = (source.splitlines() or [""])[line - 1 : line]
    facts = {"said": err.evalue[:MOST_SAID], "found": "".join(found).strip()}
    return Issue.of(
        variant("o_lenh", f"o_lenh.{err.ename}"), at=at, line=line, kind=err.ename, **facts
    )
