"""The figure of an indicator, with everything that can be said of it.

Owns which numbers a comparison takes and what is told of them on hover; how they read stands in
`wording`, what a number means in time in `ledger`. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from danvan_nb import wording
from danvan_nb.figures import inline
from danvan_nb.figures.formulas import change_abs, change_pct, ratio_pct
from danvan_nb.figures.inline import Figure, Term
from danvan_nb.figures.ledger import Ledger, Reading
from danvan_nb.figures.series import runs
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period, year_before


@dataclass(frozen=True)
class IndicatorFigure(Figure):
    """An indicator of the report with its comparisons.

    The bare name is the latest number of the period as the office counts it; `.this_period` and
    `.year_to_date` count it from the first day of the period or the year. `.plan`, `.same_period`
    give the numbers it is compared with, `.vs_plan`, `.vs_same_period`, `.growth`, `.change` the
    comparisons, `.at("…")` the number of a named interim date. Its days begin at `start`.
    """

    indicator: Indicator = field(kw_only=True, repr=False)
    reading: Reading = field(kw_only=True, repr=False)
    period: Period = field(kw_only=True, repr=False)
    start: date = field(kw_only=True, repr=False)
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
        start: date | None = None,
        end: date | None = None,
        reading: Reading | None = None,
    ) -> IndicatorFigure:
        """Make the figure of an indicator, of its latest number unless something else is named.

        `at` is an interim date, `start` from when it counts, unless as the office does; `reading`
        stands in place of the ledger's number, of the day `end`.
        """
        indicator = ledger.catalogue[name]
        start = start or ledger.start(name, period)
        if reading is None:
            end = interim[at] if at else next(iter(ledger.days(name, period)), None)
            reading = ledger.read_over(name, start, end)
        bases = ledger.read_plan(name, period), ledger.read_same_period(name, start, reading.as_of)
        compared = inline.compared_with(period, *bases)
        figure = cls(
            id=f'{name}.at("{at}")' if at else name,
            **inline.facts_of(name, indicator, reading, compared),
            indicator=indicator,
            reading=reading,
            period=period,
            start=start,
            ledger=ledger,
            interim=interim,
        )
        if ledger.none_arose(name, start, end, reading):
            return replace(figure, text=wording.NOTHING, missing="", gap="none")
        if figure.value is None or not (ledger.mixed or start != ledger.start(name, period)):
            return figure
        return replace(figure, text=figure.text + wording.in_brackets(figure.basis))

    @property
    def name(self) -> str:
        """The catalogue id."""
        return self.id.split(".")[0]

    @property
    def _same_period(self) -> Reading:
        return self.ledger.read_same_period(self.name, self.start, self.as_of)

    @property
    def _plan(self) -> Reading:
        return self.ledger.read_plan(self.name, self.period)

    def at(self, name: str) -> IndicatorFigure:
        """Give the number of a named interim date; as `interim_day`."""
        inline.interim_day(self.interim, name)
        return self.of(self.name, self.ledger, self.period, self.interim, at=name)

    @property
    def this_period(self) -> IndicatorFigure:
        """The number of the period alone, from its first day."""
        return self._since(self.period.first_day, "this_period")

    @property
    def year_to_date(self) -> IndicatorFigure:
        """The number since 1 January."""
        return self._since(self.period.new_year, "year_to_date")

    def _since(self, start: date, suffix: str) -> IndicatorFigure:
        figure = self._counted(self.period, start, self.as_of, self._read_since(start))
        return replace(figure, id=f"{self.id}.{suffix}")

    def _counted(
        self, period: Period, start: date, end: date | None, reading: Reading
    ) -> IndicatorFigure:
        """Make the figure of the same indicator over other days."""
        names = (self.name, self.ledger, period, self.interim)
        return self.of(*names, start=start, end=end, reading=reading)

    def _read_since(self, start: date) -> Reading:
        """Read the number to the same day from another one on; what is no flow has but one day."""
        if start == self.start or not self.reading.start:
            return self.reading
        return self.ledger.read_over(self.name, start, self.as_of)

    @property
    def span(self) -> Term:
        """The days that the number counts, as a sentence names them: `6 tháng đầu năm 2023`."""
        end = self.as_of or self.period.last_day
        if self.indicator.measure == "stock":
            return Term(f"{self.id}.span", f"ngày {wording.short_date(end)}")
        whole = Period.between(self.start, end) if self.reading.start else self.period
        days = f"thời gian từ {wording.short_date(self.start)} đến {wording.short_date(end)}"
        return Term(f"{self.id}.span", whole.label if whole else days)

    @property
    def basis(self) -> str:
        """From when the number counts, where that may be asked: not of a period from January on."""
        if not self.reading.start or self.period.first_day == self.period.new_year:
            return ""
        return wording.BASES[self.start == self.period.new_year]

    @property
    def number(self) -> Figure:
        """The number without its unit and without “ước”."""
        text = self.text if self.gap else wording.number_text(self.value, self.indicator.decimals)
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
        done = self._read_since(self.period.new_year)
        value = ratio_pct(done.value, self._plan.value)
        text = wording.plan_text(value)
        if done is not self.reading and done.as_of and value is not None:
            text += f" ({wording.cumulated_text(done.as_of, inline.amount(self.indicator, done))})"
        return self._compare("vs_plan", text, value, "%", "{} / {} × 100", self._plan, done)

    @property
    def vs_same_period(self) -> Figure:
        """The ratio to the same period: `bằng 112,51% so với cùng kỳ năm 2022`."""
        base = self._same_period
        value = ratio_pct(self.value, base.value)
        if value is not None and value < 0:
            value = None  # a loss is no part of a gain
        text = wording.ratio_text(value, self.period.year - 1, inline.remark(base))
        return self._compare("vs_same_period", text, value, "%", "{} / {} × 100", base)

    @property
    def growth(self) -> Figure:
        """The growth over the same period: `tăng 12,51%`; a rate grows in điểm %, never in %."""
        if self.indicator.unit == "%":
            return self.change
        base = self._same_period
        value = change_pct(self.value, base.value)
        text = wording.change_text(value, 2, "%", inline.remark(base))
        return self._compare("growth", text, value, "%", "({0} - {1}) / {1} × 100", base)

    @property
    def change(self) -> Figure:
        """The difference from the same period: `giảm 12 đơn`, for a rate `tăng 11,46 điểm %`."""
        base = self._same_period
        value = change_abs(self.value, base.value)
        unit = self.indicator.change_unit
        text = wording.change_text(value, self._change_decimals, unit, inline.remark(base))
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
        reading = self.ledger.read_share(self.name, office, self.start, self.as_of)
        names = {share.office: share.office_name for share in self.reading.shares}
        return self._other(f'part("{office}")', reading, names.get(office, office))

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
        start, end = year_before(self.start), self.as_of and year_before(self.as_of)
        return self._counted(self.period.same_period, start, end, self._same_period)

    def history(self, years: int = 5, *, consecutive: bool = False) -> tuple[IndicatorFigure, ...]:
        """Give this figure now and on the same days of years before, or in the periods before."""
        series, period, start, end = [self], self.period, self.start, self.as_of
        for _ in range(years):
            if consecutive:
                series.append(self.of(self.name, self.ledger, series[-1].period.previous, {}))
                continue
            period, start, end = period.same_period, year_before(start), end and year_before(end)
            reading = self.ledger.read_over(self.name, start, end)
            own = self._same_period if period == self.period.same_period else reading
            series.append(self._counted(period, start, end, own))
        return tuple(reversed(series))

    @property
    def record(self) -> Figure:
        """Whether it is the highest or lowest of the years known: `cao nhất trong 5 năm`."""
        return runs.over_years(self, "record", runs.record, self.history())

    @property
    def streak(self) -> Figure:
        """For how many years it rose or fell in a row: `tăng năm thứ ba liên tiếp`."""
        return runs.over_years(self, "streak", runs.streak, self.history())

    def _other(self, suffix: str, reading: Reading, label: str) -> Figure:
        facts = inline.facts_of(self.name, self.indicator, reading) | {
            "label": f"{self.label} ({label})"
        }
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
            shown = formula.format(inline.exact(current.value), inline.exact(base.value))
        compared = inline.compared_with(self.period, base)
        told = inline.details_of(self.indicator, current, compared, shown)
        missing = self.name if value is None else ""
        facts = {
            "formula": shown,
            "details": tuple(pair for pair in told if pair[0] not in inline.OF_NUMBERS),
            "parts": inline.parts_of(current),
            "missing": missing,
            "gap": self._want(suffix, base, current) if value is None else "",
        }
        return self.derive(id=f"{self.id}.{suffix}", text=text, value=value, unit=unit, **facts)

    def _want(self, suffix: str, base: Reading, current: Reading) -> str:
        """Say why there is no comparison although the number is there; nothing where it is not."""
        if self.value is None:
            return self.gap
        if current.value is None:
            return "cumulated"
        if base.value is not None:
            return "base"
        return "plan" if suffix == "vs_plan" else "same_period"
