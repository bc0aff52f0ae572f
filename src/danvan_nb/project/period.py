"""The half-year a report speaks of, its days and neighbours, and when its data close."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from danvan_nb.errors import Issue, ParamsError

CLOSING_MONTHS = (6, 12)
CLOSING_DAY = 14
"""Months and day on which the data of a half close (Nghị định 09/2019/NĐ-CP, Điều 12)."""
REPORTED_BY = 25
"""Day of these months by which provinces report to the Government (same decree, Điều 13)."""


@dataclass(frozen=True, order=True)
class Period:
    """A half of a calendar year, written `2023-H1` or `2023-H2`.

    Notes
    -----
    A flow counts from the half's first calendar day. The closing dates of Nghị định 09/2019/NĐ-CP
    (14 June, 14 December) say when data are collected, not what the period is.
    """

    year: int
    half: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period such as `2023-H1`; ParamsError for anything else.

        Examples
        --------
        >>> Period.parse("2023-H1").label
        '6 tháng đầu năm 2023'
        """
        match = re.fullmatch(r"(\d{4})-H([12])", str(text).strip())
        if not match:
            raise ParamsError(Issue.of("ky_bao_cao", found=str(text)))
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def is_one(cls, text: str) -> bool:
        """Say whether a text is a written period."""
        try:
            cls.parse(text)
        except ParamsError:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.year}-H{self.half}"

    @property
    def first_day(self) -> date:
        """Give 1 January or 1 July."""
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def last_day(self) -> date:
        """Give 30 June or 31 December."""
        return date(self.year, 6, 30) if self.half == 1 else date(self.year, 12, 31)

    def contains(self, day: date) -> bool:
        """Say whether a day lies in the period."""
        return self.first_day <= day <= self.last_day

    @property
    def same_period(self) -> Period:
        """Give the same half of the year before (cùng kỳ năm trước)."""
        return Period(self.year - 1, self.half)

    @property
    def previous(self) -> Period:
        """Give the half before this one (kỳ trước)."""
        return Period(self.year, 1) if self.half == 2 else Period(self.year - 1, 2)

    @property
    def next(self) -> Period:
        """Give the half after this one."""
        return Period(self.year, 2) if self.half == 1 else Period(self.year + 1, 1)

    @property
    def label(self) -> str:
        """Name the period as a report does."""
        return f"6 tháng {'đầu' if self.half == 1 else 'cuối'} năm {self.year}"


def year_before(day: date) -> date:
    """Give the same day one year earlier; 29 February becomes 28 February.

    Examples
    --------
    >>> year_before(date(2024, 2, 29))
    datetime.date(2023, 2, 28)
    """
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def closing_date(period: Period) -> date:
    """Give the day on which a half's data close.

    Examples
    --------
    >>> closing_date(Period(2023, 2))
    datetime.date(2023, 12, 14)
    """
    return date(period.year, CLOSING_MONTHS[period.half - 1], CLOSING_DAY)


def default_deadline(period: Period) -> date:
    """Give the first working day after the closing date.

    Notes
    -----
    Nghị định 09/2019/NĐ-CP, Điều 8 leaves the deadline to the office that asks, at least one
    working day after the closing; the earliest such day is the safe default, and `due` in the
    params file sets the real one. It falls on the 15th to 17th of June or December, where no public
    holiday does (Bộ luật Lao động 2019, Điều 112).
    """
    day = closing_date(period) + timedelta(1)
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def last_closed(on: date) -> Period:
    """Give the latest half whose data have closed before `on`."""
    period = Period(on.year, 2)
    while closing_date(period) >= on:
        period = period.previous
    return period
