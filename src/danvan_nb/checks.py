"""Rules that the data of a report must keep, one small function per rule.

Owns consistency of the data: enough of it, parts against whole, documents against the period. It reads no file and changes
nothing; each rule yields findings.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from danvan_nb.citations import OfficialDocument
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.indicators import Ledger, Reading
from danvan_nb.params import Indicator
from danvan_nb.period import Period
from danvan_nb.wording import DASH, number_text, short_date

if TYPE_CHECKING:
    from danvan_nb.report import Report


class Facts(Protocol):
    """What a rule over numbers alone needs: a report has it, and so has a sub-office's file."""

    @property
    def ledger(self) -> Ledger:
        """Give the numbers."""

    @property
    def period(self) -> Period:
        """Give the period to check."""


def find_number_issues(facts: Facts) -> list[Issue]:
    """Run the rules that need nothing but numbers, and compare them with last year's."""
    return [issue for rule in (_identities, _limits, _usual_limits, _outliers) for issue in rule(facts)]


def find_issues(report: Report) -> list[Issue]:
    """Run every rule; rules named in `rules_off` become notices that give the reason.

    Raises
    ------
    ParamsError
        If `rules_off` names a rule that does not exist.
    """
    unknown = [rule for rule in report.params.rules_off if rule not in RULES]
    if unknown:
        raise ParamsError(
            Issue("rules_off", "Không có quy tắc này", column="rules_off", found=unknown[0], expected=", ".join(RULES))
        )
    findings = [issue for rule in RULES.values() for issue in rule(report)]
    off = report.params.rules_off
    return [
        replace(issue, severity="notice", todo=f"Bỏ qua theo tham số: {off[issue.rule]}") if issue.rule in off else issue
        for issue in findings
    ]


def _required(report: Report) -> Iterator[Issue]:
    """Every required indicator has a number in the period."""
    for name, indicator in report.catalogue.items():
        if indicator.required and report.figures[name].missing:
            yield Issue(
                "thieu_so_lieu",
                f"Chưa có số liệu bắt buộc: {indicator.label} ({name})",
                file=report.observations_file,
                todo="Nhập giá trị cho chỉ tiêu này",
            )


def _identities(report: Facts) -> Iterator[Issue]:
    """A whole equals the sum that the catalogue states (`equals`), this year and last; so the changes obey the same sum."""
    yield from _compare_all(report, "tong_thanh_phan", "equals", operator.eq, "phải bằng")


def _limits(report: Facts) -> Iterator[Issue]:
    """A part is not above its whole (`at_most`)."""
    yield from _compare_all(report, "vuot_tong", "at_most", operator.le, "không được lớn hơn")


def _usual_limits(report: Facts) -> Iterator[Issue]:
    """What is seldom above another number (`usually_at_most`: as a rule there are more persons than visits) is asked about."""
    for issue in _compare_all(report, "it_khi_vuot", "usually_at_most", operator.le, "thường không lớn hơn"):
        yield replace(issue, severity="notice", todo="Xác nhận lại cách đếm")


def _compare_all(facts: Facts, rule: str, key: str, holds: Callable[..., bool], words: str) -> Iterator[Issue]:
    ledger = facts.ledger
    for name, indicator in ledger.catalogue.items():
        for formula in getattr(indicator, key):
            for period in (facts.period.same_period, facts.period):
                for day in ledger.days(name, period):
                    left = ledger.read(name, period, day)
                    right = ledger.evaluate(formula, partial(ledger.read, period=period, as_of=day), day)
                    if left.value is None or right.value is None or holds(left.value, right.value):
                        continue
                    message = f"{indicator.label} ({short_date(day)}) {words} {formula} = {right.formula}"
                    expected = number_text(right.value, indicator.decimals)
                    yield _at(left, rule, message, name, indicator, expected=expected, todo="Sửa số sai trong bảng số liệu")


def _at(reading: Reading, rule: str, message: str, name: str, indicator: Indicator, **rest: str) -> Issue:
    """Put an issue at the cell that a number came from."""
    place, found = reading.origins[0], number_text(reading.value, indicator.decimals)
    return Issue(rule, message, place.file, place.sheet, place.row, name, found, cell=place.cell, **rest)


def _outliers(report: Facts) -> Iterator[Issue]:
    """A number far from last year's is asked about.

    Notes
    -----
    Counts vary by chance like a Poisson count, so a difference of two within three standard deviations, 3 √(a + b), says nothing;
    a number that is more than halved or doubled beyond that is shown.
    """
    for name, indicator in report.ledger.catalogue.items():
        now = report.ledger.read(name, report.period)
        before = report.ledger.read_same_period(name, report.period, now.as_of)
        if now.value is None or not before.value or indicator.formula or indicator.unit == "%":
            continue
        chance = 9 * abs(now.value + before.value) if not indicator.decimals else 0
        if (now.value - before.value) ** 2 > chance and not Decimal("0.5") <= now.value / before.value <= 2:
            message = f"{indicator.label} khác xa cùng kỳ ({number_text(before.value, indicator.decimals)})"
            yield _at(
                now, "bat_thuong", message, name, indicator, severity="warning", todo="Kiểm tra lại, nêu nguyên nhân ở Ghi chú"
            )


