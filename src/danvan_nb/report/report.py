"""What a notebook holds: the figures, words and citations of one report.

Owns the names that a notebook may use. It orders nothing and writes nothing.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from danvan_nb import wording
from danvan_nb.data.office_data import Inputs, read_office
from danvan_nb.errors import (
    SEVERITIES,
    CheckError,
    Issue,
    NotebookError,
    ParamsError,
    errors_among,
    nearest,
)
from danvan_nb.figures import checks
from danvan_nb.figures.citations import Library
from danvan_nb.figures.figure import Figure, IndicatorFigure, Term, interim_day
from danvan_nb.figures.ledger import Ledger
from danvan_nb.figures.tables import ReportTable, note_table
from danvan_nb.project.period import Period
from danvan_nb.project.project import Indicator, Office, Project, ReportParams
from danvan_nb.report.parameters import check_parameters, parameters_in


class Words:
    """A group of terms, read as attributes: `office.name`, `period.label`; a text becomes a term, a figure stays one."""

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
            raise NotebookError(
                Issue("ten", f"{self._name} không có mục này", found=attribute, expected=known)
            ) from None

    def __dir__(self) -> list[str]:
        return list(self._terms)


@dataclass(frozen=True)
class Report:
    """The checked data of one report and everything that can be said from them."""

    project: Project
    params: ReportParams
    inputs: Inputs
    ledger: Ledger

    @property
    def catalogue(self) -> Mapping[str, Indicator]:
        """Give the indicator catalogue."""
        return self.ledger.catalogue

    @property
    def period(self) -> Period:
        """Give the report's period."""
        return self.params.period

    @property
    def office(self) -> Office:
        """Give the office that reports, as it is on the report's date."""
        return self.project.reporting_office(self.params)

    @cached_property
    def figures(self) -> dict[str, IndicatorFigure]:
        """Give the figure of every indicator, by id."""
        return {
            name: IndicatorFigure.of(name, self.ledger, self.period, self.params.as_of)
            for name in self.ledger.catalogue
        }

    @cached_property
    def library(self) -> Library:
        """Give the documents that can be cited."""
        return Library(self.inputs.documents)

    @cached_property
    def issues(self) -> list[Issue]:
        """Give what the checks found."""
        return checks.find_issues(self)

    def refuse_errors(self) -> None:
        """Stop a final report whose data do not pass the checks: CheckError with every such finding."""
        if errors := errors_among(self.issues):
            raise CheckError(errors)

    def findings(self) -> FindingsTable:
        """Give the findings as a table for the notebook."""
        return FindingsTable(tuple(self.issues))

    def comparison_notes(self) -> ReportTable:
        """Give what a reader must know of the numbers compared with: old or new boundaries, revised figures; often nothing."""
        rows = []
        for name, period, reading in self.ledger.revised():
            old = reading.replaced
            if period < self.period and old and old.value is not None and reading.value is not None:
                was, now = (
                    IndicatorFigure.of(name, self.ledger, period, {}, reading=each)
                    for each in (old, reading)
                )
                rows.append((now.label, period.label, was, now, reading.origins[0].source))
        return note_table("Số liệu so sánh", self._boundary_note(), "Số liệu điều chỉnh", rows)

    def _boundary_note(self) -> str:
        """Say by which boundaries the same period is counted, when the office did not exist then."""
        office, same = self.project.offices[self.params.office], self.period.same_period
        if not office.valid_from_after(same):
            return ""
        since = (
            f"{office.name} hoạt động từ ngày {wording.short_date(office.valid_from)}"
            if office.valid_from
            else office.name
        )
        notes = []
        if self.ledger.predecessors:
            names = ", ".join(self.project.offices[name].name for name in office.same_period_from)
            notes.append(f"số liệu so sánh theo địa giới cũ: cộng số liệu {same.label} của {names}")
        if any(self.ledger.days(name, same) for name in self.catalogue):
            notes.append(
                f"số liệu so sánh theo địa giới mới: số liệu {same.label} do đơn vị tính lại"
            )
        return f"{since}; {'; '.join(notes) or f'không so sánh với {same.label}'}."

    def names(self) -> dict[str, Any]:
        """Give every name that the load cell binds: the indicators and the vocabulary."""
        cite, footnote = self.library.cite, self.library.footnote
        functions = (
            cite,
            footnote,
            self._event,
            self._model,
            self._as_of,
            self._years_since,
            self.tra_cuu,
        )
        words = {function.__name__.lstrip("_"): function for function in functions}
        return {
            **self.figures,
            "office": self._office_words(),
            "period": self._period_words(),
            **words,
        }

    def _office_words(self) -> Words:
        office, parent = self.office, self.project.offices.get(self.office.parent or "")
        terms = {name: getattr(office, name) for name in ("name", "short", "locality", "place")}
        return Words("office", **terms, superior=parent.name if parent else "")

    def _period_words(self) -> Words:
        period, year = self.period, self.period.year
        years = {"year": f"{year}", "previous_year": f"{year - 1}", "next_year": f"{year + 1}"}
        return Words("period", label=period.label, next_label=period.next.label, **years)

    def _as_of(self, name: str) -> Term:
        """Give a named interim date of the params file: `30/4/2023`."""
        return Term(f'as_of("{name}")', wording.short_date(interim_day(self.params.as_of, name)))

    def _years_since(self, year: int) -> Term:
        """Count the years from an anniversary's year to the report's: `93`."""
        return Term(f"years_since({year})", str(self.period.year - year))

    def _event(self, name: str) -> Words:
        """Give an event's words: `.name`, `.date`, `.dates`, `.visitors`."""
        row, expression = self._row("events", name), f'event("{name}")'
        first, last = row.date_from, row.date_to
        date = wording.long_date(first) if first else wording.DASH
        dates = (
            f"từ {date} đến {wording.long_date(last)}" if first and last and first != last else date
        )
        place = (
            ("Sự kiện", row.name),
            ("Nguồn", f"{row.file}, dòng {row.row}"),
            ("Lưu ý", row.note),
        )
        count = None if row.visitors is None else Decimal(row.visitors)
        visitors = Figure(
            f"{expression}.visitors",
            wording.quantity_text(count, 0, "lượt"),
            count,
            label=f"Lượt khách: {row.name}",
            unit="lượt",
            file=row.file,
            row=int(row.row),
            details=tuple(pair for pair in place if pair[1]),
            missing=expression if count is None else "",
        )
        return Words(expression, name=row.name, date=date, dates=dates, visitors=visitors)

    def _model(self, name: str) -> Words:
        """Give a model's words: `.name`, `.owner`, `.summary`."""
        row = self._row("models", name)
        return Words(f'model("{name}")', name=row.name, owner=row.owner, summary=row.summary)

    def _row(self, table: str, name: str) -> Any:
        rows = {row.id: row for row in getattr(self.inputs, table)}
        if name not in rows:
            todo = nearest(name, rows, f"Thêm một dòng vào bảng {table}")
            raise NotebookError(Issue("ma", f"Bảng {table} không có mã này", found=name, todo=todo))
        return rows[name]

    def tra_cuu(self, words: str) -> Lookup:
        """Find figures by words of their label or id, with their current text and the expression to paste."""
        wanted = _fold(words).split()
        rows = [
            (name, figure.label, figure.text)
            for name, figure in self.figures.items()
            if all(word in _fold(f"{name} {figure.label}") for word in wanted)
        ]
        if not rows:
            folded = {_fold(figure.label): name for name, figure in self.figures.items()} | {
                name: name for name in self.figures
            }
            near = difflib.get_close_matches(_fold(words), folded, 5, cutoff=0.4)
            rows = [
                (folded[key], self.figures[folded[key]].label, self.figures[folded[key]].text)
                for key in near
            ]
        return Lookup(words, tuple(dict.fromkeys(rows)))


