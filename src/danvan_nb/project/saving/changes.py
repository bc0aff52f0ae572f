"""The one writer of commands: a set of files lands whole or not at all, over nobody's work.

What is to be written, and what stood there, is noted in a journal before anything is touched. A
write that fails is taken back at once; what a killed command had begun, the next one takes back,
so that the same command does it again. Only where somebody saved one of the files meanwhile is it
carried to its end, and what was saved becomes a former version.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel

from danvan_nb.errors import InputError, Issue, RenderError
from danvan_nb.project.files import digest, part_of, sha256, write_file, write_part
from danvan_nb.project.saving.former import former_folder, keep_former
from danvan_nb.project.saving.hold import JOURNAL, WORKING, clear_dead, hold

WRITER = "changes"


class Change(BaseModel, frozen=True, ser_json_bytes="base64", val_json_bytes="base64"):
    """A file before and after, None where there is none; `made`: what a program left there."""

    file: str
    old: bytes | None
    new: bytes | None
    made: str | None = None


class Journal(BaseModel, frozen=True):
    """What a command changes."""

    why: str
    changes: tuple[Change, ...]


@contextmanager
def changing(root: Path) -> Iterator[Path]:
    """Let nobody else write, and settle what a killed command left; yields a private folder."""
    with hold(root, WRITER) as folder:
        if (folder / JOURNAL).is_file():
            _recover(root, folder / JOURNAL)
        yield folder


def settle(root: Path) -> None:
    """Settle what killed commands left in a project, before anything of it is read."""
    if not (root / WORKING).is_dir():
        return
    if (root / WORKING / WRITER / JOURNAL).is_file():
        try:
            with changing(root):
                pass
        except RenderError as err:
            if not isinstance(err.__cause__, PermissionError):  # a kernel's: its run has settled it
                raise
    clear_dead(root)


def write_all(
    root: Path,
    files: Mapping[Path, bytes | str | None],
    why: str,
    made: Mapping[Path, str | None] | None = None,
    expected: Mapping[Path, str | None] | None = None,
) -> tuple[Issue, ...]:
    """Write files, or take them away (None), all or none; gives a notice for each former version.

    Parameters
    ----------
    root : Path
        The project's.
    files : mapping
        The content by path; text is written as UTF-8.
    why : str
        The command.
    made : mapping, optional
        The SHA-256 of what a program left there; any other content is a person's, and kept.
    expected : mapping, optional
        The SHA-256 of what must stand there, None for nothing.

    Raises
    ------
    InputError
        If a file is no longer as expected; nothing is written.
    RenderError
        If something can't be written; everything is as it was.
    """
    noted = made or {}
    with changing(root) as folder:
        saved = [path for path, known in (expected or {}).items() if digest(path) != known]
        if saved:
            raise InputError(Issue.of("vua_luu", file=_name(root, path)) for path in saved)
        every = (_change(root, path, data, noted.get(path)) for path, data in files.items())
        changes = tuple(change for change in every if change.old != change.new)
        if not changes:
            return ()
        journal = Journal(why=why, changes=changes)
        write_file(folder / JOURNAL, journal.model_dump_json())
        return _carry_out(root, journal, folder / JOURNAL)


def _name(root: Path, path: Path) -> str:
    root, path = root.resolve(), path.parent.resolve() / path.name  # a link itself, not its end
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _change(root: Path, path: Path, data: bytes | str | None, made: str | None) -> Change:
    new = data.encode() if isinstance(data, str) else data
    return Change(file=_name(root, path), old=_read(path), new=new, made=made)


def _read(path: Path) -> bytes | None:
    with suppress(FileNotFoundError, NotADirectoryError):
        return path.read_bytes()
    return None


def _recover(root: Path, path: Path) -> None:
    journal = Journal.model_validate_json(path.read_bytes())
    if any(_read(root / one.file) not in (one.old, one.new) for one in journal.changes):
        _carry_out(root, journal, path)
    else:
        _take_back(root, journal, path)


def _carry_out(root: Path, journal: Journal, path: Path) -> tuple[Issue, ...]:
    """Do all that can fail for want of room, then put every file in its place."""
    try:
        news = [(root / change.file, change.new) for change in journal.changes]
        parts = [None if new is None else write_part(file, new) for file, new in news]
        copies = [_keep(root, change, journal.why) for change in journal.changes]
        for change, part in zip(journal.changes, parts, strict=True):
            copies.append(_keep(root, change, journal.why))  # saved in this very moment
            if part:
                part.replace(root / change.file)
            else:
                _remove(root / change.file)
    except (OSError, KeyboardInterrupt):
        _take_back(root, journal, path)
        raise
    path.unlink()
    kept = dict.fromkeys(copy for copy in copies if copy)
    return tuple(Issue.of("ban_cu", file=_name(root, copy)) for copy in kept)


def _keep(root: Path, change: Change, why: str) -> Path | None:
    """Keep what stands there now if a person may have written it."""
    now = _read(root / change.file)
    if now in (None, change.new) or sha256(now or b"") == change.made:
        return None
    return keep_former(root, change.file, now or b"", why)


def _take_back(root: Path, journal: Journal, path: Path) -> None:
    """Put back what stood there; what is neither that nor ours has been saved since, and stays."""
    for change in journal.changes:
        part_of(root / change.file).unlink(missing_ok=True)
        for part in former_folder(root, change.file).glob(".*"):
            part.unlink()
    for change in journal.changes:
        file = root / change.file
        now = _read(file)
        if change.old is None and now in (None, change.new):
            _remove(file)
        elif change.old is not None and now == change.new:
            write_file(file, change.old)
    path.unlink()


def _remove(path: Path) -> None:
    """Take a file away, and the folders that it leaves empty."""
    path.unlink(missing_ok=True)
    with suppress(OSError):
        for folder in filter(Path.exists, path.parents):  # some may not have been made yet
            folder.rmdir()
