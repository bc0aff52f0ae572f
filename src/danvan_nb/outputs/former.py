"""Former versions: what a person may have changed of a report's files outlives the next run.

Owns `ban-cu/` in an output folder: dated copies, a bounded number for a bounded time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from danvan_nb.errors import Issue
from danvan_nb.outputs.manifest import sha256
from danvan_nb.project.files import write_file
from danvan_nb.project.project import Project

FORMER = "ban-cu"
MOST_COPIES = 10
MOST_DAYS = 400
STAMP = "%Y-%m-%d_%H%M%S"


def keep_former(folder: Path, name: str, noted: str | None) -> Path | None:
    """Copy a file that is about to be replaced, unless it is as the run left it.

    Parameters
    ----------
    folder, name
        The output folder, and the file in it.
    noted : str, optional
        The SHA-256 of what the run left.

    Returns
    -------
    Path, optional
        The copy; none if the file is not there, or nobody touched it.
    """
    path = folder / name
    data = path.read_bytes() if path.is_file() else b""
    if not data or sha256(data) == noted:
        return None
    if (last := former_versions(folder, name)[:1]) and last[0].read_bytes() == data:
        return last[0]
    now = datetime.now().astimezone()
    copy = folder / FORMER / f"{now.strftime(STAMP)}_{name}"
    write_file(copy, data)
    first = (now - timedelta(MOST_DAYS)).strftime(STAMP)
    for number, old in enumerate(former_versions(folder, name)):
        if number >= MOST_COPIES or old.name < first:
            old.unlink(missing_ok=True)
    return copy


def told_copies(project: Project, copies: Iterable[Path]) -> tuple[Issue, ...]:
    """Say where each copy is."""
    return tuple(Issue.of("ban_cu", file=project.relative(copy)) for copy in copies)


def former_versions(folder: Path, name: str) -> list[Path]:
    """List the copies of a file, the newest first."""
    return sorted((folder / FORMER).glob(f"*_{name}"), reverse=True)
