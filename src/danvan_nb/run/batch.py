"""Many reports: which must be made, where they run, and what became of each.

The single extension point is a `concurrent.futures` executor: this process, a pool of processes, or dask's. It renders nothing.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from filelock import FileLock

from danvan_nb.errors import DanvanError, Issue, ParamsError, RenderError, errors_among
from danvan_nb.outputs.folder import claim, guard, keep_failure, publish, why_run
from danvan_nb.outputs.versions import differing
from danvan_nb.project.project import ROOT_MARK, Project

RECORD = "outputs/results.json"
REPORTS_PER_PROCESS = (
    100  # then a fresh one: what libraries never give back stays bounded (docs/performance.md)
)

Result = dict[str, Any]
"""What became of a report: `params` and `exit_code`, and what `run_report` gives, or `kind` and `issues`, or `skipped`."""


@dataclass(frozen=True)
class Job:
    """One report to make; for another machine also the versions it must have, and the inputs if it can't see the project."""

    root: str
    params_file: str
    formats: tuple[str, ...] = ()
    draft: bool = False
    reason: str = ""
    files: Mapping[str, bytes] | None = None
    versions: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Pool:
    """Where jobs run: an executor, how many at a time, and what a job needs to travel there."""

    executor: Executor
    width: int
    prepare: Callable[[Job], Job] = lambda job: job


def plan(
    project: Project, files: Sequence[str], formats: tuple[str, ...], draft: bool, force: bool
) -> tuple[list[Job], list[Result]]:
    """Decide which reports must be made; returns the jobs, and the results of those that need none or can't be tried.

    Raises
    ------
    ParamsError
        If two params files would write the same output.
    """
    jobs: list[Job] = []
    done: list[Result] = []
    owners: dict[Path, str] = {}
    for file in files:
        try:
            params = project.read_params(file)
        except DanvanError as error:
            done.append(failure(file, error))
            continue
        folder = project.output(params)
        if folder in owners:
            todo = "Mỗi đơn vị, mỗi kỳ chỉ có một tệp tham số; bỏ bớt một tệp"
            message = f"Hai tệp tham số cùng ghi vào {project.relative(folder)}/"
            raise ParamsError(
                Issue("trung_ket_qua", message, file=file, found=owners[folder], todo=todo)
            )
        owners[folder] = file
        reason = (
            "theo yêu cầu (--force)" if force else why_run(project, file, params, formats, draft)
        )
        if reason:
            jobs.append(Job(str(project.root), file, formats, draft, reason))
        else:
            done.append(
                {
                    "params": file,
                    "exit_code": 0,
                    "folder": project.relative(folder),
                    "skipped": True,
                }
            )
    return jobs, done


def run_job(job: Job, say: Callable[[str], None] = lambda step: None) -> Result:
    """Make one report and say what became of it; the function that every executor runs."""
    skip_slow_import()
    if job.versions is not None and (
        others := differing(job.versions)
    ):  # a worker that joined after the others were asked
        issue = Issue(
            "dask",
            f"Máy {platform.node()} khác phiên bản: {', '.join(others)}",
            todo="Cài cùng một bản khóa",
        )
        return failure(job.params_file, ParamsError(issue))
    if job.files is None:
        return _make(job, say)
    with tempfile.TemporaryDirectory(prefix="danvan-") as folder:
        for name, data in job.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        result = _make(replace(job, root=folder), say)
        made = Path(folder, result.get("folder", ""))
        return result | {
            "made": {name: (made / name).read_bytes() for name in result.get("files", ())}
        }


def _make(job: Job, say: Callable[[str], None]) -> Result:
    try:
        from danvan_nb.run.pipeline import run_report

        made = run_report(
            job.params_file, start=Path(job.root), formats=job.formats, draft=job.draft, say=say
        )
    except DanvanError as error:
        return failure(job.params_file, error) | {"reason": job.reason}
    except Exception as bug:  # noqa: BLE001  # one report's bug must not stop the others; the command shows its traceback
        return _crash(job, "".join(traceback.format_exception(bug)))
    return {
        "params": job.params_file,
        "exit_code": 0,
        **made,
        "reason": job.reason,
        "draft": job.draft,
    }


def failure(file: str, error: DanvanError) -> Result:
    """Give a user's error as a result."""
    return {
        "params": file,
        "exit_code": error.exit_code,
        "kind": error.kind,
        "issues": list(error.issues),
    }


def as_json(results: Any) -> str:
    """Write results for machines."""
    return json.dumps(results, ensure_ascii=False, indent=1, default=Issue.as_dict)


def _crash(job: Job, trace: str) -> Result:
    kind = "Lỗi chương trình"
    return {
        "params": job.params_file,
        "exit_code": 1,
        "kind": kind,
        "issues": [],
        "traceback": trace,
        "reason": job.reason,
    }


