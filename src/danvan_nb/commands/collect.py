"""`collect`: the numbers of sub-offices, read, checked, added up and written for their parent.

Owns the files that it writes beside what the parent itself typed, with the way back from each sum
to the cells it was made of.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.data import records, schema, sheets
from danvan_nb.data.cells import inert
from danvan_nb.data.office_data import find_copies, find_source, read_office
from danvan_nb.data.rows import TableReader
from danvan_nb.errors import CheckError, InputError, Issue, ParamsError, errors_among
from danvan_nb.figures import checks, consolidation
from danvan_nb.figures.consolidation import Total
from danvan_nb.figures.ledger import Ledger
from danvan_nb.project.files import digest, sha256
from danvan_nb.project.models import Office
from danvan_nb.project.period import Period
from danvan_nb.project.project import ROOT_MARK, Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.wording import exact_text

SENT, EMPTY, WRONG, ABSENT = "đã gửi", "chưa nhập số liệu", "có lỗi, đã trả lại", "chưa gửi"
SEAL = f"{schema.COLLECTED}.sha256"
"""What `collect` wrote, as `sha256sum` says it: what a person changed since is not written over."""


@dataclass
class Collection:
    """What collecting for an office has found so far.

    `states` says of each sub-office what it sent, `readable` whether all of it could be read.
    """

    project: Project
    parent: str
    period: Period
    states: dict[str, str] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    totals: tuple[Total, ...] = ()
    issues: list[Issue] = field(default_factory=list)
    readable: bool = True

    @property
    def folder(self) -> Path:
        """Give the folder of the parent's own inputs."""
        return self.project.data_home(self.parent) / str(self.period)

    @cached_property
    def offices(self) -> dict[str, Office]:
        """The offices under the parent that exist in the period."""
        named = self.project.offices.items()
        under = {name: office for name, office in named if office.parent == self.parent}
        return {name: office for name, office in under.items() if office.existed_in(self.period)}


def collect_returns(
    project: Project, parent: str, period: Period, partial: bool = False
) -> Collection:
    """Read, check and add up the files of all sub-offices.

    Raises
    ------
    ParamsError
        If the office is unknown, has no sub-office in the period, or keeps its data in a workbook.
    """
    project.office(parent)
    found = Collection(project, parent, period)
    if not found.offices:
        place = {"file": ROOT_MARK, "period": period, "parent": parent}
        raise ParamsError(Issue.of("don_vi.khong_co_cap_duoi", **place))
    home = project.data_home(parent)
    source = find_source(home, period, project)
    if source and source.is_file():
        raise ParamsError(Issue.of("thu_muc", file=project.relative(source)))
    for name, office in found.offices.items():
        _receive(found, name, office)
    catalogue, ledgers = project.catalogue, found.ledgers
    if partial or len(ledgers) == len(found.offices):
        totals, lacking = consolidation.consolidate(ledgers, period, catalogue, partial)
        found.totals = tuple(totals)
        found.issues += lacking
    found.issues += consolidation.compare_typed(found.totals, _typed(found), period, catalogue)
    if find_source(home, period.same_period, project):
        own = Ledger(read_office(project, parent, period.same_period).observations, catalogue)
        found.issues += consolidation.compare_last_year(found.totals, own, ledgers, period)
    return found


def _receive(found: Collection, name: str, office: Office) -> None:
    """Read and check what one sub-office sent."""
    project, period = found.project, found.period
    home = project.data_home(name)
    try:
        if not any(find_source(home, one, project) for one in (*period.parts, period)):
            found.states[name] = ABSENT
            place = {"file": project.relative(home / str(period)), "office": office.name}
            copies = find_copies(home, period, project, None)
            found.issues += [Issue.of("chua_gui", **place), *copies]
            return
        inputs = read_office(project, name, period)
    except InputError as err:
        found.states[name] = WRONG
        found.readable = False
        found.issues += err.issues
        return
    ledger = Ledger(inputs.observations, project.catalogue)
    issues = [*inputs.notices, *checks.find_number_issues(ledger, period)]
    found.issues += issues
    if not any(ledger.days(one, period) for one in project.catalogue):
        found.states[name] = EMPTY
        return
    found.states[name] = WRONG if errors_among(issues) else SENT
    found.ledgers[name] = ledger


def _typed(found: Collection) -> list[records.Observation]:
    """Read what the parent typed itself; what is wrong with it, its own report says."""
    path, project = found.folder / f"{schema.OBSERVATIONS.name}.csv", found.project
    if not path.is_file():
        return []
    grid = sheets.read_csv(project.read(path), project.relative(path))
    return TableReader(grid, schema.OBSERVATIONS, found.period, project.catalogue).read()


