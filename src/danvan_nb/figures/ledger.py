"""The numbers of an office by indicator, period, day and status, with where each came from.

Owns the meaning of time (latest day, actual before estimate, plan of the year) and the catalogue's formulas. It words nothing.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from danvan_nb.data.records import Observation, Share
from danvan_nb.data.schema import COLLECTED
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.project.period import Period, year_before
from danvan_nb.project.project import Indicator
from danvan_nb.wording import exact_text


@dataclass(frozen=True)
class Origin:
    """The row, and in a workbook the cell, that a number came from; `parts` are the numbers of sub-offices that it adds up."""

    file: str
    sheet: str
    row: int
    source: str = ""
    note: str = ""
    cell: str = ""
    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        place = (
            f"ô {self.cell}" if self.cell and (self.sheet or not self.row) else f"dòng {self.row}"
        )
        return f"{self.file}{f' [{self.sheet}]' if self.sheet else ''}, {place}"


@dataclass(frozen=True)
class Part:
    """A sub-office's share of a collected number, and the cell of its own file where it stands."""

    office: str
    name: str
    value: Decimal
    origin: Origin


@dataclass(frozen=True)
class Reading:
    """One number with its status, day and origins; `value` is None where there is none.

    `formula` shows the calculation with its numbers; `revised` says that a later folder changed the number, `replaced` what stood
    there; `former` says that it is of the offices that came before.
    """

    value: Decimal | None = None
    status: str = "actual"
    as_of: date | None = None
    origins: tuple[Origin, ...] = ()
    formula: str = ""
    revised: bool = False
    replaced: Reading | None = None
    former: bool = False


MISSING = Reading()

_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_OPERANDS = re.compile(r"[a-z_]\w*|[0-9.]+(?:e[+-]?[0-9]+)?", re.IGNORECASE)


