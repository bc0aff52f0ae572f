"""Rules that the data of a report must keep, one small function per rule.

Owns consistency of the data: enough of it, parts against whole, documents against the period. It
reads no file and changes nothing; each rule yields findings.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise, product
from typing import Any, TypeAlias

from danvan_nb.data.office_data import Inputs
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.figures.citations import find_disorder, find_late, find_weekends
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.formulas import ratio_bounds
from danvan_nb.figures.ledger import Ledger, Reading, evaluate
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.wording import DASH, exact_text, number_text, short_date

JUMP = 2
"""How many times larger or smaller a number must become to be asked about: a house choice."""
SCALES = (1_000, 1_000_000)  # how far apart the units are that people take for each other
JUMP_FLOOR = 10
"""Below this, doubling a count is everyday chance."""
OVER_PLAN = Decimal("1.5")
"""How many times the year's plan is asked about: a house choice."""


@dataclass(frozen=True)
class Numbers:
    """What the rules over numbers look at."""

    ledger: Ledger
    period: Period

    def issue(self, key: str, reading: Reading, name: str, **facts: Any) -> Issue:
        """Put an issue at the cell that a number of an indicator came from."""
        return number_issue(key, reading, self.ledger.catalogue[name], name, **facts)


@dataclass(frozen=True)
class Facts(Numbers):
    """What all rules look at: a report's numbers, its rows, and what is switched off.

    `limit` is the day of the report, or while it has none, the last of its period; `rules_off`
    gives the reason of each rule that is off; `earlier` holds the documents, events and models of
    the year before.
    """

    inputs: Inputs
    figures: Mapping[str, IndicatorFigure]
    limit: date
    rules_off: Mapping[str, str]
    earlier: Inputs


FactRule: TypeAlias = Callable[[Any], Iterator[Issue]]
"""A rule over `Numbers`, or over the `Facts` of a report."""


def number_issue(
    key: str, reading: Reading, indicator: Indicator, name: str, **facts: Any
) -> Issue:
    """Put an issue at the cell that a number came from; numbers are written as the indicator's."""
    written = {
        fact: number_text(value, indicator.decimals) if isinstance(value, Decimal | None) else value
        for fact, value in facts.items()
    }
    found = number_text(reading.value, indicator.decimals)
    place = {"column": name, "found": found, "label": indicator.label}
    return Issue.of(key, reading.origins[0], **(place | written))


def find_number_issues(ledger: Ledger, period: Period) -> list[Issue]:
    """Run the rules that need nothing but numbers, and compare them with last year's."""
    numbers = Numbers(ledger, period)
    return [issue for name in NUMBER_RULES for issue in RULES[name](numbers)]


def find_issues(facts: Facts, more: Mapping[str, FactRule]) -> list[Issue]:
    """Run every rule, and those of another room.

    What a rule in `rules_off` finds is a notice that gives the reason.

    Raises
    ------
    ParamsError
        If a rule that is off does not exist.
    """
    off, rules = facts.rules_off, {**RULES, **more}
    if unknown := [rule for rule in off if rule not in rules]:
        raise ParamsError(Issue.of("rules_off", found=unknown[0], expected=", ".join(rules)))
    issues = []
    for name, rule in rules.items():
        for issue in rule(facts):
            todo = f"Bỏ qua theo tham số: {off.get(name)}"
            issues.append(replace(issue, severity="notice", todo=todo) if name in off else issue)
    return issues


def _required(facts: Facts) -> Iterator[Issue]:
    """Every required indicator has a number in the period."""
    for name, figure in facts.figures.items():
        if figure.indicator.required and figure.missing:
            yield Issue.of("thieu_so_lieu", file=facts.inputs.file, label=figure.label, name=name)


def _compared(rule: str, key: str, holds: Callable[..., bool], numbers: Numbers) -> Iterator[Issue]:
    """Numbers hold against the formulas under a key of the catalogue, this year and last."""
    ledger, period = numbers.ledger, numbers.period
    for name, indicator in ledger.catalogue.items():
        for formula, one in product(getattr(indicator, key), (period.same_period, period)):
            for day in ledger.days(name, one):
                read = partial(ledger.read_over, start=ledger.start(name, one), end=day)
                left, right = read(name), evaluate(formula, read, day)
                if left.value is None or right.value is None or holds(left.value, right.value):
                    continue
                said = {"day": short_date(day), "formula": f"{formula} = {right.formula}"}
                yield numbers.issue(rule, left, name, expected=right.value, **said)


