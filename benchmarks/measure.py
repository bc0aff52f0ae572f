"""Timings of runs side by side on this machine.

`python benchmarks/measure.py NAME…`, or all of them without a name. `one` and `batch` compare with
other tools, which `make bench` installs.

Each measurement alternates its ways within one run, so that another load falls on all of them, and
prints medians, the spread between the fastest and the slowest run, CPU seconds of all processes,
and the ratio to the first way.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "tests"))

from province import PERIOD, make_province  # noqa: E402

ENV = {
    **os.environ,
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "PYTHONPATH": str(ROOT / "src"),
}
GLOB = f"params/**/{PERIOD}.yml"
RUN = ("danvan-nb", "run")
FLOOR = ROOT / "benchmarks/floor.py"
TODAY = "papermill + nbconvert + WeasyPrint + pandoc"
PANDOC = "import pypandoc, sys; pypandoc.convert_file(sys.argv[1], 'docx', outputfile=sys.argv[2])"
WEASY = "import weasyprint, sys; weasyprint.HTML(sys.argv[1]).write_pdf(sys.argv[2])"


def call(*command: object, cwd: Path) -> None:
    subprocess.run(
        [str(word) for word in command], cwd=cwd, env=ENV, check=True, capture_output=True
    )


def need_others() -> None:
    """Stop with a clear word where a tool that is compared with is not there or can't be used."""
    for tool, probe in (
        ("WeasyPrint", "import weasyprint"),
        ("pandoc", "import pypandoc; pypandoc.get_pandoc_version()"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", probe], capture_output=True, text=True, check=False
        )
        if done.returncode:
            cause = (done.stderr.strip().splitlines() or ["no message"])[-1]
            sys.exit(
                f"{tool} can't be used here: {cause}\n`make bench` installs what the comparison"
                " needs; WeasyPrint also needs the system's Pango library."
            )


def shell_loop(root: Path, files: list[str]) -> None:
    """Do what a user does today: papermill, nbconvert, WeasyPrint and pandoc, each a command."""
    for file in files:
        out = root / "shell" / Path(file).parent.name
        out.mkdir(parents=True, exist_ok=True)
        nb, html = out / "report.ipynb", out / "report.html"
        call(
            "papermill",
            "--engine",
            "danvan",
            "notebooks/bao_cao_dan_van.ipynb",
            nb,
            "-p",
            "params_file",
            file,
            cwd=root,
        )
        call("jupyter", "nbconvert", "--to", "html", "--no-input", nb, cwd=root)
        call(sys.executable, "-c", WEASY, html, out / "report.pdf", cwd=root)
        call(sys.executable, "-c", PANDOC, html, out / "report.docx", cwd=root)


def one_process(root: Path, files: list[str]) -> None:
    """Make the same files, read back, in one plain Python process: no notebooks, no kernels."""
    call(sys.executable, FLOOR, *files, cwd=root)


def memory_of(work: Callable[[], None]) -> int:
    """Give the most memory of all descendants at once: PSS in MiB, sampled every 0.1 s."""
    peak, stop = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.1):
            parents = {}
            for path in Path("/proc").glob("[0-9]*/stat"):
                try:
                    parents[int(path.parent.name)] = int(
                        path.read_text().rpartition(")")[2].split()[1]
                    )
                except (FileNotFoundError, ProcessLookupError):
                    continue
            ours, grown = {os.getpid()}, True
            while grown:
                grown = bool(
                    more := {pid for pid, parent in parents.items() if parent in ours} - ours
                )
                ours |= more
            total = 0
            for pid in ours - {os.getpid()}:
                try:
                    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                    total += int(next(line for line in lines if line.startswith("Pss:")).split()[1])
                except (FileNotFoundError, ProcessLookupError, StopIteration, PermissionError):
                    continue
            peak = max(peak, total // 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    work()
    stop.set()
    watcher.join()
    return peak


def compare(title: str, ways: dict[str, Callable[[], None]], times: int, per: int = 1) -> None:
    """Time ways in turn; print a table, per report."""
    walls: dict[str, list[float]] = {name: [] for name in ways}
    cpus: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(times):
        for name, work in ways.items():
            before, clock = os.times(), time.perf_counter()
            work()
            after = os.times()
            walls[name].append((time.perf_counter() - clock) / per)
            cpus[name].append(
                (
                    after.children_user
                    + after.children_system
                    - before.children_user
                    - before.children_system
                )
                / per
            )
    print(f"\n### {title} (medians of {times}; load {os.getloadavg()[0]:.1f})\n")
    print(
        "| way | s per report | spread | CPU s per report | ratio s | ratio CPU |\n| --- | --- |"
        " --- | --- | --- | --- |"
    )
    first = next(iter(ways))
    for name in ways:
        wall, cpu = statistics.median(walls[name]), statistics.median(cpus[name])
        spread = (max(walls[name]) - min(walls[name])) / wall
        ratios = (wall / statistics.median(walls[first]), cpu / statistics.median(cpus[first]))
        print(
            f"| {name} | {wall:.2f} | ±{spread / 2:.0%} | {cpu:.2f} | {ratios[0]:.2f} |"
            f" {ratios[1]:.2f} |",
            flush=True,
        )


def province(count: int) -> tuple[Path, list[str]]:
    root = Path(tempfile.mkdtemp(prefix="province-"))
    return root, make_province(ROOT, root, count)


def one() -> None:
    """Measure one report as a cold command, three formats."""
    need_others()
    root, files = province(1)
    ways = {
        TODAY: lambda: shell_loop(root, files),
        "danvan-nb run": lambda: call(*RUN, files[0], "--force", cwd=root),
        "danvan-nb run --force, ordinary kernel": lambda: call(
            sys.executable, ROOT / "benchmarks/floor.py", "--stock", *files, cwd=root
        ),
    }
    compare("One report, cold command, three formats", ways, 5)
    print(
        "\nPeak memory (PSS of all processes, MiB): "
        + ", ".join(f"{name} {memory_of(work)}" for name, work in ways.items())
    )


def kernels() -> None:
    """Measure warm against ordinary kernels, ten reports in one process."""
    root, files = province(10)
    ways = {
        "ordinary kernels": lambda: call(sys.executable, FLOOR, "--stock", *files, cwd=root),
        "forked kernels": lambda: call(sys.executable, FLOOR, "--warm", *files, cwd=root),
    }
    compare("Ten reports in one process, three formats", ways, 5, 10)


def batch(count: int = 20, times: int = 5) -> None:
    """Measure a batch against the shell loop (on five of them), the floor, and two processes."""
    need_others()
    root, files = province(count)
    five = files[:5]
    compare("Shell loop of today, five reports", {TODAY: lambda: shell_loop(root, five)}, 2, 5)
    ways = {
        "one plain process (floor)": lambda: one_process(root, files),
        "danvan-nb run -j 1": lambda: call(*RUN, GLOB, "--force", cwd=root),
        "danvan-nb run -j 2": lambda: call(*RUN, GLOB, "--force", "-j", 2, cwd=root),
    }
    compare(f"Batch of {count}, three formats", ways, times, count)
    print(f"\nPeak memory of -j 2, {count} reports: {memory_of(ways['danvan-nb run -j 2'])} MiB")


def batch200() -> None:
    """Measure a batch of 200, three times."""
    batch(200, 3)


def memory2000() -> None:
    """Measure the peak memory of 2,000 reports, once."""
    root, _ = province(2000)
    peak = memory_of(lambda: call(*RUN, GLOB, "--force", "-j", 2, cwd=root))
    print(f"\nPeak memory of -j 2, 2000 reports: {peak} MiB", flush=True)


def unchanged() -> None:
    """Measure an unchanged re-run of 200, and one changed input among 200."""
    root, files = province(200)
    call(*RUN, GLOB, "-j", 2, cwd=root)
    observations = root / f"data/{Path(files[7]).parent.name}/{PERIOD}/observations.csv"

    def change_one() -> None:
        observations.write_bytes(observations.read_bytes() + b"\n")
        call(*RUN, GLOB, cwd=root)

    compare(
        "Re-run of 200: whole command",
        {"nothing changed": lambda: call(*RUN, GLOB, cwd=root), "one input changed": change_one},
        5,
    )


def dask() -> None:
    """Measure dask with two workers against two processes."""
    from distributed import LocalCluster

    root, _ = province(20)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        ways = {
            "-j 2": lambda: call(*RUN, GLOB, "--force", "-j", 2, cwd=root),
            "--executor dask://, 2 workers": lambda: call(
                *RUN, GLOB, "--force", "--executor", address, cwd=root
            ),
        }
        compare("Batch of 20 on dask", ways, 5, 20)


if __name__ == "__main__":
    known = {
        "one": one,
        "kernels": kernels,
        "batch": batch,
        "unchanged": unchanged,
        "dask": dask,
        "batch200": batch200,
    }
    known["memory2000"] = memory2000  # a quarter of an hour
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="benchmarks-")
    try:
        for name in sys.argv[1:] or known:
            known[name]()
    finally:
        shutil.rmtree(tempfile.tempdir)
