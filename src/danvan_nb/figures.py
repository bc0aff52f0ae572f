"""The values that stand inline in prose, tables and charts: figures and terms.

A figure is one frozen value that knows its number, how it reads in Vietnamese, and its origin; text, table, chart, trace and
hover all come from it. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

from danvan_nb import wording
from danvan_nb.comparisons import change_abs, change_pct, ratio_pct
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.indicators import Ledger, Reading
from danvan_nb.params import Indicator
from danvan_nb.period import Period

MIME = "application/vnd.danvan.figure+json"
Details = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inline:
    """Anything that an inline expression may give: text with an id, and JSON that the document tree reads."""

    id: str
    text: str

    def __str__(self) -> str:
        return self.text

    def payload(self) -> dict[str, Any]:
        """Give the value as data, for the document tree."""
        return {"kind": "term", "id": self.id, "text": self.text}

    def hover(self) -> str:
        """Give the text that JupyterLab shows on hover."""
        return ""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        hover = f' title="{escape(self.hover())}"' if self.hover() else ""
        return {"text/plain": self.text, "text/html": f"<data{hover}>{escape(self.text)}</data>", MIME: self.payload()}


class Term(Inline):
    """A word of the report that is not a figure: the period's name, the office, a date."""


@dataclass(frozen=True)
class Figure(Inline):
    """One number as it is shown.

    `value` is the exact number behind `text`, None when missing; `details` are (term, description) pairs in Vietnamese; `missing`
    names the indicator whose number is not there.
    """

    value: Decimal | None = None
    label: str = ""
    unit: str = ""
    status: str = ""
    as_of: date | None = None
    file: str = ""
    row: int | None = None
    formula: str = ""
    details: Details = ()
    missing: str = ""

    def payload(self) -> dict[str, Any]:
        """Give the figure as data, for the document tree."""
        return {
            "kind": "figure",
            "id": self.id,
            "text": self.text,
            "value": "" if self.value is None else f"{self.value:f}",
            "label": self.label,
            "status": self.status,
            "as_of": self.as_of.isoformat() if self.as_of else "",
            "file": self.file,
            "row": self.row,
            "formula": self.formula,
            "details": [list(pair) for pair in self.details],
            "missing": self.missing,
        }

    def hover(self) -> str:
        """Give the details, one per line."""
        return "\n".join(f"{term}: {text}" for term, text in self.details)

    @property
    def number(self) -> Figure:
        """Give the figure itself: a bare number has no unit to drop."""
        return self