def _falls(numbers: Numbers) -> Iterator[Issue]:
    """What is cumulated from 1 January does not fall from one day to the next."""
    ledger, period = numbers.ledger, numbers.period
    year = Period(period.year)
    for name, indicator in ledger.catalogue.items():
        if indicator.counted != "year":
            continue
        days = [day for day in ledger.days(name, year) if day <= period.last_day]
        for later, earlier in pairwise(days):
            now, before = (ledger.read_over(name, year.first_day, day) for day in (later, earlier))
            if now.value is None or before.value is None or now.value >= before.value:
                continue
            key = "luy_ke_giam.uoc" if before.status == "estimate" else "luy_ke_giam"
            told = {"day": short_date(later), "earlier": short_date(earlier)}
            yield numbers.issue(key, now, name, before=before.value, **told)


def _over_plan(numbers: Numbers) -> Iterator[Issue]:
    """More than half as much again as the year's plan, or the plan in a later part of the year."""
    ledger, period = numbers.ledger, numbers.period
    for name in ledger.catalogue:
        now, plan = ledger.read(name, period), ledger.read_plan(name, period)
        if not ledger.counted(name) or not now.as_of or not plan.value or plan.value < 0:
            continue
        done = ledger.read_over(name, period.new_year, now.as_of)
        alone = ledger.read_over(name, period.first_day, now.as_of)
        part = period.first_day > period.new_year and (alone.value or 0) > plan.value
        if part or (done.value or 0) >= OVER_PLAN * plan.value:
            told = {"plan": plan.value, "done": done.value, "alone": alone.value}
            yield numbers.issue("vuot_xa_ke_hoach", now, name, **told)


def _unfinished(facts: Facts) -> Iterator[Issue]:
    """A longer period whose number comes from a part that ended before it did."""
    for name, figure in facts.figures.items():
        origins = () if figure.indicator.formula else figure.reading.origins
        newest = max((origin.period for origin in origins), default=facts.period)
        if figure.as_of and newest.last_day < facts.period.last_day:
            key = "so_lieu_cu.bat_buoc" if figure.indicator.required else "so_lieu_cu"
            day = short_date(figure.as_of)
            yield facts.issue(key, figure.reading, name, day=day, period=facts.period.label)


def _jumps(numbers: Numbers) -> Iterator[Issue]:
    """An amount that at least doubled or halved, and that no note explains, is worth a look."""
    ledger, period = numbers.ledger, numbers.period
    for name, indicator in ledger.catalogue.items():
        now = ledger.read(name, period)
        before = ledger.read_same_period(name, ledger.start(name, period), now.as_of)
        if now.value is None or before.value is None or indicator.formula or indicator.unit == "%":
            continue
        small, large = sorted((abs(now.value), abs(before.value)))
        explained = any(origin.note for origin in now.origins)
        if not explained and large >= JUMP_FLOOR and large >= JUMP * small:
            yield numbers.issue("bien_dong_lon", now, name, before=before.value)


def _scales(numbers: Numbers) -> Iterator[Issue]:
    """About a thousand or a million times another number of its own: perhaps in another unit."""
    ledger, period = numbers.ledger, numbers.period
    for name, indicator in ledger.catalogue.items():
        now = ledger.read(name, period)
        bases = {
            "cùng kỳ": ledger.read_same_period(name, ledger.start(name, period), now.as_of),
            "kỳ trước": ledger.read(name, period.previous),
            "kế hoạch năm": ledger.read_plan(name, period),
        }
        days = ledger.days(name, period)
        bases |= {f"số đến {short_date(day)}": ledger.read(name, period, day) for day in days}
        scales = (100,) if indicator.unit == "%" else SCALES
        for base, other in bases.items():
            if not indicator.formula and _is_scaled(now, other, scales):
                yield numbers.issue("nghi_don_vi", now, name, other=other.value, base=base)
                break


