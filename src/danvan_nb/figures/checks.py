"""Rules that the data of a report must keep, one small function per rule.

Owns consistency of the data: enough of it, parts against whole, documents against the period. It reads no file and changes
nothing; each rule yields findings.
"""

from __future__ import annotations

import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.figures.citations import OfficialDocument
from danvan_nb.figures.ledger import Ledger, Reading, evaluate
from danvan_nb.project.period import Period
from danvan_nb.project.project import Indicator
from danvan_nb.wording import DASH, number_text, short_date

if TYPE_CHECKING:
    from danvan_nb.report.report import Report

JUMP = 2
"""How many times larger a number must become, or smaller, to be asked about: a house choice, no rule sets it."""
JUMP_FLOOR = 10
"""Below this, doubling a count is everyday chance."""


def find_number_issues(ledger: Ledger, period: Period) -> list[Issue]:
    """Run the rules that need nothing but numbers, and compare them with last year's."""
    return [
        issue for rule in (_identities, _limits, _usual, _jumps) for issue in rule(ledger, period)
    ]


def find_issues(report: Report) -> list[Issue]:
    """Run every rule; rules named in `rules_off` become notices that give the reason; ParamsError for an unknown one."""
    off = report.params.rules_off
    unknown = [rule for rule in off if rule not in RULES]
    if unknown:
        raise ParamsError(
            Issue(
                "rules_off",
                "Không có quy tắc này",
                column="rules_off",
                found=unknown[0],
                expected=", ".join(RULES),
            )
        )
    return [
        replace(issue, severity="notice", todo=f"Bỏ qua theo tham số: {off[issue.rule]}")
        if issue.rule in off
        else issue
        for rule in RULES.values()
        for issue in rule(report)
    ]


def _required(report: Report) -> Iterator[Issue]:
    """Every required indicator has a number in the period."""
    for name, indicator in report.catalogue.items():
        if indicator.required and report.figures[name].missing:
            message, todo = (
                f"Chưa có số liệu bắt buộc: {indicator.label} ({name})",
                "Nhập giá trị cho chỉ tiêu này",
            )
            yield Issue("thieu_so_lieu", message, file=report.inputs.file, todo=todo)


def _identities(ledger: Ledger, period: Period) -> Iterator[Issue]:
    """A whole equals the sum that the catalogue states (`equals`), this year and last; so the changes obey the same sum."""
    yield from _compare_all(ledger, period, "tong_thanh_phan", "equals", operator.eq, "phải bằng")


def _limits(ledger: Ledger, period: Period) -> Iterator[Issue]:
    """A part is not above its whole (`at_most`)."""
    yield from _compare_all(
        ledger, period, "vuot_tong", "at_most", operator.le, "không được lớn hơn"
    )


def _usual(ledger: Ledger, period: Period) -> Iterator[Issue]:
    """What is as a rule not above another (`usually_at_most`: visits, persons) is worth a look where it is."""
    for issue in _compare_all(
        ledger, period, "thuong_vuot", "usually_at_most", operator.le, "thường không lớn hơn"
    ):
        yield replace(
            issue, severity="notice", todo="Kiểm tra lại cách đếm; nếu đúng thì giữ nguyên"
        )


def _compare_all(
    ledger: Ledger, period: Period, rule: str, key: str, holds: Callable[..., bool], words: str
) -> Iterator[Issue]:
    for name, indicator in ledger.catalogue.items():
        for formula, half in product(getattr(indicator, key), (period.same_period, period)):
            for day in ledger.days(name, half):
                left = ledger.read(name, half, day)
                right = evaluate(formula, partial(ledger.read, period=half, as_of=day), day)
                if (
                    left.value is not None
                    and right.value is not None
                    and not holds(left.value, right.value)
                ):
                    message = (
                        f"{indicator.label} ({short_date(day)}) {words} {formula} = {right.formula}"
                    )
                    expected = number_text(right.value, indicator.decimals)
                    yield _at(
                        left,
                        rule,
                        message,
                        name,
                        indicator,
                        expected=expected,
                        todo="Sửa số sai trong bảng số liệu",
                    )


def _at(
    reading: Reading, rule: str, message: str, name: str, indicator: Indicator, **rest: str
) -> Issue:
    """Put an issue at the cell that a number came from."""
    return Issue.at(
        reading.origins[0],
        rule,
        message,
        column=name,
        found=number_text(reading.value, indicator.decimals),
        **rest,
    )


def _jumps(ledger: Ledger, period: Period) -> Iterator[Issue]:
    """An amount that at least doubled or halved against the same period, and that no note explains, is worth a look."""
    for name, indicator in ledger.catalogue.items():
        now = ledger.read(name, period)
        before = ledger.read_same_period(name, period, now.as_of)
        if now.value is None or before.value is None or indicator.formula or indicator.unit == "%":
            continue
        small, large = sorted((abs(now.value), abs(before.value)))
        if large < JUMP_FLOOR or large < JUMP * small or any(origin.note for origin in now.origins):
            continue
        message = f"{indicator.label}: thay đổi lớn so với cùng kỳ, chưa có ghi chú giải thích"
        expected = f"cùng kỳ {number_text(before.value, indicator.decimals)}"
        todo = "Kiểm tra lại; nếu đúng, ghi lý do vào cột note"
        yield _at(
            now,
            "bien_dong_lon",
            message,
            name,
            indicator,
            expected=expected,
            todo=todo,
            severity="notice",
        )


