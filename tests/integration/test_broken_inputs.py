"""Every kind of broken input gets its message, its cell and its exit code;
the page of docs says the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from breaking import Case, issue_of, outcome
from broken_inputs import CASES, PAGE, page
from sample_project import OUTPUT, PARAMS, snapshot, write
from typer.testing import CliRunner

from danvan_nb.commands.cli import app

UNPUBLISHED = (
    "số gộp qua hai cột số",
    "số cũ gạch ngang bên số mới",
    'định dạng ghi "triệu"',
    "Strict OOXML, ô sai",
    "XML của trang bị cắt cụt",
)


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


@pytest.mark.parametrize("kind", UNPUBLISHED)
def test_earlier_outputs_stay(kind: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run over a broken workbook ends with its message and leaves what was published."""
    case = next(case for case in CASES if case.kind == kind)
    case.make(project)
    write(project / OUTPUT / "report.html", "báo cáo đã có")
    monkeypatch.chdir(project)
    result = CliRunner().invoke(app, ["run", PARAMS])
    assert result.exit_code == case.exit_code
    assert "Traceback" not in result.output
    left = snapshot(project / OUTPUT)  # beside it only the marked copy to send back
    assert left.pop("report.html") == "báo cáo đã có".encode()
    assert all(name.startswith("tra-lai/") for name in left)