def _is_scaled(one: Reading, other: Reading, scales: Iterable[int]) -> bool:
    small, large = sorted(abs(each.value or Decimal()) for each in (one, other))
    return bool(small) and any(scale / 3 <= large / small <= scale * 3 for scale in scales)


def _collected(facts: Facts) -> Iterator[Issue]:
    """A collected number is still the sum of its sub-offices' cells."""
    for name, figure in facts.figures.items():
        shares = figure.reading.shares
        total = sum((share.value for share in shares), Decimal())
        whole = len(figure.reading.origins) == 1  # not added up from several periods
        if shares and whole and figure.indicator.aggregate == "sum" and total != figure.value:
            yield facts.issue("lech_tong", figure.reading, name, expected=total)


def _derived(facts: Facts) -> Iterator[Issue]:
    """A number derived from published percentages lies where their rounding allows.

    The data say so in `source`: `suy ra từ tỷ lệ công bố: 208,274 / 43,09% và 301,149 / 62,30%`.
    """
    for row in facts.inputs.observations:
        if "suy ra từ tỷ lệ" not in row.source or row.value is None:
            continue
        indicator = facts.ledger.catalogue[row.indicator]
        low, high = ratio_bounds(row.source)
        slack = Decimal(1).scaleb(-indicator.decimals) / 2  # the derived number is rounded too
        if not low - slack <= row.value <= high + slack:
            ends = {"low": number_text(low, indicator.decimals)}
            ends["high"] = number_text(high, indicator.decimals)
            told = {"column": row.indicator, "found": exact_text(row.value)}
            yield Issue.of("suy_ra", row, label=indicator.label, **told, **ends)


def _event_days(facts: Facts) -> Iterator[Issue]:
    """An event does not end before it begins."""
    for event in facts.inputs.events:
        if event.date_from and event.date_to and event.date_to < event.date_from:
            yield Issue.of("ngay_su_kien", event, name=event.name, found=str(event.date_to))


def _doubtful(facts: Facts) -> Iterator[Issue]:
    """A doubt that somebody wrote in the data is repeated where the report is made."""
    for figure in facts.figures.values():
        for origin in figure.reading.origins:
            if origin.note and not figure.indicator.formula:
                found = figure.text if figure.text != DASH else ""
                told = {"label": figure.label, "note": origin.note}
                yield Issue.of("can_xac_minh", origin, found=found, **told)


RULES: dict[str, FactRule] = {
    "thieu_so_lieu": _required,
    "tong_thanh_phan": partial(_compared, "tong_thanh_phan", "equals", operator.eq),
    "vuot_tong": partial(_compared, "vuot_tong", "at_most", operator.le),
    "thuong_vuot": partial(_compared, "thuong_vuot", "usually_at_most", operator.le),
    "luy_ke_giam": _falls,
    "vuot_xa_ke_hoach": _over_plan,
    "so_lieu_cu": _unfinished,
    "lech_tong": _collected,
    "suy_ra": _derived,
    "van_ban_sau_ky": lambda facts: find_late(facts.inputs.documents, facts.limit),
    "thu_tu_van_ban": lambda facts: find_disorder(facts.inputs.documents),
    "ngay_nghi": lambda facts: find_weekends(facts.inputs.documents),
    "bien_dong_lon": _jumps,
    "nghi_don_vi": _scales,
    "ngay_su_kien": _event_days,
    "dau_vao": lambda facts: iter(facts.inputs.notices),
    "can_xac_minh": _doubtful,
}
"""Every rule by its stable id, by which `rules_off` names it.

The issues of a rule carry its id; those of `dau_vao` keep the ids that the reader of the inputs
gave them. What the reader can't read at all is no rule's: it stops the reading, and can't be off.
"""
NUMBER_RULES: tuple[str, ...] = ("nghi_don_vi", "tong_thanh_phan", "vuot_tong", "thuong_vuot")
NUMBER_RULES += ("luy_ke_giam", "vuot_xa_ke_hoach", "bien_dong_lon")
"""The rules that need nothing but numbers, in the order of their telling."""
