"""The numbers of an office by indicator, period, day and status, with where each came from.

Owns the meaning of time: latest day, actual before estimate, plan of the year, same period. A
formula is computed here from the readings it names, and shown with them; all else about how a
number reads is the figure's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from danvan_nb.data.records import Observation, Share
from danvan_nb.data.schema import COLLECTED
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.figures.formulas import compute, formula_ids, formula_text
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period, year_before
from danvan_nb.wording import exact_text


@dataclass(frozen=True)
class Reading:
    """One number with its status, day and origins; `value` is None where there is none.

    `shares` are the numbers of sub-offices that it adds up; `formula` shows the calculation with
    its numbers; `revised` says that a later folder changed the number, `replaced` what stood there;
    `former` says that it is of the offices that came before.
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


MISSING = Reading()


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
        if issues := list(_formula_issues(catalogue)):
            raise ParamsError(issues)
        self._rows: dict[tuple[str, Period, str], dict[date, Reading]] = {}
        collected = _by_number(shares)
        for row in sorted(observations, key=lambda row: row.folder):
            if row.value is None and row.folder != row.period:
                continue  # a blank in a later folder says nothing of the number that is there
            key = (row.indicator, row.status == "plan", row.as_of)
            own = collected.get(key, ()) if Path(row.file).stem == COLLECTED else ()
            old = self._replaced_by(row)
            days = self._rows.setdefault((row.indicator, row.period, row.status), {})
            days[row.as_of] = Reading(
                row.value,
                row.status,
                row.as_of,
                (row,),
                tuple(own),
                revised=old is not None,
                replaced=old,
            )

    def _replaced_by(self, row: Observation) -> Reading | None:
        """Find what an earlier folder said, if this row says something else."""
        old = self._rows.get((row.indicator, row.period, row.status), {}).get(row.as_of)
        if old is None and row.status == "actual":  # the earlier folder had estimated it
            old = self._rows.get((row.indicator, row.period, "estimate"), {}).get(row.as_of)
        if old and (row.folder == row.period or old.value == row.value):  # said again, not changed
            return old.replaced
        return old

    def days(self, name: str, period: Period) -> list[date]:
        """List the days for which an indicator has an actual or estimate, latest first."""
        formula = self.catalogue[name].formula
        if formula:
            parts = [set(self.days(used, period)) for used in formula_ids(formula)]
            return sorted(set.intersection(*parts) if parts else (), reverse=True)
        known = (self._known(name, period, status) for status in ("actual", "estimate"))
        return sorted({day for days in known for day in days}, reverse=True)

    def _known(self, name: str, period: Period, status: str) -> dict[date, Reading]:
        """Give the numbers of a status that are not blank, by day."""
        days = self._rows.get((name, period, status), {})
        return {day: reading for day, reading in days.items() if reading.value is not None}

    def read(self, name: str, period: Period, as_of: date | None = None) -> Reading:
        """Read an indicator: of its latest day unless `as_of` names one, actual before estimate."""
        if as_of is None:
            days = self.days(name, period)
            if not days:
                return MISSING
            as_of = days[0]
        formula = self.catalogue[name].formula
        if formula:
            return evaluate(formula, lambda used: self.read(used, period, as_of), as_of)
        estimate = self._known(name, period, "estimate").get(as_of, MISSING)
        return self._known(name, period, "actual").get(as_of, estimate)

    def read_share(self, name: str, office: str, period: Period, as_of: date | None) -> Reading:
        """Read a sub-office's share of a collected number; a formula is of its own numbers."""
        formula = self.catalogue[name].formula
        if formula:
            return evaluate(
                formula, lambda used: self.read_share(used, office, period, as_of), as_of
            )
        whole = self.read(name, period, as_of)
        share = next((share for share in whole.shares if share.office == office), None)
        if share is None:
            return MISSING
        cell = replace(
            whole.origins[0],
            file=share.source_file,
            sheet=share.source_sheet,
            row=0,
            cell=share.source_cell,
            value=share.value,
            source="",
            note="",
        )
        return Reading(share.value, whole.status, as_of, (cell,))

    def read_same_period(self, name: str, period: Period, as_of: date | None) -> Reading:
        """Read the same day one year earlier; without an own number, the predecessors' sum."""
        if not as_of:
            return MISSING
        day = year_before(as_of)
        own = self.read(name, period.same_period, day)
        if own.value is not None or not self.predecessors:
            return own
        indicator = self.catalogue[name]
        if indicator.formula:
            return evaluate(
                indicator.formula, lambda used: self.read_same_period(used, period, as_of), day
            )
        if indicator.measure == "rate" or indicator.aggregate not in (None, "sum"):
            return MISSING  # shares of different wholes do not add up
        parts = [ledger.read(name, period.same_period, day) for ledger in self.predecessors]
        return add_up([replace(part, former=True) for part in parts])

    def none_arose(
        self, name: str, period: Period, reading: Reading, as_of: date | None = None
    ) -> bool:
        """Say whether a rate has no value because there were no cases, not for want of numbers."""
        indicator = self.catalogue[name]
        if reading.value is not None or indicator.measure != "rate" or not indicator.formula:
            return False
        days = self.days(name, period)
        return as_of in days if as_of else bool(days)

    def read_plan(self, name: str, period: Period) -> Reading:
        """Read the plan of the period's year, from either half's folder; the later one wins."""
        formula = self.catalogue[name].formula
        if formula and self.catalogue[name].measure != "rate":
            return evaluate(formula, lambda used: self.read_plan(used, period), None)
        for half in (Period(period.year, 2), Period(period.year, 1)):
            if plans := self._known(name, half, "plan"):
                return plans[max(plans)]
        return MISSING

    def year_to_date(self, name: str, period: Period, reading: Reading) -> Reading:
        """Give what counts towards the year's plan: of a flow in the second half, both halves."""
        if self.catalogue[name].measure != "flow" or period.half == 1 or reading.value is None:
            return reading
        return add_up([self.read(name, period.previous), reading])

    def revised(self) -> Iterator[tuple[str, Period, Reading]]:
        """Yield every observation that a later folder changed."""
        for (name, period, _status), days in self._rows.items():
            for reading in days.values():
                if reading.revised:
                    yield name, period, reading


