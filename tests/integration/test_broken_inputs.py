"""Every kind of broken input gets its message, its cell and its exit code;
the page of docs says the same."""

from __future__ import annotations

import pytest
from breaking import Case, issue_of, outcome
from broken_inputs import CASES, PAGE, page


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_broken_input(case: Case) -> None:
    """No traceback, no silence, no changed file; the rule,
    the cell and the exit code are those expected."""
    code, issues = outcome(case)
    if not case.rule:
        assert (code, issues) == (0, [])
        return
    found = issue_of(case, issues)
    assert (found.get("rule"), found.get("cell"), code) == (case.rule, case.cell, case.exit_code), (
        issues
    )
    assert found["message"]
    assert found["todo"] or found["expected"] or found["severity"] != "error"


def test_at_least_a_hundred_and_sixty_kinds() -> None:
    """The table keeps its promise."""
    assert len({case.kind for case in CASES}) == len(CASES) >= 160


def test_page_is_what_the_code_says() -> None:
    """docs/loi-dau-vao.md is written by tests/broken_inputs.py from these very files."""
    assert PAGE.read_text("utf-8") == page()
