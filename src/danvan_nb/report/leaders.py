"""What a leader reads first: figure cards and a few sentences, composed from the data.

Owns which figures are worth a leader's minute and how that is said. Where the data do not allow a
sentence, there is none.
"""

from collections.abc import Callable, Collection, Sequence
from decimal import Decimal

from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure
from danvan_nb.figures.series.history import curve
from danvan_nb.figures.series.runs import LEAST
from danvan_nb.nodes import Card, Chart, Inlines, Leaders, Mention, Text
from danvan_nb.report.report import Report
from danvan_nb.wording import in_brackets, lower_first, round_half_up

APART = "Tổng hợp tự động từ số liệu của báo cáo; không thuộc văn bản được ký."
VERDICTS = {True: "Tích cực", False: "Cần lưu ý", None: ""}
CARDS = 6
NAMED = 3
SMALL = 10
"""Under so many cases a percentage says nothing: from 1 to 3 is no rise of 200%."""

Compare = Callable[[IndicatorFigure], Figure]
Among = Callable[[Decimal], bool]


def leaders(report: Report, shown: Collection[str], lacking: Sequence[str]) -> Leaders:
    """Compose what a leader reads first.

    Parameters
    ----------
    report : Report
        The checked data.
    shown : collection of str
        The ids of the indicators that the report speaks of.
    lacking : sequence of str
        The ids of those for want of which it leaves something out.
    """
    figures, params = report.figures, report.params
    marked = [name for name, indicator in report.catalogue.items() if indicator.highlight]
    chosen = [figures[name] for name in dict.fromkeys(params.highlight or marked)]
    cards = tuple(_card(figure) for figure in chosen if figure.value is not None)
    named = [figure for name, figure in figures.items() if name in shown]
    spoken = [figure for figure in named if figure.value is not None]
    files = (*(f"report.{name}" for name in params.formats if name != "html"), "figures.csv")
    year = report.period.year
    note = f"{APART} Kế hoạch là của cả năm {year}; tăng, giảm là so với cùng kỳ năm {year - 1}."
    first = sorted(lacking, key=lambda name: figures[name] not in chosen)
    names = [lower_first(figures[name].label) for name in first]
    return Leaders(note, cards[:CARDS], _points(spoken, names), files)


def _card(figure: IndicatorFigure) -> Card:
    plan, change, wanted = figure.vs_plan, _moved(figure), _wanted(figure)
    basis = "" if figure.basis in figure.text else figure.basis
    return Card(
        Mention(figure.label + in_brackets(basis), figure.name),
        figure.node(),
        None if plan.missing else plan.node(),
        None if change.missing else change.node(),
        wanted,
        VERDICTS[wanted],
        _trend(figure),
    )


def _trend(figure: IndicatorFigure) -> Chart | None:
    """Draw the years before where there are some: of two the change says all."""
    known = tuple(one for one in figure.history() if one.value is not None)
    return curve(known) if len(known) >= LEAST else None


def _points(figures: Sequence[IndicatorFigure], lacking: Sequence[str]) -> tuple[Inlines, ...]:
    compared = [*_change_sentences(figures), _uncompared_sentence(figures)]
    sentences = [_plan_sentence(figures), *compared, _lacking_sentence(lacking)]
    return tuple(sentence for sentence in sentences if sentence)


def _uncompared_sentence(figures: Sequence[IndicatorFigure]) -> Inlines:
    """Say that there is no year before: a reader would else take silence for no change."""
    if not figures or any(figure.same_period.value is not None for figure in figures):
        return ()
    year = figures[0].period.year - 1
    return (Text(f"Chưa có số liệu cùng kỳ năm {year} để so sánh."),)


def _plan_sentence(figures: Sequence[IndicatorFigure]) -> Inlines:
    """Say what is furthest and what is least far in the year's plan, of what is good to be high."""
    planned = [figure for figure in figures if figure.indicator.better != "down"]
    ranked = _ranked(planned, _vs_plan)
    if not ranked:
        return ()
    year = ranked[0][0].period.year
    if len(ranked) == 1:
        return (Text(f"So với kế hoạch năm {year}: "), *_names(ranked[0], _vs_plan), Text("."))
    return (
        Text(f"Cao nhất so với kế hoạch năm {year} là "),
        *_names(ranked[0], _vs_plan),
        Text("; thấp nhất là "),
        *_names(ranked[-1], _vs_plan),
        Text("."),
    )


