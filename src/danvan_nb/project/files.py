"""Writing any file of a project, and reading the JSON that this package wrote: one way each."""

import json
import os
from pathlib import Path
from typing import Any


def write_file(path: Path, data: bytes | str) -> None:
    """Write a file whole or not at all: whoever reads it finds the old one or the new one.

    Its folder is made where it is missing; text is written as UTF-8.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            out.write(data.encode() if isinstance(data, str) else data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """Read an object that this package wrote; empty if the file is not there or holds none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
