"""Known faults of what the locks hold, asked of the package index that pip is set up with.

Ends with 0 where none is known, with 1 where one is, or where the index does not answer: then
nothing is known.
"""

import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

from pip._internal.cli.cmdoptions import index_url
from pip._internal.configuration import Configuration

LOCKS = Path(__file__).parents[1] / "requirements"
PINNED = re.compile(r"^([\w.-]+)==([\w.+!-]+)", re.MULTILINE)
SECONDS = 30


def index() -> str:
    """Give the address of the index, without its list of files."""
    settings = Configuration(isolated=False)
    settings.load()
    known = dict(settings.items()).get("global.index-url") or index_url().default
    return str(known).rstrip("/").removesuffix("/simple")


def faults(name: str, version: str) -> list[str]:
    """List the faults that the index knows of a version, and what mends them."""
    address = f"{index()}/pypi/{name}/{version}/json"
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - pip's own index
        known = json.load(answer)["vulnerabilities"]
    return [
        f"{name} {version}: {one['id']}, mended in {', '.join(one['fixed_in']) or 'no version'}"
        for one in known
        if not one.get("withdrawn")
    ]


def main(locks: list[Path]) -> int:
    """Ask for each pinned package once."""
    pinned = {found for lock in locks for found in PINNED.findall(lock.read_text("utf-8"))}
    try:
        found = [fault for name, version in sorted(pinned) for fault in faults(name, version)]
    except (urllib.error.URLError, OSError, ValueError, KeyError) as err:
        return _tell(
            f"The package index does not answer ({err}): {len(pinned)} packages not audited"
        )
    told = f"{len(pinned)} packages asked for, {len(found)} known faults"
    return _tell("\n".join([*found, told]), bad=bool(found))


def _tell(text: str, *, bad: bool = True) -> int:
    sys.stdout.write(f"{text}\n")
    return int(bad)


if __name__ == "__main__":
    named = [Path(name) for name in sys.argv[1:]]
    sys.exit(main(named or sorted(LOCKS.glob("*.lock"))))
