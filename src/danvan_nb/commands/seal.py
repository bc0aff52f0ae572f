"""The command `seal`: notes who approved a report, and which bytes."""

from typing import Annotated

from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.outputs.sealing import seal_report, words_of
from danvan_nb.project.seals import Edition


def seal(
    params: console.ParamsFiles,
    by: Annotated[str, console.option("seal.by", "--by")],
    number: Annotated[str, console.option("seal.number")] = "",
    date: Annotated[str, console.option("seal.date")] = "",
) -> None:
    """Seal reports, and say where that is noted."""
    if not by.strip():
        raise ParamsError(Issue.of("ky_duyet.ai"))
    project = console.find_project(params)
    day = console.read_day(date, "--date") if date else None
    approval = Edition(by=by, on=console.read_day(""), number=number, date=day)
    for file in console.expand(project, params):
        edition = seal_report(project, file, approval)
        at = project.office_and_period(file)
        words = words_of(len(project.seal(*at).editions), edition)
        noted = project.relative(project.seal_file(*at))
        told = f"{file} ({words}), ghi ở {noted}: đưa tệp này vào kho cùng tham số"
        console.out.print(f"[green]Đã ký duyệt[/] {escape(told)}", soft_wrap=True)
