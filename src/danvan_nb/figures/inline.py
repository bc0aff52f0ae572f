"""What may stand inline in prose, and in the cells of tables: words and numbers.

A figure is one frozen value that knows its number, how it reads in Vietnamese, and its origin;
text, table, chart, trace and hover all come from it. What is told of a number's origin stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, TypeAlias

from danvan_nb import nodes, wording
from danvan_nb.data.records import Observation, Share
from danvan_nb.errors import Issue, NotebookError
from danvan_nb.figures.formulas import change_abs, change_pct
from danvan_nb.figures.ledger import Reading
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.wording import exact_text

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Base: TypeAlias = tuple[str, Reading]
"""A number that another is compared with, by name."""
OF_NUMBERS = ("Thay đổi", "Định nghĩa", "Căn cứ", "Gồm")
"""What is told of a number and not told again of its comparisons."""
MOST_OFFICES = 12
"""Sub-offices that are told with a number: more do not fit the box of origins on a phone."""


@dataclass(frozen=True)
class InlineValue:
    """Anything that an inline expression may give: text with an id, and the node it becomes."""

    id: str
    text: str

    def __str__(self) -> str:
        return self.text

    def node(self) -> nodes.Text | nodes.Value | nodes.Cite | nodes.Mention:
        """Give what stands for the value in the document tree."""
        return nodes.Text(self.text)

    def hover(self) -> str:
        """Give the text that JupyterLab shows on hover."""
        return ""

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:
        return {
            "text/plain": self.text,
            "text/html": live_html(self.text, self.hover()),
            nodes.FIGURE_MIME: nodes.as_json(self.node()),
        }


def live_html(text: str, hover: str) -> str:
    """Write a value for JupyterLab."""
    title = f' title="{escape(hover)}"' if hover else ""
    return f"<data{title}>{escape(text)}</data>"


def hover_text(details: Pairs) -> str:
    """Write the details of a figure, one per line."""
    return "\n".join(f"{term}: {text}" for term, text in details)


class Term(InlineValue):
    """A word of the report that is not a figure: the period's name, the office, a date."""


class Pointer(InlineValue):
    """Words that lead to the figure or table of a cell; its number is known in the document."""

    def node(self) -> nodes.Mention:
        """Give the cell."""
        return nodes.Mention("", self.id)


@dataclass(frozen=True)
class Figure(InlineValue):
    """One number as it is shown.

    `value` is the exact number behind `text`, None when missing; `details` are (term, description)
    pairs in Vietnamese, `parts` (sub-office, number and cell) pairs of a collected number;
    `missing` names the indicator whose number is not there; `gap` says why a comparison, or a rate
    over no cases, has no value although the number is there (a key of `wording.GAPS`).
    """

    value: Decimal | None = None
    label: str = ""
    unit: str = ""
    status: str = ""
    as_of: date | None = None
    file: str = ""
    row: int | None = None
    formula: str = ""
    details: Pairs = ()
    parts: Pairs = ()
    missing: str = ""
    gap: str = ""

    def node(self) -> nodes.Value:
        """Give the figure with its exact value and its origin."""
        same = ("id", "text", "label", "details", "formula", "file", "status", "parts", "gap")
        return nodes.Value(
            **{name: getattr(self, name) for name in (*same, "unit")},
            value=exact_text(self.value),
            row=str(self.row or ""),
            as_of=self.as_of.isoformat() if self.as_of else "",
            missing="" if self.gap else self.missing,
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


def facts_of(
    name: str, indicator: Indicator, reading: Reading, compared: Sequence[Base] = ()
) -> dict[str, Any]:
    """Give what a figure knows of a reading, and of the numbers that it is compared with."""
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
        "details": details_of(indicator, reading, compared),
        "parts": parts_of(reading),
        "missing": name if reading.value is None else "",
    }


def amount(indicator: Indicator, reading: Reading) -> str:
    """Word a number with its unit; an estimate says so."""
    number = (reading.value, indicator.decimals, indicator.unit)
    return wording.quantity_text(*number, estimate=reading.status == "estimate")


