"""Approved is approved: sealing a report, what that forbids, and the revision that it leaves open.

The bytes of an approved edition are never written again; a revision has a folder of its own.
"""

from collections.abc import Iterable
from pathlib import Path

from danvan_nb.errors import Issue, ParamsError, SealError
from danvan_nb.outputs.folder import claim, has_failed
from danvan_nb.outputs.freshness import guard
from danvan_nb.outputs.manifest import Manifest, read_manifest
from danvan_nb.outputs.record import read_record
from danvan_nb.project.files import read_table
from danvan_nb.project.models import ReportParams
from danvan_nb.project.project import Project, changed_files
from danvan_nb.project.saving.changes import write_all
from danvan_nb.project.seals import Edition, Seal, edition_number
from danvan_nb.wording import short_date

STAGES = read_table("outputs", "states")
"""How the states of an edition read: `draft`, `final`, `sealed`, `revised`; blank where none is."""


def seal_report(project: Project, params_file: str, approval: Edition) -> Edition:
    """Note that the report that stands among the outputs is approved, with its very bytes.

    Parameters
    ----------
    project, params_file
        Which report.
    approval : Edition
        Who approved it and when; number and date only where they are known.

    Raises
    ------
    SealError
        If it is approved already, was not made well or not in its final form, does not stand as it
        was made, or prints another number or date.
    """
    params = project.read_params(params_file)
    folder = project.output_folder(params.office, params.period)
    place = project.relative(folder)
    with claim(project, folder):
        refuse_sealed(project, folder)
        made, last = read_manifest(folder), read_record(project).get(params_file)
        failed = has_failed(folder) or (last is not None and last.exit_code > 0)
        noted = {f"{place}/{name}": digest for name, digest in made.outputs.items()}
        changed = ", ".join(changed_files(project, noted))
        reasons = (("chua_lam", not made.exists), ("du_thao", made.draft), ("that_bai", failed))
        for key, holds in (*reasons, ("da_doi", changed)):
            if holds:
                raise SealError(Issue.of(f"ky_duyet.{key}", file=place, found=changed))
        guard(folder, place)
        if issues := list(_misprints(made, approval, place)):
            raise SealError(issues)
        *earlier, opened = project.seal(params.office, params.period).editions or [Edition()]
        bytes_of = {"outputs": made.outputs, "inputs": made.inputs | made.notebook}
        edition = approval.model_copy(update={"reason": opened.reason, **bytes_of})
        write_all(project.root, _sealed(project, params, (*earlier, edition)), "seal")
    return edition


def _misprints(made: Manifest, approval: Edition, place: str) -> Iterable[Issue]:
    """Find what was told of the report and is printed otherwise; a blank is filled in by hand."""
    for key in ("number", "date"):
        told, printed = getattr(approval, key), made.params.get(key) or ""
        if told and printed and str(told).lstrip("0") != printed.lstrip("0"):
            facts = {"column": f"--{key}", "found": f"{told}", "expected": printed}
            yield Issue.of("ky_duyet.in_khac", file=place, **facts)


def _sealed(
    project: Project, params: ReportParams, editions: tuple[Edition, ...]
) -> dict[Path, str]:
    """Give the file that holds the editions of a report."""
    file = project.params_file(params.office, params.period)
    seal = Seal(report=project.relative(file), editions=editions)
    path = project.seal_file(params.office, params.period)
    return {path: seal.model_dump_json(indent=1) + "\n"}


def open_revisions(project: Project, files: Iterable[str], reason: str) -> None:
    """Open a revision of reports that are approved; their next run makes it, in its own folder.

    Raises
    ------
    ParamsError
        If one of them is not approved, or a revision of it is open already; nothing is opened then.
    """
    reports = {file: project.read_params(file) for file in files}
    seals = {file: project.seal(one.office, one.period) for file, one in reports.items()}
    last = {file: seal.editions[-1:] for file, seal in seals.items()}
    if unsealed := [file for file, found in last.items() if not any(one.by for one in found)]:
        raise ParamsError(Issue.of("ky_duyet.chua_ky", file=file) for file in unsealed)
    opened: dict[Path, str] = {}
    for file, params in reports.items():
        opened |= _sealed(project, params, (*seals[file].editions, Edition(reason=reason)))
    write_all(project.root, opened, "run")


def refuse_sealed(project: Project, folder: Path) -> None:
    """Refuse to change what stands in the folder of an approved edition; SealError if it is."""
    if told := sealed_issue(project, folder):
        raise SealError(told)


def sealed_issue(project: Project, folder: Path) -> Issue | None:
    """Say that the edition in a folder is approved, what changed since (`found`), what to do."""
    seal = project.seal(*project.office_and_period(folder))
    number = edition_number(folder)
    edition = dict(seal.approved()).get(number)
    if edition is None:
        return None
    place = project.relative(folder)
    made = {f"{place}/{name}": digest for name, digest in edition.outputs.items()}
    changed = ", ".join(changed_files(project, edition.inputs | made))
    key = "da_ky.doi" if changed else "da_ky"
    return Issue.of(key, file=seal.report, found=changed, edition=words_of(number, edition))


def words_of(number: int, edition: Edition) -> str:
    """Name an approved edition: its number, who approved it, when, and the number on it."""
    day = short_date(edition.on) if edition.on else ""
    known = (f"lần {number}", edition.by, day, edition.number and f"số {edition.number}")
    return ", ".join(filter(None, known))


def state_of(project: Project, folder: Path) -> str:
    """Say how far the edition whose files stand in a folder is: a key of `STAGES`, or nothing."""
    number, made = edition_number(folder), read_manifest(folder)
    if number in dict(project.seal(*project.office_and_period(folder)).approved()):
        return "sealed"
    if number > 1:
        return "revised"
    return "" if not made.exists else "draft" if made.draft else "final"
