"""Many reports at once: where they run, and each result as it comes.

The single extension point is a `concurrent.futures` executor: a pool of processes, or dask's. It
decides nothing and renders nothing.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures import ProcessPoolExecutor as Processes
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from danvan_nb.errors import DanvanError
from danvan_nb.outputs.folder import claim, leave_failure, publish
from danvan_nb.outputs.freshness import guard
from danvan_nb.outputs.record import Result, crash, failure, results_json
from danvan_nb.outputs.sealing import refuse_sealed
from danvan_nb.project.project import Project
from danvan_nb.run.job import Job, run_job

# Then a fresh one: what libraries never give back stays bounded (docs/performance.md).
REPORTS_PER_PROCESS = 100
DIED = "Tiến trình làm báo cáo bị dừng đột ngột (thiếu bộ nhớ?)"


@dataclass(frozen=True)
class Pool:
    """Where jobs run: an executor, how many at a time, and what a job needs to travel there."""

    executor: Executor
    width: int
    prepare: Callable[[Job], Job] = lambda job: job


OpenPool: TypeAlias = Callable[[], AbstractContextManager[Pool]]


@contextmanager
def processes(width: int) -> Iterator[Pool]:
    """Run jobs in a pool of processes of this machine, each with one thread for arithmetic."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # spawn: a forked copy of a process that draws a progress display with threads may hang
    context = get_context("spawn")
    with Processes(width, context, _follow, max_tasks_per_child=REPORTS_PER_PROCESS) as executor:
        yield Pool(executor, width)


def _follow() -> None:
    """End this worker, and with it its kernels, when the process that began the batch is gone."""

    def leave() -> None:
        wait_for([parent_process().sentinel])  # type: ignore[union-attr]  # a worker has one
        os._exit(1)

    Thread(target=leave, daemon=True).start()


def run_all(jobs: Sequence[Job], open_pool: OpenPool) -> Iterator[Result]:
    """Run jobs in a pool and yield each result as it comes.

    A worker process that dies breaks its pool; those then under way run again one at a time, so
    that the one at fault is known.
    """
    waiting = deque(jobs)
    while waiting:
        suspects = deque((yield from _run(waiting, open_pool)))
        while suspects:
            for job in (yield from _run(suspects, open_pool, alone=True)):
                yield crash(job.params_file, DIED, job.reason)


def _run(
    queue: deque[Job], open_pool: OpenPool, *, alone: bool = False
) -> Generator[Result, None, list[Job]]:
    """Run a queue in a fresh pool, few ahead of the workers so that memory stays flat.

    Returns the jobs that were under way when the pool broke; those not begun stay in the queue.
    """
    running: dict[Future[Result], Job] = {}
    with suppress(BrokenExecutor), open_pool() as pool:
        most = 1 if alone else 2 * pool.width
        while queue or running:
            while queue and len(running) < most:
                running[pool.executor.submit(run_job, pool.prepare(queue[0]))] = queue[0]
                queue.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = _result(future, running[future])
                yield _put_in_place(running.pop(future), result)
    return list(running.values())


def _result(future: Future[Result], job: Job) -> Result:
    try:
        return future.result()
    except BrokenExecutor:
        raise
    except Exception as error:  # noqa: BLE001  # dask gives up where a report's workers died often
        return crash(job.params_file, f"{type(error).__name__}: {error}", job.reason)


def _put_in_place(job: Job, result: Result) -> Result:
    """Publish here what came back as bytes."""
    if result.made is None:
        return result
    # Slow to import, and a report that is skipped needs none of it.
    from danvan_nb.keep.word_edits import says_the_same

    project = Project(Path(job.root))
    folder = project.root / job.folder
    try:
        with claim(project, folder) as staging:
            refuse_sealed(project, folder)
            guard(folder, job.folder, says_the_same)
            if result.made:
                told = publish(project, folder, result.made)
                result = replace(result, issues=(*result.issues, *told))
            else:
                leave_failure(project, folder, staging, results_json(result))
    except DanvanError as error:
        return failure(job.params_file, error)
    return replace(result, made=None)