def details_of(
    indicator: Indicator, reading: Reading, compared: Sequence[Base], shown: str = ""
) -> Pairs:
    """Tell of a number: itself and what it is compared with, how it was computed, its sources."""
    computed = indicator.formula and reading.formula
    source = _once(map(_source, reading.origins))
    readings = (reading, *(base for _, base in compared))
    shares = () if computed else reading.shares  # the parts of a formula tell of their own
    pairs = (
        ("Số liệu", f"{amount(indicator, reading)}{_days(reading)}"),
        *((name, amount(indicator, base)) for name, base in compared),
        *(("Thay đổi", _growth_text(indicator, reading, base)) for _, base in compared),
        ("Phép tính", shown),
        ("Công thức", f"{indicator.formula} = {reading.formula}" if computed else ""),
        ("Cộng từ các kỳ", "" if computed else reading.formula),
        ("Định nghĩa", indicator.definition),
        ("Căn cứ", indicator.source),
        ("Nguồn", source),
        *(
            (f"Nguồn {wording.lower_first(name).partition(' năm')[0]}", _other_source(base, source))
            for name, base in compared
        ),
        ("Lưu ý", _once(origin.note for origin in reading.origins)),
        ("Gồm", _offices(shares)),
        ("Tệp", _places(origin.place for one in readings for origin in one.origins)),
        ("Ô của từng đơn vị", "figures.csv, cột parts" if shares else ""),
    )
    return tuple((term, text) for term, text in pairs if text)


def _days(reading: Reading) -> str:
    """Say which days a number counts; a plan is the year's."""
    if reading.status == "plan" or not reading.as_of:
        return ""
    since = f"từ {wording.short_date(reading.start)} " if reading.start else ""
    return f", tính {since}đến {wording.short_date(reading.as_of)}"


def _source(origin: Observation) -> str:
    """Say where a number came from as an official would."""
    where = origin.place.rpartition(", ")[2]
    return origin.source or f"bảng số liệu {origin.folder.label}, {where}"


def _other_source(base: Reading, source: str) -> str:
    """Say where a number compared with came from, unless that is said already."""
    other = _once(map(_source, base.origins))
    return "" if other == source else other


def _once(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _offices(shares: Iterable[Share]) -> str:
    """List sub-offices with their numbers, as many as a phone's screen has room for."""
    numbers: dict[str, list[str]] = {}
    for share in shares:
        numbers.setdefault(share.office_name, []).append(exact(share.value))
    told = [f"{office}: {' + '.join(found)}" for office, found in numbers.items()]
    more = f"và {len(told) - MOST_OFFICES} đơn vị khác"
    return "; ".join([*told[:MOST_OFFICES], *([more] if len(told) > MOST_OFFICES else [])])


def _places(places: Iterable[str]) -> str:
    """List where numbers stand, the rows of one file together."""
    rows: dict[str, list[str]] = {}
    for place in dict.fromkeys(places):
        file, _, row = place.rpartition(", ")
        rows.setdefault(file, []).append(row)
    return "; ".join(f"{file}, {', '.join(found)}" for file, found in rows.items())


def _growth_text(indicator: Indicator, reading: Reading, base: Reading) -> str:
    """Word the growth over the same period; nothing for a plan, or where a number is missing."""
    is_rate = indicator.unit == "%"
    change = (change_abs if is_rate else change_pct)(reading.value, base.value)
    unit = indicator.change_unit if is_rate else "%"
    missing = base.status == "plan" or change is None
    return "" if missing else wording.change_text(change, 2, unit, remark(base))


def parts_of(reading: Reading) -> Pairs:
    """Name the sub-offices that a collected number adds up, each with its number and cell."""
    return tuple(
        (share.office_name, f"{exact(share.value)} ({share.origin.place})")
        for share in reading.shares
    )


def compared_with(period: Period, *bases: Reading) -> list[Base]:
    """Name the numbers that a figure is compared with."""
    plan, before = f"Kế hoạch năm {period.year}", f"Cùng kỳ năm {period.year - 1}"
    return [(plan if base.status == "plan" else before, base) for base in bases if base.origins]


def remark(base: Reading) -> str:
    """Say what a reader must know of last year's number: estimate, changed, other territory."""
    remarks = {
        "số ước": base.status == "estimate",
        "số liệu điều chỉnh": base.revised,
        "theo địa giới cũ": base.former,
    }
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def exact(value: Decimal | None) -> str:
    """Write a number with all its digits, as in Vietnamese text."""
    return wording.exact_text(value, point=",", group=".")


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
