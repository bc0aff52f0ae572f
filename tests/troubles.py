"""Cells that go wrong (`troubles.toml`), and what must be so after a batch of them.

For the tests, which take those that end soonest, and `benchmarks/kernel_troubles.py`, which takes
all.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from sample_project import MASTER, PARAMS, code, write

from danvan_nb.errors import messages

NEVER = "864000"
NO_NUMBERS = "indicator,status,as_of,value,period,source,note\n"
CELL = "exec(open(f'nhap/{report.period}.py').read())"
LIMITS = ("--limit", "cell_seconds=4", "--limit", "memory_mb=600", "--limit", "output_mb=2")


@dataclass(frozen=True)
class Trouble:
    """What a cell does, the message that it gets, and the period whose report has it."""

    period: str
    source: str
    told: str = ""
    soon: bool = False


ALL = [
    Trouble(f"{2023 - at // 12}-M{at % 12 + 1:02}", **row)
    for at, row in enumerate(
        tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["trouble"]
    )
]
SOON = [trouble for trouble in ALL if trouble.soon]


def plant(root: Path, troubles: Sequence[Trouble]) -> None:
    """Give the made-up project a cell that does what `nhap/<period>.py` says."""
    nb = nbformat.read(root / MASTER, 4)
    nb.cells.insert(5, code(CELL))
    nbformat.write(nb, root / MASTER)
    for one in troubles:
        params = (root / PARAMS).read_text("utf-8").replace("2023-H1", one.period)
        params = params.partition("as_of:")[0] + "narrative: params/mau/chung.md\n"
        write(root / f"params/mau/{one.period}.yml", params)
        write(root / f"nhap/{one.period}.py", one.source)
        shutil.copytree(root / "data/mau/2023-H1", root / f"data/mau/{one.period}")
        write(root / f"data/mau/{one.period}/observations.csv", NO_NUMBERS)
    write(root / "params/mau/chung.md", "")
    (root / PARAMS).unlink()


def begin(root: Path, *words: str) -> subprocess.Popen[str]:
    """Begin a run of the installed command."""
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("danvan-nb")), "run", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def left() -> list[psutil.Process]:
    """List the processes that cells left behind."""
    return [each for each in psutil.process_iter(["cmdline"]) if NEVER in str(each.info["cmdline"])]


def failings(root: Path, troubles: Sequence[Trouble]) -> Iterator[str]:
    """Say of each trouble what is not as it must be after the batch."""
    reports = json.loads((root / "outputs/results.json").read_text("utf-8"))["reports"]
    for one in troubles:
        noted = reports[f"params/mau/{one.period}.yml"]
        folder = root / f"outputs/mau/{one.period}"
        told = "; ".join(issue["message"] for issue in noted["errors"])
        if not one.told:
            if not (folder / "report.pdf").is_file():
                yield f"{one.source}: no report; {told}"
            continue
        begins = messages()[one.told]["message"].partition("{")[0].partition("(")[0].strip()
        if not told.startswith(begins) or "ô 7" not in told:
            yield f"{one.source}: {told}"
        elif not (kept := folder / "failed/report.ipynb").is_file():
            yield f"{one.source}: the notebook is not kept"
        elif told not in kept.with_name("log.txt").read_text("utf-8"):
            yield f"{one.source}: not in the log"
        elif CELL not in kept.read_text("utf-8"):
            yield f"{one.source}: another notebook is kept"
