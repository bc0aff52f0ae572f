"""Many reports: skipped, resumed, in parallel, on a cluster; one failure never stops the others."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from province import PERIOD, make_province
from sample_project import change, snapshot
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.outputs.record import Result, worst
from danvan_nb.outputs.versions import Fingerprint, fingerprint
from danvan_nb.project.files import read_json
from danvan_nb.project.project import Project
from danvan_nb.project.saving import changes
from danvan_nb.project.saving.hold import HOLDER, WORKING
from danvan_nb.run import batch
from danvan_nb.run.job import Job, choose_jobs, run_job

REPOSITORY = Path(__file__).parents[2]
FILES = ("report.html", "report.pdf", "report.docx", "figures.csv")
GLOB = f"params/**/{PERIOD}.yml"


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a made-up province of four offices whose reports were made one after the other;
    copy it to change it."""
    root = tmp_path_factory.mktemp("province") / "tinh"
    files = make_province(REPOSITORY, root, 4)
    assert worst(run_jobs(root, files)) == 0
    return root


@pytest.fixture
def copy(province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the province after its run, and stand in it."""
    root = Path(shutil.copytree(province, tmp_path / "tinh"))
    monkeypatch.chdir(root)
    return root


def run_jobs(root: Path, files: list[str]) -> list[Result]:
    jobs, done = choose_jobs(Project(root), files, (), False, False)
    return done + [run_job(job) for job in jobs]


def call(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """Run the command with `--json`; returns the exit code and the results."""
    done = CliRunner().invoke(app, ["run", *words, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, json.loads(done.stdout)


def bytes_of(root: Path) -> dict[str, bytes]:
    return {
        f"{path.parent.parent.name}/{path.name}": path.read_bytes()
        for path in root.glob("outputs/*/*/*")
        if path.name in FILES
    }


def reasons(results: list[dict[str, Any]]) -> dict[str, str]:
    return {result["params"]: result["reason"] for result in results if "reason" in result}


def test_nothing_changed_nothing_is_done(copy: Path) -> None:
    """An unchanged run touches no file of the outputs, and needs neither pandas nor papermill."""
    before = snapshot(copy / "outputs/xa-mau-0001")
    code, results = call(GLOB)
    assert (code, [result.get("skipped") for result in results]) == (0, [True] * 4)
    assert snapshot(copy / "outputs/xa-mau-0001") == before


def test_skipping_imports_nothing_heavy(copy: Path) -> None:
    """The unchanged path stays fast because it imports little."""
    import subprocess
    import sys

    script = (
        "import sys; from danvan_nb.commands.cli import app\n"
        "try: app()\nexcept SystemExit: pass\n"
        "print(sorted({'pandas','papermill','nbformat','matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", GLOB],
        cwd=copy,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert "4 không đổi" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


KEY = f"xa-mau-0002/{PERIOD}"
NARRATIVE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---
"""


def edit(file: str, old: str, new: str) -> Callable[[Path], object]:
    """Give what replaces a text in a file of the project."""
    return lambda root: change(root / file, old, new)


@pytest.mark.parametrize(
    ("what", "told", "count"),
    [
        pytest.param(
            edit(f"data/{KEY}/observations.csv", "thu_ngan_sach,plan", "thu_ngan_sach,plan "),
            "observations.csv",
            1,
            id="data",
        ),
        pytest.param(
            edit(f"params/{KEY}.yml", "CHỦ TỊCH", "PHÓ CHỦ TỊCH"), f"{PERIOD}.yml", 1, id="params"
        ),
        pytest.param(
            lambda root: (root / f"params/{KEY}.md").write_text(NARRATIVE),
            f"{PERIOD}.md",
            1,
            id="new_narrative",
        ),
        pytest.param(
            lambda root: shutil.copytree(root / f"data/{KEY}", root / "data/xa-mau-0002/2022-H2"),
            "2022-H2",
            1,
            id="new_period",
        ),
        pytest.param(
            edit("params/indicators.yml", "Danh mục chỉ tiêu.", "Danh mục các chỉ tiêu."),
            "indicators.yml",
            4,
            id="catalogue",
        ),
        pytest.param(
            edit("notebooks/bao_cao_dan_van.ipynb", "Python 3", "Python3"),
            "bao_cao_dan_van.ipynb",
            4,
            id="master",
        ),
        pytest.param(
            lambda root: (root / f"outputs/{KEY}/report.pdf").unlink(),
            "report.pdf",
            1,
            id="lost_output",
        ),
        pytest.param(
            edit(f"outputs/{KEY}/manifest.json", '"pandas": "', '"pandas": "0.'),
            "pandas",
            1,
            id="package",
        ),
        pytest.param(
            edit(f"outputs/{KEY}/manifest.json", '"code": "', '"code": "0'),
            "danvan_nb",
            1,
            id="code",
        ),
    ],
)
def test_what_changed_is_named(copy: Path, what: Any, told: str, count: int) -> None:
    """Each kind of dependency makes exactly the reports run that depend on it,
    and the reason names it."""
    what(copy)
    jobs, _ = choose_jobs(
        Project(copy),
        sorted(str(path.relative_to(copy)) for path in copy.glob(GLOB)),
        (),
        False,
        False,
    )
    assert len(jobs) == count
    assert told in jobs[-1].reason


def test_times_do_not_matter(copy: Path) -> None:
    """A clock that is set back, or files that were only touched, change nothing."""
    for path in copy.rglob("*"):
        os.utime(path, (0, 0))
    assert [result.get("skipped") for result in call(GLOB)[1]] == [True] * 4


def test_same_bytes_in_parallel(province: Path, copy: Path) -> None:
    """Two processes make what one made, byte for byte, and say why they ran."""
    code, results = call(GLOB, "-j", "2", "--force")
    assert (code, set(reasons(results).values())) == (0, {"theo yêu cầu (--force)"})
    assert bytes_of(copy) == bytes_of(province)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_one_failure_stops_nobody(copy: Path, jobs: str) -> None:
    """The others are made, the exit code is the worst,
    `--only failed` takes up what failed and nothing else."""
    wrong = copy / f"data/xa-mau-0003/{PERIOD}/observations.csv"
    change(wrong, "thu_ngan_sach,actual", "thu_ngan,actual")
    kept = snapshot(copy / f"outputs/xa-mau-0003/{PERIOD}")
    code, results = call(GLOB, "-j", jobs, "--force")
    assert (code, sorted(result["exit_code"] for result in results)) == (3, [0, 0, 0, 3])
    assert {
        name: data
        for name, data in snapshot(copy / f"outputs/xa-mau-0003/{PERIOD}").items()
        if "failed" not in name
    } == kept
    record = json.loads((copy / "outputs/results.json").read_text(encoding="utf-8"))
    assert record["exit_code"] == 3
    assert [
        error["rule"] for error in record["reports"][f"params/xa-mau-0003/{PERIOD}.yml"]["errors"]
    ] == ["chi_tieu_la"]
    change(wrong, "thu_ngan,actual", "thu_ngan_sach,actual")
    code, results = call("--only", "failed")
    assert (code, [result["params"] for result in results]) == (
        0,
        [f"params/xa-mau-0003/{PERIOD}.yml"],
    )
    assert call("--only", "failed") == (0, [])


def test_two_params_files_of_one_report(copy: Path) -> None:
    """A copy of a params file is refused by itself, two of which none has the right name both."""
    own, other = (copy / f"params/xa-mau-0001/{name}.yml" for name in (PERIOD, "ban-sao"))
    shutil.copy(own, other)
    code, results = call("params/xa-mau-0001/*.yml", "--to", "html", "--force")
    told = {Path(result["params"]).stem: result["exit_code"] for result in results}
    assert (code, told) == (2, {PERIOD: 0, "ban-sao": 2})
    assert "trung_ket_qua" in [issue["rule"] for result in results for issue in result["issues"]]
    own.rename(copy / "params/xa-mau-0001/khac.yml")
    code, results = call("params/xa-mau-0001/*.yml", "--force")
    assert {result["issues"][0]["rule"] for result in results} == {"trung_ket_qua"}


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["params/**/1999-H1.yml"], "tep_tham_so"),
        ([], "tep_tham_so"),
        ([GLOB, "--force", "--executor", "dask://127.0.0.1:9"], "dask"),
        ([GLOB, "--executor", "ray://x"], "tuy_chon"),
        (["--due", "--on", "hôm qua"], "ngay"),
    ],
)
def test_wrong_words(
    copy: Path, words: list[str], rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A glob that matches nothing, nobody at the address, an unknown place: told with exit 2,
    nothing touched."""
    monkeypatch.setattr("danvan_nb.run.cluster.CONNECT_SECONDS", 1)
    before = bytes_of(copy)
    code, results = call(*words)
    assert (code, results[0]["issues"][0]["rule"]) == (2, rule)
    assert bytes_of(copy) == before


def test_a_full_disk(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report fails with a clear message and exit 5; earlier outputs stay,
    nothing half-made remains."""

    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    before = bytes_of(copy)
    monkeypatch.setattr(changes, "write_part", full)
    code, results = call(f"params/xa-mau-0001/{PERIOD}.yml", "--force")
    assert (code, results[0]["issues"][0]["rule"]) == (5, "tep_khoa")
    assert bytes_of(copy) == before
    assert [one.name for one in (copy / "outputs/.working").iterdir()] == ["locks"]


def test_a_last_command_is_told(copy: Path) -> None:
    """`--then` gets the exit code and the result file, after success and after failure."""
    then = f"echo $DANVAN_EXIT $(basename $DANVAN_RESULT) >> {copy}/told"
    call(GLOB, "--then", then)
    assert (copy / "told").read_text().split() == ["0", "results.json"]
    call("params/**/1999-H1.yml", "--then", then)
    assert (copy / "told").read_text().split() == ["0", "results.json", "2", "results.json"]


def test_due_reports_are_made_and_missed_ones_caught_up(copy: Path) -> None:
    """`run --due` makes what is due and was never made, and leaves the rest."""
    shutil.rmtree(copy / f"outputs/xa-mau-0002/{PERIOD}")
    assert call("--due", "--on", "2023-06-14") == (0, [])
    code, results = call("--due", "--on", "2023-06-20")
    assert (code, [result["params"] for result in results]) == (
        0,
        [f"params/xa-mau-0002/{PERIOD}.yml"],
    )


def kill_once(job: Job) -> Result:
    """Stand for reports of which one brings its process down the first time, and one always."""
    path = Path(job.params_file)
    if path.name == "bad" or (path.name == "a" and not path.exists()):
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Result(job.params_file)


def test_a_dying_process_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports under way when a process dies are done again;
    one that always kills its process fails alone."""

    @contextmanager
    def forked() -> Iterator[batch.Pool]:
        from multiprocessing import get_context

        with ProcessPoolExecutor(2, get_context("fork")) as executor:
            yield batch.Pool(executor, 2)

    monkeypatch.setattr(batch, "run_job", kill_once)
    jobs = [Job(str(tmp_path), str(tmp_path / name)) for name in ("a", "bad", "b", "c")]
    results = [(Path(one.params).name, one.exit_code) for one in batch.run_all(jobs, forked)]
    assert dict(results) == {"a": 0, "b": 0, "c": 0, "bad": 1}


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Give a dask cluster of two processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        yield cluster


def test_dask_makes_the_same_bytes(province: Path, copy: Path, cluster: Any) -> None:
    """The same runs on a cluster that shares the folder."""
    address = cluster.scheduler_address.removeprefix("tcp://")
    code, _ = call(GLOB, "--force", "--executor", f"dask://{address}")
    assert code == 0
    assert bytes_of(copy) == bytes_of(province)


def test_dask_without_a_shared_folder(
    province: Path, copy: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inputs and outputs travel as bytes where a worker does not see the project."""
    monkeypatch.setattr("danvan_nb.run.cluster._look", _sees_nothing)
    shutil.rmtree(copy / "outputs")
    change(
        copy / f"data/xa-mau-0003/{PERIOD}/observations.csv",
        "thu_ngan_sach,actual",
        "thu_ngan,actual",
    )
    address = cluster.scheduler_address.removeprefix("tcp://")
    code, _ = call(GLOB, "--executor", f"dask://{address}")
    assert code == 3
    wanted = {name: data for name, data in bytes_of(province).items() if "0003" not in name}
    assert bytes_of(copy) == wanted
    assert (copy / f"outputs/xa-mau-0003/{PERIOD}/failed/log.txt").is_file()


def test_dask_worker_of_another_version(
    copy: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that would make something else is refused, named with what differs."""
    monkeypatch.setattr("danvan_nb.run.cluster._look", _has_old_pandas)
    code, results = call(
        GLOB, "--force", "--executor", f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
    )
    assert code == 2
    assert "pandas" in results[0]["issues"][0]["message"]


def test_dask_worker_that_joined_late(
    copy: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was not asked at the start says itself that it has other versions,
    and makes nothing."""
    monkeypatch.setattr("danvan_nb.run.cluster.fingerprint", lambda: _has_old_pandas("")[0])
    before = bytes_of(copy)
    code, results = call(
        GLOB, "--force", "--executor", f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
    )
    assert (code, len(results)) == (2, 4)
    assert all("pandas" in result["issues"][0]["message"] for result in results)
    assert bytes_of(copy) == before


def test_dask_worker_that_dies(copy: Path, province: Path, cluster: Any) -> None:
    """A worker killed in the middle loses no report."""
    workers = {worker.pid for worker in cluster.workers.values()}
    killed: set[int] = set()

    def kill() -> None:
        end = time.monotonic() + 60
        while not killed and time.monotonic() < end:
            notes = (copy / WORKING).glob(f"*/{HOLDER}")
            killed.update(workers.intersection(read_json(note).get("pid") for note in notes))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    killer.start()
    code, results = call(
        GLOB, "--force", "--executor", f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
    )
    killer.join()
    assert killed, "no worker was killed while it made a report"
    assert (code, len(results)) == (0, 4)
    assert bytes_of(copy) == bytes_of(province)


def _sees_nothing(root: str) -> tuple[Fingerprint, str]:
    return fingerprint(), ""


def _has_old_pandas(root: str) -> tuple[Fingerprint, str]:
    mine = fingerprint()
    return Fingerprint(mine.code, {**mine.packages, "pandas": "0.1"}), ""
