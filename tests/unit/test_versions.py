"""The fingerprint names what shapes a report, and nothing that does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from danvan_nb.outputs.versions import Fingerprint, differing, fingerprint, required_packages


@pytest.mark.parametrize(
    "name",
    [
        *("openpyxl", "jinja2", "lxml", "mdit-py-plugins", "pyyaml", "nbformat", "markdown-it-py"),
        *("numpy", "fonttools", "pillow"),  # asked for by what we ask for
        *("danvan_nb", "python"),
    ],
)
def test_what_a_report_is_made_with_is_in_it(name: str) -> None:
    """Whatever the package needs, directly or not, makes a report again when it changes."""
    assert fingerprint().packages[name]


@pytest.mark.parametrize("name", ["pytest", "ruff", "mypy", "jupyterlab", "distributed"])
def test_what_only_an_extra_needs_is_not(name: str) -> None:
    """A tool of the makers, the editor and the cluster change no report."""
    assert name not in fingerprint().packages


def test_markers_and_extras_are_followed() -> None:
    """Another system's packages are left out; an extra brings what it asks for (bleach[css])."""
    assert "colorama" not in fingerprint().packages or sys.platform == "win32"
    assert "tinycss2" in required_packages("nbconvert")
    assert required_packages("no-such-package") == {}


def test_only_code_differs() -> None:
    """An unreleased change of this package's files is told as its own name."""
    mine = fingerprint()
    assert differing(mine) == []
    assert differing(Fingerprint("other", mine.packages)) == ["danvan_nb"]
    assert differing(Fingerprint(mine.code, {**mine.packages, "lxml": "0"})) == ["lxml"]
    assert differing(Fingerprint(mine.code, {**mine.packages, "gone": "1"})) == ["gone"]


def test_it_is_quick() -> None:
    """A batch that skips everything waits for it: it reads metadata, and imports none of it."""
    code = (
        "import sys; from danvan_nb.outputs.versions import fingerprint; fingerprint();"
        "print(sorted({'pandas', 'lxml', 'typst'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
