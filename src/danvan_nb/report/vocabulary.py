"""The words that a notebook has beside its figures: office, period, events, models, and the search.

Owns what these names say and how the search finds what can be said.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from danvan_nb import wording
from danvan_nb.data.office_data import Inputs
from danvan_nb.data.records import Event, Model
from danvan_nb.errors import SEVERITIES, Issue, NotebookError, errors_among, nearest
from danvan_nb.figures.citations import full_form
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure, Pointer, Term, interim_day
from danvan_nb.nodes import plain
from danvan_nb.project.models import Office, ReportParams
from danvan_nb.project.project import Project
from danvan_nb.report.dictionary import dictionary, latest_of
from danvan_nb.report.lookup import EXPLAINED, INDICATOR, Explained, Lookup, Saying, html_table

WithId = TypeVar("WithId", Event, Model)
COMPARISONS = {
    "vs_plan": "so kế hoạch",
    "vs_same_period": "so cùng kỳ",
    "growth": "tăng, giảm (%)",
    "change": "tăng, giảm",
}


class Words:
    """Terms read as attributes (`office.name`); a text becomes a term, a figure stays one."""

    def __init__(self, name: str, /, **terms: str | Term | Figure) -> None:
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
    project: Project
    inputs: Inputs
    figures: dict[str, IndicatorFigure]

    def names(self) -> dict[str, Any]:
        """Give every name that the load cell binds."""
        functions = (self.event, self.model, self.as_of, self.years_since, self.tra_cuu, self.xem)
        return {
            "office": self._office_words(),
            "period": self._period_words(),
            **{function.__name__: function for function in functions},
        }

    def _office_words(self) -> Words:
        names = ("name", "short", "locality", "place")
        terms = {name: getattr(self.office, name) for name in names}
        parent = self.project.offices.get(self.office.parent or "")
        return Words("office", **terms, superior=parent.name if parent else "")

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

    def xem(self, cell: str) -> Pointer:
        """Point to the figure or table of a cell, by the cell's id: `Hình 1`, `Bảng 2`."""
        return Pointer(cell, f"hình, bảng của ô {cell}")

    def event(self, name: str) -> Words:
        """Give an event's words: `.name`, `.date`, `.dates`, `.visitors`."""
        event = _named(self.inputs.events, "events", name)
        expression = f'event("{name}")'
        first, last = event.date_from, event.date_to
        unknown = Figure(f"{expression}.date", wording.DASH, None, missing=expression)
        dates = date = wording.long_date(first) if first else unknown
        if first and last and first != last:
            dates = f"từ {date} đến {wording.long_date(last)}"
        visitors = _visitors(event, expression)
        return Words(expression, name=event.name, date=date, dates=dates, visitors=visitors)

    def model(self, name: str) -> Words:
        """Give a model's words: `.name`, `.owner`, `.summary`."""
        model = _named(self.inputs.models, "models", name)
        words = {"name": model.name, "owner": model.owner, "summary": model.summary}
        return Words(f'model("{name}")', **words)

    def tra_cuu(self, words: str = "") -> Lookup:
        """Find what can be said inline, by any words of it, with or without Vietnamese marks."""
        entries, wanted = [*self._entries()], _fold(words).split()
        found = [
            one
            for one in entries
            if all(f" {word}" in f" {_fold(' '.join(one))}" for word in wanted)
        ]
        if found:
            meant = [one for one in found if _fold(words) in map(_fold, (one.code, one.label))]
            return Lookup("", tuple(found), self._explained(meant or found))
        known = {_fold(text): one for one in entries for text in (one.label, one.code)}
        near = difflib.get_close_matches(_fold(words), known, 5, cutoff=0.4)
        return Lookup(words, tuple(dict.fromkeys(known[key] for key in near)))

    def _explained(self, found: Iterable[Saying]) -> Explained:
        """Tell all of the indicators that were found, where they are few."""
        ids = [one.code for one in found if one.group == INDICATOR]
        if len(ids) > EXPLAINED:
            return ()
        figures = {name: self.figures[name] for name in ids}
        latest = {name: latest_of(name, one.ledger, one.period) for name, one in figures.items()}
        told = dictionary(self.project, latest) if ids else {}
        return tuple(
            (one.label, {term: plain(parts) for term, parts in told[name].items() if parts})
            for name, one in figures.items()
        )

    def _entries(self) -> Iterator[Saying]:
        for name, figure in self.figures.items():
            yield Saying(INDICATOR, figure.label, figure.text, name)
        for name, figure in self.figures.items():
            for kind, what in COMPARISONS.items():
                compared: Figure = getattr(figure, kind)
                if compared.value is not None:
                    label = f"{figure.label}: {what}"
                    yield Saying("So sánh", label, compared.text, f"{name}.{kind}")
        times = Counter(one.number for one in self.inputs.documents)
        for one in self.inputs.documents:
            year = f", year={one.date.year}" if one.date and times[one.number] > 1 else ""
            code = f'cite("{one.number}"{year})'
            yield Saying("Văn bản", f"{one.type} {one.number}", full_form(one), code)
        days = {"as_of": Words("", **{name: self.as_of(name) for name in self.params.as_of})}
        kinds = {
            "Sự kiện": {one.name: self.event(one.id) for one in self.inputs.events},
            "Mô hình": {one.name: self.model(one.id) for one in self.inputs.models},
            "Cơ quan": {self.office.name: self._office_words()},
            "Kỳ báo cáo": {self.params.period.label: self._period_words()} | days,
        }
        for group, listed in kinds.items():
            for label, said in listed.items():
                for term in said._terms.values():
                    yield Saying(group, label, str(term), term.id)


def _named(rows: Iterable[WithId], table: str, name: str) -> WithId:
    known = {row.id: row for row in rows}
    if name not in known:
        todo = nearest(name, known, f"Thêm một dòng vào bảng {table}")
        raise NotebookError(Issue.of("ma.la", table=table, found=name, todo=todo))
    return known[name]


def _visitors(event: Event, expression: str) -> Figure:
    count = None if event.visitors is None else Decimal(event.visitors)
    source = f"{event.file}, dòng {event.row}"
    told = {"Sự kiện": event.name, "Nguồn": source, "Lưu ý": event.note}
    return Figure(
        f"{expression}.visitors",
        wording.quantity_text(count, 0, "lượt"),
        count,
        label=f"Lượt khách: {event.name}",
        unit="lượt",
        file=event.file,
        row=event.row,
        details=tuple(pair for pair in told.items() if pair[1]),
        missing=expression if count is None else "",
    )


def _fold(text: str) -> str:
    """Strip case, Vietnamese marks and signs, and write y as i: a search need not mind them."""
    return re.sub(r"[\W_]+", " ", wording.plain_ascii(text)).replace("y", "i")


@dataclass(frozen=True)
class FindingsTable:
    """The findings of the checks, as the notebook shows them: folded, unless one is an error."""

    issues: tuple[Issue, ...]

    _NOTHING = "Số liệu đạt mọi quy tắc kiểm tra."

    def _repr_html_(self) -> str:
        if not self.issues:
            return f"<p>{self._NOTHING}</p>"
        rows = [(SEVERITIES[one.severity], one.place, one.message) for one in self.issues]
        title, heads = f"Kết quả kiểm tra ({len(rows)})", ("Mức", "Ở đâu", "Điều gì")
        return html_table(title, heads, rows, any(errors_among(self.issues)))

    def __repr__(self) -> str:
        lines = (f"[{SEVERITIES[issue.severity]}] {issue}" for issue in self.issues)
        return "\n".join(lines) or self._NOTHING
