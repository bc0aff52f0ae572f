"""What a kernel of a run may not do: set up inside it, before any cell.

It imports nothing but the standard library: every kernel pays for it.
"""

import os
import sys
from contextlib import suppress
from typing import Any

WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink"}
CHANGES |= {"os.truncate", "os.chmod", "shutil.rmtree"}  # which removes by the folder's handle
"""What the system is asked beside `open` where files or folders are changed."""


class OutputsError(PermissionError):
    """A cell that writes where the run itself puts its files."""


def put_up(outputs: str, memory_mb: int) -> None:
    """Refuse this process, and what it starts, more memory; refuse it files in `outputs`."""
    with suppress(ImportError, ValueError, OSError):  # no `resource` on Windows
        import resource

        # Data, not address space: what libraries only reserve is no memory.
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, memory_mb << 20))

    def whole(path: str | os.PathLike[str]) -> str:
        return os.path.join(os.path.realpath(path), "")  # noqa: PTH118 - a text to begin with

    inside = whole(outputs)

    def refuse(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if not (isinstance(args[2], int) and args[2] & WRITE_FLAGS):
                return
        elif event not in CHANGES:
            return
        for path in args[:2]:
            if isinstance(path, (str, os.PathLike)) and whole(path).startswith(inside):
                raise OutputsError(f"outputs/: {os.fspath(path)}")

    if outputs:
        sys.addaudithook(refuse)