@lru_cache(None)
def parse_formula(formula: str) -> ast.expr:
    """Parse a catalogue formula: `+ - * /`, brackets, numbers, ids; the rest is a ParamsError, never run as Python."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except SyntaxError:
        tree = None
    allowed = (ast.BinOp, ast.Name, ast.Load, *_OPERATORS)
    numbers = (int, float)
    if tree is None or not all(
        isinstance(node, allowed)
        or (isinstance(node, ast.Constant) and type(node.value) in numbers)
        for node in ast.walk(tree)
    ):
        raise ParamsError(
            Issue(
                "cong_thuc",
                "Công thức không đúng",
                found=formula,
                expected="các mã chỉ tiêu, số, + - * / và ngoặc đơn",
            )
        )
    return tree


def formula_ids(formula: str) -> tuple[str, ...]:
    """List the indicators that a formula reads, in order."""
    return tuple(
        dict.fromkeys(
            node.id for node in ast.walk(parse_formula(formula)) if isinstance(node, ast.Name)
        )
    )


class Ledger:
    """All observations of an office, looked up by indicator, period, day and status.

    Parameters
    ----------
    observations : iterable of Observation
        As `Inputs.observations`; a row from a later folder replaces the same row of an earlier one.
    catalogue : mapping of str to Indicator
        The indicators; formulas refer to one another.
    predecessors : sequence of Ledger
        Of the offices whose sums stand for this one's same period, where it has no number of its own.
    shares : iterable of Share
        As `Inputs.shares`: what collected numbers add up.
    """

    def __init__(
        self,
        observations: Iterable[Observation],
        catalogue: Mapping[str, Indicator],
        predecessors: Sequence[Ledger] = (),
        shares: Iterable[Share] = (),
    ) -> None:
        self.catalogue = catalogue
        self.predecessors = tuple(predecessors)
        self._check_formulas()
        self._rows: dict[tuple[str, Period, str], dict[date, Reading]] = {}
        parts = _parts(shares)
        for row in sorted(observations, key=lambda row: row.folder):
            days = self._rows.setdefault((row.indicator, row.period, row.status), {})
            collected = Path(row.file).stem == COLLECTED
            added = parts.get((row.indicator, row.status == "plan", row.as_of), ())
            origin = Origin(
                row.file,
                row.sheet,
                int(row.row),
                row.source,
                row.note,
                row.cell,
                tuple(added) if collected else (),
            )
            value = row.value
            old = days.get(row.as_of)
            if old is None and row.status == "actual":  # the earlier folder had estimated it
                old = self._rows.get((row.indicator, row.period, "estimate"), {}).get(row.as_of)
            if old and (row.folder == row.period or old.value == value):  # said again, not changed
                old = old.replaced
            days[row.as_of] = Reading(
                value, row.status, row.as_of, (origin,), revised=old is not None, replaced=old
            )

    def _check_formulas(self) -> None:
        issues = []
        for name, indicator in self.catalogue.items():
            own = [indicator.formula] if indicator.formula else []
            formulas = (*own, *indicator.equals, *indicator.at_most, *indicator.usually_at_most)
            unknown = [
                used
                for formula in formulas
                for used in formula_ids(formula)
                if used not in self.catalogue
            ]
            file = "params/indicators.yml"
            if unknown:
                issues.append(
                    Issue(
                        "cong_thuc",
                        "Công thức dùng chỉ tiêu không có",
                        file,
                        column=name,
                        found=unknown[0],
                    )
                )
            elif name in self._reach(name):
                issues.append(Issue("cong_thuc", "Công thức quay vòng", file, column=name))
        if issues:
            raise ParamsError(issues)

    def _reach(self, name: str) -> set[str]:
        """List every indicator that the formula of `name` depends on."""
        seen: set[str] = set()
        todo = [name]
        while todo:
            formula = self.catalogue[todo.pop()].formula
            fresh = (
                {used for used in formula_ids(formula) if used in self.catalogue} - seen
                if formula
                else set()
            )
            seen |= fresh
            todo += fresh
        return seen

    def days(self, name: str, period: Period) -> list[date]:
        """List the days for which an indicator has an actual or estimate in a period, latest first."""
        formula = self.catalogue[name].formula
        if formula:
            parts = [set(self.days(used, period)) for used in formula_ids(formula)]
            return sorted(set.intersection(*parts) if parts else (), reverse=True)
        return sorted(
            {*self._known(name, period, "actual"), *self._known(name, period, "estimate")},
            reverse=True,
        )

    def _known(self, name: str, period: Period, status: str) -> dict[date, Reading]:
        """Give the numbers of a status that are not blank, by day."""
        days = self._rows.get((name, period, status), {})
        return {day: reading for day, reading in days.items() if reading.value is not None}

    def read(self, name: str, period: Period, as_of: date | None = None) -> Reading:
        """Read an indicator: its latest day unless `as_of` names one, actual before estimate; missing if there is none."""
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

    def read_part(self, name: str, office: str, period: Period, as_of: date | None) -> Reading:
        """Read a sub-office's share of a collected number; a formula is computed from its own numbers."""
        formula = self.catalogue[name].formula
        if formula:
            return evaluate(
                formula, lambda used: self.read_part(used, office, period, as_of), as_of
            )
        whole = self.read(name, period, as_of)
        parts = (part for origin in whole.origins for part in origin.parts if part.office == office)
        return next(
            (Reading(part.value, whole.status, as_of, (part.origin,)) for part in parts), MISSING
        )

    def read_same_period(self, name: str, period: Period, as_of: date | None) -> Reading:
        """Read the same day one year earlier; the predecessors' sum where the office itself has no number."""
        if not as_of:
            return MISSING
        own = self.read(name, period.same_period, year_before(as_of))
        if own.value is not None or not self.predecessors:
            return own
        indicator = self.catalogue[name]
        if indicator.formula:
            return evaluate(
                indicator.formula,
                lambda used: self.read_same_period(used, period, as_of),
                year_before(as_of),
            )
        if indicator.measure == "rate" or indicator.aggregate not in (None, "sum"):
            return MISSING  # shares of different wholes do not add up
        parts = [
            ledger.read(name, period.same_period, year_before(as_of))
            for ledger in self.predecessors
        ]
        return add_up([replace(part, former=True) for part in parts])

    def read_plan(self, name: str, period: Period) -> Reading:
        """Read the plan of the period's year, which may stand in the folder of either half; the later half and day win."""
        formula = self.catalogue[name].formula
        if formula and self.catalogue[name].measure != "rate":
            return evaluate(formula, lambda used: self.read_plan(used, period), None)
        for half in (Period(period.year, 2), Period(period.year, 1)):
            if plans := self._known(name, half, "plan"):
                return plans[max(plans)]
        return MISSING

    def year_to_date(self, name: str, period: Period, reading: Reading) -> Reading:
        """Give what counts towards the year's plan: for a flow in the second half, both halves together."""
        if self.catalogue[name].measure != "flow" or period.half == 1 or reading.value is None:
            return reading
        return add_up([self.read(name, period.previous), reading])

    def revised(self) -> Iterator[tuple[str, Period, Reading]]:
        """Yield every observation that a later folder changed."""
        for (name, period, _status), days in self._rows.items():
            for reading in days.values():
                if reading.revised:
                    yield name, period, reading


