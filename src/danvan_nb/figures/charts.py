"""The charts of a report: one drawing as SVG, the same for every file.

Owns what is drawn and how; its numbers stand in words beside it, for who can't see it.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from danvan_nb import wording
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure
from danvan_nb.figures.tables import Figures, chosen, shared_basis
from danvan_nb.nodes import BLOCK_MIME, Chart, as_json

# Three greys of blue that stay apart in black and white print and for colour-blind readers.
BAR_COLOURS = {"plan": "#c9d6e5", "actual": "#1f4e79", "same_period": "#7f9fbf"}


class ReportChart(Chart):
    """A drawing that JupyterLab shows too."""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        drawing = {"image/svg+xml": self.svg} if self.svg else {}
        return {"text/plain": self.alt, **drawing, BLOCK_MIME: as_json(self) | {"t": "Chart"}}


def bar_chart(
    caption: str, figures: Figures, series: Sequence[str] = ("actual", "same_period")
) -> ReportChart:
    """Draw indicators as grouped horizontal bars.

    Parameters
    ----------
    caption : str
        The chart's name.
    figures : iterable of IndicatorFigure, or rows of `Report.frame()`
        One group of bars each, of one unit; those without a number are left out. If all are, there
        is no drawing; so is a series without any.
    series : sequence of str
        Which bars: `plan`, `actual`, `same_period`.
    """
    kept = [figure for figure in chosen(figures) if figure.value is not None]
    if not kept:
        return ReportChart(caption, "Chưa có số liệu để vẽ.", "")
    period = kept[0].period
    estimated = any(figure.status == "estimate" for figure in kept)
    shared = shared_basis(kept)
    days = (
        f"{shared} {period.year}" if kept[0].start < period.first_day and shared else period.label
    )
    names = {
        "plan": f"Kế hoạch năm {period.year}",
        "actual": f"{'Ước thực hiện' if estimated else 'Thực hiện'} {days}",
        "same_period": f"Cùng kỳ năm {period.year - 1}",
    }
    shown = _bars(kept, series)
    if any(bar.status == "estimate" for bar in shown.get("same_period", ())):
        names["same_period"] += " (số ước)"
    groups = []
    for figure, *bars in zip(kept, *shown.values(), strict=True):
        said = (
            f"{names[name][0].lower()}{names[name][1:]}: {_quantity(bar, figure)}"
            for name, bar in zip(shown, bars, strict=True)
        )
        groups.append(f"{figure.label} - {', '.join(said)}")
    return ReportChart(caption, f"Biểu đồ cột. {'; '.join(groups)}.", _draw(kept, shown, names))


def _bars(figures: Sequence[IndicatorFigure], series: Sequence[str]) -> dict[str, list[Figure]]:
    """Give the bars of each series; one without any number falls away."""
    bars: dict[str, list[Figure]] = {
        name: [each if name == "actual" else getattr(each, name) for each in figures]
        for name in series
    }
    return {name: of for name, of in bars.items() if any(bar.value is not None for bar in of)}


def _quantity(bar: Figure, figure: IndicatorFigure) -> str:
    """Write a bar's number; that it is an estimate is said of all bars at once."""
    return wording.quantity_text(bar.value, figure.indicator.decimals, figure.unit)


@cache
def _font() -> str:
    """Register the shipped font with matplotlib; returns its family."""
    from matplotlib import font_manager

    for style in ("Regular", "Bold"):
        with as_file(files("danvan_nb") / "fonts" / f"Tinos-{style}.ttf") as path:
            font_manager.fontManager.addfont(str(path))
    return "Tinos"


def warm_up() -> None:
    """Load the drawing library and its font ahead of the first chart."""
    _draw([], {"actual": []}, {"actual": "·"})


def _draw(
    figures: Sequence[IndicatorFigure], shown: dict[str, list[Figure]], names: dict[str, str]
) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    style: dict[Any, Any] = {
        "font.family": _font(),
        "font.size": 11,
        "svg.fonttype": "none",  # text stays text: searchable, small, drawn with the embedded font
        "svg.hashsalt": "danvan_nb",  # ids that do not change from run to run
    }
    bars = len(shown)
    width, height = 6.3, 0.6 + 0.22 * bars * len(figures)  # 160 mm: the width of the text
    with matplotlib.rc_context(style):
        canvas = Canvas(figsize=(width, height))
        FigureCanvasSVG(canvas)
        axes = canvas.add_subplot()
        for offset, (name, values) in enumerate(shown.items()):
            places = [group * (bars + 0.6) + offset for group in range(len(values))]
            lengths = [float(value.value or 0) for value in values]
            drawn = axes.barh(
                places, lengths, height=0.86, color=BAR_COLOURS[name], label=names[name]
            )
            texts = [
                wording.number_text(value.value, figure.indicator.decimals)
                for value, figure in zip(values, figures, strict=True)
            ]
            axes.bar_label(drawn, texts, padding=3)
        _label(axes, figures, bars)
        out = io.StringIO()
        metadata: dict[str, Any] = {"Date": None, "Creator": None}
        canvas.savefig(out, format="svg", bbox_inches="tight", metadata=metadata)
    return out.getvalue()


def _label(axes: Any, figures: Sequence[IndicatorFigure], bars: int) -> None:
    """Name each group of bars and the unit, and leave only what is read."""
    axes.set_yticks([group * (bars + 0.6) + (bars - 1) / 2 for group in range(len(figures))])
    # Labels are broken into lines that leave the bars most of the width.
    shared = shared_basis(figures)
    names = (
        each.indicator.title + wording.in_brackets("" if shared else each.basis) for each in figures
    )
    titles = ["\n".join(textwrap.wrap(name, 22)) for name in names]
    axes.set_yticklabels(titles)
    axes.invert_yaxis()
    axes.xaxis.set_visible(False)  # every bar carries its number
    axes.margins(x=0.14)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(length=0)
    units = ", ".join(sorted({figure.unit for figure in figures}))
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.4, 1),
        ncols=bars,
        frameon=False,
        title=f"Đơn vị tính: {units}",
    )
