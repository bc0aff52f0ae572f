"""The files of a project: telling them apart, writing any, reading the JSON we wrote."""

import errno
import hashlib
import io
import json
import os
import re
import shutil
import stat
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from danvan_nb import errors
from danvan_nb.errors import DanvanError, InputError, Issue, ParamsError, RenderError

MOST_BYTES = 50_000_000
"""Of a file that people give, packed and unpacked; the largest of a real office have some 5 MB."""
WHOSE: dict[str, type[DanvanError]] = {
    "params": ParamsError,
    "data": InputError,
    "notebooks": errors.NotebookError,
    "outputs": RenderError,
}
"""Whose error it is that a file of this folder of the project can't be read or written."""
WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""What only one who writes is refused for."""
_PERIOD = re.compile(r"(?<!\d)(\d{4})(?:[-_ .]?(h[12]|q[1-4]|9m|m\d\d))?(?!\d)", re.IGNORECASE)


@contextmanager
def in_words() -> Iterator[None]:
    """Tell what the system refuses, to whoever reads or writes, as an error that a user can mend.

    Raises
    ------
    DanvanError
        Of the kind of the file, with its name and what to do.
    """
    try:
        yield
    except OSError as err:
        name = str(err.filename2 or err.filename or "")
        parts = Path(name).parts
        inside = next((at for at in range(len(parts))[::-1] if parts[at] in WHOSE), None)
        kind: type[DanvanError] = InputError if name else RenderError
        if inside is not None:
            kind, name = WHOSE[parts[inside]], "/".join(parts[inside:])
        if err.errno in WRITING:
            kind = RenderError
        raise kind(unreadable(name, err)) from err
    except (MemoryError, RecursionError, UnicodeDecodeError, UnicodeEncodeError) as err:
        raise InputError(Issue.of(f"qua_suc.{type(err).__name__}")) from err


def unreadable(file: str, err: OSError) -> Issue:
    """Say in one issue why a file can't be read or written."""
    name = errno.errorcode.get(err.errno or 0, "")
    cause = f"{name} {err.strerror or err}".strip()
    return Issue.of(errors.variant("tep_khoa", f"tep_khoa.{name}"), file=file, cause=cause)


def resolved(path: Path) -> Path:
    """Follow the links of a path, as far as they lead; ParamsError where it can be none."""
    try:
        return Path(os.path.realpath(path))  # unlike `resolve` it bears a link to itself
    except ValueError:
        raise ParamsError(Issue.of("duong_dan.hong", found=str(path))) from None


def read_given(path: Path) -> bytes:
    """Read a file that people give; OSError also if it is larger than any, or no plain file."""
    about = path.stat()
    is_plain = stat.S_ISREG(about.st_mode) or stat.S_ISDIR(about.st_mode)
    if not is_plain or about.st_size > MOST_BYTES:
        raise OSError(errno.EFBIG if is_plain else errno.ENODEV, "", str(path))
    return path.read_bytes()


def unpacked(data: bytes) -> zipfile.ZipFile:
    """Open a packed file that people give.

    Raises
    ------
    zipfile.BadZipFile
        If it is none.
    OverflowError
        If it holds more than any of a report.
    """
    parts = zipfile.ZipFile(io.BytesIO(data))
    if sum(part.file_size for part in parts.infolist()) > MOST_BYTES:
        raise OverflowError(f"> {MOST_BYTES} byte")
    return parts


def alike(folder: Path, period: str, endings: Iterable[str]) -> list[Path]:
    """List what a folder holds of a period by the look of its name, whatever stands around it.

    Finds `2023-H1.xlsx` and `2023-h1.XLSX` as well as `Copy of 2023-H1 (1).xlsx`; an ending of `""`
    is a folder's.
    """
    try:
        there = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [
        path
        for path in there
        if not is_passed_over(path)
        and ("" if path.is_dir() else path.suffix.lower()) in endings
        and (match := _PERIOD.search(path.name))
        and "-".join(filter(None, match.groups())).upper() == period.upper()
    ]


def is_exact(path: Path, period: str) -> bool:
    """Say whether a file is named after a period and nothing else, whatever the case."""
    return path.stem.upper() == period.upper()


def changed_on(path: Path) -> str:
    """Say when a file was last changed."""
    return f"{datetime.fromtimestamp(path.stat().st_mtime):%d/%m/%Y %H:%M}"


def digest(path: Path) -> str | None:
    """Give the SHA-256 of a file: None if it is not there, empty if it can't be read."""
    try:
        return sha256(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError:
        return ""


def is_passed_over(path: Path) -> bool:
    """Say whether a file is no one's work: owner files of Excel and LibreOffice, hidden ones."""
    return path.name.startswith((".", "~$"))


def write_file(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: whoever reads it finds the old one or the new one.

    Its folder is made where it is missing; text is written as UTF-8.
    """
    part = write_part(path, data)
    try:
        part.replace(path)
    except OSError:  # another program holds it open
        part.unlink(missing_ok=True)
        raise


def write_part(path: Path, data: bytes | str) -> Path:
    """Write what a file is to hold beside it, with the rights that it has; a script may be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = part_of(path)
    try:
        with part.open("wb") as out:
            out.write(data.encode() if isinstance(data, str) else data)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            shutil.copymode(path, part)
        elif data[:2] in ("#!", b"#!"):
            part.chmod(0o755)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def part_of(path: Path) -> Path:
    """Name the file in which another one is written."""
    return path.with_name(f".{path.name}.part")


def sha256(data: bytes) -> str:
    """Give the SHA-256 of bytes, as it is noted everywhere."""
    return hashlib.sha256(data).hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """Read an object that this package wrote; empty if the file is not there or holds none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def read_table(room: str, name: str) -> dict[str, Any]:
    """Read words or settings of this package: `<name>.toml` beside the modules of a room."""
    path = resources.files(f"danvan_nb.{room}").joinpath(f"{name}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
