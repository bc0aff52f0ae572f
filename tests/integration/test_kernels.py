"""Forked kernels: really forked, and no different from an ordinary kernel in anything that a report
shows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from sample_project import OUTPUT, PARAMS, make_project

from danvan_nb.notebook.kernels import forkserver
from danvan_nb.notebook.kernels.provisioner import client_options
from danvan_nb.run.pipeline import run_report

pytestmark = pytest.mark.skipif(
    not forkserver.can_fork(), reason="this system has no fork: nothing to compare with"
)

SETTINGS = """
import json, os, signal, sys, warnings
import pandas, matplotlib
with warnings.catch_warnings(action="ignore"):
    names = pandas._config.config._registered_options
    options = {name: str(pandas.get_option(name)) for name in names}
found = {f"pandas {name}": value for name, value in options.items()}
found |= {f"matplotlib {name}": str(value) for name, value in matplotlib.rcParams.items()}
signals = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
found |= {f"signal {number}": str(signal.getsignal(number)) for number in signals}
found |= {"path": str(sys.path), "cwd": os.getcwd()}
found |= {"warnings": str(sorted(map(str, warnings.filters)))}
found |= {"recursion": str(sys.getrecursionlimit())}
found |= {"stdin": str(sys.stdin.isatty()), "encoding": sys.stdout.encoding}
print(json.dumps(found))
"""
# What differs, and why no report can show it:
# pandas notes the terminal's encoding in upper or lower case.
KNOWN = {"pandas display.encoding"}


def execute(*sources: str) -> list[str]:
    """Run cells in a kernel of ours; returns what each printed."""
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(nb, kernel_name="python3", timeout=60, **client_options()).execute()
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in nb.cells]


@pytest.fixture
def no_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a system that can't fork."""
    monkeypatch.setattr(forkserver, "can_fork", lambda: False)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def test_a_kernel_is_forked() -> None:
    """Above its guard stands the warm process: a silent fall back to an ordinary kernel would look
    like a pass elsewhere."""
    told = "import os\nprint(os.getppid(), open(f'/proc/{os.getppid()}/stat').read())"
    guard, _, stat = execute(told)[0].partition(" ")
    server = int(stat.rpartition(")")[2].split()[1])
    assert int(guard) != server
    assert parent_of(server) == os.getpid()
    assert forkserver.__name__ in Path(f"/proc/{server}/cmdline").read_text().split("\0")


def test_without_fork_a_kernel_is_ordinary(no_fork: None) -> None:
    """Where the system can't fork, the kernel is a child of this process."""
    assert int(execute("import os\nprint(os.getppid())")[0]) == os.getpid()


def test_settings_are_those_of_an_ordinary_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option of pandas and matplotlib, warnings, signals, paths."""
    forked = json.loads(execute(SETTINGS)[0])
    monkeypatch.setattr(forkserver, "can_fork", lambda: False)
    ordinary = json.loads(execute(SETTINGS)[0])
    assert len(ordinary) > 300
    assert {name for name in ordinary if ordinary[name] != forked.get(name)} <= KNOWN


def test_nothing_leaks_from_one_report_to_the_next() -> None:
    """A kernel's changes die with it; numpy's random numbers are not the same in two kernels."""
    change = (
        "import builtins, os, pandas\nbuiltins.leak = 1\nos.environ['LEAK'] = '1'\n"
        "pandas.set_option('display.max_rows', 7)"
    )
    look = (
        "import builtins, os, numpy, pandas\n"
        "print(hasattr(builtins, 'leak'), 'LEAK' in os.environ,"
        " pandas.get_option('display.max_rows'))"
    )
    draw = "import numpy\nprint(numpy.random.random())"
    execute(change)
    first, second = execute(look, draw), execute(look, draw)
    assert first[0].split() == ["False", "False", "60"]
    assert first[1] != second[1]


def test_a_dead_kernel_is_noticed() -> None:
    """A cell that ends its process is told, not waited for."""
    with pytest.raises(DeadKernelError):
        execute("import os\nos._exit(3)")


ONE_RUN = """
import os, sys
sys.path.insert(0, sys.argv[1])
from test_kernels import execute
from danvan_nb.notebook.kernels import forkserver
forkserver.start(once=sys.argv[3] == "once")
told = f'open({sys.argv[2]!r}, "w").write(f"{{os.getpid()}} {{os.getppid()}}")'
execute(f'import os, time\\n{told}\\ntime.sleep({sys.argv[4]})')
print(execute("import os\\nprint(os.getppid())")[0], os.getpid())
"""


def run_kernels(told: Path, once: bool, seconds: int) -> subprocess.Popen[str]:
    """Run two kernels, one after the other, in a process of their own; the first sleeps."""
    path = os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            ONE_RUN,
            str(Path(__file__).parent),
            str(told),
            "once" if once else "many",
            str(seconds),
        ],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for_pids(told: Path) -> tuple[int, int]:
    end = time.monotonic() + 60
    while not (told.is_file() and len(told.read_text().split()) == 2) and time.monotonic() < end:
        time.sleep(0.05)
    kernel, parent = map(int, told.read_text().split())
    return kernel, parent


def folder_of(server: int) -> Path:
    return next(
        Path(part)
        for part in Path(f"/proc/{server}/cmdline").read_text().split("\0")
        if "danvan-" in part
    )


@pytest.mark.parametrize("once", [False, True])
def test_no_orphans(tmp_path: Path, once: bool) -> None:
    """When the run is killed outright, kernel and warm process go with it,
    and the private folder too."""
    with run_kernels(tmp_path / "pids", once, 600) as run:
        kernel, parent = wait_for_pids(tmp_path / "pids")
        server = parent if once else parent_of(parent)
        folder = folder_of(server)
        assert all(map(alive, (kernel, parent, server)))
        run.send_signal(signal.SIGKILL)
    assert all(map(gone, (kernel, parent, server)))
    assert not folder.exists()


def test_the_warm_process_ends_with_its_only_kernel(tmp_path: Path) -> None:
    """Where one kernel was announced the warm process guards it and is gone with it;
    a kernel asked for later is an ordinary one."""
    with run_kernels(tmp_path / "pids", True, 1) as run:
        _, parent = wait_for_pids(tmp_path / "pids")
        folder = folder_of(parent)
        assert parent_of(parent) == run.pid
        printed, own = run.communicate()[0].split()
    assert (int(printed), run.returncode) == (int(own), 0)
    assert not folder.exists()


def test_same_files_without_fork(made: Path, tmp_path: Path, no_fork: None) -> None:
    """An ordinary kernel makes the same html, pdf, docx and figures.csv, byte for byte."""
    root = make_project(tmp_path / "du-an")
    run_report(PARAMS, start=root)
    for name in ("report.html", "report.pdf", "report.docx", "figures.csv"):
        assert (root / OUTPUT / name).read_bytes() == (made / OUTPUT / name).read_bytes(), name


def test_the_socket_is_the_users_own() -> None:
    """Nobody else can enter the folder of the warm process, whatever was there before."""
    folder = Path(forkserver.start()).stat()
    assert (folder.st_mode & 0o777, folder.st_uid) == (0o700, os.getuid())
