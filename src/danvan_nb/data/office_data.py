"""Which files hold the data of an office, and reading all of them.

Owns where input tables stand. All problems of all files are gathered and raised as one InputError;
no file is ever changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from danvan_nb.data import agreement, schema, sheets, workbooks
from danvan_nb.data.headings import find_sheets, is_named
from danvan_nb.data.records import Event, Model, Observation, OfficialDocument, Share
from danvan_nb.data.rows import Seen, TableReader
from danvan_nb.data.schema import OBSERVATIONS, PROVENANCE, TABLES, TableSpec
from danvan_nb.data.sheets import UNREADABLE, WORKBOOKS, Grid
from danvan_nb.errors import InputError, Issue, errors_among, nearest
from danvan_nb.project import files
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project, changed_files

Specs = Sequence[TableSpec[Any]]
Grids = Iterator[tuple[TableSpec[Any], Grid]]
"""Sheets, each with the table that it holds."""
SERIES_YEARS = 5  # a term of office


@dataclass(frozen=True)
class Inputs:
    """The checked rows of an office, as they are read for a report.

    Attributes
    ----------
    observations, older : tuple of Observation
        Of this period and of all since last year began; of the years before, for series.
    documents, events, models
        This period's; empty when there is no such table.
    shares : tuple of Share
        The numbers of sub-offices that went into collected ones, of all periods read.
    file : str
        The file in which this period's observations stand.
    notices : tuple of Issue
        What was passed over, or read in spite of its looks.
    """

    observations: tuple[Observation, ...]
    documents: tuple[OfficialDocument, ...]
    events: tuple[Event, ...]
    models: tuple[Model, ...]
    shares: tuple[Share, ...]
    file: str
    notices: tuple[Issue, ...] = ()
    older: tuple[Observation, ...] = ()


def read_office(project: Project, office: str, period: Period, data: str | None = None) -> Inputs:
    """Read an office's tables of a period, and its observations since last year's same period.

    `data` names another folder than the office's own.
    """
    home = project.data_home(office, data)
    there = [one for one in (*period.parts, period) if find_source(home, one, project)]
    if not there:
        place = project.relative(home / f"{period}")
        missing = Issue.of("thieu_tep", file=place, period=period)
        raise InputError([missing, *find_copies(home, period, project, None)])
    wanted = dict.fromkeys(_earlier(home, period), tuple(spec for spec in TABLES if spec.history))
    inputs = _OfficeReader(project, office).read(home, wanted | dict.fromkeys(there, TABLES))
    older, notices = _read_older(project, office, home, period)
    return replace(inputs, older=older, notices=inputs.notices + notices)


def _read_older(
    project: Project, office: str, home: Path, period: Period
) -> tuple[tuple[Observation, ...], tuple[Issue, ...]]:
    """Read the years before last for series; one that can't be read any more is only told."""
    names, notices = _names(home), []
    rows: tuple[Observation, ...] = ()
    for year in range(period.year - SERIES_YEARS, period.year - 1):
        wanted = [one for one in (*Period(year).parts, Period(year)) if str(one) in names]
        reader = _OfficeReader(project, office)
        try:
            rows += reader.read(home, dict.fromkeys(wanted, (OBSERVATIONS,))).observations
        except InputError as err:
            told = {"found": str(year), "why": str(err.issues[0])}
            notices.append(Issue.of("nam_cu", file=project.relative(home), **told))
    return rows, tuple(notices)


def read_history(project: Project, office: str, period: Period) -> tuple[Observation, ...]:
    """Read an office's observations of the year before a period, and of its own year so far."""
    home = project.data_home(office)
    wanted = dict.fromkeys((*_earlier(home, period), *period.parts), (OBSERVATIONS,))
    return _OfficeReader(project, office).read(home, wanted).observations


def _earlier(home: Path, period: Period) -> list[Period]:
    """List the periods that a report looks back on: last year's, and this year's up to its own."""
    before, year = Period(period.year - 1), Period(period.year)
    asked, names = (period.same_period, period.previous), _names(home)
    every = (*before.parts, before, *year.parts)
    return [one for one in every if one < period and (one in asked or str(one) in names)]


