"""When reports fall due: the closing dates of Nghị định 09/2019/NĐ-CP, and the deadline that a params file may set.

Owns dates and what was missed. It makes no report; `today` is always handed in.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

from danvan_nb.errors import DanvanError
from danvan_nb.outputs.freshness import why_run
from danvan_nb.outputs.manifest import read_manifest
from danvan_nb.project.period import Period, closing_date, default_deadline, last_closed
from danvan_nb.project.project import Project

STATES = {
    "done": "đã làm",
    "todo": "cần làm",
    "late": "quá hạn",
    "coming": "chưa đến ngày chốt",
    "no_params": "chưa có tệp tham số",
    "wrong": "tệp tham số chưa đúng",
}


@dataclass(frozen=True)
class Due:
    """A report with its closing date, deadline and state (a key of `STATES`); `reason` says what is to be done."""

    params_file: str
    office: str
    period: str
    closing: date
    deadline: date
    state: str
    reason: str = ""

    def as_dict(self) -> dict[str, str]:
        """Give it as plain data for `--json`."""
        return {name: str(value) for name, value in asdict(self).items()}


def find_due(project: Project, on: date) -> list[Due]:
    """List every report that the params files name, and those that should have one, by office and period.

    Of the period that has just closed a report is to be made again when its data change; an older one only if it was never
    made: a signed report is not redone because a package is newer.
    """
    current = last_closed(on)
    found: list[Due] = []
    for folder in sorted(path for path in (project.root / "params").iterdir() if path.is_dir()):
        periods = {path.stem: path for path in sorted(folder.glob("*.yml"))}
        office = project.offices.get(folder.name)
        closed = closing_date(current)
        reported = any(name < str(current) for name in periods)
        if office and office.valid_on(closed) and reported and str(current) not in periods:
            file, deadline = f"params/{folder.name}/{current}.yml", default_deadline(current)
            found.append(
                Due(file, folder.name, str(current), closed, deadline, "no_params", f"tạo {file}")
            )
        found += [_state(project, project.relative(path), on, current) for path in periods.values()]
    return found


def _state(project: Project, file: str, on: date, current: Period) -> Due:
    try:
        params = project.read_params(file)
    except DanvanError as error:
        return Due(file, file.split("/")[1], "", on, on, "wrong", str(error.issues[0]))
    closing, deadline = closing_date(params.period), params.due or default_deadline(params.period)
    if closing >= on:
        state, reason = "coming", ""
    else:
        made = read_manifest(project.output(params))
        never = made.draft or not made.exists
        reason = (
            why_run(project, file, params, (), False) if never or params.period == current else ""
        )
        state = "done" if not reason else "late" if on > deadline else "todo"
    return Due(file, params.office, str(params.period), closing, deadline, state, reason)
