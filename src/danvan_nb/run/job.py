"""One report of many: which must be made and why, and the function that every executor runs.

It raises nothing that is a report's own: an error becomes the report's result.
"""

import gc
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from danvan_nb.errors import DanvanError, Issue, ParamsError, SealError
from danvan_nb.notebook.kernels.forkserver import NEW_OBJECTS
from danvan_nb.outputs import freshness, record, sealing
from danvan_nb.outputs.versions import Fingerprint, differing
from danvan_nb.project.files import in_words, is_passed_over, write_file
from danvan_nb.project.models import STANDARD, Limits, ReportParams
from danvan_nb.project.project import ROOT_MARK, Project


@dataclass(frozen=True)
class Job:
    """One report to make, and the folder that it is for.

    For another machine also the versions it must have, and the inputs if it can't see the project.
    """

    root: str
    params_file: str
    folder: str = ""
    formats: tuple[str, ...] = ()
    draft: bool = False
    reason: str = ""
    limits: Limits = STANDARD
    files: Mapping[str, bytes] | None = None
    versions: Fingerprint | None = None


def choose_jobs(
    project: Project,
    files: Sequence[str],
    formats: tuple[str, ...],
    draft: bool,
    force: bool,
    limits: Limits = STANDARD,
) -> tuple[list[Job], list[record.Result]]:
    """Decide which reports must be made.

    Returns
    -------
    list of Job
        Those to make.
    list of Result
        Of those that need nothing, or can't be tried.
    """
    jobs: list[Job] = []
    done: list[record.Result] = []
    asked: dict[str, list[tuple[str, ReportParams]]] = {}
    for file in files:
        try:
            with in_words():
                params = project.read_params(file)
            folder = project.relative(project.output_folder(params.office, params.period))
        except DanvanError as error:
            done.append(record.failure(file, error))
            continue
        asked.setdefault(folder, []).append((file, params))
    for folder, same in asked.items():
        if len(same) > 1:
            done += _refused(folder, [file for file, _ in same])
            continue
        file, params = same[0]
        if told := sealing.sealed_issue(project, project.root / folder):
            done.append(_held(file, folder, told, force or bool(told.found and len(files) == 1)))
            continue
        reason = "theo yêu cầu (--force)"
        if not force:
            reason = freshness.why_run(project, file, params, formats, draft)
        if reason:
            jobs.append(Job(str(project.root), file, folder, formats, draft, reason, limits))
        else:
            done.append(record.Result(file, folder=folder, skipped=True))
    return jobs, done


def _held(file: str, folder: str, told: Issue, insists: bool) -> record.Result:
    """Pass over an approved report: in words where it changed since, refused where asked for."""
    if insists:
        return record.failure(file, SealError(told))
    said = replace(told, severity="warning" if told.found else "notice")
    return record.Result(file, folder=folder, skipped=True, issues=(said,))


def _refused(folder: str, files: Sequence[str]) -> Iterator[record.Result]:
    """Refuse params files that would write the same report: which is right nobody can know."""
    for file in files:
        others = ", ".join(other for other in files if other != file)
        issue = Issue.of("trung_ket_qua", file=file, found=others, folder=folder)
        yield record.failure(file, ParamsError(issue))


def run_job(job: Job, say: Callable[[str], None] = lambda step: None) -> record.Result:
    """Make one report and say what became of it; the function that every executor runs."""
    skip_slow_import()
    gc.set_threshold(NEW_OBJECTS)
    # A worker may have joined after the others were asked for their versions.
    others = differing(job.versions) if job.versions is not None else []
    if others:
        issue = Issue.of("dask.phien_ban", machine=platform.node(), packages=", ".join(others))
        return record.failure(job.params_file, ParamsError(issue))
    if job.files is None:
        return _make(job, say)
    with tempfile.TemporaryDirectory(prefix="danvan-") as folder:
        for name, data in job.files.items():
            write_file(Path(folder, name), data)
        result = _make(replace(job, root=folder), say)
        made = {name: Path(folder, result.folder, name).read_bytes() for name in result.files}
        return replace(result, made=made)


def _make(job: Job, say: Callable[[str], None]) -> record.Result:
    try:
        from danvan_nb.run.pipeline import run_report

        root, draft, limits = Path(job.root), job.draft, job.limits
        with in_words():
            made = run_report(
                job.params_file, root, job.formats, draft=draft, limits=limits, say=say
            )
    except DanvanError as error:
        return record.failure(job.params_file, error, job.reason)
    except Exception as bug:  # noqa: BLE001  # it must not stop the others; its traceback is shown
        return record.crash(job.params_file, "".join(traceback.format_exception(bug)), job.reason)
    return replace(made, reason=job.reason)


def skip_slow_import() -> None:
    """Keep `rfc3987_syntax` out of a process of ours.

    It takes 1.1 s to build a grammar that jsonschema can do without.
    """
    if "rfc3987_syntax" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


def packed(job: Job) -> Job:
    """Add the inputs of a job: everything of its office, and what all reports share."""
    project = Project(Path(job.root))
    params = project.read_params(job.params_file)
    names = [ROOT_MARK, project.relative(project.catalogue_file), job.params_file]
    if params.narrative:
        names.append(params.narrative)
    paths = set(map(project.path, names))
    for folder in ("notebooks", f"params/{params.office}", params.data or f"data/{params.office}"):
        found = project.path(folder).rglob("*")
        paths |= {path for path in found if path.is_file() and not is_passed_over(path)}
    return replace(job, files={project.relative(path): path.read_bytes() for path in sorted(paths)})
