"""What may stand inline in prose, and in the cells of tables: words and numbers.

A figure is one frozen value that knows its number, how it reads in Vietnamese, and its origin;
text, table, chart, trace and hover all come from it. Nothing here computes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any, TypeAlias

from danvan_nb import nodes, wording
from danvan_nb.figures.ledger import Reading
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.wording import exact_text

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class InlineValue:
    """Anything that an inline expression may give: text with an id, and the node it becomes."""

    id: str
    text: str

    def __str__(self) -> str:
        return self.text

    def node(self) -> nodes.Text | nodes.Value | nodes.Cite:
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


@dataclass(frozen=True)
class Figure(InlineValue):
    """One number as it is shown.

    `value` is the exact number behind `text`, None when missing; `details` are (term, description)
    pairs in Vietnamese, `parts` (sub-office, number and cell) pairs of a collected number;
    `missing` names the indicator whose number is not there.
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

    def node(self) -> nodes.Value:
        """Give the figure with its exact value and its origin."""
        return nodes.Value(
            self.id,
            self.text,
            exact_text(self.value),
            label=self.label,
            details=self.details,
            formula=self.formula,
            file=self.file,
            row=str(self.row or ""),
            as_of=self.as_of.isoformat() if self.as_of else "",
            status=self.status,
            parts=self.parts,
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


def facts_of(name: str, indicator: Indicator, reading: Reading) -> dict[str, Any]:
    """Give what a figure knows of a reading."""
    first = reading.origins[0] if reading.origins else None
    return {
        "text": amount_text(indicator, reading),
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


def amount_text(indicator: Indicator, reading: Reading) -> str:
    """Write a reading with its unit, and “ước” where it is estimated."""
    number = (reading.value, indicator.decimals, indicator.unit)
    return wording.quantity_text(*number, estimate=reading.status == "estimate")


def details_of(indicator: Indicator, reading: Reading) -> Pairs:
    """Tell what a reading is and where it comes from."""
    computed = indicator.formula and reading.formula
    day = reading.as_of if reading.status != "plan" else None
    pairs = (
        ("Định nghĩa", indicator.definition),
        ("Căn cứ", indicator.source),
        ("Loại số liệu", "ước thực hiện" if reading.status == "estimate" else ""),
        ("Tính đến", wording.short_date(day) if day else ""),
        ("Công thức", f"{indicator.formula} = {reading.formula}" if computed else ""),
        ("Phép tính", "" if indicator.formula or len(reading.origins) < 2 else reading.formula),
        ("Nguồn", _sources(reading)),
        *(("Lưu ý", origin.note) for origin in reading.origins),
        *((f"Gồm: {office}", text) for office, text in parts_of(reading)),
    )
    return tuple((term, text) for term, text in pairs if text)


def parts_of(reading: Reading) -> Pairs:
    """Name the sub-offices that a collected number adds up, each with its number and cell."""
    return tuple(
        (share.office_name, f"{exact_words(share.value)} ({share.origin.place})")
        for share in reading.shares
    )


def compared_with(indicator: Indicator, period: Period, *bases: Reading) -> Pairs:
    """Word the numbers that a figure is compared with: each amount and where it came from."""
    plan, before = f"Kế hoạch năm {period.year}", f"Cùng kỳ năm {period.year - 1}"
    return tuple(
        (
            plan if base.status == "plan" else before,
            f"{amount_text(indicator, base)} ({_sources(base)})",
        )
        for base in bases
        if base.origins
    )


def remark_on(base: Reading) -> str:
    """Say what a reader must know of last year's number: estimate, changed, other territory."""
    remarks = {
        "số ước": base.status == "estimate",
        "số liệu điều chỉnh": base.revised,
        "theo địa giới cũ": base.former,
    }
    return ", ".join(remark for remark, holds in remarks.items() if holds)


def _sources(reading: Reading) -> str:
    named = (f"{one.place} ({one.source})" if one.source else one.place for one in reading.origins)
    return "; ".join(named)


def exact_words(value: Decimal | None) -> str:
    """Write a number with all its digits, in Vietnamese marks."""
    return wording.exact_text(value, point=",", group=".")
