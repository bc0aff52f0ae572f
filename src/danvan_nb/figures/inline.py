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

from danvan_nb import nodes
from danvan_nb.wording import exact_text

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class InlineValue:
    """Anything that an inline expression may give: text with an id, and the node it becomes."""

    id: str
    text: str

    def __str__(self) -> str:
        return self.text

    def node(self) -> nodes.Text | nodes.Value | nodes.Gap | nodes.Cite:
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

    def node(self) -> nodes.Value | nodes.Gap:
        """Give the figure with its exact value and its origin."""
        if self.gap:
            return nodes.Gap(self.id, self.label, self.gap)
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
