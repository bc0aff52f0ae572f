"""Former versions: what a person may have changed outlives whatever replaces it.

Owns `outputs/ban-cu/`: a folder for each file, named as the file is, with dated copies; a bounded
number for a bounded time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from danvan_nb.project.files import write_file

FORMER = "outputs/ban-cu"
MOST_COPIES = 10
MOST_DAYS = 400
STAMP = "%Y-%m-%d_%H%M%S-%f"
NOBODYS = (".json", ".sha256")
"""Endings of what only programs write."""


@dataclass(frozen=True)
class Version:
    """A former version: of which file, where it lies, when and by which command it was replaced."""

    file: str
    path: Path

    @property
    def stamp(self) -> str:
        """Give the moment as it is written in the name, which sorts by time."""
        return self.path.stem.rpartition("_")[0]

    @property
    def when(self) -> str:
        """Give the day and the time as people read them."""
        day, time = self.stamp[:10].split("-"), self.stamp[11:]
        return f"{'/'.join(reversed(day))} {time[:2]}:{time[2:4]}:{time[4:6]}"

    @property
    def why(self) -> str:
        """Name the command."""
        return self.path.stem.rpartition("_")[2]


def keep_former(root: Path, file: str, data: bytes, why: str) -> Path | None:
    """Keep what a file holds that is about to be replaced; None for what only programs write."""
    if file.endswith(NOBODYS):
        return None
    last = next(former_versions(root, file), None)
    if last and last.path.read_bytes() == data:
        return last.path
    now = datetime.now()
    copy = former_folder(root, file) / f"{now.strftime(STAMP)}_{why}{Path(file).suffix}"
    write_file(copy, data)
    first = (now - timedelta(MOST_DAYS)).strftime(STAMP)
    for number, old in enumerate(former_versions(root, file)):
        if number >= MOST_COPIES or (number and old.stamp < first):
            old.path.unlink(missing_ok=True)
    return copy


def former_folder(root: Path, file: str) -> Path:
    """Give where the former versions of a file lie; of one outside the project under `@`."""
    inside = f"@{file}" if file.startswith("/") else file.replace(":/", "@/", 1)
    return root / FORMER / inside


def former_versions(root: Path, within: str = "") -> Iterator[Version]:
    """Give the former versions of a file, or of all under a folder, the newest first."""
    copies = former_folder(root, within).rglob("[0-9]*_[0-9]*-[0-9]*_*")
    for path in sorted(copies, key=lambda path: path.name, reverse=True):
        folder = path.parent.relative_to(root / FORMER).as_posix()
        drive, outside, rest = folder.partition("@/")
        name = f"{drive and f'{drive}:'}/{rest}" if outside else folder
        yield Version(name, path)