@dataclass(frozen=True)
class IndicatorFigure(Figure):
    """An indicator of the report with its comparisons.

    The bare name is the latest number of the period; `.plan`, `.same_period` give the numbers it is compared with, `.vs_plan`,
    `.vs_same_period`, `.growth`, `.change` the comparisons, `.at("…")` the number of a named interim date.
    """

    indicator: Indicator = field(kw_only=True, repr=False)
    reading: Reading = field(kw_only=True, repr=False)
    period: Period = field(kw_only=True, repr=False)
    ledger: Ledger = field(kw_only=True, repr=False, compare=False)
    interim: Mapping[str, date] = field(kw_only=True, repr=False, compare=False)

    @classmethod
    def of(
        cls,
        name: str,
        ledger: Ledger,
        period: Period,
        interim: Mapping[str, date],
        *,
        at: str = "",
        reading: Reading | None = None,
    ) -> IndicatorFigure:
        """Build the figure of an indicator; `at` names an interim date, `reading` overrides what the ledger says."""
        indicator = ledger.catalogue[name]
        compared: list[tuple[str, Reading]] = []
        if reading is None:
            reading = ledger.read(name, period, interim[at] if at else None)
            compared.append((f"Kế hoạch năm {period.year}", ledger.read_plan(name, period)))
            compared.append((f"Cùng kỳ năm {period.year - 1}", ledger.read_same_period(name, period, reading.as_of)))
        return cls(
            id=f'{name}.at("{at}")' if at else name,
            text=wording.quantity_text(reading.value, indicator.decimals, indicator.unit, estimate=reading.status == "estimate"),
            value=reading.value,
            label=indicator.label,
            unit=indicator.unit,
            status=reading.status,
            as_of=reading.as_of,
            file=reading.origins[0].file if reading.origins else "",
            row=reading.origins[0].row if reading.origins else None,
            formula=reading.formula,
            details=_details(indicator, reading) + tuple(_compared(indicator, *pair) for pair in compared if pair[1].origins),
            missing=name if reading.value is None else "",
            indicator=indicator,
            reading=reading,
            period=period,
            ledger=ledger,
            interim=interim,
        )

    @property
    def name(self) -> str:
        """Give the catalogue id."""
        return self.id.split(".")[0]

    @property
    def _same_period(self) -> Reading:
        return self.ledger.read_same_period(self.name, self.period, self.as_of)

    @property
    def _plan(self) -> Reading:
        return self.ledger.read_plan(self.name, self.period)

    def at(self, name: str) -> IndicatorFigure:
        """Give the number of a named interim date (`as_of` in the params file).

        Raises
        ------
        NotebookError
            If the params file names no such date.
        """
        if name not in self.interim:
            known = ", ".join(self.interim) or "chưa có mốc nào"
            raise NotebookError(Issue("moc_giua_ky", "Không có mốc số liệu này", found=name, expected=known))
        return self.of(self.name, self.ledger, self.period, self.interim, at=name)

    @property
    def number(self) -> Figure:
        """Give the number without its unit and without “ước”."""
        return self._derive("number", wording.number_text(self.value, self.indicator.decimals), self.value)

    @property
    def plan(self) -> Figure:
        """Give the year's plan."""
        return self._other("plan", self._plan, f"Kế hoạch năm {self.period.year}")

    @property
    def same_period(self) -> Figure:
        """Give the number of the same day last year."""
        return self._other("same_period", self._same_period, f"Cùng kỳ năm {self.period.year - 1}")

    @property
    def vs_plan(self) -> Figure:
        """Give the completion of the year's plan: `đạt 62,30% kế hoạch`."""
        done = self.ledger.year_to_date(self.name, self.period, self.reading)
        value = ratio_pct(done.value, self._plan.value)
        return self._compare("vs_plan", wording.plan_text(value), value, "%", "{} / {} × 100", done, self._plan)

    @property
    def vs_same_period(self) -> Figure:
        """Give the ratio to the same period: `bằng 112,51% so với cùng kỳ năm 2022`."""
        base = self._same_period
        value = ratio_pct(self.value, base.value)
        text = wording.ratio_text(value, self.period.year - 1, _remark(base))
        return self._compare("vs_same_period", text, value, "%", "{} / {} × 100", self.reading, base)

    @property
    def growth(self) -> Figure:
        """Give the growth over the same period: `tăng 12,51%`; a rate grows in điểm %, never in %."""
        if self.indicator.unit == "%":
            return self.change
        base = self._same_period
        value = change_pct(self.value, base.value)
        text = wording.change_text(value, 2, "%", _remark(base))
        return self._compare("growth", text, value, "%", "({0} - {1}) / {1} × 100", self.reading, base)

    @property
    def change(self) -> Figure:
        """Give the difference from the same period: `giảm 12 đơn`, for a rate `tăng 11,46 điểm %`."""
        base = self._same_period
        value = change_abs(self.value, base.value)
        decimals = max(2, self.indicator.decimals) if self.indicator.unit == "%" else self.indicator.decimals
        unit = self.indicator.change_unit
        text = wording.change_text(value, decimals, unit, _remark(base))
        return self._compare("change", text, value, unit, "{} - {}", self.reading, base)

    def part(self, office: str) -> Figure:
        """Give a sub-office's share of a collected figure; a rate is the sub-office's own."""
        reading = self.ledger.read_part(self.name, office, self.period, self.as_of)
        return self._other(f'part("{office}")', reading, office)

    def part_of(self, whole: IndicatorFigure) -> Figure:
        """Give this figure as a part of another: `23/24 vụ`."""
        missing = self.missing or whole.missing
        text = wording.DASH if missing else f"{self.number.text}/{whole.number.text} {whole.unit}"
        details = (*self.details, ("Trong tổng số", whole.text))
        value = None if missing else self.value
        return self._derive(f"part_of({whole.id})", text, value, details=details, missing=missing)

    def as_same_period(self) -> IndicatorFigure:
        """Give this indicator's whole figure of the same day last year, for tables of both years."""
        return self.of(self.name, self.ledger, self.period.same_period, self.interim, reading=self._same_period)

    def _derive(self, suffix: str, text: str, value: Decimal | None, **changes: Any) -> Figure:
        facts: dict[str, Any] = {
            "label": self.label,
            "unit": self.unit,
            "status": self.status,
            "as_of": self.as_of,
            "file": self.file,
            "row": self.row,
            "formula": self.formula,
            "details": self.details,
            "missing": self.missing,
        }
        return Figure(f"{self.id}.{suffix}", text, value, **(facts | changes))

    def _other(self, suffix: str, reading: Reading, label: str) -> Figure:
        text = wording.quantity_text(reading.value, self.indicator.decimals, self.unit, estimate=reading.status == "estimate")
        return self._derive(
            suffix,
            text,
            reading.value,
            label=f"{self.label} ({label[0].lower()}{label[1:]})",
            status=reading.status,
            as_of=reading.as_of,
            file=reading.origins[0].file if reading.origins else "",
            row=reading.origins[0].row if reading.origins else None,
            formula=reading.formula,
            details=_details(self.indicator, reading),
            missing=self.name if reading.value is None else "",
        )

    def _compare(
        self, suffix: str, text: str, value: Decimal | None, unit: str, formula: str, current: Reading, base: Reading
    ) -> Figure:
        shown = [_exact(reading.value) for reading in (current, base)]
        formula = "" if value is None else formula.format(*shown)
        details = [*_details(self.indicator, current)]
        name = f"Kế hoạch năm {self.period.year}" if base.status == "plan" else f"Cùng kỳ năm {self.period.year - 1}"
        if base.origins:
            details.append(_compared(self.indicator, name, base))
        if formula:
            details.append(("Phép tính", formula))
        missing = self.name if value is None else ""
        return self._derive(suffix, text, value, unit=unit, formula=formula, details=tuple(details), missing=missing)


