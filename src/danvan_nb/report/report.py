"""One report: its checked data, loaded and held, and the names that a notebook may use.

Owns what a report is made of; what the names say stands in `vocabulary` and in the figures.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from danvan_nb import wording
from danvan_nb.data.office_data import Inputs, read_earlier, read_office
from danvan_nb.errors import CheckError, Issue, ParamsError, errors_among
from danvan_nb.figures import checks, citations, tables
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.ledger import Ledger
from danvan_nb.figures.tables import Figures, chosen
from danvan_nb.project.models import Indicator, Office, ReportParams
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report import frames
from danvan_nb.report.parameters import check_parameters, parameters_in
from danvan_nb.report.stale import ROW_RULES
from danvan_nb.report.vocabulary import FindingsTable, Vocabulary

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Report:
    """The checked data of one report and everything that can be said from them."""

    project: Project
    params: ReportParams
    inputs: Inputs
    ledger: Ledger

    @property
    def catalogue(self) -> Mapping[str, Indicator]:
        """The indicators by id."""
        return self.ledger.catalogue

    @property
    def period(self) -> Period:
        """The period of the params."""
        return self.params.period

    @property
    def office(self) -> Office:
        """The office that reports, as it is on the report's date."""
        return self.project.reporting_office(self.params)

    @cached_property
    def figures(self) -> dict[str, IndicatorFigure]:
        """The figure of every indicator, by id."""
        return {
            name: IndicatorFigure.of(name, self.ledger, self.period, self.params.as_of)
            for name in self.ledger.catalogue
        }

    @cached_property
    def library(self) -> citations.Library:
        """The documents that can be cited."""
        return citations.Library(self.inputs.documents)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words beside the figures."""
        return Vocabulary(self.params, self.office, self.project, self.inputs, self.figures)

    @cached_property
    def facts(self) -> checks.Facts:
        """What the checks look at."""
        return checks.Facts(
            self.ledger,
            self.period,
            self.inputs,
            self.figures,
            limit=self.params.document_date,
            rules_off=self.params.rules_off,
            earlier=read_earlier(self.project, self.params.office, self.period, self.params.data),
        )

    @cached_property
    def issues(self) -> list[Issue]:
        """What the checks found."""
        return checks.find_issues(self.facts, ROW_RULES)

    def refuse_errors(self) -> None:
        """Stop a final report whose data do not pass the checks.

        Raises
        ------
        CheckError
            With every finding that is an error.
        """
        if errors := errors_among(self.issues):
            raise CheckError(errors)

    def findings(self) -> FindingsTable:
        """Give the findings as a table for the notebook."""
        return FindingsTable(tuple(self.issues))

    def names(self) -> dict[str, Any]:
        """Give every name that the load cell binds: the indicators and the vocabulary."""
        citing = {"cite": self.library.cite, "footnote": self.library.footnote}
        return {**self.figures, **citing, **self.vocabulary.names()}

    def comparison_notes(self) -> tables.ReportTable:
        """Give what is to be known of the numbers compared with: boundaries, revised figures."""
        revisions = []
        for name, period, reading in self.ledger.revised():
            old = reading.replaced
            recent = self.period.year - 1 <= period.year and period < self.period
            if recent and old and old.value is not None and reading.value is not None:
                was, now = (
                    IndicatorFigure.of(name, self.ledger, period, {}, reading=each)
                    for each in (old, reading)
                )
                revisions.append(tables.Revision(was, now))
        return tables.note_table(self._boundary_note(), revisions)

    def _boundary_note(self) -> str:
        """Say by which boundaries the same period is counted, where the office is newer."""
        office, same = self.project.offices[self.params.office], self.period.same_period
        if not office.valid_from_after(same):
            return ""
        since = office.name
        if office.valid_from:
            since += f" hoạt động từ ngày {wording.short_date(office.valid_from)}"
        notes = []
        if self.ledger.predecessors:
            names = ", ".join(self.project.offices[name].name for name in office.same_period_from)
            notes.append(f"số liệu so sánh theo địa giới cũ: cộng số liệu {same.label} của {names}")
        if any(self.ledger.days(name, same) for name in self.catalogue):
            recount = f"số liệu {same.label} do đơn vị tính lại"
            notes.append(f"số liệu so sánh theo địa giới mới: {recount}")
        return f"{since}; {'; '.join(notes) or f'không so sánh với {same.label}'}."

    def frame(self) -> pd.DataFrame:
        """Give the indicators of the period as a frame, to filter, group and draw in a cell.

        Returns
        -------
        pandas.DataFrame
            One row per indicator of the catalogue, in its order; the index `indicator` holds the
            ids (str).

            ======================= ============= ==================================================
            column                  dtype         what it holds; blank is missing, never 0
            ======================= ============= ==================================================
            label, unit             str           of the catalogue
            status                  str           `actual` or `estimate`; missing without a number
            start                   datetime64[s] from when it counts; missing of what is no flow
            as_of                   datetime64[s] the day of the number
            value                   Float64       the latest number of the period, in its unit
            plan                    Float64       the year's plan, in the same unit
            plan_completion_pct     Float64       year to date over the plan, in percent
            same_period             Float64       the number of the same day last year
            ratio_pct               Float64       value over same_period, in percent
            change_abs              Float64       value less same_period; of a rate in điểm %
            change_pct              Float64       growth in percent; missing of a rate
            source, file, sheet     str           where the number stands; the first of a formula
            row                     Int64         row as the spreadsheet shows it
            cell                    str           cell as the spreadsheet shows it
            figure                  object        the indicator's figure, as prose and tables use it
            ======================= ============= ==================================================

            A Float64 is the binary number nearest to the exact decimal, which `figure` keeps.
            Tables and charts take the frame, or any rows of it, by its column `figure`.

        Examples
        --------
        >>> from danvan_nb import summary_table
        >>> report = load_report("params/sa-dec/2023-H1.yml")
        >>> low = report.frame().query("unit == 'tỷ đồng' and plan_completion_pct < 62")
        >>> low[["value", "plan"]].round(1).to_dict("index")
        {'chi_ngan_sach': {'value': 433.4, 'plan': 700.3}}
        >>> len(summary_table("Chi ngân sách", low).body)
        1
        """
        return frames.indicator_frame(self.figures.values())

    def history(self, figures: Figures, years: int = 5, consecutive: bool = False) -> pd.DataFrame:
        """Give indicators over several periods as a frame.

        Parameters
        ----------
        figures : iterable of IndicatorFigure, or rows of `Report.frame()`
            The indicators.
        years : int
            How many periods before this one; at most five years back are known.
        consecutive : bool
            Whether these are the periods just before, instead of the same period of earlier years.

        Returns
        -------
        pandas.DataFrame
            One row per indicator and period, oldest first: `indicator`, `period` (str), `start`,
            `as_of` (datetime64[s], the days that the number counts), `status` (str), `value`
            (Float64, missing where there is none), `revised` and `former` (boolean: changed by a
            later folder; of the offices that came before), `figure` (object).
        """
        listed = [
            one for each in chosen(figures) for one in each.history(years, consecutive=consecutive)
        ]
        return frames.history_frame(listed)

    def table(self, name: str) -> pd.DataFrame:
        """Give an input table as it was read.

        Parameters
        ----------
        name : str
            `observations` (of this period and of all since last year began),
            `documents`, `events` or `models` (of this period).

        Returns
        -------
        pandas.DataFrame
            One row per row of the table, of observations per number, in the order of reading; the
            columns of the schema, of observations also `folder` (the period in whose folder it
            stands), then `file`, `sheet`, `row`, `cell`. Texts and periods are str, blank texts
            empty; dates datetime64[s], numbers Float64, counts and rows Int64, blank is missing.

        Raises
        ------
        NotebookError
            If there is no such table.

        Examples
        --------
        >>> report = load_report("params/sa-dec/2023-H1.yml")
        >>> report.table("observations").query("status == 'plan'")[["indicator", "value"]].dtypes
        indicator        str
        value        Float64
        dtype: object
        """
        return frames.table_frame(self.inputs, name)


def load_report(params_file: str, *starts: Path) -> Report:
    """Read the data of one report.

    Parameters
    ----------
    params_file : str
        Its params file: absolute, or relative to the project's root.
    *starts : Path
        Where the root is looked for before the working directory.

    Raises
    ------
    ParamsError, InputError
        With every problem found.
    """
    project = Project.find(*starts, Path(params_file).parent)
    params = project.read_params(params_file)
    inputs = read_office(project, params.office, params.period, params.data)
    office, same = project.offices[params.office], params.period.same_period
    predecessors = [
        Ledger(read_office(project, name, same).observations, project.catalogue)
        for name in office.same_period_from
        if office.valid_from_after(same)
    ]
    rows = inputs.older + inputs.observations
    ledger = Ledger(rows, project.catalogue, predecessors, inputs.shares)
    return Report(project, params, inputs, ledger)


def open_report(namespace: MutableMapping[str, Any]) -> Report:
    """Load a notebook's report and bind its figures and words.

    Parameters
    ----------
    namespace : mutable mapping
        The notebook's `globals()`, where `params_file` names the report.

    Raises
    ------
    ParamsError
        If there is no `params_file`, or papermill injected any other parameter.
    """
    injected = [source for source in namespace.get("In", ()) if source.startswith("# Parameters\n")]
    check_parameters(name for source in injected for name in parameters_in(source))
    if "params_file" not in namespace:
        raise ParamsError(Issue.of("params_file"))
    report = load_report(namespace["params_file"])
    namespace.update(report.names())
    return report