def _change_sentences(figures: Sequence[IndicatorFigure]) -> list[Inlines]:
    """Say what rose and fell most, and what went the wrong way, else which share changed most."""
    rates = [figure for figure in figures if figure.indicator.unit == "%"]
    amounts = [figure for figure in figures if figure not in rates and _is_large(figure)]
    rises = _ranked(amounts, _growth, lambda value: value > 0)
    falls = _ranked(amounts, _growth, lambda value: value < 0)
    moved = sorted(_ranked(rates, _growth, bool), key=lambda same: _size(same[0]))
    wrong = [figure for figure in [*amounts, *rates] if _wanted(figure) is False]
    last = _worst(wrong) or _most("Tỷ lệ thay đổi nhiều nhất", moved[-1:])
    return [_most("Tăng nhiều nhất", rises[:1]), _most("Giảm nhiều nhất", falls[-1:]), last]


def _most(what: str, groups: Sequence[Sequence[IndicatorFigure]]) -> Inlines:
    if not groups:
        return ()
    since = f"{what} so với cùng kỳ năm {groups[0][0].period.year - 1} là "
    return (Text(since), *_names(groups[0], _growth), Text("."))


def _worst(figures: Sequence[IndicatorFigure]) -> Inlines:
    """Name the largest changes in the direction that is not wanted."""
    ranked = sorted(figures, key=_size, reverse=True)[:NAMED]
    if not ranked:
        return ()
    parts = [_names([figure], _moved) for figure in ranked]
    since = f" so với cùng kỳ năm {ranked[0].period.year - 1}."
    return (Text("Cần lưu ý: "), *_joined(parts), Text(since))


def _lacking_sentence(lacking: Sequence[str]) -> Inlines:
    if not lacking:
        return ()
    others = "; và một số chỉ tiêu khác" if len(lacking) > NAMED else ""
    return (Text(f"Chưa có số liệu của {'; '.join(lacking[:NAMED])}{others}."),)


def _ranked(
    figures: Sequence[IndicatorFigure], compare: Compare, among: Among = lambda value: True
) -> list[list[IndicatorFigure]]:
    """Group figures whose comparison prints the same, highest first; a missing one is left out."""
    groups: dict[Decimal, list[IndicatorFigure]] = {}
    for figure in figures:
        value = compare(figure).value
        if value is not None and among(printed := round_half_up(value, 2)):
            groups.setdefault(printed, []).append(figure)
    return [groups[value] for value in sorted(groups, reverse=True)]


def _names(figures: Sequence[IndicatorFigure], compare: Compare) -> Inlines:
    """Name figures with the one comparison that they share: `A và B (cùng giảm 84,62%)`."""
    names = [(Mention(lower_first(figure.label), figure.name),) for figure in figures]
    words = "cùng " if len(figures) > 1 else ""
    words += "ước " if any(figure.status == "estimate" for figure in figures) else ""
    return (*_joined(names), Text(f" ({words}"), compare(figures[0]).node(), Text(")"))


def _joined(parts: Sequence[Inlines]) -> Inlines:
    """Put parts one after the other: `A, B và C`."""
    out = list(parts[0])
    for part in parts[1:-1]:
        out += [Text(", "), *part]
    if len(parts) > 1:
        out += [Text(" và "), *parts[-1]]
    return tuple(out)


def _is_large(figure: IndicatorFigure) -> bool:
    numbers = (figure.value or 0, figure.same_period.value or 0)
    return bool(figure.indicator.decimals) or max(numbers) >= SMALL


def _size(figure: IndicatorFigure) -> Decimal:
    """Give how far a figure moved; what rose from nothing moved further than any percentage."""
    growth = figure.growth.value
    return Decimal("Infinity") if growth is None else abs(growth)


def _wanted(figure: IndicatorFigure) -> bool | None:
    """Judge a change that prints as one: what is said to be slight is neither good nor bad."""
    growth = figure.growth.value
    return None if growth is not None and not round_half_up(growth, 2) else figure.wanted


def _moved(figure: IndicatorFigure) -> Figure:
    """Give the growth, or from nothing, of which there is no percentage, the change itself."""
    return figure.change if figure.growth.missing else figure.growth


def _vs_plan(figure: IndicatorFigure) -> Figure:
    return figure.vs_plan


def _growth(figure: IndicatorFigure) -> Figure:
    return figure.growth
