"""Reports on many machines through dask.distributed (extra `[scale]`), imported only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.outputs.versions import differing, fingerprint
from danvan_nb.project.project import ROOT_MARK, Project, changed_files
from danvan_nb.run.batch import Job, Pool, packed

SCHEME = "dask://"
CONNECT_SECONDS = 10
RETRIES = (
    3  # a report whose worker died is done elsewhere; one that kills three workers is given up
)


@contextmanager
def dask(address: str, project: Project) -> Iterator[Pool]:
    """Use the cluster whose scheduler is at `dask://HOST:PORT`.

    Raises
    ------
    ParamsError
        If dask is not installed, nobody answers, there is no worker, or a worker has other versions than this machine.
    """
    try:
        from distributed import Client
    except ImportError:
        todo = 'Cài thêm: pip install "danvan_nb[scale]"'
        raise ParamsError(
            Issue("dask", "Chưa cài dask", column="--executor", found=address, todo=todo)
        ) from None
    try:
        client = Client(
            f"tcp://{address.removeprefix(SCHEME)}", timeout=CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, ValueError) as err:
        todo = "Kiểm tra địa chỉ, và dask scheduler đã chạy chưa"
        raise ParamsError(
            Issue("dask", "Không kết nối được", column="--executor", found=address, todo=todo)
        ) from err
    with client:
        workers = client.run(_look, str(project.root))
        if not workers:
            raise ParamsError(
                Issue(
                    "dask",
                    "Chưa có máy nào tham gia (dask worker)",
                    column="--executor",
                    found=address,
                )
            )
        issues = [
            Issue(
                "dask",
                f"Máy {worker} khác phiên bản: {', '.join(others)}",
                column="--executor",
                todo="Cài cùng một bản khóa",
            )
            for worker, (theirs, _) in workers.items()
            if (others := differing(theirs))
        ]
        if issues:
            raise ParamsError(issues)
        shared = all(
            not changed_files(project, {ROOT_MARK: digest}) for _, digest in workers.values()
        )

        def prepare(job: Job) -> Job:
            return replace(job if shared else packed(job), versions=fingerprint())

        yield Pool(
            client.get_executor(pure=False, retries=RETRIES),
            sum(client.nthreads().values()),
            prepare,
        )


def _look(root: str) -> tuple[dict[str, Any], str]:
    """Say, on a worker, what it runs and which project it sees in the shared folder (an empty digest: none)."""
    project = Project(Path(root))
    try:
        project.read(project.root / ROOT_MARK)
    except FileNotFoundError:
        return fingerprint(), ""
    return fingerprint(), project.reads[ROOT_MARK] or ""
