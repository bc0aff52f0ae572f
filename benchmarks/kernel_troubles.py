"""Cells that go wrong in every way, in one batch: which have a clear end, and what they leave.

    python benchmarks/kernel_troubles.py

Some two minutes, in a folder of its own. Ends with 1 if one has not.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import sample_project
import troubles

with tempfile.TemporaryDirectory() as folder:
    root = Path(folder) / "du-an"
    sample_project.make_project(root)
    troubles.plant(root, troubles.ALL)
    with troubles.begin(root, "params/mau", "--draft", "-j", "2", *troubles.LIMITS) as run:
        told = run.communicate()[0]
    wrong = [*troubles.failings(root, troubles.ALL)]
    wrong += [f"left behind: {' '.join(each.cmdline())}" for each in troubles.left()]
    wrong += [told] if "Traceback" in told else []
    print(f"{len(troubles.ALL)} troubles, {len(wrong)} without a clear end", *wrong, sep="\n")
    sys.exit(bool(wrong))
