"""The numbers of an office by indicator, period, day and status, with where each came from.

Owns the meaning of time: the days that a number counts, latest day, actual before estimate, plan of
the year, same period. A formula is computed here from the readings it names, and shown with them;
all else about how a number reads is the figure's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

from danvan_nb.data.records import Observation, Share
from danvan_nb.data.schema import COLLECTED
from danvan_nb.errors import ParamsError
from danvan_nb.figures import formulas
from danvan_nb.figures.formulas import formula_ids
from danvan_nb.project.intervals import Interval, join
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period, year_before
from danvan_nb.wording import exact_text


@dataclass(frozen=True)
class Reading:
    """One number with its status, day and origins; `value` is None where there is none.

    `shares` are the numbers of sub-offices that it adds up; `formula` shows the calculation with
    its numbers; `revised` says that a later folder changed the number, `replaced` what stood there;
    `former` says that it is of the offices that came before; `start` is the first day that an
    amount counts.
    """

    value: Decimal | None = None
    status: str = "actual"
    as_of: date | None = None
    origins: tuple[Observation, ...] = ()
    shares: tuple[Share, ...] = ()
    formula: str = ""
    revised: bool = False
    replaced: Reading | None = None
    former: bool = False
    start: date | None = None


MISSING = Reading()


def _from(start: date, made: Reading) -> Reading:
    return made if made.value is None else replace(made, start=start)


def _share(office: str, whole: Reading) -> Reading:
    """Take one sub-office's share of a collected number."""
    shares = [share for share in whole.shares if share.office == office]
    if not shares:
        return MISSING
    cells = tuple(share.as_row(whole.origins[0]) for share in shares)
    return Reading(sum((one.value for one in shares), Decimal()), whole.status, whole.as_of, cells)


class Ledger:
    """All observations of an office, looked up by indicator, period, day and status.

    Parameters
    ----------
    observations : iterable of Observation
        Of all periods; a row from a later folder replaces the same row of an earlier one.
    catalogue : mapping of str to Indicator
        The indicators; formulas refer to one another.
    predecessors : iterable of Ledger
        Of the offices whose sums stand for this one's same period, where it has no number itself.
    shares : iterable of Share
        What collected numbers add up.

    Raises
    ------
    ParamsError
        If formulas of the catalogue name what is not there, or each other in a circle.
    """

    def __init__(
        self,
        observations: Iterable[Observation],
        catalogue: Mapping[str, Indicator],
        predecessors: Iterable[Ledger] = (),
        shares: Iterable[Share] = (),
    ) -> None:
        self.catalogue = catalogue
        self.predecessors = tuple(predecessors)
        if issues := formulas.find_formula_issues(catalogue):
            raise ParamsError(issues)
        self._rows: dict[tuple[str, str], dict[Interval, Reading]] = defaultdict(dict)
        collected = _by_number(shares)
        for row in sorted(observations, key=lambda row: row.folder):
            if row.value is None:  # a blank says nothing, also not of what was known before
                continue
            key = (row.indicator, row.status == "plan", row.as_of)
            own = collected.get(key, ()) if Path(row.file).stem == COLLECTED else ()
            days, old = row.days(catalogue[row.indicator]), self._replaced_by(row)
            self._rows[row.indicator, row.status][days] = Reading(
                row.value,
                row.status,
                row.as_of,
                (row,),
                tuple(own),
                revised=old is not None,
                replaced=old,
                start=days[0] if catalogue[row.indicator].counted else None,
            )

    def _replaced_by(self, row: Observation) -> Reading | None:
        """Find what an earlier folder said, if this row says something else."""
        days = row.days(self.catalogue[row.indicator])
        old = self._rows[row.indicator, row.status].get(days)
        if old is None and row.status == "actual":  # the earlier folder had estimated it
            old = self._rows[row.indicator, "estimate"].get(days)
        if old and (row.folder == row.period or old.value == row.value):  # said again, not changed
            return old.replaced
        return old

    def counted(self, name: str) -> str:
        """Say from when an indicator counts: `year`, `half`, or nothing for what is no flow."""
        return formulas.counted(name, self.catalogue)

    @property
    def mixed(self) -> bool:
        """Say whether some flows count from January and others from the period's first day."""
        return len({one.counted for one in self.catalogue.values() if one.counted}) > 1

    def start(self, name: str, period: Period) -> date:
        """Give the day from which the office counts an indicator in a period."""
        return period.first_day if self.counted(name) == "half" else period.new_year

    def _known(self, name: str, year: int) -> dict[Interval, Reading]:
        """Give what is known of a year's days, actual before estimate."""
        known = self._rows[name, "estimate"] | self._rows[name, "actual"]
        return {days: reading for days, reading in known.items() if days[1].year == year}

    def days(self, name: str, period: Period) -> list[date]:
        """List the days of a period for which an indicator has a number, latest first."""
        return self._days(name, self.start(name, period), period)

    def _days(self, name: str, start: date, period: Period) -> list[date]:
        formula = self.catalogue[name].formula
        if formula:
            parts = [set(self._days(used, start, period)) for used in formula_ids(formula)]
            return sorted(set.intersection(*parts) if parts else (), reverse=True)
        ends = {end for _, end in self._known(name, period.year) if period.contains(end)}
        found = (end for end in ends if self.read_over(name, start, end).value is not None)
        return sorted(found, reverse=True)

    def read(self, name: str, period: Period, as_of: date | None = None) -> Reading:
        """Read an indicator as the office counts it, to its latest day unless `as_of` names one."""
        as_of = as_of or next(iter(self.days(name, period)), None)
        return self.read_over(name, self.start(name, period), as_of)

    def read_over(
        self,
        name: str,
        start: date,
        end: date | None,
        part: Callable[[Reading], Reading] = lambda whole: whole,
    ) -> Reading:
        """Read an amount over days: as it is known, or added up from amounts that join exactly.

        What is no flow is read on the last day; `part` is taken of each number read.
        """
        if end is None:
            return MISSING
        indicator = self.catalogue[name]
        if indicator.formula:
            made = evaluate(
                indicator.formula, lambda used: self.read_over(used, start, end, part), end
            )
            return _from(start, made) if self.counted(name) else made
        known = self._known(name, end.year)
        days = (start if indicator.measure == "flow" else end, end)
        if days in known:
            return part(known[days])
        terms = join(*days, known)
        if not terms:
            return MISSING
        signs = {
            sign: [part(known[each]) for own, each in terms if own == sign] for sign in (1, -1)
        }
        return _from(start, add_up(signs[1], less=signs[-1]))

    def read_share(self, name: str, office: str, start: date, end: date | None) -> Reading:
        """Read a sub-office's share of a collected number; a formula is of its own numbers."""
        return self.read_over(name, start, end, partial(_share, office))

    def read_same_period(self, name: str, start: date, end: date | None) -> Reading:
        """Read the same days one year earlier; without an own number, the predecessors' sum."""
        if end is None:
            return MISSING
        days = (year_before(start), year_before(end))
        own = self.read_over(name, *days)
        if own.value is not None or not self.predecessors:
            return own
        indicator = self.catalogue[name]
        if indicator.formula:
            return evaluate(
                indicator.formula, lambda used: self.read_same_period(used, start, end), days[1]
            )
        if indicator.measure == "rate" or indicator.aggregate not in (None, "sum"):
            return MISSING  # shares of different wholes do not add up
        parts = [ledger.read_over(name, *days) for ledger in self.predecessors]
        return add_up([replace(part, former=True) for part in parts])

    def none_arose(self, name: str, start: date, end: date | None, reading: Reading) -> bool:
        """Say whether a rate has no value because there were no cases, not for want of numbers."""
        indicator = self.catalogue[name]
        if reading.value is not None or indicator.measure != "rate" or not indicator.formula:
            return False
        parts = (self.read_over(used, start, end) for used in formula_ids(indicator.formula))
        return all(part.value is not None for part in parts)

    def read_plan(self, name: str, period: Period) -> Reading:
        """Read the plan of the period's year, from any folder of the year; the later one wins."""
        formula = self.catalogue[name].formula
        if formula and self.catalogue[name].measure != "rate":
            return evaluate(formula, lambda used: self.read_plan(used, period), None)
        plans = {
            (reading.origins[0].period, days[1]): reading
            for days, reading in self._rows[name, "plan"].items()
            if reading.origins[0].period.year == period.year
        }
        return plans[max(plans)] if plans else MISSING

    def revised(self) -> Iterator[tuple[str, Period, Reading]]:
        """Yield every observation that a later folder changed."""
        for (name, _status), days in self._rows.items():
            for reading in days.values():
                if reading.revised:
                    yield name, reading.origins[0].period, reading


