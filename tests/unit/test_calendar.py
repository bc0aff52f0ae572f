"""Closing dates, deadlines, and what `due` makes of them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sample_project import PARAMS, change

from danvan_nb.commands.due import find_due
from danvan_nb.project.period import Period, closing_date, default_deadline, last_closed
from danvan_nb.project.project import Project


@pytest.mark.parametrize(
    ("on", "period"),
    [
        (date(2023, 6, 14), Period(2022, "H2")),  # on the closing day data still come in
        (date(2023, 6, 15), Period(2023, "H1")),
        (date(2023, 12, 14), Period(2023, "H1")),
        (date(2023, 12, 15), Period(2023, "H2")),
        (date(2024, 1, 1), Period(2023, "H2")),
        (date(2023, 12, 14), Period(2022)),
        (date(2023, 12, 15), Period(2023)),
        (date(2023, 9, 15), Period(2023, "9M")),
        (date(2023, 9, 15), Period(2023, "Q3")),
        (date(2023, 3, 1), Period(2023, "M02")),
    ],
)
def test_last_closed(on: date, period: Period) -> None:
    """The data of a period close on the 14th of its last month, as those of halves in June and
    December."""
    assert last_closed(on, period.previous) == period


@pytest.mark.parametrize(
    ("period", "deadline"),
    [
        (Period(2023, "H1"), date(2023, 6, 15)),  # a Thursday
        (Period(2024, "H1"), date(2024, 6, 17)),  # 14 June 2024 is a Friday
        (Period(2025, "H1"), date(2025, 6, 16)),  # a Saturday
        (Period(2024, "H2"), date(2024, 12, 16)),  # a Saturday
    ],
)
def test_deadline_is_a_working_day(period: Period, deadline: date) -> None:
    """At least one working day lies between closing and deadline."""
    assert default_deadline(period) == deadline
    assert deadline > closing_date(period)


def states(root: Path, on: date) -> dict[str, str]:
    return {item.params_file: item.state for item in find_due(Project(root), on)}


@pytest.mark.parametrize(
    ("on", "state"),
    [
        (date(2023, 6, 14), "coming"),
        (date(2023, 6, 15), "todo"),
        (date(2023, 6, 16), "late"),
        (date(2023, 12, 14), "late"),
    ],
)
def test_a_report_never_made(project: Path, on: date, state: str) -> None:
    """It is coming, then due, then late."""
    assert states(project, on)[PARAMS] == state


def test_params_set_the_deadline(project: Path) -> None:
    """`due` in the params file takes the place of the default."""
    with (project / PARAMS).open("a", encoding="utf-8") as file:
        file.write("\ndue: 2023-06-25\n")
    item = next(
        item for item in find_due(Project(project), date(2023, 6, 20)) if item.params_file == PARAMS
    )
    assert (item.state, item.deadline) == ("todo", date(2023, 6, 25))


def test_the_next_period_needs_a_params_file(project: Path) -> None:
    """An office that has reported is asked for its next report, with the command that starts it."""
    found = {item.state: item for item in find_due(Project(project), date(2023, 12, 20))}
    assert found["no_params"].period == "2023-H2"
    assert found["no_params"].reason.startswith("danvan-nb new ")


@pytest.mark.parametrize(
    ("written", "on", "missing"),
    [
        (["2023-H1"], date(2023, 12, 20), {"2023-H2"}),
        (["2023-H1", "2023"], date(2023, 12, 20), set()),  # the year's report stands for its end
        (["2022", "2022-H1", "2023-H1"], date(2023, 12, 20), {"2023"}),
        (["2022-H2", "2022", "2023-H1"], date(2023, 12, 20), {"2023-H2", "2023"}),
        (["2023-Q1", "2023-Q2"], date(2023, 9, 20), {"2023-Q3"}),
        (["2022-9M", "2023-H1"], date(2023, 9, 20), {"2023-9M"}),
        (["2023-M01"], date(2023, 2, 20), {"2023-M02"}),
        (["2023-H1"], date(2023, 6, 20), set()),
    ],
)
def test_what_an_office_owes(
    project: Path, written: list[str], on: date, missing: set[str]
) -> None:
    """What was reported last year is asked for again, of whatever length; an office without a last
    year owes the period that follows its last."""
    text = (project / PARAMS).read_text("utf-8")
    (project / PARAMS).unlink()
    for period in written:
        (project / f"params/mau/{period}.yml").write_text(text.replace("2023-H1", period), "utf-8")
    found = {one.period for one in find_due(Project(project), on) if one.state == "no_params"}
    assert found == missing


def test_a_closed_office_is_not_asked(project: Path) -> None:
    """An office that no longer exists owes no further report."""
    assert "no_params" in states(project, date(2023, 12, 20)).values()
    change(
        project / "params/offices.yml",
        "  note: đơn vị mẫu, không có thật",
        "  valid_to: 2023-06-30",
    )
    assert "no_params" not in states(project, date(2023, 12, 20)).values()


def test_made_reports(made: Path, copy: Path) -> None:
    """A report made is done; changed data make it due only while its period is the last one closed;
    a draft does not count."""
    assert states(made, date(2023, 6, 20))[PARAMS] == "done"
    change(copy / PARAMS, "2023-H1", "2023-H1 ")
    assert states(copy, date(2023, 6, 20))[PARAMS] == "late"
    assert states(copy, date(2023, 12, 20))[PARAMS] == "done"
    manifest = next(copy.glob("outputs/*/*/manifest.json"))
    manifest.write_text(
        json.dumps(json.loads(manifest.read_text(encoding="utf-8")) | {"draft": True}),
        encoding="utf-8",
    )
    assert states(copy, date(2023, 12, 20))[PARAMS] == "late"
