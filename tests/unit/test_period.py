"""A period and its neighbours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb.errors import ParamsError
from danvan_nb.project.period import SPANS, Period, year_before

PERIODS = st.builds(Period, st.integers(1900, 2200), st.sampled_from(list(SPANS)))


@given(PERIODS)
def test_written_period_reads_back(period: Period) -> None:
    """A period survives being written and read, and is that of its days."""
    assert Period.parse(str(period)) == period
    assert Period.between(period.first_day, period.last_day) == period


@pytest.mark.parametrize(
    "text",
    [
        *("2023-H3", "2023-Q5", "2023-Q0", "2023-M13", "2023-8M", "23-H1", "2023-H1x"),
        *("", "H1-2023", "2023-", "2023 H1", "2023-H1-Q1", "năm 2023", None, 23),
    ],
)
def test_refuses_what_is_no_period(text: object) -> None:
    """Anything but a year with one of the codes is refused, with examples."""
    with pytest.raises(ParamsError, match=r"2023-H1.*2023-Q1.*2023-9M.*2023-M01"):
        Period.parse(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2023-h1", "2023-H1"),
        ("2023-q4", "2023-Q4"),
        ("2023-m5", "2023-M05"),
        ("2023-M5", "2023-M05"),
        ("2024-9m", "2024-9M"),
    ],
)
def test_a_slip_of_spelling_is_named(text: str, meant: str) -> None:
    """A code in small letters, or a month of one digit, is answered with the right one."""
    with pytest.raises(ParamsError, match=f"cần {meant}\\."):
        Period.parse(text)


@given(PERIODS)
def test_periods_follow_one_another_without_gap(period: Period) -> None:
    """The next period of a length comes back by `previous` and sorts later; all but nine months
    begin on the day after."""
    assert period.next.previous == period.previous.next == period
    assert period.same_period < period < period.next
    assert period.previous < period
    if period.code != "9M":
        assert period.next.first_day == period.last_day + timedelta(days=1)


@given(PERIODS)
def test_parts_lie_inside_and_sort_before(period: Period) -> None:
    """The parts of a period are within its days, earlier than its own report, and each once."""
    assert list(period.parts) == sorted(set(period.parts))
    for part in period.parts:
        assert period.first_day <= part.first_day
        assert part.last_day <= period.last_day
        assert part < period


def test_days_and_labels() -> None:
    """A period is calendar months, not the closing dates of Nghị định 09/2019; it is named as
    reports do."""
    said = {
        "2023": (date(2023, 1, 1), date(2023, 12, 31), "năm 2023", "năm 2024"),
        "2023-H1": (*_days(1, 6, 30), "6 tháng đầu năm 2023", "6 tháng cuối năm 2023"),
        "2023-H2": (*_days(7, 12, 31), "6 tháng cuối năm 2023", "6 tháng đầu năm 2024"),
        "2023-Q1": (*_days(1, 3, 31), "quý I năm 2023", "quý II năm 2023"),
        "2023-Q4": (*_days(10, 12, 31), "quý IV năm 2023", "quý I năm 2024"),
        "2023-9M": (*_days(1, 9, 30), "9 tháng đầu năm 2023", "3 tháng cuối năm 2023"),
        "2023-M02": (*_days(2, 2, 28), "tháng 2 năm 2023", "tháng 3 năm 2023"),
        "2023-M12": (*_days(12, 12, 31), "tháng 12 năm 2023", "tháng 1 năm 2024"),
    }
    for text, (first, last, label, after) in said.items():
        period = Period.parse(text)
        assert (period.first_day, period.last_day) == (first, last)
        assert (period.label, period.next_label) == (label, after)
    assert [str(part) for part in Period(2023, "H2").parts] == [
        *("2023-M07", "2023-M08", "2023-M09", "2023-Q3", "2023-M10", "2023-M11", "2023-M12"),
        "2023-Q4",
    ]


def _days(first: int, last: int, day: int) -> tuple[date, date]:
    return date(2023, first, 1), date(2023, last, day)


@given(st.dates(date(1904, 1, 1), date(2200, 12, 31)))
def test_year_before_is_the_same_day(day: date) -> None:
    """The same day a year earlier; the end of February is compared with the end of February."""
    before = year_before(day)
    assert (before.year, before.month) == (day.year - 1, day.month)
    ends = (day + timedelta(days=1)).day == 1
    assert before.day == day.day or (ends and (before + timedelta(days=1)).day == 1)