def _by_number(shares: Iterable[Share]) -> dict[tuple[str, bool, date], list[Share]]:
    """Group shares by what they add up to; a sum of estimates and actual numbers is one number."""
    groups: dict[tuple[str, bool, date], list[Share]] = {}
    for share in shares:
        groups.setdefault((share.indicator, share.status == "plan", share.as_of), []).append(share)
    return groups


def evaluate(formula: str, read: Callable[[str], Reading], as_of: date | None) -> Reading:
    """Compute a formula over readings; one missing part makes it missing."""
    parts = {name: read(name) for name in formula_ids(formula)}
    numbers = {name: part.value for name, part in parts.items()}
    value = formulas.compute(formula, numbers)
    if value is None:
        return MISSING
    return _made_of(list(parts.values()), value, as_of, formulas.formula_text(formula, numbers))


def add_up(parts: Sequence[Reading], less: Sequence[Reading] = ()) -> Reading:
    """Add readings, less others; a missing one makes it missing, its day is that of the last."""
    used = (*parts, *less)
    values = [part.value for part in used if part.value is not None]
    if len(values) < len(used):
        return MISSING
    at, shown = len(parts), [exact_text(value, point=",") for value in values]
    text = " + ".join(shown[:at]) + "".join(f" - {each}" for each in shown[at:])
    total = sum(values[:at], Decimal()) - sum(values[at:], Decimal())
    return _made_of(used, total, parts[-1].as_of, text)


def _made_of(parts: Sequence[Reading], value: Decimal, as_of: date | None, formula: str) -> Reading:
    """Make a computed reading: a plan or estimate, revised or of former offices, as a part is."""
    statuses = {part.status for part in parts}
    return Reading(
        value,
        next((status for status in ("plan", "estimate") if status in statuses), "actual"),
        as_of,
        origins=tuple(dict.fromkeys(origin for part in parts for origin in part.origins)),
        shares=tuple(dict.fromkeys(share for part in parts for share in part.shares)),
        formula=formula,
        revised=any(part.revised for part in parts),
        former=any(part.former for part in parts),
    )
