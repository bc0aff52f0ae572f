"""The period a report speaks of: its days, names and neighbours, and when its data close."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import NamedTuple

from danvan_nb.errors import Issue, ParamsError

CLOSING_DAY = 14
"""Day of its last month on which the data of a period close (Nghị định 09/2019/NĐ-CP, Điều 12)."""
REPORTED_BY = 25
"""Day of that month by which provinces report to the Government (same decree, Điều 13)."""
CALENDAR_DAY = timedelta(1)
YEAR = r"19\d\d|[2-8]\d{3}"
"""The years of which a spreadsheet has every day, and those around them are dates too."""


class _Span(NamedTuple):
    """Months of a year and their name; `rest` names what is still to come, if no span does."""

    first: int
    last: int
    name: str
    rest: str = ""


_QUARTERS = ("I", "II", "III", "IV")
SPANS = {
    "": _Span(1, 12, "năm"),
    "H1": _Span(1, 6, "6 tháng đầu năm"),
    "H2": _Span(7, 12, "6 tháng cuối năm"),
    **{f"Q{n}": _Span(3 * n - 2, 3 * n, f"quý {name} năm") for n, name in enumerate(_QUARTERS, 1)},
    "9M": _Span(1, 9, "9 tháng đầu năm", "3 tháng cuối năm"),
    **{f"M{n:02}": _Span(n, n, f"tháng {n} năm") for n in range(1, 13)},
}
"""Every kind of period by the code behind its year; the year itself has none."""


@total_ordering
@dataclass(frozen=True)
class Period:
    """A year or a part of it, written `2023`, `2023-H1`, `2023-Q3`, `2023-9M`, `2023-M05`.

    Periods sort by their last day; of two that end together the longer one is the later, as its
    report is.

    Notes
    -----
    Days are the calendar's. The closing dates of Nghị định 09/2019/NĐ-CP say when data are
    collected, not what the period is.
    """

    year: int
    code: str = ""

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period such as `2023-H1`; ParamsError for anything else.

        Examples
        --------
        >>> Period.parse("2023-H1").label, Period.parse("2023").label
        ('6 tháng đầu năm 2023', 'năm 2023')
        """
        match = re.fullmatch(rf"({YEAR})(?:-(\w+))?", str(text).strip(), re.ASCII)
        year, code = match.groups("") if match else ("", "")
        if not match or code not in SPANS or str(text).strip().endswith("-"):
            raise ParamsError(_unknown(str(text), year, code))
        return cls(int(year), code)

    @classmethod
    def is_one(cls, text: str) -> bool:
        """Say whether a text is a written period."""
        try:
            cls.parse(text)
        except ParamsError:
            return False
        return True

    @classmethod
    def between(cls, start: date, end: date) -> Period | None:
        """Give the period of exactly these days, if there is one."""
        found = (cls(start.year, code) for code in SPANS)
        return next((one for one in found if (one.first_day, one.last_day) == (start, end)), None)

    def __str__(self) -> str:
        return f"{self.year}-{self.code}" if self.code else f"{self.year}"

    def __lt__(self, other: Period) -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[int, int, int]:
        return self.year, self.span.last, -self.span.first

    @property
    def span(self) -> _Span:
        """Give its months and name."""
        return SPANS[self.code]

    @property
    def first_day(self) -> date:
        """Give its first calendar day."""
        return date(self.year, self.span.first, 1)

    @property
    def last_day(self) -> date:
        """Give its last calendar day."""
        after = date(self.year + self.span.last // 12, self.span.last % 12 + 1, 1)
        return after - CALENDAR_DAY

    @property
    def new_year(self) -> date:
        """Give 1 January of its year, from which cumulated numbers count."""
        return date(self.year, 1, 1)

    def contains(self, day: date) -> bool:
        """Say whether a day lies in the period."""
        return self.first_day <= day <= self.last_day

    @property
    def parts(self) -> tuple[Period, ...]:
        """List the shorter periods that lie inside, in order; each may have data of its own."""
        every = (Period(self.year, code) for code in SPANS if code != self.code)
        inside = (one for one in every if self.contains(one.first_day))
        return tuple(sorted(one for one in inside if one.last_day <= self.last_day))

    @property
    def same_period(self) -> Period:
        """Give the same period of the year before (cùng kỳ năm trước)."""
        return Period(self.year - 1, self.code)

    @property
    def siblings(self) -> tuple[str, ...]:
        """List the codes of the periods of this length, in the order of the year."""
        length = self.span.last - self.span.first
        return tuple(code for code, one in SPANS.items() if one.last - one.first == length)

    @property
    def previous(self) -> Period:
        """Give the period of this length before this one (kỳ trước)."""
        return self._sibling(-1)

    @property
    def next(self) -> Period:
        """Give the period of this length after this one."""
        return self._sibling(1)

    def _sibling(self, step: int) -> Period:
        codes = self.siblings
        years, at = divmod(codes.index(self.code) + step, len(codes))
        return Period(self.year + years, codes[at])

    @property
    def label(self) -> str:
        """Name the period as a report does."""
        return f"{self.span.name} {self.year}"

    @property
    def next_label(self) -> str:
        """Name the time of the tasks that come next (nhiệm vụ tiếp theo)."""
        return f"{self.span.rest} {self.year}" if self.span.rest else self.next.label


def _unknown(found: str, year: str, code: str) -> Issue:
    """Say what a period looks like, and for a slip of spelling which one was meant."""
    meant = code.upper()
    if re.fullmatch(r"M\d", meant):
        meant = f"M0{meant[1]}"
    key = "ky_bao_cao.viet" if code and meant in SPANS else "ky_bao_cao"
    return Issue.of(key, found=found, meant=f"{year}-{meant}")


def year_before(day: date) -> date:
    """Give the same day one year earlier; the last day of February is one whatever its number.

    Examples
    --------
    >>> year_before(date(2024, 2, 29)), year_before(date(2025, 2, 28))
    (datetime.date(2023, 2, 28), datetime.date(2024, 2, 29))
    """
    if (day + CALENDAR_DAY).day == 1:
        return (day + CALENDAR_DAY).replace(year=(day + CALENDAR_DAY).year - 1) - CALENDAR_DAY
    return day.replace(year=day.year - 1)


def closing_date(period: Period) -> date:
    """Give the day on which a period's data close.

    Examples
    --------
    >>> closing_date(Period(2023, "H2")), closing_date(Period(2023, "9M"))
    (datetime.date(2023, 12, 14), datetime.date(2023, 9, 14))
    """
    return date(period.year, period.span.last, CLOSING_DAY)


def default_deadline(period: Period) -> date:
    """Give the first working day after the closing date.

    Notes
    -----
    Nghị định 09/2019/NĐ-CP, Điều 8 leaves the deadline to the office that asks, at least one
    working day after the closing; the earliest such day is the safe default, and `due` in the
    params file sets the real one. It falls on the 15th to 17th of a month; of a half or a year
    no public holiday does (Bộ luật Lao động 2019, Điều 112).
    """
    day = closing_date(period) + CALENDAR_DAY
    return day + timedelta(max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def last_closed(on: date, like: Period) -> Period:
    """Give the latest period of the length of `like` whose data have closed before `on`."""
    period = Period(on.year, like.siblings[-1])
    while closing_date(period) >= on:
        period = period.previous
    return period