def _parts(rows: Iterable[Share]) -> dict[tuple[str, bool, date], list[Part]]:
    """Group the shares of sub-offices by what they add up to; a sum of estimates and actual numbers is one number."""
    parts: dict[tuple[str, bool, date], list[Part]] = {}
    for row in rows:
        origin = Origin(row.source_file, row.source_sheet, 0, cell=row.source_cell)
        part = Part(row.office, row.office_name, row.value, origin)
        parts.setdefault((row.indicator, row.status == "plan", row.as_of), []).append(part)
    return parts


def evaluate(formula: str, read: Callable[[str], Reading], as_of: date | None) -> Reading:
    """Compute a formula over readings; one missing part, or a division by zero, makes it missing."""
    tree, parts = parse_formula(formula), {name: read(name) for name in formula_ids(formula)}
    numbers: dict[str, Any] = {name: part.value for name, part in parts.items()}
    value = _compute(tree, numbers)
    if value is None:
        return MISSING
    shown = _OPERANDS.sub(
        lambda found: exact_text(Decimal(numbers.get(found[0], found[0]))), ast.unparse(tree)
    )
    return _made_of(list(parts.values()), value, as_of, shown.replace("*", "×"))


def add_up(parts: Sequence[Reading]) -> Reading:
    """Add readings; one missing part makes the sum missing, and its day is that of the last part."""
    values = [part.value for part in parts if part.value is not None]
    if len(values) < len(parts):
        return MISSING
    return _made_of(
        parts, sum(values, Decimal()), parts[-1].as_of, " + ".join(map(exact_text, values))
    )


def _made_of(parts: Sequence[Reading], value: Decimal, as_of: date | None, formula: str) -> Reading:
    """Make a computed reading: a plan or an estimate, revised or of former offices, where one of its parts is."""
    statuses = {part.status for part in parts}
    status = next((status for status in ("plan", "estimate") if status in statuses), "actual")
    origins = tuple(dict.fromkeys(origin for part in parts for origin in part.origins))
    revised, former = any(part.revised for part in parts), any(part.former for part in parts)
    return Reading(value, status, as_of, origins, formula.replace(".", ","), revised, former=former)


def _compute(node: ast.expr, numbers: Mapping[str, Decimal | None]) -> Decimal | None:
    """Compute a parsed formula; a missing number, or a division by zero, makes it missing."""
    match node:
        case ast.Name(id=name):
            return numbers[name]
        case ast.Constant(value=value):
            return Decimal(str(value))
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _compute(left, numbers), _compute(right, numbers)
            if first is None or second is None or (isinstance(op, ast.Div) and not second):
                return None
            return _OPERATORS[type(op)](first, second)
    raise TypeError(node)  # parse_formula lets nothing else through