def _derived(report: Report) -> Iterator[Issue]:
    """A number derived from published percentages lies where their rounding allows.

    The data say so in `source`: `suy ra từ tỷ lệ công bố: 208,274 / 43,09% và 301,149 / 62,30%`.
    """
    rows: Iterable[Any] = report.inputs.observations.itertuples(index=False)
    for row in rows:
        if "suy ra từ tỷ lệ" not in str(row.source) or pd.isna(row.value):
            continue
        low, high = Decimal("-Infinity"), Decimal("Infinity")
        for amount, percent in _RATIO.findall(str(row.source)):
            ends = [(a + ea) * 100 / (p + ep) for (a, ea), (p, ep) in product(_interval(amount), _interval(percent)) if p + ep]
            low, high = max(low, min(ends)), min(high, max(ends))
        indicator = report.catalogue[row.indicator]
        slack = Decimal(1).scaleb(-indicator.decimals) / 2  # the derived number is rounded too
        value = Decimal(repr(float(row.value)))
        if not low - slack <= value <= high + slack:
            expected = f"từ {number_text(low, indicator.decimals)} đến {number_text(high, indicator.decimals)}"
            message = f"{indicator.label}: số suy ra không khớp tỷ lệ công bố"
            yield Issue(
                "suy_ra", message, row.file, row.sheet, row.row, row.indicator, f"{value}", expected, "Tính lại", cell=row.cell
            )


_RATIO = re.compile(r"([0-9.,]+)%? / ([0-9.,]+)%")


def _interval(text: str) -> list[tuple[Decimal, Decimal]]:
    """Give a printed number with the half unit of its last place that rounding hides, both ways."""
    value = Decimal(text.replace(".", "").replace(",", "."))
    half = Decimal(1).scaleb(int(value.as_tuple().exponent)) / 2
    return [(value, -half), (value, half)]


def _collected(report: Report) -> Iterator[Issue]:
    """A collected number is still the sum of its sub-offices' cells."""
    for name, figure in report.figures.items():
        for origin in figure.reading.origins:
            total = sum((part.value for part in origin.parts), Decimal(0))
            if origin.parts and report.catalogue[name].aggregate == "sum" and total != figure.value:
                expected = number_text(total, report.catalogue[name].decimals)
                message = f"{figure.label} không bằng tổng của các đơn vị"
                todo = "Chạy lại danvan-nb collect"
                yield _at(figure.reading, "lech_tong", message, name, report.catalogue[name], expected=expected, todo=todo)


def _register(report: Report) -> Iterator[Issue]:
    """Within an issuer, type and year a later number has no earlier date: a register is kept in order."""
    groups: dict[tuple[str, str, int], list[tuple[int, OfficialDocument]]] = {}
    for document in report.library.documents:
        number = re.match("[0-9]+", document.number)
        if document.day and number:
            key = (document.issuer, document.type, document.day.year)
            groups.setdefault(key, []).append((int(number[0]), document))
    for group in groups.values():
        ordered = sorted(group, key=lambda pair: pair[0])
        for (first, before), (second, after) in pairwise(ordered):
            if first < second and before.day and after.day and before.day > after.day:
                message = f"Văn bản {after.number} có số sau nhưng ngày trước văn bản {before.number} ({short_date(before.day)})"
                yield _document_issue(after, "thu_tu_so", message, severity="warning")


def _weekends(report: Report) -> Iterator[Issue]:
    """A document dated a Saturday or Sunday is asked about."""
    for document in report.library.documents:
        if document.day and document.day.weekday() >= 5:  # Saturday, Sunday
            message = f"Văn bản {document.number} đề ngày nghỉ cuối tuần ({short_date(document.day)})"
            yield _document_issue(document, "ngay_nghi", message, severity="notice")


def _document_issue(document: OfficialDocument, rule: str, message: str, **rest: str) -> Issue:
    found = document.day.isoformat() if document.day else ""
    rest = {"todo": "Đối chiếu với bản gốc"} | rest
    return Issue(rule, message, file=document.file, row=document.row, column="date", found=found, **rest)


def _event_days(report: Report) -> Iterator[Issue]:
    """An event does not end before it begins."""
    rows: Iterable[Any] = report.inputs.events.itertuples(index=False)
    for row in rows:
        if row.date_from and row.date_to and row.date_to < row.date_from:
            message, found = f"{row.name}: đến ngày trước từ ngày", row.date_to.isoformat()
            yield Issue("ngay_su_kien", message, row.file, row.sheet, row.row, "date_to", found, todo="Sửa ngày")


def _read_in_spite(report: Report) -> Iterator[Issue]:
    """What the reader passed over, or read in spite of its looks, is said."""
    yield from report.inputs.notices


def _late_documents(report: Report) -> Iterator[Issue]:
    """No cited document is dated after the report, or after its period while the report has no date."""
    limit = report.params.report_date or report.period.last_day
    for document in report.library.documents:
        if document.day and document.day > limit:
            message = f"Văn bản {document.number} có ngày sau {short_date(limit)}"
            yield _document_issue(document, "van_ban_sau_ky", message, todo="Sửa ngày, hoặc để trống khi chưa xác minh được")


def _doubtful(report: Report) -> Iterator[Issue]:
    """A doubt that somebody wrote in the data is repeated where the report is made."""
    for name, figure in report.figures.items():
        for origin in figure.reading.origins:
            if origin.note and not report.catalogue[name].formula:
                yield Issue(
                    "can_xac_minh",
                    f"{figure.label}: {origin.note}",
                    file=origin.file,
                    sheet=origin.sheet,
                    row=origin.row,
                    found=figure.text if figure.text != DASH else "",
                    severity="notice",
                )


RULES: dict[str, Callable[[Report], Iterator[Issue]]] = {
    "thieu_so_lieu": _required,
    "tong_thanh_phan": _identities,
    "vuot_tong": _limits,
    "it_khi_vuot": _usual_limits,
    "lech_tong": _collected,
    "suy_ra": _derived,
    "van_ban_sau_ky": _late_documents,
    "thu_tu_so": _register,
    "ngay_nghi": _weekends,
    "ngay_su_kien": _event_days,
    "dau_vao": _read_in_spite,
    "can_xac_minh": _doubtful,
}
"""Every rule by its stable id, which is also the id of the issues it yields."""
