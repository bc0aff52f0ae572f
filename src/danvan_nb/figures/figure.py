"""The values that stand inline in prose, tables and charts: figures and terms.

A figure is one frozen value that knows its number, how it reads in Vietnamese, and its origin; text, table, chart, trace and
hover all come from it. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

from danvan_nb import nodes, wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.comparisons import change_abs, change_pct, ratio_pct
from danvan_nb.figures.ledger import Ledger, Reading
from danvan_nb.project.period import Period
from danvan_nb.project.project import Indicator

MIME = "application/vnd.danvan.figure+json"
Details = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Inline:
    """Anything that an inline expression may give: text with an id, and the node that stands for it in the document tree."""

    id: str
    text: str

    def __str__(self) -> str:
        return self.text

    def node(self) -> nodes.Text | nodes.Value | nodes.Cite:
        """Give the value as a node of the document tree."""
        return nodes.Text(self.text)

    def hover(self) -> str:
        """Give the text that JupyterLab shows on hover."""
        return ""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": live_html(self.text, self.hover()),
            MIME: nodes.as_json(self.node()),
        }


def live_html(text: str, hover: str) -> str:
    """Give a value for JupyterLab."""
    title = f' title="{escape(hover)}"' if hover else ""
    return f"<data{title}>{escape(text)}</data>"


def hover_text(details: Details) -> str:
    """Give the details of a figure, one per line."""
    return "\n".join(f"{term}: {text}" for term, text in details)


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

    def node(self) -> nodes.Value:
        """Give the figure with its exact value and its origin."""
        return nodes.Value(
            self.id,
            self.text,
            "" if self.value is None else f"{self.value:f}",
            label=self.label,
            details=self.details,
            formula=self.formula,
            file=self.file,
            row=str(self.row or ""),
            as_of=self.as_of.isoformat() if self.as_of else "",
            status=self.status,
            missing=self.missing,
        )

    def hover(self) -> str:
        """Give the details, one per line."""
        return hover_text(self.details)

    def derive(self, **changes: Any) -> Figure:
        """Give a figure of the same origin that says something else."""
        facts = {fact.name: getattr(self, fact.name) for fact in fields(Figure)}
        return Figure(**(facts | changes))

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
        compared: tuple[Reading, ...] = ()
        if reading is None:
            reading = ledger.read(name, period, interim[at] if at else None)
            compared = (
                ledger.read_plan(name, period),
                ledger.read_same_period(name, period, reading.as_of),
            )
        facts = _facts(name, indicator, reading)
        facts["details"] += tuple(
            _compared(indicator, period, base) for base in compared if base.origins
        )
        return cls(
            id=f'{name}.at("{at}")' if at else name,
            **facts,
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
        """Give the number of a named interim date; as `interim_day`."""
        interim_day(self.interim, name)
        return self.of(self.name, self.ledger, self.period, self.interim, at=name)

    @property
    def number(self) -> Figure:
        """Give the number without its unit and without “ước”."""
        return self.derive(
            id=f"{self.id}.number", text=wording.number_text(self.value, self.indicator.decimals)
        )

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
        return self._compare(
            "vs_plan", wording.plan_text(value), value, "%", "{} / {} × 100", done, self._plan
        )

    @property
    def vs_same_period(self) -> Figure:
        """Give the ratio to the same period: `bằng 112,51% so với cùng kỳ năm 2022`."""
        base = self._same_period
        value = ratio_pct(self.value, base.value)
        text = wording.ratio_text(value, self.period.year - 1, _remark(base))
        return self._compare(
            "vs_same_period", text, value, "%", "{} / {} × 100", self.reading, base
        )

    @property
    def growth(self) -> Figure:
        """Give the growth over the same period: `tăng 12,51%`; a rate grows in điểm %, never in %."""
        if self.indicator.unit == "%":
            return self.change
        base = self._same_period
        value = change_pct(self.value, base.value)
        text = wording.change_text(value, 2, "%", _remark(base))
        return self._compare(
            "growth", text, value, "%", "({0} - {1}) / {1} × 100", self.reading, base
        )

    @property
    def change(self) -> Figure:
        """Give the difference from the same period: `giảm 12 đơn`, for a rate `tăng 11,46 điểm %`."""
        base = self._same_period
        value = change_abs(self.value, base.value)
        decimals = (
            max(2, self.indicator.decimals)
            if self.indicator.unit == "%"
            else self.indicator.decimals
        )
        unit = self.indicator.change_unit
        text = wording.change_text(value, decimals, unit, _remark(base))
        return self._compare("change", text, value, unit, "{} - {}", self.reading, base)

    @property
    def wanted(self) -> bool | None:
        """Say whether the change is in the direction that the catalogue calls better; None where neither holds."""
        better, change = self.indicator.better, self.growth.value
        if better == "none" or not change:
            return None
        return (change > 0) == (better == "up")

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
        return self.derive(
            id=f"{self.id}.part_of({whole.id})",
            text=text,
            value=value,
            details=details,
            missing=missing,
        )

    def as_same_period(self) -> IndicatorFigure:
        """Give this indicator's whole figure of the same day last year, for tables of both years."""
        return self.of(
            self.name, self.ledger, self.period.same_period, self.interim, reading=self._same_period
        )

    def _other(self, suffix: str, reading: Reading, label: str) -> Figure:
        facts = _facts(self.name, self.indicator, reading) | {
            "label": f"{self.label} ({label[0].lower()}{label[1:]})"
        }
        return Figure(f"{self.id}.{suffix}", **facts)

    def _compare(
        self,
        suffix: str,
        text: str,
        value: Decimal | None,
        unit: str,
        formula: str,
        current: Reading,
        base: Reading,
    ) -> Figure:
        shown = [_exact(reading.value) for reading in (current, base)]
        formula = "" if value is None else formula.format(*shown)
        details = [*_details(self.indicator, current)]
        if base.origins:
            details.append(_compared(self.indicator, self.period, base))
        if formula:
            details.append(("Phép tính", formula))
        facts = {
            "unit": unit,
            "formula": formula,
            "details": tuple(details),
            "missing": self.name if value is None else "",
        }
        return self.derive(id=f"{self.id}.{suffix}", text=text, value=value, **facts)


