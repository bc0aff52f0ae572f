"""The command `verify`: whether a received file is the approved one, byte by byte.

It needs no network and no project: a seal beside the file is enough.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import CheckError, InputError, Issue, ParamsError
from danvan_nb.outputs.sealing import words_of
from danvan_nb.project.files import digest
from danvan_nb.project.formats import ROWS
from danvan_nb.project.project import Project
from danvan_nb.project.seals import Seal, read_seal

SUFFIXES = tuple(f".{row.name}" for row in ROWS)
SEALS = "*.seal.json"


def verify(
    files: Annotated[list[str], console.argument("verify.files")], as_json: console.AsJson = False
) -> None:
    """Verify files one after the other."""
    papers = [paper for each in console.expand_files(files) for paper in _papers(Path(each))]
    told = []
    for paper in papers:
        edition, issues = _compare(paper)
        told.append({"file": str(paper), "edition": edition, "issues": issues})
        if edition:
            right = f"[green]đúng bản đã ký duyệt[/]: {escape(edition)}"
            console.out.print(f"{escape(str(paper))}: {right}", soft_wrap=True)
        console.show_issues(issues)
    if as_json:
        console.print_json(told)
    raise typer.Exit(CheckError.exit_code if any(one["issues"] for one in told) else 0)


def _papers(path: Path) -> list[Path]:
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    papers = [one for one in inside if one.suffix.lower() in SUFFIXES and one.is_file()]
    if not papers:
        known = ", ".join(SUFFIXES)
        raise InputError(Issue.of("xac_nhan.khong_co", file=str(path), known=known))
    return papers


def _compare(paper: Path) -> tuple[str, list[Issue]]:
    """Give the approved edition that a file is, in words; else what it differs from."""
    seals = list(_seals(paper.resolve()))
    if not seals:
        return "", [Issue.of("xac_nhan.khong_dau", file=str(paper))]
    own, others = digest(paper), []
    for seal in seals:
        approved = seal.approved()
        for at, edition in reversed(approved):
            words, last = f"{seal.report}, {words_of(at, edition)}", approved[-1][0]
            if own in edition.outputs.values():
                return f"{words}; đã có lần {last} thay thế" if last > at else words, []
            made = edition.outputs.get(f"report{paper.suffix.lower()}", "-")
            others.append(f"{made} ({words})")
    facts = {"found": own, "expected": ", ".join(others)}
    return "", [Issue.of("xac_nhan.khac", file=str(paper), **facts)]


def _seals(paper: Path) -> Iterator[Seal]:
    """Read the seals beside a file or its folder; of a project those of its report, or all."""
    beside = {path for folder in paper.parents[:2] for path in folder.glob(SEALS)}
    with suppress(ParamsError):
        project = Project.find(paper.parent)
        own = project.seal_file(*project.office_and_period(paper))
        beside |= {own} if own.is_file() else set(project.root.glob(f"params/*/{SEALS}"))
    for path in sorted(beside):
        yield read_seal(path, str(path))
