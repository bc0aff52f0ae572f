"""JupyterLab with the settings and the extension of this package, and notebooks that it trusts.

`labextensions/` and `labconfig/` beside this file are what JupyterLab reads, here by way of its
search paths and, once the wheel is installed, in their usual places under the environment too.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from danvan_nb.errors import Issue, ParamsError

HOME = Path(__file__).parent
JOBS = (
    "--SchedulerApp.environment_manager_class=danvan_nb.lab.jobs.ReportEnvironments",
    "--BaseScheduler.execution_manager_class=danvan_nb.lab.jobs.ReportJobs",
)
"""What makes a job of jupyter-scheduler a run of ours."""


def lab_environment() -> dict[str, str]:
    """Give the environment in which JupyterLab finds our extension and settings first."""
    joined = {
        name: os.pathsep.join(filter(None, (str(HOME), os.environ.get(name))))
        for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH")
    }
    return os.environ | joined


def open_lab(root: Path, options: Sequence[str] = ()) -> None:
    """Open JupyterLab on a project; returns when it is closed.

    Raises
    ------
    ParamsError
        If JupyterLab or jupyterlab-myst is not installed.
    """
    missing = [name for name in ("jupyterlab", "jupyterlab_myst") if find_spec(name) is None]
    if missing:
        raise ParamsError(Issue.of("thieu_goi", found=", ".join(missing)))
    jobs = JOBS if find_spec("jupyter_scheduler") else ()
    os.environ.update(lab_environment())  # which Jupyter reads while it is imported
    os.chdir(root)
    from jupyterlab.labapp import LabApp

    # In this process, so that whatever ends the command ends the server, and it its kernels.
    own = (f"--ServerApp.root_dir={root}", "--ServerApp.answer_yes=True")
    LabApp.launch_instance([*own, *jobs, *options])


def trust(notebook: Path) -> None:
    """Sign a notebook that a run of this user has just made, as Jupyter signs what was run in it.

    Unsigned, JupyterLab shows none of its drawings.
    """
    from nbformat.sign import NotebookNotary

    from danvan_nb.notebook.cells import read_notebook

    with suppress(OSError):  # a service account may have no home, and looks at no notebook
        NotebookNotary().sign(read_notebook(notebook))
