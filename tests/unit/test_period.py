"""The half-year and its neighbours."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from danvan_nb.errors import ParamsError
from danvan_nb.project.period import Period, year_before

PERIODS = st.builds(Period, st.integers(1900, 2200), st.sampled_from([1, 2]))


@given(PERIODS)
def test_written_period_reads_back(period: Period) -> None:
    """A period survives being written and read."""
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    "text", ["2023", "2023-H3", "2023-h1", "23-H1", "2023-H1x", "", "H1-2023", None, 2023]
)
def test_refuses_what_is_no_half(text: object) -> None:
    """Anything but a year and H1 or H2 is refused, with an example."""
    with pytest.raises(ParamsError, match="2023-H1"):
        Period.parse(text)  # type: ignore[arg-type]


@given(PERIODS)
def test_halves_follow_one_another_without_gap(period: Period) -> None:
    """The next half begins the day after, comes back by `previous`, and sorts later."""
    assert period.next.first_day == period.last_day + timedelta(days=1)
    assert period.next.previous == period.previous.next == period
    assert period.same_period == period.previous.previous
    assert period.same_period < period.previous < period < period.next


def test_days_and_label() -> None:
    """A half is six calendar months, not the closing dates of Nghị định 09/2019."""
    first, second = Period(2023, 1), Period(2023, 2)
    assert (first.first_day, first.last_day) == (date(2023, 1, 1), date(2023, 6, 30))
    assert (second.first_day, second.last_day) == (date(2023, 7, 1), date(2023, 12, 31))
    assert (first.label, second.label) == ("6 tháng đầu năm 2023", "6 tháng cuối năm 2023")


@given(st.dates(date(1904, 1, 1), date(2200, 12, 31)))
def test_year_before_is_the_same_day(day: date) -> None:
    """The same day a year earlier; only 29 February has to move."""
    before = year_before(day)
    assert before.year == day.year - 1
    assert (before.month, before.day) == (
        (2, 28) if (day.month, day.day) == (2, 29) else (day.month, day.day)
    )
