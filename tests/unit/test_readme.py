"""The README says no more and no less than what is there."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from danvan_nb.commands.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]


def test_every_command_is_listed_and_has_help() -> None:
    """Each command stands in the README's table and explains itself, and no other does."""
    listed = set(re.findall(r"^\| `danvan-nb (\w[\w-]*)", README, re.M))
    assert listed == set(COMMANDS)
    for command in COMMANDS.values():
        assert command.help
        assert all(
            getattr(param, "help", None)
            for param in command.params
            if param.param_type_name == "option"
        )


def test_links_lead_somewhere() -> None:
    """Every relative link of the README and the docs leads to a file."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_make_targets_named_are_there() -> None:
    """Every `make` target that the README names exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make (report|test|lab|check|sample|demo)\b", README)):
        assert re.search(rf"^{target}:", makefile, re.M), target
