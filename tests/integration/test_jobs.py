"""A job of jupyter-scheduler, really run by it, is a run of ours."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import pytest
from sample_project import OUTPUT, PARAMS

from danvan_nb import lab

with warnings.catch_warnings(
    action="ignore"
):  # it uses pydantic and SQLAlchemy as their older versions were
    from jupyter_scheduler.models import CreateJob
    from jupyter_scheduler.orm import create_tables
    from jupyter_scheduler.scheduler import Scheduler

    from danvan_nb.lab.jobs import ReportEnvironments, ReportJobs

NOTEBOOK = "bao_cao_dan_van.ipynb"
pytestmark = pytest.mark.filterwarnings("ignore")


def run_job(root: Path, folder: Path, params_file: str) -> tuple[Any, dict[str, str]]:
    """Submit a job as JupyterLab does and wait for it; returns the job and the files it left."""
    address = f"sqlite:///{folder}/jobs.sqlite"
    create_tables(address)
    about = {"root_dir": str(root), "db_url": address, "staging_path": str(folder / "staging")}
    scheduler = Scheduler(
        environments_manager=ReportEnvironments(), execution_manager_class=ReportJobs, **about
    )
    (offered,) = scheduler.environments_manager.list_environments()
    wanted = {"input_uri": f"notebooks/{NOTEBOOK}", "input_filename": NOTEBOOK, "name": "nửa năm"}
    wanted |= {"runtime_environment_name": offered.name, "output_formats": offered.output_formats}
    name = scheduler.create_job(CreateJob(**wanted, parameters={"params_file": params_file}))
    end = time.monotonic() + 90
    while (job := scheduler.get_job(name)).status not in (
        "COMPLETED",
        "FAILED",
    ) and time.monotonic() < end:
        time.sleep(0.2)
    return job, scheduler.get_staging_paths(job)


def test_a_job_makes_the_report(made: Path, copy: Path, tmp_path: Path) -> None:
    """The report stands in its place, and the job offers the same bytes for download in every
    format."""
    job, files = run_job(copy, tmp_path, PARAMS)
    assert job.status == "COMPLETED", job.status_message
    assert {file.file_format for file in job.job_files} >= {"html", "pdf", "docx", "ipynb"}
    for name in ("html", "pdf", "docx", "ipynb"):
        assert Path(files[name]).read_bytes() == (copy / OUTPUT / f"report.{name}").read_bytes(), (
            name
        )
    assert Path(files["pdf"]).read_bytes() == (made / OUTPUT / "report.pdf").read_bytes()


def test_a_job_that_fails_says_why(copy: Path, tmp_path: Path) -> None:
    """The message of the job is the command's, and nothing of an earlier run is lost."""
    before = (copy / OUTPUT / "report.pdf").read_bytes()
    (copy / PARAMS).write_text((copy / PARAMS).read_text("utf-8") + "la: 1\n", encoding="utf-8")
    job, _ = run_job(copy, tmp_path, PARAMS)
    assert job.status == "FAILED"
    assert "Khóa lạ" in job.status_message
    assert (copy / OUTPUT / "report.pdf").read_bytes() == before


def test_lab_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`danvan-nb lab` names our two classes, which are where it says."""
    called: list[str] = []
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", called.extend)
    monkeypatch.chdir(tmp_path)
    for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    lab.open_lab(tmp_path)
    names = [
        word.split("=")[1]
        for word in called
        if word.startswith(("--SchedulerApp.", "--BaseScheduler."))
    ]
    assert names == [
        f"{one.__module__}.{one.__qualname__}" for one in (ReportEnvironments, ReportJobs)
    ]