def interim_day(days: Mapping[str, date], name: str) -> date:
    """Give a named interim date (`as_of` in the params file).

    Raises
    ------
    NotebookError
        If the params file names no such date.
    """
    if name not in days:
        known = ", ".join(days) or "chưa có mốc nào"
        raise NotebookError(
            Issue("moc_giua_ky", "Không có mốc số liệu này", found=name, expected=known)
        )
    return days[name]


def _facts(name: str, indicator: Indicator, reading: Reading) -> dict[str, Any]:
    """Give what a figure knows of a reading."""
    return {
        "text": wording.quantity_text(
            reading.value, indicator.decimals, indicator.unit, estimate=reading.status == "estimate"
        ),
        "value": reading.value,
        "label": indicator.label,
        "unit": indicator.unit,
        "status": reading.status,
        "as_of": reading.as_of,
        "file": reading.origins[0].file if reading.origins else "",
        "row": reading.origins[0].row if reading.origins else None,
        "formula": reading.formula,
        "details": _details(indicator, reading),
        "missing": name if reading.value is None else "",
    }


def _details(indicator: Indicator, reading: Reading) -> Details:
    pairs = [("Định nghĩa", indicator.definition), ("Căn cứ", indicator.source)]
    if reading.status == "estimate":
        pairs.append(("Loại số liệu", "ước thực hiện"))
    if reading.as_of and reading.status != "plan":
        pairs.append(("Tính đến", wording.short_date(reading.as_of)))
    pairs.append(
        (
            "Công thức",
            f"{indicator.formula} = {reading.formula}"
            if indicator.formula and reading.formula
            else "",
        )
    )
    pairs.append(("Nguồn", "; ".join(map(_origin, reading.origins))))
    pairs += [("Lưu ý", origin.note) for origin in reading.origins if origin.note]
    parts = (part for origin in reading.origins for part in origin.parts)
    pairs += [(f"Gồm: {part.name}", f"{_exact(part.value)} ({part.origin})") for part in parts]
    return tuple((term, text) for term, text in pairs if text)


def _compared(indicator: Indicator, period: Period, base: Reading) -> tuple[str, str]:
    """Word a number that a figure is compared with: its amount and where it came from."""
    name = (
        f"Kế hoạch năm {period.year}" if base.status == "plan" else f"Cùng kỳ năm {period.year - 1}"
    )
    text = wording.quantity_text(
        base.value, indicator.decimals, indicator.unit, estimate=base.status == "estimate"
    )
    return name, f"{text} ({'; '.join(map(_origin, base.origins))})"


def _remark(base: Reading) -> str:
    """Say what a reader must know of last year's number: an estimate, changed since, of another territory."""
    remarks = {
        "số ước": base.status == "estimate",
        "số liệu điều chỉnh": base.revised,
        "theo địa giới cũ": base.former,
    }
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def _origin(origin: Any) -> str:
    return f"{origin} ({origin.source})" if origin.source else str(origin)


def _exact(value: Decimal | None) -> str:
    return (
        wording.DASH
        if value is None
        else wording.number_text(value, max(0, -int(value.normalize().as_tuple().exponent)))
    )