def _names(home: Path) -> set[str]:
    return {path.stem.upper() for path in home.iterdir()} if home.is_dir() else set()


def read_earlier(project: Project, office: str, period: Period, data: str | None) -> Inputs:
    """Read the documents, events and models of the same period last year, else of the one before.

    None of the same year, whose plans stand in both halves, nor where those can't be read: whoever
    reports of that period is told of it.
    """
    home = project.data_home(office, data)
    specs = tuple(spec for spec in TABLES if not spec.history)
    for one in (each for each in (period.same_period, period.previous) if each.year < period.year):
        with suppress(InputError):
            if there := [part for part in (*one.parts, one) if find_source(home, part, project)]:
                return _OfficeReader(project, office).read(home, dict.fromkeys(there, specs))
    return Inputs((), (), (), (), (), "")


def find_source(home: Path, period: Period, project: Project) -> Path | None:
    """Find the folder or workbook of a period; None where there is none.

    Raises
    ------
    InputError
        If there are two, or it is a workbook of a kind that can't be read.
    """
    named = _alike(home, period)
    found = [path for path in named if files.is_exact(path, str(period)) and path.suffix != ".csv"]
    for other in (home / f"{period}.xlsx", home / f"{period}" / OBSERVATIONS.files[0]):
        if not other.is_file():  # once it is there, the report is another one
            project.note_read(project.relative(other), None)
    names = " và ".join(project.relative(path) for path in found)
    if len(found) > 1:
        raise InputError(Issue.of("hai_nguon", file=names, period=period))
    if found and found[0].suffix.lower() in UNREADABLE:
        raise InputError(Issue.of("xlsx.loai", file=names, ending=found[0].suffix))
    return found[0] if found else None


def _alike(home: Path, period: Period) -> list[Path]:
    try:
        return files.alike(home, str(period), ("", *WORKBOOKS, *UNREADABLE, ".csv"))
    except OSError as err:
        raise InputError(files.unreadable(home.name, err)) from err


def find_copies(
    home: Path, period: Period, project: Project, source: Path | None
) -> Iterator[Issue]:
    """Find what looks like a period's data and is not read, beside its source or in its stead."""
    for path in _alike(home, period):
        if path == source:
            continue
        facts = {"day": files.changed_on(path), "period": period}
        if source:
            facts |= {"read": source.name, "read_day": files.changed_on(source)}
        key = "ban_sao" if source else "ban_sao.thay"
        yield Issue.of(key, file=project.relative(path), **facts)


