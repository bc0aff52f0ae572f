"""Kills every writing command with SIGKILL and lets people save in the middle of it, at length.

`make faults` runs it (some ten minutes); what it found stands in `docs/reliability.md`. It needs a
system that can fork.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sample_project import MASTER, NARRATIVE, OUTPUT, make_project
from scenes import COLLECTED, FORM, SCENES, Scene
from striking import Strike, files_of
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.project.saving.changes import settle
from danvan_nb.project.saving.former import FORMER, former_versions

SLOW = ("new", "first-new", "form", "init", "run", "failing-run")
STEP = {name: 6 if name in SLOW else 1 for name in SCENES}
RANDOM_KILLS = 60
SAVED = b"cua toi, vua luu"
WORK = {
    "keep": (NARRATIVE, MASTER, f"{OUTPUT}/report.ipynb"),
    "collect": (COLLECTED, "data/mau/2023-H1/provenance.csv"),
    "form": (FORM,),
    "index": ("outputs/index.html",),
    "former": (f"{OUTPUT}/report.docx",),
    "new": ("params/mau/2024-H1.yml", "params/mau/2024-H1.md", "data/mau/2024-H1.xlsx"),
    "run": tuple(f"{OUTPUT}/report.{name}" for name in ("docx", "html", "pdf", "ipynb")),
    "failing-run": (f"{OUTPUT}/failed/report.ipynb",),
}
"""What a person may save while a command is under way, and between its kill and the next one."""


def run_forked(words: tuple[str, ...], hook: Callable[[str, tuple[Any, ...]], None]) -> int:
    """Call a command in a forked process under an audit hook; gives its exit code."""
    child = os.fork()
    if child == 0:
        sys.addaudithook(hook)
        os._exit(CliRunner().invoke(app, list(words)).exit_code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_operation(
    number: int, act: Callable[[], object], sparing: str = ""
) -> Callable[[str, tuple[Any, ...]], None]:
    """Act once, before the operation of that number that changes a file.

    It is the next one where that would be the replacing of `sparing` itself: what is saved between
    the last look at a file and its replacement, some microseconds, is not seen.
    """
    counting = Strike(sys.maxsize)
    waiting = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal waiting
        if not waiting:
            return
        counting.thread = threading.get_ident()
        counting(event, args)
        spared = event == "os.rename" and sparing and str(args[1]).endswith(sparing)
        if counting.count >= number and not spared:
            waiting = False
            act()

    return hook


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def own(root: Path) -> dict[str, bytes]:
    aside = (FORMER, "outputs/results.json")
    return {name: data for name, data in files_of(root).items() if not name.startswith(aside)}


def begin(made: Path, root: Path, scene: Scene) -> None:
    """Put the project in order for a scene, and stand in it."""
    os.chdir(made)
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(made, root)
    scene.prepare(root)
    os.chdir(root)


def kills(made: Path, root: Path, name: str) -> Iterator[str]:
    """Kill a command at its operations, one after the other; yields what became of it."""
    scene, at = SCENES[name], 1
    begin(made, root, scene)
    touched = {file: (root / file).read_bytes() for file in scene.touched}
    before = own(root)
    run_forked(scene.words, lambda event, args: None)
    after = own(root)
    while True:
        begin(made, root, scene)
        if run_forked(scene.words, at_operation(at, die)) != -signal.SIGKILL:
            return
        settle(root)
        found = own(root)
        said = "all" if found == after else "none" if found == before else "HALF"
        if at % 5 == 1:
            run_forked(scene.words, lambda event, args: None)
            again = own(root)
            said = said if again.keys() == after.keys() else "NOT AGAIN"
        kept = [one.path.read_bytes() for one in former_versions(root)]
        for file, data in touched.items():
            there = root / file
            if data not in kept and not (there.is_file() and there.read_bytes() == data):
                said = f"LOST {file}"
        yield said
        at += STEP[name]


def random_kills(made: Path, root: Path) -> Iterator[str]:
    """Kill runs at moments that nothing chooses."""
    scene, rng = SCENES["run"], random.Random(2023)
    begin(made, root, scene)
    before = own(root)
    began = time.monotonic()
    run_forked(scene.words, lambda event, args: None)
    length = time.monotonic() - began
    after = own(root)
    for _ in range(RANDOM_KILLS):
        begin(made, root, scene)
        child = os.fork()
        if child == 0:
            os._exit(CliRunner().invoke(app, list(scene.words)).exit_code)
        time.sleep(rng.uniform(0, 1.1 * length))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        settle(root)
        found = own(root)
        yield "all" if found == after else "none" if found == before else "HALF"


def saves(made: Path, root: Path, name: str, file: str) -> Iterator[tuple[str, str]]:
    """Save a file at three moments of a command, and between its kill and the next command."""
    scene, mark = SCENES[name], root.parent / "saved"

    def save() -> None:
        mark.touch()
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(SAVED)

    for at in (2, 12, 22, 30):
        for moment in ("under way", "before the repair"):
            begin(made, root, scene)
            mark.unlink(missing_ok=True)
            if moment == "under way":
                run_forked(scene.words, at_operation(at, save, file))
            else:
                run_forked(scene.words, at_operation(at, die))
                save()
            if not mark.exists():  # the command was over before
                continue
            settle(root)
            run_forked(scene.words, lambda event, args: None)
            kept = [one.path.read_bytes() for one in former_versions(root)]
            there = (root / file).is_file() and (root / file).read_bytes() == SAVED
            told = "there" if there else "former" if SAVED in kept else "LOST"
            yield f"{name} {file} {moment}", told


def main() -> int:
    """Try all, tell what came of it; 1 if anything was half done or lost."""
    wanted = sys.argv[1:] or ["kills", "random", "people"]
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        os.environ["JUPYTER_DATA_DIR"] = f"{place}/jupyter"
        made, root = make_project(Path(place, "made/du-an")), Path(place, "du-an")
        # in a process of its own: one that has had a kernel can't be forked into another run
        first = "from danvan_nb.commands.cli import app; app(['run', 'mau', '2023-H1'])"
        subprocess.run([sys.executable, "-c", first], cwd=made, check=True, capture_output=True)
        if "kills" in wanted:
            for name in sorted(SCENES, key=lambda name: STEP[name]):
                counts = Counter(kills(made, root, name))
                bad += sum(number for said, number in counts.items() if said.isupper())
                print("kills", name, sum(counts.values()), dict(counts), flush=True)
        if "random" in wanted:
            counts = Counter(random_kills(made, root))
            bad += counts["HALF"]
            print("random kills of run", sum(counts.values()), dict(counts), flush=True)
        if "people" in wanted:
            for name, files in WORK.items():
                for file in files:
                    told = list(saves(made, root, name, file))
                    bad += sum(said == "LOST" for _, said in told)
                    ways = len({way for way, _ in told})
                    print("people", name, file, ways, dict(Counter(s for _, s in told)), flush=True)
        os.chdir(Path(__file__).parent)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