def skip_slow_import() -> None:
    """Keep `rfc3987_syntax` out of a process of ours: it takes 1.1 s to build a grammar that jsonschema can do without."""
    if "rfc3987_syntax" not in sys.modules:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]


@contextmanager
def processes(width: int) -> Iterator[Pool]:
    """Run jobs in a pool of processes of this machine, each with one thread for arithmetic."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # spawn: a forked copy of a process that draws a progress display with threads may hang
    with ProcessPoolExecutor(
        width, get_context("spawn"), max_tasks_per_child=REPORTS_PER_PROCESS
    ) as executor:
        yield Pool(executor, width)


def run_all(
    jobs: Sequence[Job], open_pool: Callable[[], AbstractContextManager[Pool]]
) -> Iterator[Result]:
    """Run jobs in a pool, few ahead of the workers so that memory stays flat, and yield each result as it comes.

    A worker process that dies breaks its pool; those then under way run again one at a time, so that the one at fault is known.
    """
    waiting, suspects = deque(jobs), deque[Job]()
    while waiting or suspects:
        queue, alone = (suspects, True) if suspects else (waiting, False)
        running: dict[Future[Result], Job] = {}
        with open_pool() as pool:
            try:
                while queue or running:
                    while queue and len(running) < (1 if alone else 2 * pool.width):
                        running[pool.executor.submit(run_job, pool.prepare(queue[0]))] = queue[0]
                        queue.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        result = _result(future, running[future])
                        yield _received(running.pop(future), result)
            except BrokenExecutor:
                if alone:
                    yield from (
                        _crash(job, "Tiến trình làm báo cáo bị dừng đột ngột (thiếu bộ nhớ?)")
                        for job in running.values()
                    )
                else:
                    suspects.extend(running.values())


def _result(future: Future[Result], job: Job) -> Result:
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:  # noqa: BLE001  # dask gives up on a report whose worker died several times
        return _crash(job, f"{type(error).__name__}: {error}")


def packed(job: Job) -> Job:
    """Add the inputs of a job: everything of its office, and what all reports share."""
    project = Project(Path(job.root))
    params = project.read_params(job.params_file)
    folders = {"notebooks", f"params/{params.office}", params.data or f"data/{params.office}"}
    names = {
        ROOT_MARK,
        project.relative(project.catalogue_file),
        job.params_file,
        *([params.narrative] if params.narrative else []),
    }
    paths = {project.path(name) for name in names}
    paths |= {
        path for folder in folders for path in project.path(folder).rglob("*") if path.is_file()
    }
    return replace(job, files={project.relative(path): path.read_bytes() for path in sorted(paths)})


def _received(job: Job, result: Result) -> Result:
    """Put in place what came back as bytes."""
    made = result.pop("made", None)
    if made is None:
        return result
    project = Project(Path(job.root))
    folder = project.output(project.read_params(job.params_file))
    try:
        with claim(folder, lambda: None) as staging:
            guard(folder, project.relative(folder))
            if made:
                publish(folder, made)
            else:
                keep_failure(folder, staging, as_json(result))
    except DanvanError as error:
        return failure(job.params_file, error)
    return result


def read_record(project: Project) -> dict[str, Result]:
    """Give what became of each report when it was last tried, by params file."""
    try:
        data = json.loads((project.root / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return data["reports"] if isinstance(data, dict) and "reports" in data else {}


def write_record(project: Project, results: Sequence[Result]) -> None:
    """Note the results for machines, for `--only failed` and for the index; those of other reports stay.

    Raises
    ------
    RenderError
        If it can't be written.
    """
    path = project.root / RECORD
    now = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        path.parent.mkdir(exist_ok=True)
        with FileLock(path.parent / ".results.lock"):
            reports = read_record(project)
            for result in results:
                brief = {
                    key: value for key, value in result.items() if key not in ("issues", "params")
                }
                brief["errors"] = errors_among(result.get("issues", ()))
                brief["warnings"] = Counter(issue.severity for issue in result.get("issues", ()))[
                    "warning"
                ]
                earlier = reports.get(result["params"], {}) if result.get("skipped") else {}
                reports[result["params"]] = {**earlier, **brief, "at": now}
            data = {
                "at": now,
                "exit_code": worst(results),
                "tried": [result["params"] for result in results],
                "reports": reports,
            }
            fresh = path.with_suffix(".new")
            fresh.write_text(as_json(data), encoding="utf-8")
            fresh.replace(path)
    except OSError as err:
        raise RenderError(
            Issue("ghi_tep", f"Không ghi được {RECORD}: {err.strerror}", file=RECORD)
        ) from err


def worst(results: Sequence[Result]) -> int:
    """Give the exit code of the worst result."""
    return max((result["exit_code"] for result in results), default=0)
