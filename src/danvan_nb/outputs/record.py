"""What became of reports: the result of each run, and the record of all that were ever tried.

Owns `outputs/results.json` and the form in which results are told to machines (`--json`).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from danvan_nb.conform.results import Tally
from danvan_nb.errors import DanvanError, Issue, bounded, errors_among
from danvan_nb.project.files import read_json, write_part
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import changing

TOLD_SKIPPED: tuple[str, ...] = ("folder", "skipped", "issues")
TOLD_FAILED: tuple[str, ...] = ("kind", "issues", "reason", "traceback")
TOLD_MADE: tuple[str, ...] = ("folder", "files", "matched", "omitted", "form", "issues")
TOLD_MADE += ("seconds", "reason", "draft")


@dataclass(frozen=True)
class Result:
    """What became of a report.

    Attributes
    ----------
    params : str
        Its params file.
    exit_code : int
        0 where it was made, checked or skipped; else that of its error.
    kind : str
        What kind of error.
    issues : tuple of Issue
        All that was found, errors or not.
    folder, files
        Where it was made, and the names of its files.
    matched : mapping of str to int
        How many figures were read back and found right in each format.
    omitted : tuple of str
        What was left out for want of data.
    form : mapping of str to Tally
        How each file of a final report does by the rules of the official form.
    seconds : float
        How long it took.
    reason : str
        Why it was made.
    draft, skipped : bool
        Whether it is a draft; whether nothing had to be done.
    traceback : str
        Of a bug of ours.
    made : mapping of str to bytes, optional
        The files themselves, where they travelled back from another machine.
    """

    params: str
    exit_code: int = 0
    kind: str = ""
    issues: tuple[Issue, ...] = ()
    folder: str = ""
    files: tuple[str, ...] = ()
    matched: Mapping[str, int] = field(default_factory=dict)
    omitted: tuple[str, ...] = ()
    form: Mapping[str, Tally] = field(default_factory=dict)
    seconds: float = 0.0
    reason: str = ""
    draft: bool = False
    skipped: bool = False
    traceback: str = ""
    made: Mapping[str, bytes] | None = None

    def as_dict(self, every: bool = False) -> dict[str, Any]:
        """Give the result as plain data: what says something for a report that went this way.

        Of issues of a kind only the first, unless `every` one is wanted.
        """
        names = TOLD_MADE
        if self.skipped:
            names = TOLD_SKIPPED
        elif self.exit_code:
            names = tuple(name for name in TOLD_FAILED if name == "issues" or getattr(self, name))
        told = {name: getattr(self, name) for name in ("params", "exit_code", *names)}
        return told | ({} if every or "issues" not in told else {"issues": [*bounded(self.issues)]})


def failure(file: str, error: DanvanError, reason: str = "") -> Result:
    """Give a user's error as a result."""
    return Result(file, error.exit_code, error.kind, error.issues, reason=reason)


def crash(file: str, trace: str, reason: str = "") -> Result:
    """Give a bug, or a process that died, as a result."""
    return Result(file, 1, "Lỗi chương trình", reason=reason, traceback=trace)


def worst(results: Iterable[Result]) -> int:
    """Give the exit code of the worst result."""
    return max((result.exit_code for result in results), default=0)


def results_json(data: Any) -> str:
    """Write results, issues or what holds them for machines."""
    return json.dumps(data, ensure_ascii=False, indent=1, default=_plain)


def _plain(one: Any) -> Any:
    """Give as plain data what JSON has no word for: a day, a result, any other value of ours."""
    if isinstance(one, date):
        return one.isoformat()
    return one.as_dict() if isinstance(one, Result | Issue) else vars(one)


def read_record(project: Project) -> dict[str, Result]:
    """Give what became of each report when it was last tried, by file: exit code and kind."""
    reports = _noted(project).items()
    return {file: Result(file, one["exit_code"], one.get("kind", "")) for file, one in reports}


def write_record(project: Project, results: Sequence[Result]) -> None:
    """Note the results for machines, for `--only failed` and for the index; other reports' stay.

    Raises
    ------
    RenderError
        If it can't be written.
    """
    path = project.results_file
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with changing(project.root) as folder:
        reports = _noted(project)
        for result in results:
            earlier = reports.get(result.params, {}) if result.skipped else {}
            reports[result.params] = {**earlier, **_brief(result), "at": now}
        tried = [result.params for result in results]
        data = {"at": now, "exit_code": worst(results), "tried": tried, "reports": reports}
        write_part(folder / path.name, results_json(data)).replace(path)


def _noted(project: Project) -> dict[str, dict[str, Any]]:
    reports = read_json(project.results_file).get("reports")
    known = reports.items() if isinstance(reports, dict) else ()
    return {file: one for file, one in known if isinstance(one, dict) and "exit_code" in one}


def _brief(result: Result) -> dict[str, Any]:
    """Keep the errors and count the warnings; the other issues are told only when they come up."""
    brief = result.as_dict()
    brief.pop("params")
    brief.pop("issues", None)
    warnings = sum(issue.severity == "warning" for issue in result.issues)
    return brief | {"errors": [*bounded(errors_among(result.issues))], "warnings": warnings}
