"""The command `keep`: shows what a person changed, asks, and carries it back."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.keep.plan import KeepPlan, plan_keep, write_kept
from danvan_nb.project.project import Project
from danvan_nb.project.saving.former import FORMER

DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
"""Colours of the lines of a `diff -u`, by how they begin."""


def keep(
    file: Annotated[Path, console.argument("keep.file")],
    yes: Annotated[bool, console.option("keep.yes", "--yes", "-y")] = False,
    to_master: Annotated[bool, console.option("keep.master", "--master")] = False,
) -> None:
    """Keep the edits of a notebook or a Word file."""
    rooted = Project.find(file.parent).root / file
    plan = plan_keep(file if file.exists() or not rooted.exists() else rooted, to_master=to_master)
    for line in plan.diff:
        console.out.print(line, style=DIFF_COLOURS.get(line[:1]), markup=False, soft_wrap=True)
    console.show_issues(plan.issues)
    if not plan.writes:
        write_kept(plan, _waiting)
        console.out.print("Chưa ghi gì." if plan.left else _nothing(plan))
    elif yes or (sys.stdin.isatty() and typer.confirm("Ghi các thay đổi trên?")):
        kept = write_kept(plan, _waiting)
        console.out.print(f"[green]Đã ghi[/] {escape(', '.join(plan.writes))}")
        console.show_issues(kept)
    else:
        console.out.print("Chưa ghi gì; thêm --yes để ghi.")
        raise typer.Exit(1)
    if plan.left:
        raise typer.Exit(1)


def _waiting(who: str) -> None:
    console.out.print(f"Chờ lượt chạy của báo cáo này ({escape(who)})")


def _nothing(plan: KeepPlan) -> str:
    """Say that nothing is written, and where the file with what was only named can be found."""
    if not plan.issues:
        return "Không có gì để ghi."
    copies = escape(f"{FORMER}/{plan.project.relative(plan.file)}/")
    return f"Không có gì để ghi; khi chạy lại, tệp này được giữ một bản ở {copies}"
