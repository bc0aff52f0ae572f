"""What made a report besides its inputs: this package's own files, and the packages under it."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = "danvan_nb"


@dataclass(frozen=True)
class Fingerprint:
    """The SHA-256 of this package's files, and the versions of Python and of what it needs."""

    code: str
    packages: Mapping[str, str]


@cache
def fingerprint() -> Fingerprint:
    """Give the fingerprint of what runs here."""
    home = Path(__file__).parents[1]
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix != ".pyc")
    code = hashlib.sha256()
    for path in files:
        code.update(f"{path.relative_to(home).as_posix()}\0".encode() + path.read_bytes())
    packages = required_packages(PACKAGE) | {"python": platform.python_version()}
    return Fingerprint(code.hexdigest(), packages)


def required_packages(package: str) -> dict[str, str]:
    """Give the version of a package and of all that it needs here, directly or not.

    Requirements for another system, and those of extras that nobody asks for, are left out; so is
    one that is not installed: what needs it will say so.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(package, "")]
    while waiting:
        name, extra = waiting.pop()
        about = _about(name)
        if about is None or (name, extra) in seen:
            continue
        seen.add((name, extra))
        found[name] = about["Version"]
        lines = about.get_all("Requires-Dist", ())
        # Most lines are for extras that nobody asks for, and parsing is most of the work.
        for needed in (Requirement(line) for line in lines if extra or "extra ==" not in line):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                known = canonicalize_name(needed.name)
                waiting += [(known, wanted) for wanted in ("", *needed.extras)]
    return dict(sorted(found.items()))


@cache
def _about(package: str) -> Message | None:
    """Read the head of a package's metadata alone: its long description takes longer to parse."""
    try:
        about = distribution(package)
    except PackageNotFoundError:
        return None
    text = about.read_text("METADATA") or about.read_text("PKG-INFO") or ""
    return message_from_string(text.partition("\n\n")[0])


def differing(noted: Fingerprint) -> list[str]:
    """Name the packages whose version is another than noted; `danvan_nb` where only its code is."""
    now = fingerprint()
    names = now.packages.keys() | noted.packages.keys()
    others = sorted(n for n in names if now.packages.get(n) != noted.packages.get(n))
    if not others and noted.code != now.code:
        return [PACKAGE]
    return others
