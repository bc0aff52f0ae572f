"""The pages of docs say what the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pages
import pytest

from danvan_nb.data.schema import STATUSES, TABLES
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.project.models import Indicator, Office, ReportParams, Signatory

DOCS = pages.ROOT / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
BY_HAND = ("README.md", "docs/developing.md", "docs/README.md")


@pytest.mark.parametrize("name", pages.PAGES)
def test_page_is_up_to_date(name: str) -> None:
    """What comes from the code is as the code has it now; `make docs` writes it anew."""
    assert (pages.ROOT / name).read_text(encoding="utf-8") == pages.PAGES[name](), (
        "run `make docs`, or python docs/pages.py"
    )


def glossary_rows() -> dict[str, str]:
    """Give the Vietnamese words of each identifier of the glossary."""
    rows: dict[str, str] = {}
    for cells in re.findall(r"^\| (.+?) \| .+ \| (`.+`) \|$", GLOSSARY, re.M):
        for name in re.findall(r"`\.?(\w+)[^`]*`", cells[1]):
            rows[name] = f"{rows.get(name, '')}; {cells[0]}".casefold()
    return rows


def test_glossary_has_every_column() -> None:
    """Each input table and column stands in the glossary, under the words of the schema."""
    rows = glossary_rows()
    for spec in TABLES:
        assert spec.sheet.casefold() in rows[spec.name]
        for column in spec.columns:
            assert column.heading.casefold() in rows[column.name], column.name


def test_glossary_has_every_word_of_the_catalogue() -> None:
    """Each key of catalogue, offices and params, each measure, status and comparison is there."""
    models = (Indicator, Office, ReportParams, Signatory)
    keys = {name for model in models for name in model.model_fields}
    measures = get_args(Indicator.model_fields["measure"].annotation)
    members = {
        name
        for name, member in vars(IndicatorFigure).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    }
    assert keys | {*measures, *STATUSES} | members <= glossary_rows().keys()


def names_in(path: Path) -> set[str]:
    """List what a module defines at its top, and the members of its classes as `Class.member`."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        names.add(getattr(node, "name", ""))
        if isinstance(node, ast.Assign | ast.AnnAssign):
            names |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            names.add(f"{node.name}.{getattr(member, 'name', '')}")
    return names


def find(path: str) -> Path | None:
    """Find a path that a page names, from root or package; `<…>` stands for anything."""
    pattern = re.sub(r"<[^>]*>", "*", path)
    found = (next(base.glob(pattern), None) for base in (pages.ROOT, pages.PACKAGE))
    return next((one for one in found if one), None)


@pytest.mark.parametrize("page", BY_HAND)
def test_named_files_and_names_are_there(page: str) -> None:
    """Each file that a page names exists, and each name that it says stands in a file does."""
    text = (pages.ROOT / page).read_text(encoding="utf-8")
    text = re.sub(r"<!-- (\w+): written.*?<!-- end of \1 -->", "", text, flags=re.S)
    for path in re.findall(r"`((?:[\w.<>-]+/)+(?:[\w.<>-]+\.\w+)?)`", text):
        assert path.startswith("outputs/") or find(path), path
    named = re.findall(r"((?:`[\w.]+`(?:, | and )?)+) in `([\w/]+\.py)`", text)
    for path, name in ((path, name) for names, path in named for name in names.split("`")[1::2]):
        file = find(path)
        assert file, path
        assert name in names_in(file), f"{name} in {path}"
