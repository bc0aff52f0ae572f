"""The command `lab`: JupyterLab on the project."""

from typing import Annotated

from danvan_nb.commands.console import argument
from danvan_nb.lab import open_lab
from danvan_nb.project.project import Project


def lab(options: Annotated[list[str] | None, argument("lab.options")] = None) -> None:
    """Open JupyterLab."""
    open_lab(Project.find().root, options or [])
