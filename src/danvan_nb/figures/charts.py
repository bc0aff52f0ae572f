"""The charts of a report: one drawing as SVG, the same for every file.

Owns what is drawn, and the title, which says what a chart shows; its numbers stand in words beside
it, for who can't see it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import starmap
from typing import Any, TypeAlias

from danvan_nb import nodes, wording
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.drawing.bars import Bar, TitledBars, paint_bars
from danvan_nb.figures.drawing.sheet import BAR, SHEET_WIDTH, Sheet, draw, measured
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.formulas import ratio_pct
from danvan_nb.figures.inline import Figure
from danvan_nb.figures.series.history import known_series, named
from danvan_nb.figures.tables import Figures, chosen, shared_basis
from danvan_nb.nodes import BLOCK_MIME, Chart, as_json

SERIES = ("plan", "actual", "same_period")
BarGroup: TypeAlias = tuple[IndicatorFigure, Mapping[str, Figure]]
"""An indicator and its bars, by series."""


class ReportChart(Chart):
    """A drawing that JupyterLab shows too."""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        drawing = {"image/svg+xml": self.svg} if self.svg else {}
        return {"text/plain": self.alt, **drawing, BLOCK_MIME: as_json(self) | {"t": "Chart"}}


def bar_chart(
    caption: str, figures: Figures, series: Sequence[str] = ("actual", "same_period")
) -> ReportChart:
    """Draw indicators as groups of bars, those of each unit on a scale of their own.

    Parameters
    ----------
    caption : str
        What the chart is about; its title goes on with what the first two indicators show. Blank:
        only that.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One group of bars each; those without a number are left out; so is a series without any.
        If fewer than two bars are left, there is no drawing. What would be a sliver beside
        the others of its unit has a scale of its own, which the drawing says.
    series : sequence of str
        Which bars: `plan`, `actual`, `same_period`.

    Raises
    ------
    NotebookError
        If there is only one bar to draw, or no such series.
    """
    listed = chosen(figures)
    _check_choice(listed, series)
    rows = _rows([figure for figure in listed if figure.value is not None], series)
    names, guessed = _names([figure for figure, _ in rows])
    drawn = list(rows[0][1]) if rows else []

    def paint(sheet: Sheet) -> None:
        sheet.legend((name, names[name]) for name in drawn)
        units = dict.fromkeys(figure.unit for figure, _ in rows)
        paint_bars(sheet, {unit: _groups(rows, unit, guessed) for unit in units})

    said = [_bar_words(*row, names, guessed) for row in rows]
    told = [figure for figure, _ in rows] or listed
    return _chart(_finding(caption, told, plan="plan" in drawn), "Biểu đồ cột", said, paint)


def bullet_chart(caption: str, figures: Figures) -> ReportChart:
    """Draw each result on its plan of the year, with the same period as a tick.

    Parameters
    ----------
    caption : str
        As of `bar_chart`.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One bar each, of any unit: it is as long as its share of the plan. Those without a result
        are left out, those without a plan are named; where none has a plan, it is a `bar_chart`.

    Raises
    ------
    NotebookError
        If a number is negative: no share of a plan shows it.
    """
    listed = chosen(figures)
    _check_shares(listed)
    kept = [figure for figure in listed if figure.vs_plan.value is not None]
    if not kept:
        return bar_chart(caption, listed)
    names, guessed = _names([figure.year_to_date for figure in kept])
    names["track"], names["tick"] = names["plan"], names["same_period"]
    said = [_on_plan(figure, guessed) for figure in kept]
    bare = [each.indicator.title for each in listed if each not in kept and each.value is not None]
    lack = ["Không có kế hoạch để so: " + ", ".join(bare)] * bool(bare)

    def paint(sheet: Sheet) -> None:
        sheet.legend((name, names[name]) for name in ("actual", "track", "tick"))
        for figure, words in zip(kept, said, strict=True):
            _paint_bullet(sheet, figure, words)
        sheet.write("".join(lack))

    told = [
        f"{figure.label} - {_share(figure)} kế hoạch, {words}"
        for figure, words in zip(kept, said, strict=True)
    ]
    return _chart(_finding(caption, kept, plan=True), "Biểu đồ so với kế hoạch", told + lack, paint)


def trend_chart(
    caption: str, figures: Figures, years: int = 5, consecutive: bool = False
) -> ReportChart:
    """Draw the course of indicators over several years, one under the other.

    Parameters
    ----------
    caption : str
        As of `bar_chart`.
    figures, years, consecutive
        As of `history_table`; all of one unit.

    Raises
    ------
    NotebookError
        If the units differ, or no earlier period is asked for.
    """
    listed = [named(each, consecutive) for each in known_series(figures, years, consecutive)]
    now = [each[-1][2] for each in listed]
    if len(units := sorted({figure.unit for figure in now})) > 1:
        raise NotebookError(Issue.of("hinh.don_vi", found=", ".join(units)))

    def paint(sheet: Sheet) -> None:
        sheet.write(f"Đơn vị tính: {units[0]}")
        for figure, each in zip(now, listed, strict=True):
            sheet.write(figure.indicator.title, "bold")
            decimals = figure.indicator.decimals
            points = ((one.value, wording.number_text(one.value, decimals)) for _, _, one in each)
            sheet.course([(name, said) for name, said, _ in each], list(points))

    said = [f"{each[-1][2].label} - {', '.join(starmap(_past_words, each))}" for each in listed]
    title = _finding(caption, now or chosen(figures), plan=False, years=True)
    return _chart(title, "Diễn biến", said, paint)


def _past_words(name: str, said: str, figure: IndicatorFigure) -> str:
    return f"{name}: {_quantity(figure, figure.value)}{wording.in_brackets(said)}"


def _chart(
    title: nodes.Inlines, kind: str, said: list[str], paint: Callable[[Sheet], None]
) -> ReportChart:
    if not said:
        return ReportChart(title, "Chưa có số liệu để vẽ.", "")
    return ReportChart(title, f"{nodes.plain(title)}. {kind}: {'; '.join(said)}.", draw(paint))


def _finding(
    caption: str, figures: list[IndicatorFigure], *, plan: bool, years: bool = False
) -> nodes.Inlines:
    """Say in a title what is shown of the first two: share of plan, change, rank among years."""
    title: list[nodes.Inline] = [nodes.Text(caption)] if caption else []
    for figure in figures[:2]:
        change = figure.growth if figure.indicator.decimals else figure.change
        told = [*([figure.vs_plan] if plan else []), change, *([figure.record] if years else [])]
        known = [each for each in told if each.value is not None]
        is_ = " " if known or figure.status == "estimate" else " là "
        known = known or [figure]
        name = figure.indicator.title
        if title:
            name = f"{': ' if len(title) == 1 else '; '}{wording.lower_first(name)}"
        title.append(nodes.Text(name))
        for before, each in zip((is_, ", ", ", "), known, strict=False):
            title += [nodes.Text(before), each.node()]
    return tuple(title)


def _check_choice(figures: list[IndicatorFigure], series: Sequence[str]) -> None:
    if unknown := [name for name in series if name not in SERIES]:
        raise NotebookError(Issue.of("hinh.day", found=unknown[0], expected=", ".join(SERIES)))
    if len(figures) * len(series) == 1:
        raise NotebookError(Issue.of("hinh.mot_cot", found=figures[0].label))


def _check_shares(figures: list[IndicatorFigure]) -> None:
    for figure in figures:
        if any((each.value or 0) < 0 for each in (figure, figure.plan, figure.same_period)):
            raise NotebookError(Issue.of("hinh.am", found=f"{figure.label}: {figure.text}"))


def _rows(figures: list[IndicatorFigure], series: Sequence[str]) -> list[BarGroup]:
    """Give each indicator its bars; a series without any number falls away."""
    bars = _bars(figures, series)
    known = {name: sum(bar.value is not None for bar in of) for name, of in bars.items()}
    kept = [name for name in series if known[name]]
    if sum(known.values()) < 2:  # of one bar a sentence says all
        return []
    return [
        (figure, {name: bars[name][place] for name in kept}) for place, figure in enumerate(figures)
    ]


def _bars(figures: list[IndicatorFigure], series: Sequence[str]) -> dict[str, list[Figure]]:
    return {
        name: [figure if name == "actual" else getattr(figure, name) for figure in figures]
        for name in series
    }


def _bar_words(
    figure: IndicatorFigure, bars: Mapping[str, Figure], names: Mapping[str, str], guessed: set[str]
) -> str:
    said = (
        f"{names[name]}: {_text(figure, bar, guessed, name, figure.unit)}"
        for name, bar in bars.items()
    )
    return f"{figure.label} - {', '.join(map(wording.lower_first, said))}"


def _names(figures: list[IndicatorFigure]) -> tuple[dict[str, str], set[str]]:
    """Name the series, and list those of estimates alone, whose name says so for all bars."""
    if not figures:
        return dict.fromkeys(SERIES, ""), set()
    period = figures[0].period
    shared = shared_basis(figures)
    cumulated = shared and figures[0].start < period.first_day
    days = f"{shared} {period.year}" if cumulated else period.label
    guessed = {
        name
        for name, of in _bars(figures, SERIES).items()
        if {bar.status for bar in of if bar.value is not None} == {"estimate"}
    }
    return {
        "plan": f"Kế hoạch cả năm {period.year}",
        "actual": f"{'Ước thực hiện' if 'actual' in guessed else 'Thực hiện'} {days}",
        "same_period": f"Cùng kỳ năm {period.year - 1}{' (số ước)' * ('same_period' in guessed)}",
    }, guessed


def _text(
    figure: IndicatorFigure, bar: Figure, guessed: set[str], name: str, unit: str = ""
) -> str:
    """Write a bar's number; an estimate among others is marked."""
    guess = bar.status == "estimate" and name not in guessed
    text = wording.quantity_text(bar.value, figure.indicator.decimals, unit)
    return text + wording.in_brackets("ước" * guess)