@dataclass
class _OfficeReader:
    """Reads the files of one office and gathers rows and what is wrong."""

    project: Project
    office: str
    sources: dict[Period, Path | None] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def read(self, home: Path, wanted: Mapping[Period, Specs]) -> Inputs:
        """Read the tables that are wanted of each period; a period without a source has none."""
        rows: dict[str, list[Any]] = {spec.name: [] for spec in TABLES}
        seen: Seen = {}
        observed: dict[Period, str] = {}
        self.sources = {one: find_source(home, one, self.project) for one in wanted}
        for period, specs in wanted.items():
            self.issues += find_copies(home, period, self.project, self.sources[period])
            for spec, grid in self._open(self.sources[period], period, specs):
                table = TableReader(grid, spec, period, self.project.catalogue, seen)
                rows[spec.name] += table.read()
                self.issues += table.issues
                if spec.required:
                    observed.setdefault(period, grid.file)
        for spec in (one for one in TABLES if not one.history):
            rows[spec.name] = agreement.said_once(spec, rows[spec.name], self.issues)
        self.issues += agreement.contradictions(rows[OBSERVATIONS.name], self.project.catalogue)
        self._check_collected(rows[PROVENANCE.name])
        if errors := errors_among(self.issues):
            raise InputError(errors)
        tables: dict[str, Any] = {name: tuple(found) for name, found in rows.items()}
        file, shares = observed[max(observed)] if observed else "", tables.pop(PROVENANCE.name)
        return Inputs(**tables, shares=shares, file=file, notices=tuple(self.issues))

    def _open(self, source: Path | None, period: Period, specs: Specs) -> Grids:
        if source and source.is_dir():
            yield from self._open_folder(source, period, specs)
        elif source:
            yield from self._open_workbook(source, period, specs)

    def _open_folder(self, folder: Path, period: Period, specs: Specs) -> Grids:
        """Open a folder of CSV files; what `collect` wrote stands beside what people typed."""
        project = self.project
        tables = {spec.files[0]: spec for spec in TABLES}
        tables |= {name: spec for spec in TABLES for name in spec.files[1:]}
        for name, spec in tables.items():
            if spec in specs:
                path = folder / name
                try:
                    grid = sheets.read_csv(project.read(path), project.relative(path))
                except FileNotFoundError:
                    continue
                except InputError as err:
                    self.issues += err.issues
                else:
                    yield spec, grid
        if specs == TABLES:
            self._name_strangers(folder, tables)
        for spec in TABLES:
            if not any((folder / name).is_file() for name in spec.files):
                self._note_missing(spec, project.relative(folder / spec.files[0]), period)

    def _name_strangers(self, folder: Path, known: Iterable[str]) -> None:
        tables = {spec.name for spec in TABLES}
        for path in sorted(folder.iterdir()):
            table = path.suffix.lower() in (".csv", *WORKBOOKS, *UNREADABLE)
            table = table or path.name.partition(".")[0].casefold() in tables
            if table and path.name not in known and not files.is_passed_over(path):
                todo = nearest(path.name, known, "Các tệp được đọc: " + ", ".join(known))
                self._note("tep_la", self.project.relative(path), todo=todo)

    def _open_workbook(self, path: Path, period: Period, specs: Specs) -> Grids:
        """Open a workbook: a sheet is known by its name or, whatever that is, by its headings."""
        file = self.project.relative(path)
        try:
            grids = workbooks.read_workbook(self.project.read(path), file)
        except InputError as err:  # one broken workbook is one problem
            self.issues += err.issues
            return
        for stamp in (grid for grid in grids if grid.sheet == schema.STAMP_SHEET):
            self._check_stamp(stamp, period)
        grids = _with_data(grids)
        unread = {grid.sheet: grid for grid in grids}
        for spec in TABLES:
            found = find_sheets(grids, spec)
            for grid in found:
                unread.pop(grid.sheet, None)
            if len(found) > 1:
                names = " và ".join(f"“{grid.sheet}”" for grid in found)
                self._note("trang_tinh", file, table=spec, sheets=names)
            if not found:
                self._note_missing(spec, file, period)
            elif spec in specs:
                if not is_named(found[0], spec):
                    self._note("trang_doi_ten", file, sheet=found[0].sheet, table=spec)
                yield spec, found[0]
        if specs == TABLES:
            for name in unread:
                self._note("trang_thua", file, sheet=name)

    def _check_stamp(self, grid: Grid, period: Period) -> None:
        """Refuse a form that was handed out for another office or period."""
        stamp = {str(row[0]): str(row[1]) for row in grid.rows if len(row) > 1}
        own = {"bieu_khac.don_vi": ("office", self.office), "bieu_khac.ky": ("period", str(period))}
        for key, (name, expected) in own.items():
            if (written := stamp.get(name, expected)) != expected:
                self._note(key, grid.file, found=written, expected=expected)

    def _check_collected(self, shares: Iterable[Share]) -> None:
        """Refuse a collected figure whose sub-office has changed its file since."""
        used = {(share.source_file, share.office_name, share.sha256) for share in shares}
        for file, office, sha256 in sorted(used):
            self.project.path(file)  # a provenance file can't lead out of the project
            self.project.note_read(file, sha256)
            if changed_files(self.project, {file: sha256}):
                self._note("tong_hop_cu", file, office=office)

    def _note_missing(self, spec: TableSpec[Any], file: str, period: Period) -> None:
        """Note a table that must be there; a longer period holds only what its parts do not."""
        if spec.required and not any(map(self.sources.get, period.parts)):
            self._note("thieu_bang", file, table=spec)

    def _note(self, key: str, file: str, /, **facts: Any) -> None:
        self.issues.append(Issue.of(key, file=file, **facts))


def _with_data(grids: Iterable[Grid]) -> list[Grid]:
    """List the sheets with anything in them, but for those that our forms and marked copies add."""
    return [one for one in grids if one.sheet not in schema.OWN_SHEETS and any(map(any, one.rows))]
