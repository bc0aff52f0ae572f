"""What a console lacks is said in the nearest letters; no stream ever stops a command."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from sample_project import PARAMS

from danvan_nb.commands.streams import nearest_letters


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("ascii", 'De nghi "Uy ban" - 5 ... v'),
        ("cp1252", "De nghi “Uy ban” – 5 … v"),
        ("utf-8", "Đề nghị “Ủy ban” – 5 … ✓"),
    ],
)
def test_nearest_letters(encoding: str, said: str) -> None:
    """A stream gets the letters that it has, without marks where it has none."""
    assert nearest_letters("Đề nghị “Ủy ban” – 5 … ✓", encoding) == said


def test_a_vietnamese_windows_loses_nothing() -> None:
    """cp1258 holds letters and tones apart: every Vietnamese letter comes back."""
    text = "Thừa Thiên Huế, Đắk Lắk, Bà Rịa - Vũng Tàu, ý kiến, kỳ, ưỡn, ẩn, ẵm"
    data = nearest_letters(text, "cp1258").encode("cp1258")
    assert unicodedata.normalize("NFC", data.decode("cp1258")) == text


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "ascii"])
def test_commands_end_as_they_should(project: Path, encoding: str) -> None:
    """Both streams, good and bad ends, and JSON that machines read back whole."""
    command = [sys.executable, "-c", "from danvan_nb.commands.cli import app; app()", "check"]
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    args: Any = {"cwd": project, "env": env, "capture_output": True, "check": False}
    good = subprocess.run([*command, PARAMS], **args)
    bad = subprocess.run([*command, "params/la.yml"], **args)
    told = subprocess.run([*command, "params/la.yml", "--json"], **args)
    assert (good.returncode, bad.returncode, told.returncode) == (0, 2, 2), bad.stderr
    assert b"Traceback" not in good.stderr + bad.stderr
    assert b"Kh\\u00f4ng c\\u00f3 t\\u1ec7p" in told.stdout
