"""A job of jupyter-scheduler (extra `[jobs]`) is `danvan-nb run` of the report in its notebook.

Owns what jupyter-scheduler runs and which formats it offers. Its own manager would execute a copy
of the notebook outside the project and write every file as text.
"""

import shutil
import sys
from pathlib import Path

from jupyter_scheduler.environments import EnvironmentManager
from jupyter_scheduler.executors import DefaultExecutionManager
from jupyter_scheduler.models import RuntimeEnvironment

from danvan_nb.notebook.cells import params_file_of, read_notebook
from danvan_nb.outputs.record import write_record
from danvan_nb.project.formats import FORMATS, ROWS
from danvan_nb.project.project import Project
from danvan_nb.run.job import choose_jobs, run_job

OFFERED = {row.name: row.label for row in ROWS} | {"ipynb": "Sổ tay"}


class ReportJobs(DefaultExecutionManager):  # type: ignore[misc]
    """Make the report in its usual place, and hand the job a copy of the files it asked for."""

    def execute(self) -> None:
        """Run the job; an error becomes its message."""
        wanted = self.model.output_formats or ()
        nb = read_notebook(Path(self.staging_paths["input"]))
        file = (self.model.parameters or {}).get("params_file") or params_file_of(nb)
        project = Project.find(Path(self.root_dir))
        own = project.read_params(file).formats
        formats = tuple(name for name in FORMATS if name in (*wanted, *own))
        todo, results = choose_jobs(project, [file], formats, draft=False, force=False)
        results += [run_job(job) for job in todo]
        write_record(project, results)
        (result,) = results
        if result.exit_code:
            raise RuntimeError("\n".join(map(str, result.issues)) or result.traceback)
        for name in wanted:
            made = project.root / result.folder / f"report.{name}"
            shutil.copyfile(made, self.staging_paths[name])


class ReportEnvironments(EnvironmentManager):  # type: ignore[misc]
    """Offer this environment, and the formats of a report."""

    def list_environments(self) -> list[RuntimeEnvironment]:
        """Give the environment that the server runs in."""
        environment = RuntimeEnvironment(
            name="danvan_nb",
            label="danvan_nb",
            description="danvan-nb run",
            file_extensions=["ipynb"],
            output_formats=list(OFFERED),
            metadata={"path": sys.executable},
        )
        return [environment]

    def manage_environments_command(self) -> str:
        """Give none: there is one environment."""
        return ""

    def output_formats_mapping(self) -> dict[str, str]:
        """Name the formats."""
        return OFFERED
