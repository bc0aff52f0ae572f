"""Adding up the numbers of sub-offices to those of their parent, by the catalogue's `aggregate`.

A blank is missing, never 0: what one office lacks is not added up unless that is asked for, and
then it is said. Nothing here reads or writes a file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from danvan_nb.data.records import Observation
from danvan_nb.errors import Issue
from danvan_nb.figures.checks import number_issue
from danvan_nb.figures.ledger import Ledger, Reading, add_up
from danvan_nb.project.models import Catalogue, Indicator
from danvan_nb.project.period import Period, year_before
from danvan_nb.wording import number_text

ByOffice: TypeAlias = dict[str, Reading]
"""What each sub-office says of one number."""


@dataclass(frozen=True)
class Total:
    """A consolidated number: its key, its value, and the readings of the offices it is made of."""

    indicator: str
    status: str
    as_of: date
    value: Decimal | None
    parts: Mapping[str, Reading]


def consolidate(
    ledgers: Mapping[str, Ledger], period: Period, catalogue: Catalogue, partial: bool = False
) -> tuple[list[Total], list[Issue]]:
    """Add up the numbers of offices, day by day, and the plans of the year.

    Parameters
    ----------
    ledgers : mapping of str to Ledger
        The numbers of each office.
    period : Period
        Of which period.
    catalogue : mapping of str to Indicator
        Says how: `sum`; `last` takes the number of the latest day, on which all must agree. What
        has a formula is computed from the totals by whoever reads them; others are not collected.
    partial : bool
        Whether what some office lacks is added up of the others.

    Returns
    -------
    totals : list of Total
        One per indicator and day, and per plan.
    issues : list of Issue
        What some office lacks, or offices say differently.
    """
    totals: list[Total] = []
    issues: list[Issue] = []
    for name, indicator in catalogue.items():
        if indicator.formula or indicator.aggregate not in ("sum", "last"):
            continue
        for day, parts in _said(name, indicator, ledgers, period):
            known = _known(parts)
            told = {"column": name, "label": indicator.label}
            if lacking := ", ".join(office for office in parts if office not in known):
                key = "thieu_don_vi.cong" if partial else "thieu_don_vi.bo"
                share = f"{len(parts) - len(known)}/{len(parts)}"
                day_text = f"{day:%d/%m/%Y}"
                issues.append(Issue.of(key, found=lacking, share=share, day=day_text, **told))
            if lacking and not partial:
                continue
            total = add_up(list(known.values()))
            values = {part.value for part in known.values()}
            if indicator.aggregate == "sum":
                totals.append(Total(name, total.status, day, total.value, known))
            elif len(values) == 1:
                totals.append(Total(name, total.status, day, values.pop(), known))
            else:
                issues.append(Issue.of("khac_nhau", found=_listed(known, indicator), **told))
    return totals, issues


def _said(
    name: str, indicator: Indicator, ledgers: Mapping[str, Ledger], period: Period
) -> Iterator[tuple[date, ByOffice]]:
    """Yield what each office says of an indicator: by day, latest first, then of the plan."""
    days = sorted({day for one in ledgers.values() for day in one.days(name, period)}, reverse=True)
    last = indicator.aggregate == "last"
    for day in days[:1] if last else days:
        parts = {office: ledger.read(name, period, day) for office, ledger in ledgers.items()}
        yield day, _known(parts) if last else parts
    plans = {office: ledger.read_plan(name, period) for office, ledger in ledgers.items()}
    if _known(plans):
        yield period.last_day, plans


def _known(parts: ByOffice) -> ByOffice:
    return {office: part for office, part in parts.items() if part.value is not None}


def _listed(parts: ByOffice, indicator: Indicator) -> str:
    numbers = {office: number_text(one.value, indicator.decimals) for office, one in parts.items()}
    return ", ".join(f"{office}: {number}" for office, number in numbers.items())


def compare_typed(
    totals: Sequence[Total], typed: list[Observation], period: Period, catalogue: Catalogue
) -> Iterator[Issue]:
    """What the parent typed itself must not differ from the sum, nor stand beside it."""
    own = {
        (row.indicator, row.status, row.as_of): row
        for row in typed
        if row.period == period and row.value is not None
    }
    for total in totals:
        name = total.indicator
        if row := own.get((name, total.status, total.as_of)):
            key = "lech_tong.trung" if row.value == total.value else "lech_tong.khac"
            stands = Reading(row.value, origins=(row,))
            yield number_issue(key, stands, catalogue[name], name, expected=total.value)


def compare_last_year(
    totals: Sequence[Total], parent: Ledger, ledgers: Mapping[str, Ledger], period: Period
) -> Iterator[Issue]:
    """The parent's number of last year equals the sum of its offices', so that changes add up."""
    for total in totals:
        name, day = total.indicator, year_before(total.as_of)
        indicator = parent.catalogue[name]
        if total.status == "plan" or indicator.aggregate != "sum":
            continue
        before = parent.read(name, period.same_period, day)
        parts = [ledgers[office].read(name, period.same_period, day) for office in total.parts]
        value = add_up(parts).value
        if before.value is None or value is None or value == before.value:
            continue
        yield number_issue("lech_cung_ky", before, indicator, name, expected=value)
