"""`collect`: the numbers of sub-offices, read, checked, added up and written for their parent.

Owns the files that it writes beside what the parent itself typed, with the way back from each sum
to the cells it was made of.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from rich.markup import escape
from rich.table import Table

from danvan_nb.commands import console
from danvan_nb.data import records, schema, sheets
from danvan_nb.data.office_data import find_source, read_office
from danvan_nb.data.rows import TableReader
from danvan_nb.errors import CheckError, InputError, Issue, ParamsError, errors_among
from danvan_nb.figures import checks, consolidation
from danvan_nb.figures.consolidation import Total
from danvan_nb.figures.ledger import Ledger
from danvan_nb.project.files import write_file
from danvan_nb.project.models import Office
from danvan_nb.project.period import Period
from danvan_nb.project.project import ROOT_MARK, Project, changed_files
from danvan_nb.wording import exact_text

SENT, EMPTY, WRONG, ABSENT = "đã gửi", "chưa nhập số liệu", "có lỗi, đã trả lại", "chưa gửi"
SEAL = f"{schema.COLLECTED}.sha256"
"""What `collect` wrote, as `sha256sum` says it: what a person changed since is not written over."""


@dataclass(frozen=True)
class Collection:
    """What collecting for an office found.

    `states` says of each sub-office what it sent, `readable` whether all of it could be read.
    """

    project: Project
    parent: str
    period: Period
    states: Mapping[str, str]
    totals: tuple[Total, ...]
    issues: tuple[Issue, ...]
    readable: bool


@dataclass
class _Received:
    """What has been read of the sub-offices so far."""

    states: dict[str, str] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    readable: bool = True


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
    offices = sub_offices(project, parent, period)
    if not offices:
        place = {"file": ROOT_MARK, "period": period, "parent": parent}
        raise ParamsError(Issue.of("don_vi.khong_co_cap_duoi", **place))
    home = project.data_home(parent)
    source = find_source(home, period, project)
    if source and source.is_file():
        raise ParamsError(Issue.of("thu_muc", file=project.relative(source)))
    received = _Received()
    for name, office in offices.items():
        _receive(received, project, name, office, period)
    catalogue, ledgers = project.catalogue, received.ledgers
    totals: list[Total] = []
    if partial or len(ledgers) == len(offices):
        totals, lacking = consolidation.consolidate(ledgers, period, catalogue, partial)
        received.issues += lacking
    typed = _typed(project, _folder(project, parent, period), period)
    received.issues += consolidation.compare_typed(totals, typed, period, catalogue)
    if find_source(home, period.same_period, project):
        own = Ledger(read_office(project, parent, period.same_period).observations, catalogue)
        received.issues += consolidation.compare_last_year(totals, own, ledgers, period)
    issues = tuple(received.issues)
    return Collection(
        project, parent, period, received.states, tuple(totals), issues, received.readable
    )


def sub_offices(project: Project, parent: str, period: Period) -> dict[str, Office]:
    """List the offices under another one that exist in a period."""
    return {
        name: one
        for name, one in project.offices.items()
        if one.parent == parent and one.existed_in(period)
    }


def _receive(
    received: _Received, project: Project, name: str, office: Office, period: Period
) -> None:
    """Read and check what one sub-office sent."""
    home = project.data_home(name)
    try:
        if find_source(home, period, project) is None:
            received.states[name] = ABSENT
            place = {"file": project.relative(home / str(period)), "office": office.name}
            received.issues.append(Issue.of("chua_gui", **place))
            return
        inputs = read_office(project, name, period)
    except InputError as err:
        received.states[name] = WRONG
        received.readable = False
        received.issues += err.issues
        return
    ledger = Ledger(inputs.observations, project.catalogue)
    found = [*inputs.notices, *checks.find_number_issues(ledger, period)]
    received.issues += found
    if not any(ledger.days(one, period) for one in project.catalogue):
        received.states[name] = EMPTY
        return
    received.states[name] = WRONG if errors_among(found) else SENT
    received.ledgers[name] = ledger


def _folder(project: Project, parent: str, period: Period) -> Path:
    return project.data_home(parent) / str(period)


def _typed(project: Project, folder: Path, period: Period) -> list[records.Observation]:
    """Read what the parent typed itself; what is wrong with it, its own report says."""
    path = folder / f"{schema.OBSERVATIONS.name}.csv"
    if not path.is_file():
        return []
    grid = sheets.read_csv(path.read_bytes(), project.relative(path))
    return TableReader(grid, schema.OBSERVATIONS, period, project.catalogue).read()


def write_collection(collection: Collection, force: bool = False) -> Path:
    """Write the parent's collected observations and where each came from; returns the folder.

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
    folder = _folder(collection.project, collection.parent, collection.period)
    files = _files(collection)
    edited = _edited(collection.project, folder, files)
    if edited and not force:
        raise InputError(Issue.of("da_sua", file=edited[0]))
    digests = ((hashlib.sha256(data).hexdigest(), name) for name, data in files.items())
    files[SEAL] = "".join(f"{digest}  {name}\n" for digest, name in digests).encode()
    for name, data in files.items():
        write_file(folder / name, data)
    return folder


def _edited(project: Project, folder: Path, names: Iterable[str]) -> list[str]:
    """List the files that are there and not as `collect` last wrote them."""
    seal = folder / SEAL
    lines = seal.read_text(encoding="utf-8").splitlines() if seal.is_file() else []
    sealed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = [name for name in names if (folder / name).is_file()]
    return changed_files(
        project, {project.relative(folder / name): sealed.get(name) for name in there}
    )


def _files(collection: Collection) -> dict[str, bytes]:
    every = sub_offices(collection.project, collection.parent, collection.period)
    rows: list[tuple[Any, ...]] = []
    shares: list[tuple[Any, ...]] = []
    for total in collection.totals:
        rows.append(_total_row(total, collection.project, every))
        for name, part in total.parts.items():
            place = part.origins[0]
            number = (every[name].locality, exact_text(part.value))
            digest = collection.project.reads[place.file]
            where = (place.file, place.sheet, place.cell, digest)
            shares.append((total.indicator, part.status, total.as_of, name, *number, *where))
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
    writer.writerows(rows)
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
    table = Table("Đơn vị", "Tình trạng")
    for name, state in found.states.items():
        table.add_row(escape(project.offices[name].name), state)
    console.out.print(table)
    console.show_issues(issue for issue in found.issues if issue.severity != "error")
    folder = escape(project.relative(write_collection(found, force)))
    count = len(found.totals)
    if as_json:
        told = {"states": found.states, "totals": count, "issues": found.issues}
        console.print_json({"exit_code": 0, **told})
    console.out.print(f"Đã tổng hợp {count} số liệu vào {folder}/")
