"""The stamp: no value is trusted after an edit, a re-run or a changed input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbformat import NotebookNode
from sample_project import OBSERVATIONS, change, code, executed, markdown, shown

from danvan_nb.figures.tables import summary_table
from danvan_nb.notebook.stamp import is_edited, is_fresh, set_stamp
from danvan_nb.report.report import Report


@pytest.fixture
def stamped(report: Report) -> NotebookNode:
    table = shown(summary_table("Bảng", [report.figures["thu_mau"]]))
    nb = executed(
        report, markdown("Thu {eval}`thu_mau`.", "narrative:thu"), table, code("report", "hide")
    )
    set_stamp(nb, report.project)
    return nb


def test_fresh_after_stamping(stamped: NotebookNode, report: Report) -> None:
    """Nothing happened: values count, with the project at hand or without."""
    assert is_fresh(stamped, report.project)
    assert is_fresh(stamped, None)
    assert not is_edited(stamped)


def edit(nb: NotebookNode) -> None:
    nb.cells[0].source += " Thêm."


def retag(nb: NotebookNode) -> None:
    nb.cells[0].metadata["tags"] = ["narrative:thu", "needs:don_mau"]


def drop(nb: NotebookNode) -> None:
    del nb.cells[1]


def turn(nb: NotebookNode) -> None:
    nb.cells.reverse()


def retype(nb: NotebookNode) -> None:
    nb.cells[2].cell_type = "raw"


@pytest.mark.parametrize("act", [edit, retag, drop, turn, retype])
def test_editing_breaks_the_stamp(
    stamped: NotebookNode, report: Report, act: Callable[[NotebookNode], None]
) -> None:
    """Text, tags, number, order and type of cells are a person's edit."""
    act(stamped)
    assert is_edited(stamped)
    assert not is_fresh(stamped, report.project)


def rewrite_value(nb: NotebookNode) -> None:
    nb.cells[0].metadata["user_expressions"][0]["result"]["data"]["text/plain"] = "999"


def rewrite_output(nb: NotebookNode) -> None:
    nb.cells[1].outputs[0].data["text/plain"] = "999"


def clear_outputs(nb: NotebookNode) -> None:
    nb.cells[1].outputs = []


def rewrite_letterhead(nb: NotebookNode) -> None:
    nb.metadata["danvan"]["letterhead"]["signatory"] = "Người khác"


@pytest.mark.parametrize("act", [rewrite_value, rewrite_output, clear_outputs, rewrite_letterhead])
def test_other_values_are_no_edit_but_not_fresh(
    stamped: NotebookNode, report: Report, act: Callable[[NotebookNode], None]
) -> None:
    """A re-run or altered value is not a person's text, and yet is not exported."""
    act(stamped)
    assert not is_edited(stamped)
    assert not is_fresh(stamped, report.project)
    assert not is_fresh(stamped, None)


def test_what_jupyterlab_changes_by_itself_counts_nothing(
    stamped: NotebookNode, report: Report
) -> None:
    """Execution counts, ids and view settings are neither edit nor staleness."""
    stamped.cells[1].execution_count = 7
    stamped.cells[1].metadata["collapsed"] = True
    stamped.metadata["language_info"] = {"name": "python", "version": "3.99"}
    assert is_fresh(stamped, report.project)


def test_changed_or_missing_input(stamped: NotebookNode, report: Report, project: Path) -> None:
    """Another number on disk, or a file gone, makes the values old; alone,
    the notebook can't know."""
    change(project / OBSERVATIONS, "301.149", "301.150")
    assert not is_fresh(stamped, report.project)
    assert is_fresh(stamped, None)
    (project / OBSERVATIONS).unlink()
    assert not is_fresh(stamped, report.project)


def test_unstamped_is_neither(report: Report) -> None:
    """A notebook that never ran is not fresh, and nobody edited it."""
    nb = executed(report, markdown("x"))
    assert not is_fresh(nb, report.project)
    assert not is_edited(nb)
