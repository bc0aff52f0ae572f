"""`manifest.json`: what made a report, what came out, and how it went."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from danvan_nb.conform.results import Tally
from danvan_nb.errors import Issue
from danvan_nb.outputs.record import Result
from danvan_nb.outputs.versions import Fingerprint, fingerprint
from danvan_nb.project.files import read_json, sha256
from danvan_nb.project.models import ReportParams
from danvan_nb.project.project import Project

MANIFEST = "manifest.json"
NOTEBOOK = "report.ipynb"
FIGURES = "figures.csv"


class RunBlock(BaseModel, frozen=True):
    """What differs from run to run: when, how long, and the hash of the notebook with its times."""

    started: str = ""
    seconds: float = 0.0
    notebook: str = ""


class Manifest(BaseModel, frozen=True):
    """What a report was made from and what came out; the same for the same inputs but for `run`.

    Attributes
    ----------
    params : mapping
        The report's parameters.
    notebook, inputs, outputs : mapping of str to str
        SHA-256 by file: the master; every input, None for one that was not there; the made files
        but the notebook.
    code, packages
        The fingerprint of `versions`.
    checks : tuple of Issue
        What was found in data and narrative.
    reconciled : mapping of str to int
        How many figures were read back and found right in each format.
    omitted : tuple of str
        What was left out for want of data.
    form : mapping of str to Tally
        How each file of a final report does by the rules of the official form.
    draft : bool
        Whether it is a draft.
    run : RunBlock
        When and how long.
    """

    params: dict[str, Any] = {}
    notebook: dict[str, str] = {}
    inputs: dict[str, str | None] = {}
    outputs: dict[Annotated[str, Field(pattern=r"^[^/\\\x00]+$")], str] = {}
    code: str = ""
    packages: dict[str, str] = {}
    checks: tuple[Issue, ...] = ()
    reconciled: dict[str, int] = {}
    omitted: tuple[str, ...] = ()
    form: dict[str, Tally] = {}
    draft: bool = False
    run: RunBlock = RunBlock()

    @property
    def exists(self) -> bool:
        """Say whether a run noted anything: each report has inputs."""
        return bool(self.inputs)

    @property
    def hashes(self) -> dict[str, str]:
        """Give the SHA-256 of every made file."""
        return {**self.outputs, NOTEBOOK: self.run.notebook}

    @property
    def fingerprint(self) -> Fingerprint:
        """Give what made the report besides its inputs."""
        return Fingerprint(self.code, self.packages)

    def as_bytes(self) -> bytes:
        """Write the manifest as JSON."""
        return self.model_dump_json(indent=1).encode()


def describe(
    project: Project,
    params: ReportParams,
    inputs: Mapping[str, str | None],
    outputs: Mapping[str, bytes],
    result: Result,
    run: RunBlock,
    master: str | None,
) -> Manifest:
    """Describe a report that was just made.

    Parameters
    ----------
    project, params
        Which report.
    inputs : mapping of str to str
        The hashes that the notebook's stamp holds.
    outputs : mapping of str to bytes
        The made files but the notebook.
    result : Result
        How it went.
    run : RunBlock
        When, and how long it took.
    master : str
        The SHA-256 of the master that was read.
    """
    versions = fingerprint()
    return Manifest(
        params=params.model_dump(mode="json", by_alias=True, exclude={"limits"}),
        notebook={project.relative(project.master_file): master or ""},
        inputs=dict(inputs),
        outputs={name: sha256(data) for name, data in sorted(outputs.items())},
        code=versions.code,
        packages=dict(versions.packages),
        checks=result.issues,
        reconciled=dict(result.matched),
        omitted=result.omitted,
        form=dict(result.form),
        draft=result.draft,
        run=run,
    )


def read_manifest(folder: Path) -> Manifest:
    """Read what the last good run noted; an empty one if there is nothing readable."""
    with suppress(ValidationError):
        return Manifest.model_validate(read_json(folder / MANIFEST))
    return Manifest()
