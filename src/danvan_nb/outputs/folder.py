"""Putting a report's files in place: all together or not at all.

Owns the lock of an output folder and the journal that a next command finishes.
"""

import errno
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from danvan_nb.errors import Issue, RenderError
from danvan_nb.outputs.former import keep_former
from danvan_nb.outputs.manifest import MANIFEST, NOTEBOOK, read_manifest
from danvan_nb.project.files import read_json, write_file

FAILED = "failed"
CANT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
"""What a disk or its owner can refuse; any other error of the system is a bug of ours."""


@contextmanager
def claim(folder: Path, waiting: Callable[[], None]) -> Iterator[Path]:
    """Hold `outputs/<office>/<period>` for one run; a second run calls `waiting` once and waits.

    Yields an empty private folder beside it, to make the files in; it is gone afterwards.

    Raises
    ------
    RenderError
        If something can't be written.
    """
    lock = FileLock(folder.parent / f".{folder.name}.lock")
    staging = _staging(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0.1)
        except Timeout:
            waiting()
            lock.acquire()
        recover(folder)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        yield staging
    except OSError as err:
        if err.errno not in CANT_WRITE:
            raise
        place = str(err.filename or folder)
        raise RenderError(Issue.of("ghi_tep", found=place, cause=err.strerror)) from err
    finally:
        if not is_unfinished(folder):  # else the next command finishes from it
            shutil.rmtree(staging, ignore_errors=True)
        lock.release()


def _staging(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.new"


def _journal(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.journal"


def is_unfinished(folder: Path) -> bool:
    """Say whether a run was stopped while its files were put in place."""
    return _journal(folder).is_file()


def publish(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Put files in place of a folder's earlier ones; other files in the folder stay.

    Returns the copies of earlier ones that a person had changed.

    The files are written aside, then named in a journal, then moved. A stop before the journal
    leaves everything as it was; a stop after it is finished by `recover`.
    """
    for name, data in files.items():
        write_file(_staging(folder) / name, data)
    made = read_manifest(folder)
    earlier = set(made.outputs) - set(files)
    plan = {"put": sorted(files), "drop": sorted(earlier), "made": made.hashes}
    write_file(_journal(folder), json.dumps(plan))
    return recover(folder)


def recover(folder: Path) -> list[Path]:
    """Finish what an interrupted run had ready; without a journal there is nothing to finish."""
    if not is_unfinished(folder):
        return []
    staging = _staging(folder)
    plan = read_json(_journal(folder))
    waiting = [name for name in plan["put"] if (staging / name).is_file()]
    made = plan.get("made", {})
    copies = []
    folder.mkdir(parents=True, exist_ok=True)
    for name in [*waiting, *plan["drop"]]:
        if name != MANIFEST and (copy := keep_former(folder, name, made.get(name))):
            copies.append(copy)
        if name in waiting:
            (staging / name).replace(folder / name)
        else:
            (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / FAILED, ignore_errors=True)
    _journal(folder).unlink()
    return copies


def leave_failure(folder: Path, staging: Path, log: str) -> None:
    """Leave what a failed run reached, its notebook and a log, beside the earlier outputs."""
    failed = folder / FAILED
    shutil.rmtree(failed, ignore_errors=True)
    write_file(failed / "log.txt", log)
    if (staging / NOTEBOOK).is_file():
        shutil.move(staging / NOTEBOOK, failed / NOTEBOOK)
