"""Cells that go wrong in every way: each has a clear end, and the other reports go on."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from sample_project import MASTER, PARAMS, change, code, write
from troubles import LIMITS, NEVER, SOON, begin, failings, left, plant

from danvan_nb.notebook.kernels import forkserver


@pytest.fixture
def troubled(project: Path) -> Path:
    """Give the made-up project with the troubles that end soonest."""
    plant(project, SOON)
    return project


def test_every_trouble_has_an_end(troubled: Path) -> None:
    """A batch of cells that loop, flood, die, ask or leave processes ends: each is told by its
    section and cell, its notebook is kept, nothing goes on running, and what is sound is made."""
    with begin(troubled, "params/mau", "--draft", "-j", "2", *LIMITS) as run:
        told = run.communicate(timeout=240)[0]
    assert run.returncode == 4, told
    assert "Traceback" not in told
    assert [*failings(troubled, SOON)] == []
    assert left() == []


@pytest.mark.skipif(not forkserver.can_fork(), reason="signals are those of POSIX")
def test_a_run_that_is_ended_leaves_nothing(troubled: Path) -> None:
    """Workers, kernels and what a cell started end with the batch, however it was ended."""
    start = f"import os, subprocess, time\nsubprocess.Popen(['sleep', '{NEVER}'])\ntime.sleep(600)"
    for month in ("M01", "M02"):
        write(troubled / f"nhap/2023-{month}.py", start)
    with begin(troubled, "mau", "2023-M01", "2023-M02", "--draft", "-j", "2") as run:
        end = time.monotonic() + 60
        while len(left()) < 2 and time.monotonic() < end:
            time.sleep(0.1)
        family = psutil.Process(run.pid).children(recursive=True)
        assert len(left()) == 2
        run.send_signal(signal.SIGKILL)
        run.wait(30)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []


def test_a_mistake_is_told_with_its_line(project: Path) -> None:
    """What Python says stands in words of ours, with section, cell, line and the line itself."""
    nb = nbformat.read(project / MASTER, 4)
    nb.cells.insert(7, code("phan = 0\n\nty_le = 5 / phan"))
    nbformat.write(nb, project / MASTER)
    with begin(project, PARAMS) as run:
        told = run.communicate(timeout=60)[0]
    assert run.returncode == 4
    assert "chia cho 0 (mục “KẾT QUẢ”, ô 10, dòng 3)" in told
    assert "“ty_le = 5 / phan”" in told


def test_limits_of_the_params(project: Path) -> None:
    """A limit that a params file sets applies, and one that is no number is told with its line."""
    change(project / PARAMS, "drafting_unit: PNV", "limits: {cell_seconds: mai}")
    with begin(project, PARAMS) as run:
        told = run.communicate(timeout=60)[0]
    assert run.returncode == 2
    assert "limits.cell_seconds" in told
    assert "Phải là số nguyên" in told