def _derived(report: Report) -> Iterator[Issue]:
    """A number derived from published percentages lies where their rounding allows.

    The data say so in `source`: `suy ra từ tỷ lệ công bố: 208,274 / 43,09% và 301,149 / 62,30%`.
    """
    rows: Iterable[Any] = report.inputs.observations
    for row in rows:
        if "suy ra từ tỷ lệ" not in str(row.source) or row.value is None:
            continue
        low, high = Decimal("-Infinity"), Decimal("Infinity")
        for amount, percent in _RATIO.findall(str(row.source)):
            ends = [
                (a + ea) * 100 / (p + ep)
                for (a, ea), (p, ep) in product(_interval(amount), _interval(percent))
                if p + ep
            ]
            low, high = max(low, min(ends)), min(high, max(ends))
        indicator = report.catalogue[row.indicator]
        slack = Decimal(1).scaleb(-indicator.decimals) / 2  # the derived number is rounded too
        if not low - slack <= row.value <= high + slack:
            expected = f"từ {number_text(low, indicator.decimals)} đến {number_text(high, indicator.decimals)}"
            message = f"{indicator.label}: số suy ra không khớp tỷ lệ công bố"
            found = {"column": row.indicator, "found": f"{row.value}", "expected": expected}
            yield Issue.at(row, "suy_ra", message, **found, todo="Tính lại", severity="warning")


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
                yield _at(
                    figure.reading,
                    "lech_tong",
                    message,
                    name,
                    report.catalogue[name],
                    expected=expected,
                    todo=todo,
                )


def _event_days(report: Report) -> Iterator[Issue]:
    """An event does not end before it begins."""
    rows: Iterable[Any] = report.inputs.events
    for row in rows:
        if row.date_from and row.date_to and row.date_to < row.date_from:
            message = f"{row.name}: đến ngày trước từ ngày"
            yield Issue.at(
                row,
                "ngay_su_kien",
                message,
                column="date_to",
                found=f"{row.date_to}",
                todo="Sửa ngày",
            )


def _read_in_spite(report: Report) -> Iterator[Issue]:
    """What the reader passed over, or read in spite of its looks, is said."""
    yield from report.inputs.notices


def _late_documents(report: Report) -> Iterator[Issue]:
    """No cited document is dated after the report, or after its period while the report has no date."""
    limit = report.params.report_date or report.period.last_day
    for document in report.library.documents:
        if document.date and document.date > limit:
            message = f"Văn bản {document.number} có ngày sau {short_date(limit)}"
            todo = "Sửa ngày, hoặc để trống khi chưa xác minh được"
            yield Issue.at(
                document,
                "van_ban_sau_ky",
                message,
                column="date",
                found=f"{document.date}",
                todo=todo,
            )


def _register(report: Report) -> Iterator[Issue]:
    """In one register a larger number has no earlier date (Nghị định 30/2020/NĐ-CP: numbers run from 01 January)."""
    registers: dict[tuple[str, str, int], list[tuple[int, date, OfficialDocument]]] = defaultdict(
        list
    )
    for document in report.library.documents:
        match = re.match(r"(\d+)/(.+)", document.number)
        if match and document.date:
            registers[document.issuer, match[2], document.date.year].append(
                (int(match[1]), document.date, document)
            )
    for entries in registers.values():
        entries.sort(key=lambda entry: entry[:2])
        latest = entries[0]
        for entry in entries[1:]:
            number, day, document = entry
            if number > latest[0] and day < latest[1]:
                other = f"{latest[2].number} ({short_date(latest[1])})"
                message = f"Văn bản {document.number} có số lớn hơn nhưng ngày sớm hơn {other}"
                todo = f"Kiểm tra số, ngày của văn bản này và của dòng {latest[2].row}"
                yield Issue.at(
                    document,
                    "thu_tu_van_ban",
                    message,
                    column="date",
                    found=f"{day}",
                    todo=todo,
                    severity="warning",
                )
            latest = max(latest, entry, key=lambda item: item[1])


def _weekends(report: Report) -> Iterator[Issue]:
    """A document dated on a Saturday or Sunday is worth a look."""
    for document in report.library.documents:
        if document.date and document.date.weekday() >= 5:
            message = f"Văn bản {document.number} ghi ngày {'thứ Bảy' if document.date.weekday() == 5 else 'Chủ nhật'}"
            found, todo = f"{document.date}", "Đối chiếu với bản gốc"
            yield Issue.at(
                document,
                "ngay_nghi",
                message,
                column="date",
                found=found,
                todo=todo,
                severity="notice",
            )


def _doubtful(report: Report) -> Iterator[Issue]:
    """A doubt that somebody wrote in the data is repeated where the report is made."""
    for name, figure in report.figures.items():
        for origin in figure.reading.origins:
            if origin.note and not report.catalogue[name].formula:
                message, found = (
                    f"{figure.label}: {origin.note}",
                    figure.text if figure.text != DASH else "",
                )
                yield Issue.at(origin, "can_xac_minh", message, found=found, severity="notice")


def _numbers(
    rule: Callable[[Ledger, Period], Iterator[Issue]],
) -> Callable[[Report], Iterator[Issue]]:
    """Let a rule over numbers run over a report's."""
    return lambda report: rule(report.ledger, report.period)


RULES: dict[str, Callable[[Report], Iterator[Issue]]] = {
    "thieu_so_lieu": _required,
    "tong_thanh_phan": _numbers(_identities),
    "vuot_tong": _numbers(_limits),
    "thuong_vuot": _numbers(_usual),
    "lech_tong": _collected,
    "suy_ra": _derived,
    "van_ban_sau_ky": _late_documents,
    "thu_tu_van_ban": _register,
    "ngay_nghi": _weekends,
    "bien_dong_lon": _numbers(_jumps),
    "ngay_su_kien": _event_days,
    "dau_vao": _read_in_spite,
    "can_xac_minh": _doubtful,
}
"""Every rule by its stable id, which is also the id of the issues it yields."""