@dataclass(frozen=True)
class Lookup:
    """What `tra_cuu` found: id, label, current text."""

    words: str
    rows: tuple[tuple[str, str, str], ...]

    def _repr_html_(self) -> str:
        if not self.rows:
            return f"<p>Không tìm thấy chỉ tiêu nào giống “{escape(self.words)}”.</p>"
        body = "".join(
            f"<tr><td>{escape(label)}</td><td>{escape(text)}</td><td><code>{{eval}}`{escape(name)}`</code></td></tr>"
            for name, label, text in self.rows
        )
        return f"<table><thead><tr><th>Chỉ tiêu</th><th>Hiện là</th><th>Chép vào thuyết minh</th></tr></thead>{body}</table>"

    def __repr__(self) -> str:
        lines = (f"{{eval}}`{name}`  {label}: {text}" for name, label, text in self.rows)
        return "\n".join(lines) or f"Không tìm thấy chỉ tiêu nào giống “{self.words}”."


@dataclass(frozen=True)
class FindingsTable:
    """The findings of the checks, as the notebook shows them."""

    issues: tuple[Issue, ...]

    def _repr_html_(self) -> str:
        if not self.issues:
            return "<p>Số liệu đạt mọi quy tắc kiểm tra.</p>"
        body = "".join(
            f"<tr><td>{SEVERITIES[issue.severity]}</td><td>{escape(issue.place)}</td><td>{escape(issue.message)}</td></tr>"
            for issue in self.issues
        )
        return f"<table><thead><tr><th>Mức</th><th>Ở đâu</th><th>Điều gì</th></tr></thead><tbody>{body}</tbody></table>"

    def __repr__(self) -> str:
        return (
            "\n".join(f"[{SEVERITIES[issue.severity]}] {issue}" for issue in self.issues)
            or "Số liệu đạt mọi quy tắc kiểm tra."
        )


def _fold(text: str) -> str:
    """Strip case and Vietnamese marks, so that a search need not type them."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFD", text.casefold())
        if not unicodedata.combining(char)
    )
    return plain.replace("đ", "d").replace("_", " ")


def load_report(params_file: str, *starts: Path) -> Report:
    """Read the data of one report; ParamsError or InputError with every problem found.

    The params file is named relative to the project's root, which is looked for from `starts` before the working directory, or
    absolutely.
    """
    project = Project.find(*starts, Path(params_file).parent)
    params = project.read_params(params_file)
    inputs = read_office(project, params.office, params.period, params.data)
    office, same = project.offices[params.office], params.period.same_period
    before = [
        read_office(project, name, same)
        for name in office.same_period_from
        if office.valid_from_after(same)
    ]
    predecessors = [Ledger(each.observations, project.catalogue) for each in before]
    return Report(
        project,
        params,
        inputs,
        Ledger(inputs.observations, project.catalogue, predecessors, inputs.shares),
    )


def open_report(namespace: MutableMapping[str, Any]) -> Report:
    """Load the report that `params_file` names and bind its figures and words in a notebook's `globals()`.

    ParamsError if the notebook has no `params_file`, or papermill injected any other parameter.
    """
    injected = [source for source in namespace.get("In", ()) if source.startswith("# Parameters\n")]
    check_parameters(name for source in injected for name in parameters_in(source))
    if "params_file" not in namespace:
        raise ParamsError(
            Issue("params_file", "Sổ tay chưa có tham số params_file", todo="Chạy ô tham số trước")
        )
    report = load_report(namespace["params_file"])
    namespace.update(report.names())
    return report
