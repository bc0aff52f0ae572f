"""The command `due`: which reports are to be made, by closing dates and what a params file sets.

Owns what was missed. It makes no report; today is always handed in.
"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path

from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import DanvanError, program
from danvan_nb.outputs import freshness, manifest, sealing
from danvan_nb.project.files import alike, read_table
from danvan_nb.project.period import Period, closing_date, default_deadline, last_closed
from danvan_nb.project.project import PARAMS_ENDINGS, Project

STATES = read_table("commands", "due")


@dataclass(frozen=True)
class Due:
    """A report with its dates and state (a key of `STATES`); `reason` says what is to be done.

    `made` is how far the edition is that stands among the outputs (`sealing.STAGES`).
    """

    params_file: str
    office: str
    period: str
    closing: date
    deadline: date
    state: str
    reason: str = ""
    made: str = ""

    @property
    def is_open(self) -> bool:
        """Say whether a run takes it up, if only to tell that its params are wrong."""
        return self.state not in ("done", "coming")


def find_due(project: Project, on: date) -> list[Due]:
    """List the reports that params files name, and those that should have one.

    Of the period that has just closed a report is to be made again when its data change; an older
    one only if it was never made: a signed report is not redone because a package is newer.
    """
    found: list[Due] = []
    for office, same in groupby(project.params_files(), lambda file: Path(file).parent.name):
        written = list(same)
        for period in _missing(project, office, [Path(file).stem for file in written], on):
            path = project.params_file(office, period)
            near = alike(path.parent, str(period), (*PARAMS_ENDINGS, ".txt"))
            file, dates = project.relative(path), (closing_date(period), default_deadline(period))
            todo = f"{program()} new {period} --office {office}"
            if near:
                todo = f"đổi tên {near[0].name} thành {file}"
            found.append(Due(file, office, str(period), *dates, "no_params", todo))
        found += [_state(project, file, on) for file in written]
    return found


def _missing(project: Project, name: str, written: list[str], on: date) -> list[Period]:
    """List the reports that an office which has reported before, and still exists, has no file for.

    It owes what it reported last year; otherwise the longest of the periods that closed last, of
    the lengths that it has reported, unless another one of the same last day is there.
    """
    office = project.offices.get(name)
    periods = {Period.parse(each) for each in written if Period.is_one(each)}
    closed = {last_closed(on, one) for one in periods}
    closed = {one for one in closed if office and office.valid_on(closing_date(one))}
    owed = {one for one in closed if one.same_period in periods} or _newest(closed, periods)
    return sorted(owed - periods)


def _newest(closed: set[Period], periods: set[Period]) -> set[Period]:
    """Give the latest of the periods that closed, if a shorter or longer one is not there."""
    newest = max(closed, default=None)
    there = {one.last_day for one in periods}
    later = newest is not None and min(periods) < newest
    return {newest} if newest and later and newest.last_day not in there else set()


def _state(project: Project, file: str, on: date) -> Due:
    try:
        params = project.read_params(file)
        folder = project.output_folder(params.office, params.period)
    except DanvanError as error:
        office, _ = project.office_and_period(file)
        return Due(file, office, "", on, on, "wrong", str(error.issues[0]))
    period = params.period
    closing, deadline = closing_date(period), params.due or default_deadline(period)
    far = sealing.state_of(project, folder)
    due = Due(file, params.office, str(period), closing, deadline, "done", made=far)
    if closing >= on:
        return replace(due, state="coming")
    made = manifest.read_manifest(folder)
    final = made.exists and not made.draft
    if far == "sealed" or (final and period != last_closed(on, period)):
        return due
    reason = freshness.why_run(project, file, params, (), False)
    if not reason:
        return due
    return replace(due, state="late" if on > deadline else "todo", reason=reason)


HEADS = ("Báo cáo", "Chốt số liệu", "Hạn gửi", "Tình trạng", "Việc cần làm")


def due(on: console.OnDay = "", as_json: console.AsJson = False) -> None:
    """Show what is due, and what is to be done."""
    found = find_due(Project.find(), console.read_day(on))
    if as_json:
        console.print_json(found)
    table = console.table(*HEADS, days=HEADS[1:3])
    for item in found:
        days = (f"{day:%d/%m/%Y}" for day in (item.closing, item.deadline))
        file, reason = console.file_cell(item.params_file), escape(item.reason)
        far = f" ({sealing.STAGES[item.made]})" if item.made else ""
        table.add_row(file, *days, f"{STATES[item.state]}{far}", reason)
    console.out.print(table)
