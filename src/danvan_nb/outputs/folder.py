"""Putting a report's files in place: all together or not at all.

Owns which files of an output folder belong to a report, and what a failed run leaves.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from danvan_nb.errors import Issue
from danvan_nb.outputs.manifest import MANIFEST, NOTEBOOK, Manifest, RunBlock, read_manifest
from danvan_nb.project.files import sha256
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.project.saving.hold import Told, hold, unsaid

FAILED = "failed"
LOG = "log.txt"
COMMAND = "run"


@contextmanager
def claim(project: Project, folder: Path, waiting: Told = unsaid) -> Iterator[Path]:
    """Hold a report for one command, as `hold` does; yields a private folder to make its files in.

    Raises
    ------
    RenderError
        If something can't be written, or another machine holds it.
    """
    name = project.relative(folder).removeprefix("outputs/").replace("/", "~")
    with hold(project.root, name, waiting) as staging:
        yield staging


def publish(project: Project, folder: Path, files: Mapping[str, bytes]) -> tuple[Issue, ...]:
    """Put files in place of a folder's earlier ones; other files in the folder stay.

    Returns a notice for each earlier one that a person had changed, and that was kept.
    """
    made = read_manifest(folder)
    gone: dict[str, bytes | None] = {**dict.fromkeys(made.outputs), **_failed_files()}
    noted = {**made.hashes, **_failed_hashes(folder)}
    return _write(project, folder, {**gone, **files}, noted)


def leave_failure(project: Project, folder: Path, staging: Path, log: str) -> None:
    """Leave what a failed run reached, its notebook and a log, beside the earlier outputs."""
    files: dict[str, bytes] = {LOG: log.encode()}
    if (staging / NOTEBOOK).is_file():
        files[NOTEBOOK] = (staging / NOTEBOOK).read_bytes()
    hashes = {name: sha256(data) for name, data in files.items()}
    noted = Manifest(outputs=hashes, run=RunBlock(notebook=hashes.get(NOTEBOOK, "")))
    files[MANIFEST] = noted.as_bytes()
    left = {f"{FAILED}/{name}": data for name, data in files.items()}
    _write(project, folder, {**_failed_files(), **left}, _failed_hashes(folder))


def has_failed(folder: Path) -> bool:
    """Say whether the last run of a report failed."""
    return (folder / FAILED / LOG).is_file()


def _failed_files() -> dict[str, None]:
    return dict.fromkeys(f"{FAILED}/{name}" for name in (LOG, NOTEBOOK, MANIFEST))


def _failed_hashes(folder: Path) -> dict[str, str]:
    return {
        f"{FAILED}/{name}": noted for name, noted in read_manifest(folder / FAILED).hashes.items()
    }


def _write(
    project: Project, folder: Path, files: Mapping[str, bytes | None], noted: Mapping[str, str]
) -> tuple[Issue, ...]:
    made = {folder / name: digest for name, digest in noted.items()}
    changes = {folder / name: data for name, data in files.items()}
    return write_all(project.root, changes, COMMAND, made)
