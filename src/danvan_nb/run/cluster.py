"""Reports on many machines through dask.distributed (extra `[scale]`), imported only when used."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.outputs.versions import Fingerprint, differing, fingerprint
from danvan_nb.project.project import ROOT_MARK, Project, changed_files
from danvan_nb.run.batch import Pool
from danvan_nb.run.job import Job, packed

SCHEME = "dask://"
CONNECT_SECONDS = 10
Look: TypeAlias = tuple[Fingerprint, str]
# A report whose worker died is done elsewhere; one that kills three workers is given up.
RETRIES = 3


@contextmanager
def dask(address: str, project: Project) -> Iterator[Pool]:
    """Use the cluster whose scheduler is at `dask://HOST:PORT`.

    Raises
    ------
    ParamsError
        If dask is not installed, nobody answers, there is no worker, or a worker has other
        versions than this machine.
    """
    with _connect(address) as client:
        workers = client.run(_look, str(project.root))
        _check_workers(workers, address)
        seen = ({ROOT_MARK: digest} for _, digest in workers.values())
        shared = not any(changed_files(project, digests) for digests in seen)

        def prepare(job: Job) -> Job:
            return replace(job if shared else packed(job), versions=fingerprint())

        executor = client.get_executor(pure=False, retries=RETRIES)
        yield Pool(executor, sum(client.nthreads().values()), prepare)


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        issue = Issue.of("dask.chua_cai", column="--executor", found=address)
        raise ParamsError(issue) from None
    place = f"tcp://{address.removeprefix(SCHEME)}"
    try:
        return Client(place, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as err:
        issue = Issue.of("dask.khong_tra_loi", column="--executor", found=address)
        raise ParamsError(issue) from err


def _check_workers(workers: dict[str, Look], address: str) -> None:
    if not workers:
        raise ParamsError(Issue.of("dask.khong_co_may", column="--executor", found=address))
    issues = []
    for worker, (theirs, _) in workers.items():
        if others := ", ".join(differing(theirs)):
            words = {"column": "--executor", "machine": worker, "packages": others}
            issues.append(Issue.of("dask.phien_ban", **words))
    if issues:
        raise ParamsError(issues)


def _look(root: str) -> Look:
    """Say, on a worker, what it runs and which project it sees (an empty digest: none)."""
    project = Project(Path(root))
    try:
        project.read(project.root / ROOT_MARK)
    except FileNotFoundError:
        return fingerprint(), ""
    return fingerprint(), project.reads[ROOT_MARK] or ""
