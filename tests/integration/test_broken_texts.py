"""Wrong params, narratives and files get their message, their line and their exit code."""

from __future__ import annotations

import unicodedata

import pytest
from broken_texts import CASES, TextCase, issue_told, told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_broken_text(case: TextCase) -> None:
    """No traceback, no silence, no changed file; what is right is printed as it was typed."""
    code, issues, printed = told(case)
    found = issue_told(case, issues)
    wrong = [one for one in issues if one.severity != "notice"]
    assert (found.rule if found else "", code) == (case.rule, case.exit), issues
    assert found or not [one for one in wrong if one.rule != "so_go_tay"], issues
    if found:
        assert (found.row or 0) == case.row, found
        assert case.words in str(found), found
        assert found.todo or found.expected or case.words, found
    assert case.printed in printed
    assert unicodedata.is_normalized("NFC", printed)
