"""Rules that the data of a report must keep, one small function per rule.

Owns consistency of the data: enough of it, parts against whole, documents against the period. It reads no file and changes
nothing; each rule yields findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.wording import DASH, number_text, short_date

if TYPE_CHECKING:
    from danvan_nb.report import Report


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


def _identities(report: Report) -> Iterator[Issue]:
    """A whole equals the sum that the catalogue states (`equals`), this year and last."""
    yield from _compare_all(report, "tong_thanh_phan", "equals", lambda whole, parts: whole == parts, "phải bằng")


def _limits(report: Report) -> Iterator[Issue]:
    """A part is not above its whole (`at_most`)."""
    yield from _compare_all(report, "vuot_tong", "at_most", lambda part, whole: part <= whole, "không được lớn hơn")


def _compare_all(report: Report, rule: str, key: str, holds: Callable[..., bool], words: str) -> Iterator[Issue]:
    ledger = report.ledger
    for name, indicator in report.catalogue.items():
        for formula in getattr(indicator, key):
            for period in (report.period.same_period, report.period):
                for day in ledger.days(name, period):
                    left = ledger.read(name, period, day)
                    right = ledger.evaluate(formula, partial(ledger.read, period=period, as_of=day), day)
                    if left.value is None or right.value is None or holds(left.value, right.value):
                        continue
                    origin = left.origins[0]
                    found = number_text(left.value, indicator.decimals)
                    yield Issue(
                        rule,
                        f"{indicator.label} ({short_date(day)}) {words} {formula} = {right.formula}",
                        file=origin.file,
                        sheet=origin.sheet,
                        row=origin.row,
                        column=name,
                        found=found,
                        expected=f"{number_text(right.value, indicator.decimals)}",
                        todo="Sửa số sai trong bảng số liệu",
                    )


def _late_documents(report: Report) -> Iterator[Issue]:
    """No cited document is dated after the report, or after its period while the report has no date."""
    limit = report.params.report_date or report.period.last_day
    for document in report.library.documents:
        if document.day and document.day > limit:
            yield Issue(
                "van_ban_sau_ky",
                f"Văn bản {document.number} có ngày sau {short_date(limit)}",
                file=document.file,
                row=document.row,
                column="date",
                found=document.day.isoformat(),
                todo="Sửa ngày, hoặc để trống khi chưa xác minh được",
            )


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
    "van_ban_sau_ky": _late_documents,
    "can_xac_minh": _doubtful,
}
"""Every rule by its stable id, which is also the id of the issues it yields."""
