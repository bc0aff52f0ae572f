"""Cells that go wrong in every way: each has a clear end, and the other reports go on."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from sample_project import MASTER, PARAMS, change, code, write

from danvan_nb.errors import messages
from danvan_nb.notebook.kernels import forkserver

NEVER = "864000"  # seconds that no test lasts: what sleeps so long is a process that was left
TROUBLES = {
    "M01": ("while True: pass", "o_lenh.cell_seconds"),
    "M02": (
        "import signal, time\n"
        "for number in {*range(1, 32)} - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "time.sleep(600)",
        "o_lenh.cell_seconds",
    ),
    "M03": ("while True: print('x' * 10**5, flush=True)", "o_lenh.output_mb"),
    "M04": ("held = bytearray(8 * 2**30)", "o_lenh.MemoryError"),
    "M05": (
        "import os, subprocess, time\n"
        f"subprocess.Popen(['setsid', '--fork', 'sleep', '{NEVER}'])\n"
        "time.sleep(0.3)\nos._exit(3)",
        "o_lenh.chet",
    ),
    "M06": ("import ctypes\nctypes.string_at(0)", "o_lenh.chet"),
    "M07": ("input('?')", "o_lenh.StdinNotImplementedError"),
    "M08": ("open('outputs/cua_toi.txt', 'w')", "o_lenh.OutputsError"),
    "M09": (f"import subprocess\nsubprocess.Popen(['sleep', '{NEVER}'])", ""),
}
NO_NUMBERS = "indicator,status,as_of,value,period,source,note\n"
TROUBLE = "exec(open(f'nhap/{report.period}.py').read())"


def left() -> list[psutil.Process]:
    """List the processes that cells of these tests left behind."""
    return [each for each in psutil.process_iter(["cmdline"]) if NEVER in str(each.info["cmdline"])]


def told_by(key: str) -> str:
    """Give how a message begins."""
    return messages()[key]["message"].partition("{")[0].partition("(")[0].strip()


def begin(root: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("danvan-nb")), "run", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture
def troubled(project: Path) -> Path:
    """Give the made-up project with a cell that does what `nhap/<period>.py` says."""
    nb = nbformat.read(project / MASTER, 4)
    nb.cells.insert(5, code(TROUBLE))
    nbformat.write(nb, project / MASTER)
    for month, (source, _) in TROUBLES.items():
        params = (project / PARAMS).read_text("utf-8").replace("2023-H1", f"2023-{month}")
        params = params.partition("as_of:")[0] + "narrative: params/mau/chung.md\n"
        write(project / f"params/mau/2023-{month}.yml", params)
        write(project / f"nhap/2023-{month}.py", source)
        shutil.copytree(project / "data/mau/2023-H1", project / f"data/mau/2023-{month}")
        write(project / f"data/mau/2023-{month}/observations.csv", NO_NUMBERS)
    write(project / "params/mau/chung.md", "")
    (project / PARAMS).unlink()
    return project


def test_every_trouble_has_an_end(troubled: Path) -> None:
    """A batch of cells that loop, flood, die, ask or leave processes ends: each is told by its
    section and cell, its notebook is kept, nothing goes on running, and what is sound is made."""
    limits = ("--limit", "cell_seconds=4", "--limit", "memory_mb=600", "--limit", "output_mb=2")
    with begin(troubled, "params/mau", "--draft", "-j", "2", *limits) as run:
        told = run.communicate(timeout=240)[0]
    assert run.returncode == 4, told
    assert "Traceback" not in told
    reports = json.loads((troubled / "outputs/results.json").read_text("utf-8"))["reports"]
    for month, (_, rule) in TROUBLES.items():
        noted = reports[f"params/mau/2023-{month}.yml"]
        folder = troubled / f"outputs/mau/2023-{month}"
        words = [issue["message"] for issue in noted["errors"]]
        if rule:
            assert [issue["rule"] for issue in noted["errors"]] == ["o_lenh"], noted
            assert words[0].startswith(told_by(rule))
            assert "ô 7" in words[0]
            assert words[0] in (folder / "failed/log.txt").read_text("utf-8")
            assert TROUBLE in (folder / "failed/report.ipynb").read_text("utf-8")
        else:
            assert (folder / "report.pdf").is_file()
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
