"""The project: its root, where every file of it stands, and what is read of `params/`.

The one place that spells paths: `params_file`, `narrative_file`, `seal_file`, `data_home`,
`output_folder`, `returns_folder`, `form_file`, `results_file`, `index_file`, `master_file`,
`catalogue_file`, `offices_file`, and the way back `office_and_period`. All are absolute; `relative`
gives what is stored and shown. It reads no data table.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from danvan_nb.errors import LAUNCHER, DanvanError, InputError, Issue, ParamsError, nearest
from danvan_nb.project import files
from danvan_nb.project.models import Catalogue, Office, Offices, ReportParams
from danvan_nb.project.period import Period
from danvan_nb.project.saving.changes import settle
from danvan_nb.project.seals import Seal, edition_folder, read_seal
from danvan_nb.project.texts import read_text
from danvan_nb.project.yaml_files import read_yaml

ROOT_MARK = "params/offices.yml"
PARAMS_ENDINGS = (".yml", ".yaml")
MASTER = "notebooks/bao_cao_dan_van.ipynb"


@dataclass(frozen=True)
class Project:
    """The folder that holds `params/offices.yml`; every stored path is relative to it.

    `reads` is what grows: the SHA-256 of every file that a report depends on, None for one that was
    looked for and is not there. `read` and `note_read` put it down.
    """

    root: Path
    reads: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def find(cls, *starts: Path) -> Project:
        """Find it upwards from `starts`, the working directory, the launcher that called us."""
        for start in (*starts, Path.cwd(), Path(os.environ.get(LAUNCHER, ""))):
            for folder in (start.resolve(), *start.resolve().parents):
                settle(folder)  # what killed commands left, before anything is read
                if (folder / ROOT_MARK).is_file():
                    return cls(folder)
        raise ParamsError(Issue.of("du_an", mark=ROOT_MARK))

    def relative(self, path: Path) -> str:
        """Give a path as it is stored: relative to the root, with `/`."""
        path = files.resolved(path)
        inside = path.is_relative_to(self.root)
        return (path.relative_to(self.root) if inside else path).as_posix()

    def path(self, name: Path | str) -> Path:
        """Resolve a path; one that leads out of the project, by a link too, is a ParamsError."""
        path = files.resolved(self.root / name)
        if not path.is_relative_to(self.root):
            raise ParamsError(Issue.of("duong_dan", found=str(name)))
        return path

    def read(self, path: Path, wrong: type[DanvanError] = InputError) -> bytes:
        """Read a file that a report depends on.

        Raises
        ------
        FileNotFoundError
            If it is not there; the report depends on that too.
        DanvanError
            Of the kind `wrong`, if it can't be read, as one that another program holds open; a
            ParamsError if it is outside the project, or a link that leads out of it.
        """
        name = self.relative(self.path(path))
        try:
            data = files.read_given(path)
        except (FileNotFoundError, NotADirectoryError):
            self.note_read(name, None)
            raise FileNotFoundError(name) from None
        except OSError as err:
            raise wrong(files.unreadable(name, err)) from err
        self.note_read(name, files.sha256(data))
        return data

    def note_read(self, name: str, digest: str | None) -> None:
        """Note that the report depends on a file with this SHA-256, or on its not being there."""
        self.reads.setdefault(name, digest)  # one saved since makes the next run run again

    def params_file(self, office: str, period: Period | str) -> Path:
        """Give the params file of a report."""
        return self.root / "params" / office / f"{period}.yml"

    def narrative_file(self, office: str, period: Period | str) -> Path:
        """Give the narrative that stands beside the params file, unless that names another."""
        return self.root / "params" / office / f"{period}.md"

    def data_home(self, office: str, data: str | None = None) -> Path:
        """Give the folder of an office's data, which `data` in the params may name."""
        return self.path(data or f"data/{office}")

    def seal_file(self, office: str, period: Period | str) -> Path:
        """Give the note of which editions of a report were approved."""
        return self.root / "params" / office / f"{period}.seal.json"

    def seal(self, office: str, period: Period | str) -> Seal:
        """Read that note."""
        path = self.seal_file(office, period)
        return read_seal(path, self.relative(path))

    def output_folder(self, office: str, period: Period | str) -> Path:
        """Give the folder of the files of a report's last edition."""
        home = self.path(f"outputs/{office}/{period}")
        return edition_folder(home, len(self.seal(office, period).editions))

    def returns_folder(self, office: str, period: Period | str) -> Path:
        """Give the folder of the marked copies that go back to whoever sent the data."""
        return self.output_folder(office, period) / "tra-lai"

    def form_file(self, office: str, period: Period | str) -> Path:
        """Give the form that goes out to an office."""
        return self.path(f"outputs/bieu-nhap/{office}-{period}.xlsx")

    @property
    def results_file(self) -> Path:
        """Give the record of the last runs."""
        return self.root / "outputs/results.json"

    @property
    def index_file(self) -> Path:
        """Give the page that lists all reports."""
        return self.root / "outputs/index.html"

    @property
    def master_file(self) -> Path:
        """Give the master notebook."""
        return self.root / MASTER

    @property
    def catalogue_file(self) -> Path:
        """Give the file of the indicators."""
        return self.root / "params/indicators.yml"

    @property
    def offices_file(self) -> Path:
        """Give the list of the offices, which marks the root."""
        return self.root / ROOT_MARK

    def office_and_period(self, path: Path | str) -> tuple[str, str]:
        """Give the office and the period, as written, that a path of params, data or outputs names.

        Examples
        --------
        >>> Project(Path("/x")).office_and_period("outputs/sa-dec/2023-H1/report.docx")
        ('sa-dec', '2023-H1')
        """
        parts = Path(self.relative(self.root / path)).parts
        named = (at for at, part in enumerate(parts) if at and Period.is_one(_stem(part)))
        at = next(named, len(parts) - 1)
        return parts[at - 1], _stem(parts[at])

    @cached_property
    def offices(self) -> Offices:
        """Read the reporting offices; ParamsError with every mistake."""
        offices: Offices = self._read_yaml(Offices, self.offices_file)
        if unknown := list(_unknown_offices(offices)):
            raise ParamsError(unknown)
        return offices

    @cached_property
    def catalogue(self) -> Catalogue:
        """Read the indicator catalogue; ParamsError with every mistake."""
        catalogue: Catalogue = self._read_yaml(Catalogue, self.catalogue_file)
        return catalogue

    def _read_yaml(self, kind: Any, path: Path) -> Any:
        file = self.relative(path)
        try:
            data = self.read(path, ParamsError)
        except FileNotFoundError:
            raise ParamsError(Issue.of("tep_tham_so", file=file)) from None
        return read_yaml(kind, read_text(data, file, ParamsError), file)

    def office(self, name: str) -> Office:
        """Give an office by its id; ParamsError, which lists the ids, if there is none."""
        if name not in self.offices:
            known, todo = ", ".join(self.offices), nearest(name, self.offices, "")
            raise ParamsError(Issue.of("don_vi.la", found=name, known=known, todo=todo))
        return self.offices[name]

    def office_on(self, name: str, day: date) -> Office | None:
        """Give an office as it is on a day: itself, or the one successor that exists then."""
        office = self.offices[name]
        heirs = [self.offices[heir] for heir in office.successors]
        heirs = [heir for heir in heirs if heir.valid_on(day)]
        if office.valid_on(day):
            return office
        return heirs[0] if len(heirs) == 1 else None

    def reporting_office(self, params: ReportParams) -> Office:
        """Give the office of a report, as it is on the report's date."""
        return self.office_on(params.office, params.document_date) or self.offices[params.office]

    def interim_days(self, office: str, period: Period) -> dict[str, date]:
        """Give the named days of a period that an office, or else the one above it, reports on."""
        about = self.offices.get(office)
        for name in (office, about.parent if about else None):
            if name and (path := self.params_file(name, period)).is_file():
                return self.read_params(path).as_of
        return {}

    def params_files(self) -> list[str]:
        """List the params files of all reports."""
        found = (self.root / "params").glob("[!.]*/*")
        params = (path for path in found if path.suffix.lower() in PARAMS_ENDINGS)
        return sorted(self.relative(path) for path in params if not files.is_passed_over(path))

    def params_path(self, params_file: Path | str) -> Path:
        """Find a params file, named absolutely or from the root; ParamsError if it is not there."""
        path = self.path(params_file)
        if path.is_file():
            return path
        near = files.alike(path.parent, path.stem, (*PARAMS_ENDINGS, ".txt"))
        known = near or self.params_files()
        key = "tep_tham_so.bao_cao" if known else "tep_tham_so.chua_co"
        if near:
            key, known = "tep_tham_so.gan_giong", [self.relative(each) for each in near]
        raise ParamsError(Issue.of(key, file=str(params_file), files=", ".join(map(str, known))))

    def read_params(self, params_file: Path | str) -> ReportParams:
        """Read and check one report's parameters; ParamsError with every wrong key and value."""
        path = self.params_path(params_file)
        params: ReportParams = self._read_yaml(ReportParams, path)
        if issues := list(self._problems(params, self.relative(path))):
            raise ParamsError(issues)
        return params

    def _problems(self, params: ReportParams, file: str) -> Iterator[Issue]:
        """Check what no single value shows: the office on the report's date, the interim days."""
        if params.office not in self.offices:
            known, found = ", ".join(self.offices), params.office
            yield Issue.of("don_vi.bao_cao", file=file, column="office", found=found, known=known)
            return
        yield from self._misplaced(params, file)
        office, day, period = self.offices[params.office], params.document_date, params.period
        if self.office_on(params.office, day) is None:
            heirs = [f"{self.offices[name].name} ({name})" for name in office.successors]
            key = "don_vi_het_hieu_luc" if heirs else "don_vi_het_hieu_luc.khong_ke_thua"
            ends = {"first": office.valid_from or "…", "last": office.valid_to or "…"}
            told = {"found": f"{day}", "office": office, "heirs": ", ".join(heirs)}
            yield Issue.of(key, file=file, column="date", **ends, **told)
        for name in (each for each in params.highlight if each not in self.catalogue):
            todo = nearest(name, self.catalogue, "Xem params/indicators.yml")
            yield Issue.of("highlight", file=file, column="highlight", found=name, todo=todo)
        days = params.as_of.items()
        if found := ", ".join(f"{name}: {day}" for name, day in days if not period.contains(day)):
            place = {"file": file, "column": "as_of"}
            yield Issue.of("moc_giua_ky.ngoai_ky", **place, found=found, period=period)

    def _misplaced(self, params: ReportParams, file: str) -> Iterator[Issue]:
        """Refuse a params file that would write over the report of another one."""
        folder, stem = Path(file).parent.name, _stem(file)
        if folder != params.office and folder in self.offices:
            facts = {"found": params.office, "expected": folder}
            yield Issue.of("don_vi.thu_muc", file=file, column="office", **facts)
        elif Period.is_one(stem) and Period.parse(stem) != params.period:
            facts = {"found": str(params.period), "expected": stem}
            yield Issue.of("ky_bao_cao.ten_tep", file=file, column="period", **facts)
        own, path = self.params_file(params.office, params.period), self.root / file
        if own.is_file() and not own.samefile(path):
            days = {"day": files.changed_on(path), "own_day": files.changed_on(own)}
            yield Issue.of("trung_ket_qua.ban_sao", file=file, own=self.relative(own), **days)


def _stem(name: str) -> str:
    """Give the name of a file of a period as the period is written."""
    stem = Path(name).stem
    return stem.upper() if Period.is_one(stem.upper()) else stem


def _unknown_offices(offices: Offices) -> Iterator[Issue]:
    """Find the ids by which offices name one another and that no office has."""
    for name, office in offices.items():
        named = {"parent": (office.parent,), "successors": office.successors}
        named["same_period_from"] = office.same_period_from
        for key, ids in named.items():
            for used in ids:
                if used and used not in offices:
                    column = f"{name}.{key}"
                    yield Issue.of("don_vi.nhac_den", file=ROOT_MARK, column=column, found=used)


def changed_files(project: Project, digests: Mapping[str, str | None]) -> list[str]:
    """List the files whose SHA-256 is not the noted one; None notes a file that was not there."""
    return [name for name, noted in digests.items() if files.digest(project.root / name) != noted]