def _quantity(figure: IndicatorFigure, value: Decimal | None) -> str:
    return wording.quantity_text(value, figure.indicator.decimals, figure.unit)


def _share(figure: IndicatorFigure) -> str:
    return f"{wording.number_text(figure.vs_plan.value, 2)}%"


def _on_plan(figure: IndicatorFigure, guessed: set[str]) -> str:
    """Say a result, its plan and its same period, all counted from the first of January."""
    done = figure.year_to_date
    words = ("ước" if done.status == "estimate" else "", "thực hiện", done.basis)
    said = " ".join(word for word in (*words, _quantity(figure, done.value)) if word)
    said += f"; kế hoạch cả năm {_quantity(figure, figure.plan.value)}"
    if (before := done.same_period).value is None:
        return said
    return said + f"; cùng kỳ {_text(figure, before, guessed, 'same_period', figure.unit)}"


def _groups(rows: list[BarGroup], unit: str, guessed: set[str]) -> list[TitledBars]:
    """Give the bars of one unit as they are drawn, each group with its name."""
    kept = [row for row in rows if row[0].unit == unit]
    shared = shared_basis(figure for figure, _ in kept)
    return [
        (
            figure.indicator.title + wording.in_brackets("" if shared else figure.basis),
            [Bar(name, bar.value, _text(figure, bar, guessed, name)) for name, bar in bars.items()],
        )
        for figure, bars in kept
    ]


def _paint_bullet(sheet: Sheet, figure: IndicatorFigure, words: str) -> None:
    """Draw a result within the outline of its plan, its share at the end."""
    share = float(figure.vs_plan.value or 0)
    before = ratio_pct(figure.year_to_date.same_period.value, figure.plan.value)
    longest = max(100, share, float(before or 0))
    scale = (SHEET_WIDTH - 6 - max(46, measured(_share(figure), "bold"))) / longest
    sheet.write(figure.indicator.title, "bold")
    sheet.box("track", 0, 100 * scale, 1, BAR + 2)
    sheet.box("actual", 0, share * scale, 4, BAR - 4)
    if before is not None:
        sheet.box("tick", float(before) * scale - 1.5, 3, -1, BAR + 6)
    sheet.put(longest * scale + 4, _share(figure), BAR - 1, "bold")
    sheet.y += BAR + 5
    sheet.write(words[0].upper() + words[1:])
    sheet.y += 5
