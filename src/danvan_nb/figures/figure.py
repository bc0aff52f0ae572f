"""The figure of an indicator, with everything that can be said of it.

Owns which numbers a comparison takes and what is told of them on hover; how they read stands in
`wording`, what a number means in time in `ledger`. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from danvan_nb import wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.formulas import change_abs, change_pct, ratio_pct
from danvan_nb.figures.inline import (
    Figure,
    amount,
    compared_with,
    details_of,
    exact,
    parts_of,
    remark,
)
from danvan_nb.figures.ledger import Ledger, Reading
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period


@dataclass(frozen=True)
class IndicatorFigure(Figure):
    """An indicator of the report with its comparisons.

    The bare name is the latest number of the period; `.plan`, `.same_period` give the numbers it
    is compared with, `.vs_plan`, `.vs_same_period`, `.growth`, `.change` the comparisons,
    `.at("…")` the number of a named interim date.
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
        """Make the figure of an indicator, of its latest number unless something else is named.

        Parameters
        ----------
        at : str
            One of the interim dates.
        reading : Reading, optional
            What stands in place of the ledger's number, without comparisons on hover.
        """
        indicator = ledger.catalogue[name]
        compared: tuple[Reading, ...] = ()
        if reading is None:
            reading = ledger.read(name, period, interim[at] if at else None)
            same_period = ledger.read_same_period(name, period, reading.as_of)
            compared = (ledger.read_plan(name, period), same_period)
        facts = _facts(name, indicator, reading)
        facts["details"] = details_of(indicator, reading, compared_with(period, *compared))
        if ledger.none_arose(name, period, reading, interim[at] if at else None):
            facts |= {"text": wording.NOTHING, "missing": "", "gap": "none"}
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
        """The catalogue id."""
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
        """The number without its unit and without “ước”."""
        text = self.text
        if not self.gap:
            text = wording.number_text(self.value, self.indicator.decimals)
        return self.derive(id=f"{self.id}.number", text=text)

    @property
    def plan(self) -> Figure:
        """The year's plan."""
        return self._other("plan", self._plan, f"kế hoạch năm {self.period.year}")

    @property
    def same_period(self) -> Figure:
        """The number of the same day last year."""
        return self._other("same_period", self._same_period, f"cùng kỳ năm {self.period.year - 1}")

    @property
    def vs_plan(self) -> Figure:
        """The completion of the year's plan: `đạt 62,30% kế hoạch`."""
        done = self.ledger.year_to_date(self.name, self.period, self.reading)
        value = ratio_pct(done.value, self._plan.value)
        return self._compare(
            "vs_plan", wording.plan_text(value), value, "%", "{} / {} × 100", self._plan, done
        )

    @property
    def vs_same_period(self) -> Figure:
        """The ratio to the same period: `bằng 112,51% so với cùng kỳ năm 2022`."""
        base = self._same_period
        value = ratio_pct(self.value, base.value)
        if value is not None and value < 0:
            value = None  # a loss is no part of a gain
        text = wording.ratio_text(value, self.period.year - 1, remark(base))
        return self._compare("vs_same_period", text, value, "%", "{} / {} × 100", base)

    @property
    def growth(self) -> Figure:
        """The growth over the same period: `tăng 12,51%`; a rate grows in điểm %, never in %."""
        if self.indicator.unit == "%":
            return self.change
        base = self._same_period
        value = change_pct(self.value, base.value)
        text = wording.change_text(value, 2, "%", remark(base))
        return self._compare("growth", text, value, "%", "({0} - {1}) / {1} × 100", base)

    @property
    def change(self) -> Figure:
        """The difference from the same period: `giảm 12 đơn`, for a rate `tăng 11,46 điểm %`."""
        base = self._same_period
        value = change_abs(self.value, base.value)
        unit = self.indicator.change_unit
        text = wording.change_text(value, self._change_decimals, unit, remark(base))
        return self._compare("change", text, value, unit, "{} - {}", base)

    @property
    def _change_decimals(self) -> int:
        return max(2 if self.indicator.unit == "%" else 0, self.indicator.decimals)

    @property
    def wanted(self) -> bool | None:
        """Whether the change is for the better; None without one as printed, or a direction."""
        change = self.change.value
        rounded = change and wording.round_half_up(change, self._change_decimals)
        if not rounded or self.indicator.better == "none":
            return None
        return (rounded > 0) == (self.indicator.better == "up")

    def part(self, office: str) -> Figure:
        """Give a sub-office's share of a collected figure; a rate is the sub-office's own."""
        reading = self.ledger.read_share(self.name, office, self.period, self.as_of)
        return self._other(f'part("{office}")', reading, office)

    def part_of(self, whole: IndicatorFigure) -> Figure:
        """Give this figure as a part of another: `23/24 vụ`."""
        missing = self.missing or whole.missing
        return self.derive(
            id=f"{self.id}.part_of({whole.id})",
            text=wording.DASH if missing else f"{self.number}/{whole.number} {whole.unit}",
            value=None if missing else self.value,
            details=(*self.details, ("Trong tổng số", whole.text)),
            missing=missing,
        )

    def as_same_period(self) -> IndicatorFigure:
        """Give this indicator's whole figure of the same day last year."""
        return self.of(
            self.name, self.ledger, self.period.same_period, self.interim, reading=self._same_period
        )

    def _other(self, suffix: str, reading: Reading, label: str) -> Figure:
        facts = _facts(self.name, self.indicator, reading)
        facts |= {"label": f"{self.label} ({label})"}
        if reading.value is None and suffix in wording.GAPS:
            facts["gap"] = suffix
        return Figure(f"{self.id}.{suffix}", **facts)

    def _compare(
        self,
        suffix: str,
        text: str,
        value: Decimal | None,
        unit: str,
        formula: str,
        base: Reading,
        current: Reading | None = None,
    ) -> Figure:
        """Make a comparison of `current`, the figure's own reading unless given, with `base`."""
        current = current or self.reading
        shown = ""
        if value is not None:
            shown = formula.format(exact(current.value), exact(base.value))
        compared = compared_with(self.period, base)
        details = details_of(self.indicator, current, compared, shown)
        missing = self.name if value is None else ""
        told = {
            "formula": shown,
            "details": details,
            "parts": parts_of(current),
            "missing": missing,
            "gap": self._want(suffix, base, current) if value is None else "",
        }
        return self.derive(id=f"{self.id}.{suffix}", text=text, value=value, unit=unit, **told)

    def _want(self, suffix: str, base: Reading, current: Reading) -> str:
        """Say why there is no comparison although the number is there; nothing where it is not."""
        if self.value is None:
            return self.gap
        if current.value is None:
            return "cumulated"
        if base.value is not None:
            return "base"
        return "plan" if suffix == "vs_plan" else "same_period"


def interim_day(days: Mapping[str, date], name: str) -> date:
    """Give a named interim date (`as_of` in the params file).

    Raises
    ------
    NotebookError
        If the params file names no such date.
    """
    if name not in days:
        known = ", ".join(days) or "chưa có mốc nào"
        raise NotebookError(Issue.of("moc_giua_ky", found=name, expected=known))
    return days[name]


def _facts(name: str, indicator: Indicator, reading: Reading) -> dict[str, Any]:
    """Give what a figure knows of a reading."""
    first = reading.origins[0] if reading.origins else None
    return {
        "text": amount(indicator, reading),
        "value": reading.value,
        "label": indicator.label,
        "unit": indicator.unit,
        "status": reading.status,
        "as_of": reading.as_of,
        "file": first.file if first else "",
        "row": first.row if first else None,
        "formula": reading.formula,
        "details": details_of(indicator, reading),
        "parts": parts_of(reading),
        "missing": name if reading.value is None else "",
    }
