"""Rules that the data of a report must keep, one small function per rule.

Owns consistency of the data: enough of it, parts against whole, documents against the period. It reads no file and changes
nothing; each rule yields findings.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.wording import DASH, number_text, short_date

if TYPE_CHECKING:
    from danvan_nb.citations import OfficialDocument
    from danvan_nb.report import Report

JUMP = 2
"""How many times larger a number must become, or smaller, to be asked about: a house choice, no rule sets it."""
JUMP_FLOOR = 10
"""Below this, doubling a count is everyday chance."""


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


def _usual(report: Report) -> Iterator[Issue]:
    """What is as a rule not above another (`usually_at_most`: visits, persons) is worth a look where it is."""
    for issue in _compare_all(
        report, "thuong_vuot", "usually_at_most", lambda part, whole: part <= whole, "thường không lớn hơn"
    ):
        yield replace(issue, severity="notice", todo="Kiểm tra lại cách đếm; nếu đúng thì giữ nguyên")


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


def _register(report: Report) -> Iterator[Issue]:
    """In one register a larger number has no earlier date (Nghị định 30/2020/NĐ-CP: numbers run from 01 January)."""
    registers: dict[tuple[str, str, int], list[tuple[int, date, OfficialDocument]]] = defaultdict(list)
    for document in report.library.documents:
        match = re.match(r"(\d+)/(.+)", document.number)
        if match and document.day:
            registers[document.issuer, match[2], document.day.year].append((int(match[1]), document.day, document))
    for entries in registers.values():
        entries.sort(key=lambda entry: entry[:2])
        latest = entries[0]
        for entry in entries[1:]:
            number, day, document = entry
            if number > latest[0] and day < latest[1]:
                yield Issue(
                    "thu_tu_van_ban",
                    f"Văn bản {document.number} có số lớn hơn nhưng ngày sớm hơn {latest[2].number} ({short_date(latest[1])})",
                    file=document.file,
                    row=document.row,
                    column="date",
                    found=day.isoformat(),
                    severity="warning",
                    todo=f"Kiểm tra số, ngày của văn bản này và của dòng {latest[2].row}",
                )
            latest = max(latest, entry, key=lambda item: item[1])


def _weekends(report: Report) -> Iterator[Issue]:
    """A document dated on a Saturday or Sunday is worth a look."""
    for document in report.library.documents:
        if document.day and document.day.weekday() >= 5:
            yield Issue(
                "ngay_nghi",
                f"Văn bản {document.number} ghi ngày {'thứ Bảy' if document.day.weekday() == 5 else 'Chủ nhật'}",
                file=document.file,
                row=document.row,
                column="date",
                found=document.day.isoformat(),
                severity="notice",
            )


def _jumps(report: Report) -> Iterator[Issue]:
    """An amount that at least doubled or halved against the same period, and that no note explains, is worth a look."""
    for name, figure in report.figures.items():
        now, before = figure.reading, report.ledger.read_same_period(name, report.period, figure.as_of)
        if now.value is None or before.value is None or figure.indicator.formula or figure.unit == "%":
            continue
        small, large = sorted((abs(now.value), abs(before.value)))
        if large < JUMP_FLOOR or large < JUMP * small or any(origin.note for origin in now.origins):
            continue
        origin = now.origins[0]
        yield Issue(
            "bien_dong_lon",
            f"{figure.label}: thay đổi lớn so với cùng kỳ, chưa có ghi chú giải thích",
            file=origin.file,
            sheet=origin.sheet,
            row=origin.row,
            column=name,
            found=number_text(now.value, figure.indicator.decimals),
            expected=f"cùng kỳ {number_text(before.value, figure.indicator.decimals)}",
            severity="notice",
            todo="Kiểm tra lại; nếu đúng, ghi lý do vào cột note",
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
    "thuong_vuot": _usual,
    "van_ban_sau_ky": _late_documents,
    "thu_tu_van_ban": _register,
    "ngay_nghi": _weekends,
    "bien_dong_lon": _jumps,
    "can_xac_minh": _doubtful,
}
"""Every rule by its stable id, which is also the id of the issues it yields."""
