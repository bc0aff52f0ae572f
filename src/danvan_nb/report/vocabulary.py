"""The words that a notebook has beside its figures: office, period, events, models, and the search.

Owns what these names say and how the search finds what can be said.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from danvan_nb import wording
from danvan_nb.data.office_data import Inputs
from danvan_nb.data.records import Event, Model
from danvan_nb.errors import SEVERITIES, Issue, NotebookError, errors_among, nearest
from danvan_nb.figures.citations import full_form
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure, Pointer, Term, interim_day
from danvan_nb.project.models import Office, ReportParams

WithId = TypeVar("WithId", Event, Model)
COMPARISONS = {
    "vs_plan": "so kế hoạch",
    "vs_same_period": "so cùng kỳ",
    "growth": "tăng, giảm (%)",
    "change": "tăng, giảm",
}
UNFOLDED = 30
"""Entries that `tra_cuu` shows unfolded; more are seen as a list of groups."""


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
    superior: str
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
            return Lookup("", tuple(found))
        known = {_fold(text): one for one in entries for text in (one.label, one.code)}
        near = difflib.get_close_matches(_fold(words), known, 5, cutoff=0.4)
        return Lookup(words, tuple(dict.fromkeys(known[key] for key in near)))

    def _entries(self) -> Iterator[Saying]:
        for name, figure in self.figures.items():
            yield Saying("Chỉ tiêu", figure.label, figure.text, name)
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
    """Strip case and Vietnamese marks, so that a search need not type them."""
    return wording.plain_ascii(text).replace("_", " ")


def _html_table(
    title: str, headings: Iterable[str], rows: Sequence[Iterable[str]], is_open: bool
) -> str:
    """Write a table for JupyterLab that folds under its title and stands at the left."""
    cell = '<td style="text-align:left">{}</td>'.format
    lines = ([f"<b>{heading}</b>" for heading in headings], *(map(escape, row) for row in rows))
    body = "".join(f"<tr>{''.join(map(cell, line))}</tr>" for line in lines)
    table = f'<table style="margin-left:0">{body}</table>'
    summary = f"<summary>{title} ({len(rows)})</summary>"
    return f"<details{' open' if is_open else ''}>{summary}{table}</details>"


class Saying(NamedTuple):
    """Something to say inline: what it is, how it reads now, and its expression."""

    group: str
    label: str
    text: str
    code: str

    @property
    def pasted(self) -> str:
        """What to paste into the narrative."""
        return f"{{eval}}`{self.code}`"


@dataclass(frozen=True)
class Lookup:
    """What `tra_cuu` found, with the expressions to paste; or what is nearest to words unknown."""

    unknown: str
    entries: tuple[Saying, ...]

    @property
    def _nothing(self) -> str:
        near = " Gần giống nhất:" if self.entries else ""
        return f"Không tìm thấy “{self.unknown}”.{near}" if self.unknown else ""

    def _repr_html_(self) -> str:
        heads, is_short = (
            ("Nội dung", "Hiện là", "Chép vào thuyết minh"),
            len(self.entries) <= UNFOLDED,
        )
        tables = (
            _html_table(
                group, heads, [(one.label, one.text, one.pasted) for one in alike], is_short
            )
            for group, alike in groupby(self.entries, lambda one: one.group)
        )
        return f"<p>{escape(self._nothing)}</p>{''.join(tables)}"

    def __repr__(self) -> str:
        lines = (f"{one.pasted}  {one.label}: {one.text}" for one in self.entries)
        return "\n".join(filter(None, (self._nothing, *lines)))


@dataclass(frozen=True)
class FindingsTable:
    """The findings of the checks, as the notebook shows them: folded, unless one is an error."""

    issues: tuple[Issue, ...]

    _NOTHING = "Số liệu đạt mọi quy tắc kiểm tra."

    def _repr_html_(self) -> str:
        if not self.issues:
            return f"<p>{self._NOTHING}</p>"
        rows = [(SEVERITIES[one.severity], one.place, one.message) for one in self.issues]
        is_bad = any(errors_among(self.issues))
        return _html_table("Kết quả kiểm tra", ("Mức", "Ở đâu", "Điều gì"), rows, is_bad)

    def __repr__(self) -> str:
        lines = (f"[{SEVERITIES[issue.severity]}] {issue}" for issue in self.issues)
        return "\n".join(lines) or self._NOTHING