def _formula_issues(catalogue: Mapping[str, Indicator]) -> Iterator[Issue]:
    """Find formulas that name what is not there, or each other in a circle."""
    for name, indicator in catalogue.items():
        own = [indicator.formula] if indicator.formula else []
        formulas = (*own, *indicator.equals, *indicator.at_most, *indicator.usually_at_most)
        used = [each for formula in formulas for each in formula_ids(formula)]
        unknown = [each for each in used if each not in catalogue]
        if unknown:
            yield Issue.of("cong_thuc.la", column=name, found=unknown[0])
        elif name in _reach(name, catalogue):
            yield Issue.of("cong_thuc.vong", column=name)


def _reach(name: str, catalogue: Mapping[str, Indicator]) -> set[str]:
    """List every indicator that the formula of `name` depends on."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        formula = catalogue[todo.pop()].formula
        used = set(formula_ids(formula)) if formula else set()
        fresh = (used & catalogue.keys()) - seen
        seen |= fresh
        todo += fresh
    return seen


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
    value = compute(formula, numbers)
    if value is None:
        return MISSING
    return _made_of(list(parts.values()), value, as_of, formula_text(formula, numbers))


def add_up(parts: Sequence[Reading]) -> Reading:
    """Add readings; one missing part makes it missing, and its day is that of the last part."""
    values = [part.value for part in parts if part.value is not None]
    if len(values) < len(parts):
        return MISSING
    shown = " + ".join(exact_text(value, point=",") for value in values)
    return _made_of(parts, sum(values, Decimal()), parts[-1].as_of, shown)


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
