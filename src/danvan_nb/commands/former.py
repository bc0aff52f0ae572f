"""The command `former`: the former versions of files, listed, and one of them put back."""

from pathlib import Path
from typing import Annotated

from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.outputs.sealing import refuse_sealed
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.project.saving.former import former_folder, former_versions


def former(
    file: Annotated[str, console.argument("former.file")] = ".",
    restore: Annotated[int, console.option("former.restore", min=0)] = 0,
) -> None:
    """List the former versions, the newest first, or put the one of that number back."""
    project = Project.find(Path(file).parent)
    named = Path(file).as_posix()
    if not former_folder(project.root, named).exists():
        named = project.relative(Path(file))
    versions = list(former_versions(project.root, named))
    if not versions or restore > len(versions):
        raise ParamsError(Issue.of("ban_cu.khong_co", found=file, number=len(versions)))
    if restore:
        one = versions[restore - 1]
        refuse_sealed(project, (project.root / one.file).parent)
        put = {project.root / one.file: one.path.read_bytes()}
        console.show_issues(write_all(project.root, put, "former"))
        console.out.print(f"[green]Đã lấy lại[/] {escape(one.file)} (bản {one.when})")
        return
    table = console.table("Số", "Tệp", "Ngày giờ", "Cỡ (KB)", "Trước khi")
    for number, one in enumerate(versions, 1):
        size = f"{one.path.stat().st_size / 1024:.1f}".replace(".", ",")
        table.add_row(f"{number}", escape(one.file), one.when, size, escape(one.why))
    console.out.print(table)
