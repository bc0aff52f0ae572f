"""What made a report besides its inputs: this package's own files and the packages that can change what a report shows."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = (
    "danvan_nb",
    "ipykernel",
    "jupytext",
    "markdown-it-py",
    "matplotlib",
    "nbclient",
    "nbconvert",
    "pandas",
    "papermill",
    "pydantic",
    "pypdfium2",
    "python-docx",
    "typst",
)


@cache
def fingerprint() -> dict[str, Any]:
    """Give the SHA-256 of the package's code, templates and fonts, and the versions of Python and of what it uses."""
    home = Path(__file__).parents[1]
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    code = hashlib.sha256()
    for path in files:
        code.update(f"{path.relative_to(home).as_posix()}\0".encode() + path.read_bytes())
    return {
        "code": code.hexdigest(),
        "packages": {name: version(name) for name in PACKAGES}
        | {"python": platform.python_version()},
    }


def differing(noted: Mapping[str, Any]) -> list[str]:
    """Name the packages whose version is not that of a noted fingerprint; `danvan_nb` where only its code is another."""
    now = fingerprint()
    others = [
        name
        for name, number in now["packages"].items()
        if noted.get("packages", {}).get(name) != number
    ]
    return others or ([] if noted.get("code") == now["code"] else ["danvan_nb"])
