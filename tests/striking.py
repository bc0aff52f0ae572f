"""Ends a command, or lets its disk fail, at any one of its file operations.

An audit hook of Python sees every operation that changes a file, whichever library asks for it.
From the moment of a kill on every operation is refused, so that nothing which the dying command
still does (`finally`, `except`) reaches the disk: what is left is what a killed process leaves.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from danvan_nb.errors import DanvanError
from danvan_nb.project.files import read_json

WRITING = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.truncate")


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class Strike:
    """Where the command of a thread is struck: at which operation, by which error (0: a kill)."""

    at: int
    error: int = 0
    thread: int = 0
    count: int = 0

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        """Count an operation that changes a file, and strike."""
        is_write = event in WRITING
        if event == "open":
            is_write = bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if not is_write or threading.get_ident() != self.thread:
            return
        self.count += 1
        if self.count >= self.at and not self.error:
            raise Killed
        is_full = self.error == errno.ENOSPC and self.count > self.at and event == "open"
        if self.count == self.at or is_full:
            raise OSError(self.error, os.strerror(self.error), str(args[0]))


NOBODY = Strike(0)
struck = NOBODY
hooked = False


def strike(act: Callable[[], object], at: int, error: int = 0) -> str:
    """Run a command and strike; gives how it ended: `killed`, `told`, or "" if it came through."""
    global struck, hooked
    if not hooked:
        sys.addaudithook(lambda event, args: struck(event, args))
        hooked = True
    struck = Strike(at, error, threading.get_ident())
    try:
        act()
    except Killed:
        return "killed"
    except DanvanError:
        return "told"
    else:
        return "told" if struck.count >= at else ""
    finally:
        struck = NOBODY


def every_operation(act: Callable[[], object], error: int = 0) -> Iterator[tuple[int, str]]:
    """Strike at each operation in turn; yields its number and how the command ended."""
    for at in range(1, 1000):
        if not (end := strike(act, at, error)):
            return
        yield at, end


def files_of(root: Path) -> dict[str, bytes]:
    """Give every file of a project but locks, without what differs from one time to the other."""
    found = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(root).as_posix(): _timeless(path) for path in found}


def _timeless(path: Path) -> bytes:
    is_workbook = path.suffix == ".xlsx" and path.read_bytes()[:2] == b"PK"
    if is_workbook or path.name in ("log.txt", "results.json"):
        return b""
    if path.name in ("manifest.json", "report.ipynb") and (said := read_json(path)):
        said.pop("run", None)
        if path.parent.name == "failed":
            said.pop("outputs", None)
        for part in (said, *said.get("cells", ())):
            for name in ("papermill", "execution"):
                part.get("metadata", {}).pop(name, None)
        return json.dumps(said).encode()
    return path.read_bytes()
