"""The pages of docs say what the code says."""

from __future__ import annotations

import re
from typing import get_args

import pages
import pytest

from danvan_nb.data.schema import STATUSES, TABLES
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.project.project import Indicator, Office, ReportParams, Signatory

DOCS = pages.ROOT / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
BY_HAND = ("README.md", "docs/developing.md", "docs/README.md")


@pytest.mark.parametrize("name", ["README.md", "docs/glossary.md", "docs/bang-so-lieu.md"])
def test_page_is_up_to_date(name: str) -> None:
    """What comes from the code is as the code has it now; `make docs` writes it anew."""
    assert (pages.ROOT / name).read_text(encoding="utf-8") == pages.PAGES[name](), "run `make docs`"


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