def write_collection(collection: Collection, force: bool = False) -> tuple[Issue, ...]:
    """Write the parent's collected observations and where each came from.

    Returns a notice for each file that a person had changed, and that was kept.

    Raises
    ------
    CheckError
        If the numbers contradict each other; nothing is written.
    InputError
        If a file can't be read, or a person changed the files since they were last written, unless
        `force`.
    """
    errors = errors_among(collection.issues)
    if errors:
        raise (CheckError if collection.readable else InputError)(errors)
    if not collection.totals:
        raise InputError(Issue.of("chua_gui.tat_ca", period=collection.period))
    files = _files(collection)
    root, noted = collection.project.root, _sealed(collection.folder)
    seen = {collection.folder / name: digest(collection.folder / name) for name in files}
    edited = [path for path, found in seen.items() if found not in (None, noted.get(path))]
    if edited and not force:
        raise InputError(Issue.of("da_sua", file=collection.project.relative(edited[0])))
    files[SEAL] = "".join(f"{sha256(data)}  {name}\n" for name, data in files.items()).encode()
    written = {collection.folder / name: data for name, data in files.items()}
    return write_all(root, written, "collect", noted, seen)


def _sealed(folder: Path) -> dict[Path, str]:
    """Give the SHA-256 of each file as `collect` last wrote it."""
    seal = folder / SEAL
    lines = seal.read_text(encoding="utf-8").splitlines() if seal.is_file() else []
    return {folder / name: noted for noted, _, name in (line.partition("  ") for line in lines)}


def _files(collection: Collection) -> dict[str, bytes]:
    every = collection.offices
    rows: list[tuple[Any, ...]] = []
    shares: list[tuple[Any, ...]] = []
    for total in collection.totals:
        rows.append(_total_row(total, collection.project, every))
        for name, part in total.parts.items():
            key = (total.indicator, part.status, total.as_of, name, every[name].locality)
            values = [place.value or Decimal() for place in part.origins]
            if part.value is not None and sum(values) != part.value:  # a difference of two periods
                values = [part.value, *(Decimal() for _ in values[1:])]
            for place, value in zip(part.origins, values, strict=True):
                digest_read = collection.project.reads[place.file]
                where = (place.file, place.sheet, place.cell, digest_read)
                shares.append((*key, exact_text(value), *where))
    collected, provenance = f"{schema.COLLECTED}.csv", f"{schema.PROVENANCE.name}.csv"
    return {collected: _csv(schema.OBSERVATIONS, rows), provenance: _csv(schema.PROVENANCE, shares)}


def _total_row(total: Total, project: Project, every: Mapping[str, Office]) -> tuple[Any, ...]:
    absent = ", ".join(every[name].locality for name in every if name not in total.parts)
    summed = project.catalogue[total.indicator].aggregate == "sum"
    note = f"Chưa gồm số liệu của {absent}" if absent and summed else ""
    source = f"tổng hợp từ {len(total.parts)}/{len(every)} đơn vị cấp dưới"
    number = (total.indicator, total.status, total.as_of, exact_text(total.value))
    return *number, None, source, note


def _csv(spec: schema.TableSpec[Any], rows: Iterable[tuple[Any, ...]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(column.name for column in spec.stored)
    writer.writerows(map(inert, row) for row in rows)
    return out.getvalue().encode()


def collect(
    period: console.PeriodName,
    office: Annotated[str, console.option("collect.office")],
    partial: Annotated[bool, console.option("collect.partial", "--partial")] = False,
    force: Annotated[bool, console.option("collect.force", "--force")] = False,
    as_json: console.AsJson = False,
) -> None:
    """Collect, tell who has sent and what was found, and write the sums."""
    project = Project.find()
    found = collect_returns(project, office, Period.parse(period), partial)
    table = console.table("Đơn vị", "Tình trạng")
    for name, state in found.states.items():
        table.add_row(escape(project.offices[name].name), state)
    console.out.print(table)
    console.show_issues(issue for issue in found.issues if issue.severity != "error")
    kept = write_collection(found, force)
    console.show_issues(kept)
    count = len(found.totals)
    if as_json:
        told = {"states": found.states, "totals": count, "issues": found.issues}
        console.print_json({"exit_code": 0, **told})
    console.out.print(f"Đã tổng hợp {count} số liệu vào {escape(project.relative(found.folder))}/")
