"""The sample that the README shows is what the code makes today."""

from __future__ import annotations

from pathlib import Path

import pytest

from danvan_nb.document import READERS

SAMPLE = Path(__file__).parents[2] / "docs/sample"


@pytest.mark.parametrize("name", ["html", "pdf"])
def test_sample_says_what_the_report_says(name: str, real_texts: dict[str, str]) -> None:
    """Each sample file has the text of the report made now; `make sample` renews them."""
    text = READERS[name]((SAMPLE / f"report.{name}").read_bytes())
    assert "".join(text.split()) == real_texts[name]
