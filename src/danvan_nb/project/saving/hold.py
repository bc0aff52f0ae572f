"""Who works on what: locks that a process holds, with its private folder and a note of who it is.

Owns `outputs/.working/`: a lock and, while it is held, a folder for each report under way, and for
whoever writes files of the project. A folder without a living holder is what a killed one left.
"""

import json
import os
import platform
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from filelock import FileLock, Timeout

from danvan_nb.errors import Issue, RenderError
from danvan_nb.project.files import in_words, read_json

WORKING = "outputs/.working"
LOCKS = "locks"
JOURNAL = "journal.json"
"""What must outlive its holder: the command that comes next ends what it tells of."""
HOLDER = "holder.json"
HOST = platform.node()
PATIENCE = 5
"""Seconds in which another machine, that our lock does not reach, may end its writing."""


Told: TypeAlias = Callable[[str], None]


def unsaid(_who: str) -> None:
    """Tell nobody who is waited for."""


@contextmanager
def hold(root: Path, name: str, waiting: Told = unsaid) -> Iterator[Path]:
    """Hold the lock of that name; whoever else holds it is told to `waiting` once, then waited for.

    Yields a private folder, which is gone afterwards unless a journal lies in it.

    Raises
    ------
    DanvanError
        If something can't be written, or another machine, that a lock does not reach, holds it.
    """
    folder = root / WORKING / name
    lock = FileLock(root / WORKING / LOCKS / f"{name}.lock")
    with in_words():
        (root / WORKING / LOCKS).mkdir(parents=True, exist_ok=True)
        try:
            held = lock.acquire(timeout=0)
        except Timeout:
            waiting(_who(folder))
            held = lock.acquire()
        with held:
            _refuse_another_machine(root, folder)
            _clear(folder)
            own = {"host": HOST, "pid": os.getpid(), "since": f"{datetime.now():%d/%m/%Y %H:%M}"}
            try:
                folder.mkdir(exist_ok=True)
                (folder / HOLDER).write_text(json.dumps(own), encoding="utf-8")
                yield folder
            finally:
                _clear(folder)


def clear_dead(root: Path) -> None:
    """Take away the private folders of killed processes of this machine."""
    for folder in (root / WORKING).glob("*"):
        if folder.name != LOCKS and _is_of_this_machine(folder):
            # else it lives, or is not ours to take away
            with suppress(RenderError), hold(root, folder.name, _leave):
                pass


def _leave(who: str) -> None:
    raise Timeout(who)


def _clear(folder: Path) -> None:
    if not (folder / JOURNAL).exists():
        shutil.rmtree(folder, ignore_errors=True)


def _who(folder: Path) -> str:
    known = {"host": "?", "since": "?", **read_json(folder / HOLDER)}
    return "máy {host}, từ {since}".format_map(known)


def _is_of_this_machine(folder: Path) -> bool:
    return read_json(folder / HOLDER).get("host", HOST) == HOST


def _refuse_another_machine(root: Path, folder: Path) -> None:
    """Go on only where no other machine's note stands, though its lock let us through."""
    for _ in range(PATIENCE):
        if _is_of_this_machine(folder):
            return
        time.sleep(1)
    note = (folder / HOLDER).relative_to(root).as_posix()
    raise RenderError(Issue.of("may_khac", file=note, who=_who(folder)))
