"""The words that a notebook has beside its figures: office, period, events, models, and the search.

Owns what these names say and how the search finds an indicator.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any, TypeVar

from danvan_nb import wording
from danvan_nb.data.office_data import Inputs
from danvan_nb.data.records import Event, Model
from danvan_nb.errors import SEVERITIES, Issue, NotebookError, nearest
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure, Term, interim_day
from danvan_nb.project.models import Office, ReportParams

WithId = TypeVar("WithId", Event, Model)


class Words:
    """Terms read as attributes (`office.name`); a text becomes a term, a figure stays one."""

    def __init__(self, name: str, /, **terms: str | Figure) -> None:
        self._name = name
        self._terms = {
            key: Term(f"{name}.{key}", term) if isinstance(term, str) else term
            for key, term in terms.items()
        }

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        try:
            return self._terms[attribute]
        except KeyError:
            known = ", ".join(self._terms)
            unknown = Issue.of("ten", name=self._name, found=attribute, expected=known)
            raise NotebookError(unknown) from None

    def __dir__(self) -> list[str]:
        return list(self._terms)


@dataclass(frozen=True)
class Vocabulary:
    """The words of one report; each public method is a function of its notebook."""

    params: ReportParams
    office: Office
    superior: str
    inputs: Inputs
    figures: dict[str, IndicatorFigure]

    def names(self) -> dict[str, Any]:
        """Give every name that the load cell binds."""
        functions = (self.event, self.model, self.as_of, self.years_since, self.tra_cuu)
        return {
            "office": self._office_words(),
            "period": self._period_words(),
            **{function.__name__: function for function in functions},
        }

    def _office_words(self) -> Words:
        terms = {
            name: getattr(self.office, name) for name in ("name", "short", "locality", "place")
        }
        return Words("office", **terms, superior=self.superior)

    def _period_words(self) -> Words:
        period, year = self.params.period, self.params.period.year
        return Words(
            "period",
            label=period.label,
            next_label=period.next_label,
            year=str(year),
            previous_year=str(year - 1),
            next_year=str(year + 1),
        )

    def as_of(self, name: str) -> Term:
        """Give a named interim date of the params file: `30/4/2023`."""
        return Term(f'as_of("{name}")', wording.short_date(interim_day(self.params.as_of, name)))

    def years_since(self, year: int) -> Term:
        """Count the years from an anniversary's year to the report's: `93`."""
        return Term(f"years_since({year})", str(self.params.period.year - year))

    def event(self, name: str) -> Words:
        """Give an event's words: `.name`, `.date`, `.dates`, `.visitors`."""
        event = _named(self.inputs.events, "events", name)
        expression = f'event("{name}")'
        first, last = event.date_from, event.date_to
        date = wording.long_date(first) if first else wording.DASH
        dates = date
        if first and last and first != last:
            dates = f"từ {date} đến {wording.long_date(last)}"
        visitors = _visitors(event, expression)
        return Words(expression, name=event.name, date=date, dates=dates, visitors=visitors)

    def model(self, name: str) -> Words:
        """Give a model's words: `.name`, `.owner`, `.summary`."""
        model = _named(self.inputs.models, "models", name)
        words = {"name": model.name, "owner": model.owner, "summary": model.summary}
        return Words(f'model("{name}")', **words)

    def tra_cuu(self, words: str) -> Lookup:
        """Find figures by words of their label or id, with or without Vietnamese marks."""
        wanted = _fold(words).split()
        found = [
            figure
            for name, figure in self.figures.items()
            if all(word in _fold(f"{name} {figure.label}") for word in wanted)
        ]
        return Lookup(words, tuple(found or self._alike(words)))

    def _alike(self, words: str) -> Iterable[IndicatorFigure]:
        """Give the figures whose label or id is most like what was asked for."""
        known = {_fold(figure.label): figure for figure in self.figures.values()} | self.figures
        near = difflib.get_close_matches(_fold(words), known, 5, cutoff=0.4)
        return {known[key].name: known[key] for key in near}.values()


def _named(rows: Iterable[WithId], table: str, name: str) -> WithId:
    known = {row.id: row for row in rows}
    if name not in known:
        todo = nearest(name, known, f"Thêm một dòng vào bảng {table}")
        raise NotebookError(Issue.of("ma.la", table=table, found=name, todo=todo))
    return known[name]


def _visitors(event: Event, expression: str) -> Figure:
    count = None if event.visitors is None else Decimal(event.visitors)
    told = (
        ("Sự kiện", event.name),
        ("Nguồn", f"{event.file}, dòng {event.row}"),
        ("Lưu ý", event.note),
    )
    return Figure(
        f"{expression}.visitors",
        wording.quantity_text(count, 0, "lượt"),
        count,
        label=f"Lượt khách: {event.name}",
        unit="lượt",
        file=event.file,
        row=event.row,
        details=tuple(pair for pair in told if pair[1]),
        missing=expression if count is None else "",
    )


def _fold(text: str) -> str:
    """Strip case and Vietnamese marks, so that a search need not type them."""
    return wording.plain_ascii(text).replace("_", " ")


def _html_table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table for JupyterLab; the cells are HTML."""
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@dataclass(frozen=True)
class Lookup:
    """What `tra_cuu` found, with the expression to paste."""

    words: str
    figures: tuple[IndicatorFigure, ...]

    @property
    def _nothing(self) -> str:
        return f"Không tìm thấy chỉ tiêu nào giống “{self.words}”."

    def _repr_html_(self) -> str:
        if not self.figures:
            return f"<p>{escape(self._nothing)}</p>"
        rows = (
            (escape(one.label), escape(one.text), f"<code>{{eval}}`{escape(one.name)}`</code>")
            for one in self.figures
        )
        return _html_table(("Chỉ tiêu", "Hiện là", "Chép vào thuyết minh"), rows)

    def __repr__(self) -> str:
        lines = (f"{{eval}}`{one.name}`  {one.label}: {one.text}" for one in self.figures)
        return "\n".join(lines) or self._nothing


@dataclass(frozen=True)
class FindingsTable:
    """The findings of the checks, as the notebook shows them."""

    issues: tuple[Issue, ...]

    _NOTHING = "Số liệu đạt mọi quy tắc kiểm tra."

    def _repr_html_(self) -> str:
        if not self.issues:
            return f"<p>{self._NOTHING}</p>"
        rows = (
            (SEVERITIES[one.severity], escape(one.place), escape(one.message))
            for one in self.issues
        )
        return _html_table(("Mức", "Ở đâu", "Điều gì"), rows)

    def __repr__(self) -> str:
        lines = (f"[{SEVERITIES[issue.severity]}] {issue}" for issue in self.issues)
        return "\n".join(lines) or self._NOTHING
