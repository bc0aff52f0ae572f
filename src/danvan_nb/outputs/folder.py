"""Putting a report's files in place: all together or not at all, and never over what a person wrote.

Owns `outputs/`: the lock, the journal that a next command finishes, and the guard over edited notebooks and Word files.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from danvan_nb.errors import Issue, NotebookError, RenderError
from danvan_nb.outputs.versions import differing
from danvan_nb.project.project import Project, ReportParams, changed_files

NOTEBOOK = "report.ipynb"
MANIFEST = "manifest.json"
KEPT = "kept.json"
FAILED = "failed"
CANT_WRITE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
"""What a disk or its owner can refuse; any other error of the system is a bug of ours."""


@contextmanager
def claim(folder: Path, waiting: Callable[[], None]) -> Iterator[Path]:
    """Hold `outputs/<office>/<period>` for one run; a second run of the same report calls `waiting` once and waits.

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
        todo = "Kiểm tra dung lượng đĩa và quyền ghi; kết quả cũ vẫn còn nguyên"
        raise RenderError(
            Issue(
                "ghi_tep",
                f"Không ghi được kết quả: {err.strerror}",
                found=str(err.filename or folder),
                todo=todo,
            )
        ) from err
    finally:
        if not _journal(folder).is_file():  # else the next command finishes from it
            shutil.rmtree(staging, ignore_errors=True)
        lock.release()


def _staging(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.new"


def _journal(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.journal"


def publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files in place of a folder's earlier ones; other files in the folder stay.

    The files are written aside, then named in a journal, then moved. A stop before the journal leaves everything as it was;
    a stop after it is finished by `recover`.
    """
    staging, journal = _staging(folder), _journal(folder)
    for name, data in files.items():
        _write(staging / name, data)
    earlier = set(read_manifest(folder).get("outputs", {})) - set(files)
    plan = {"put": sorted(files), "drop": sorted(earlier)}
    _write(journal.with_suffix(".part"), json.dumps(plan).encode())
    journal.with_suffix(".part").replace(journal)
    recover(folder)


def recover(folder: Path) -> None:
    """Finish what an interrupted run had ready; without a journal there is nothing to finish."""
    journal, staging = _journal(folder), _staging(folder)
    if not journal.is_file():
        return
    plan = json.loads(journal.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    for name in plan["put"]:
        if (staging / name).is_file():
            (staging / name).replace(folder / name)
    for name in plan["drop"]:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / FAILED, ignore_errors=True)
    journal.unlink()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def keep_failure(folder: Path, staging: Path, log: str) -> None:
    """Keep what a failed run left, its notebook and a log, beside the earlier outputs, which stay."""
    failed = folder / FAILED
    shutil.rmtree(failed, ignore_errors=True)
    failed.mkdir(parents=True)
    if (staging / NOTEBOOK).is_file():
        shutil.move(staging / NOTEBOOK, failed / NOTEBOOK)
    (failed / "log.txt").write_text(log, encoding="utf-8")


def why_run(
    project: Project, params_file: str, params: ReportParams, formats: tuple[str, ...], draft: bool
) -> str:
    """Say in one line why a report must be made; empty if what stands in its folder is what a run would make.

    Compares content, never times: a clock set back or a file touched changes nothing.
    """
    folder = project.output(params)
    made = read_manifest(folder)
    outputs = made.get("outputs", {})
    if not made or _journal(folder).is_file() or (folder / FAILED).is_dir():
        return "lượt trước chưa xong" if made else "chưa có kết quả"
    if params_file not in made["inputs"] or made.get("draft") != draft:
        return "kết quả đang có là của tệp tham số hay loại bản khác"
    if set(outputs) != {"figures.csv", *(f"report.{name}" for name in formats or params.formats)}:
        return "các bản cần xuất khác lần trước"
    if others := differing(made):
        return f"chương trình đổi phiên bản ({', '.join(others)})"
    changed = changed_files(project, {**made["inputs"], **made["notebook"]})
    if changed:
        return f"có thay đổi ở {', '.join(changed[:3])}{' …' if changed[3:] else ''}"
    place = project.relative(folder)
    kept = changed_files(
        project,
        {
            f"{place}/{name}": noted
            for name, noted in {**outputs, NOTEBOOK: made["run"]["notebook"]}.items()
        },
    )
    return f"tệp kết quả không còn như khi làm ra: {', '.join(kept)}" if kept else ""


def guard(folder: Path, name: str) -> None:
    """Refuse to go on where a person edited the notebook or the Word file of an earlier run; messages call the folder `name`.

    Raises
    ------
    NotebookError
        Naming each edited file and what to do with it.
    """

    def issue(message: str, file: str) -> Issue:
        todo = f"Giữ phần sửa: danvan-nb keep {name}/{file}; không cần nữa thì chuyển tệp này đi nơi khác rồi chạy lại"
        return Issue(
            "da_sua", f"{message} đã được sửa tay, không ghi đè", file=f"{name}/{file}", todo=todo
        )

    issues = []
    kept = _read_json(folder / KEPT).get("kept", [])
    notebook, word = folder / NOTEBOOK, folder / "report.docx"
    if notebook.is_file() and _notebook_changed(notebook, kept):
        issues.append(issue("Sổ tay", NOTEBOOK))
    made = [read_manifest(folder).get("outputs", {}).get("report.docx"), *kept]
    if word.is_file() and hashlib.sha256(word.read_bytes()).hexdigest() not in made:
        issues.append(issue("Bản Word", "report.docx"))
    if issues:
        raise NotebookError(issues)


def note_kept(folder: Path, mark: str) -> None:
    """Note an edited file (by hash: a Word file's bytes, a notebook's sources) as kept, so that a run may replace it."""
    kept = _read_json(folder / KEPT).get("kept", [])
    _write(folder / KEPT, json.dumps({"kept": [*kept, mark]}, indent=1).encode())


def _notebook_changed(path: Path, kept: Sequence[str]) -> bool:
    import nbformat  # slow to import, and a report that is skipped needs none of it

    from danvan_nb.notebook.stamp import is_edited, sources_hash

    try:
        nb = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError):  # no notebook, so not what we wrote
        return True
    return "danvan" not in nb.metadata or (is_edited(nb) and sources_hash(nb) not in kept)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read what the last good run noted; empty if there is nothing readable."""
    return _read_json(folder / MANIFEST)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