def _details(indicator: Indicator, reading: Reading) -> Details:
    pairs = [("Định nghĩa", indicator.definition), ("Căn cứ", indicator.source)]
    if reading.status == "estimate":
        pairs.append(("Loại số liệu", "ước thực hiện"))
    if reading.as_of and reading.status != "plan":
        pairs.append(("Tính đến", wording.short_date(reading.as_of)))
    pairs.append(("Công thức", f"{indicator.formula} = {reading.formula}" if indicator.formula and reading.formula else ""))
    pairs.append(("Nguồn", "; ".join(map(_origin, reading.origins))))
    pairs += [("Lưu ý", origin.note) for origin in reading.origins if origin.note]
    parts = (part for origin in reading.origins for part in origin.parts)
    pairs += [(f"Gồm: {part.name}", f"{_exact(part.value)} ({part.origin})") for part in parts]
    return tuple((term, text) for term, text in pairs if text)


def _compared(indicator: Indicator, name: str, base: Reading) -> tuple[str, str]:
    """Word a number that a figure is compared with: its amount and where it came from."""
    text = wording.quantity_text(base.value, indicator.decimals, indicator.unit, estimate=base.status == "estimate")
    return name, f"{text} ({'; '.join(map(_origin, base.origins))})"


def _remark(base: Reading) -> str:
    """Say what a reader must know of last year's number: an estimate, changed since, of another territory."""
    remarks = {"số ước": base.status == "estimate", "số liệu điều chỉnh": base.revised, "theo địa giới cũ": base.former}
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def _origin(origin: Any) -> str:
    return f"{origin} ({origin.source})" if origin.source else str(origin)


def _exact(value: Decimal | None) -> str:
    return wording.DASH if value is None else wording.number_text(value, max(0, -int(value.normalize().as_tuple().exponent)))
