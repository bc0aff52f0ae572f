"""The screen: errors, issues, progress and JSON, as every command shows them.

Owns the consoles, the common arguments and the class of the commands. It knows no command.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from glob import glob
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from typer.core import TyperCommand

from danvan_nb.errors import SEVERITIES, DanvanError, Issue, ParamsError
from danvan_nb.project.project import Project

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

PARAMS_HELP = "Tệp tham số, ví dụ params/sa-dec/2023-H1.yml; dùng được * và **."
OFFICE_HELP = "Mã đơn vị trong params/offices.yml, ví dụ mau-xa-1."
ParamsFiles = Annotated[list[str], typer.Argument(metavar="TỆP", help=PARAMS_HELP)]
PeriodName = Annotated[str, typer.Argument(metavar="KỲ", help="Kỳ báo cáo, ví dụ 2023-H1.")]
OnDay = Annotated[
    str,
    typer.Option(
        "--on", metavar="NGÀY", help="Tính theo ngày này (năm-tháng-ngày) thay cho hôm nay."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON cho máy đọc.")]

COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}
WORDS = {
    "Usage:": "Cách dùng:",
    "Arguments:": "Đối số:",
    "Options:": "Tùy chọn:",
    "[default: ": "[mặc định: ",
    "Show this message and exit.": "Hiện trang này.",
    "required]": "bắt buộc]",
    "Missing command": "Thiếu lệnh",
    "Missing argument": "Thiếu đối số",
    "Missing option": "Thiếu tùy chọn",
    "No such command": "Không có lệnh",
    "No such option:": "Không có tùy chọn",
    "Did you mean": "Có phải là",
    "Possible options:": "Có phải là",
    "Invalid value for": "Giá trị không đúng ở",
    "Got unexpected extra argument(s)": "Thừa đối số",
    "Option ": "Tùy chọn ",
    "requires an argument": "cần một giá trị",
    "Input should be a valid integer, unable to parse string as an integer": "phải là số nguyên",
    "Input should be greater than or equal to": "phải từ",
}
"""What typer says in English and has no setting for."""


def in_vietnamese(text: str) -> str:
    """Say in Vietnamese what typer says.

    Examples
    --------
    >>> in_vietnamese("No such command 'runn'. Did you mean 'run'?")
    "Không có lệnh 'runn'. Có phải là 'run'?"
    """
    for english, words in WORDS.items():
        text = text.replace(english, words)
    # the type that typer adds to the name of an argument says nothing to a user
    return re.sub(r" <[a-z\[\]]+>", lambda kind: " " * len(kind[0]), text)


class Vietnamese:
    """The help and the usage of a command or a group, in Vietnamese."""

    def get_help(self, ctx: Any) -> str:
        """Give the page of `--help`."""
        return in_vietnamese(super().get_help(ctx))  # type: ignore[misc]

    def get_usage(self, ctx: Any) -> str:
        """Give the line that stands before a wrong argument."""
        return in_vietnamese(super().get_usage(ctx))  # type: ignore[misc]


class Command(Vietnamese, TyperCommand):
    """A command that tells a user's error in words and ends with the exit code of its kind.

    With `--json` it says no words.
    """

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        out.quiet = err.quiet = bool(ctx.params.get("as_json"))
        try:
            return super().invoke(ctx)
        except DanvanError as error:
            if out.quiet:
                print_json(
                    [{"exit_code": error.exit_code, "kind": error.kind, "issues": error.issues}]
                )
            show_error(error.kind, error.issues)
            with suppress(ParamsError):
                return_workbooks(Project.find(), error.issues)
            raise typer.Exit(error.exit_code) from None
        finally:
            out.quiet = err.quiet = False


def show_error(kind: str, issues: Iterable[Issue], file: str = "") -> None:
    """Show why a report, or the command, came to nothing."""
    err.print(f"[bold red]{kind}[/]{f' ({escape(file)})' if file else ''}:")
    for issue in issues:
        err.print(f"  - {_words(issue)}", soft_wrap=True)


def show_issues(issues: Iterable[Issue]) -> None:
    """Show what was found besides, each in the colour of its severity."""
    for issue in issues:
        colour, severity = COLOURS[issue.severity], SEVERITIES[issue.severity]
        out.print(f"[{colour}]{severity}[/]: {_words(issue)}", soft_wrap=True)


def _words(issue: Issue) -> str:
    return f"{escape(str(issue))} [dim]\\[{issue.rule}][/]"


def return_workbooks(project: Project, issues: Sequence[Issue]) -> None:
    """Write the marked copies of workbooks with errors and say where; a machine has the issues."""
    if err.quiet or not any(issue.sheet for issue in issues):
        return
    from danvan_nb.data.returns import return_workbooks as write_copies

    for path in write_copies(project, issues):
        name = escape(project.relative(path))
        err.print(f"Bản đánh dấu chỗ sai để trả lại đơn vị: {name}", soft_wrap=True)


def print_json(data: Any) -> None:
    """Give machines the results."""
    from danvan_nb.outputs.record import as_json

    sys.stdout.write(as_json(data) + "\n")


@contextmanager
def progress(count: int) -> Iterator[tuple[Callable[[str, str], None], Callable[[], None]]]:
    """Show on one line how far all the reports are.

    Yields
    ------
    say : function
        Told a params file and the step that it has come to.
    advance : function
        Called when a report is done.
    """
    from rich import progress as bars

    columns = (
        bars.SpinnerColumn(),
        bars.MofNCompleteColumn(),
        bars.BarColumn(),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.description}"),
    )
    hidden = err.quiet or not count
    with bars.Progress(*columns, console=err, transient=True, disable=hidden) as bar:
        task = bar.add_task("", total=count)
        yield (
            lambda file, step: bar.update(task, description=escape(f"{file}: {step}")),
            lambda: bar.advance(task),
        )


def find_project(patterns: Iterable[str]) -> Project:
    """Find the project of the files named, else that of the working directory."""
    return Project.find(*(Path(pattern).parent for pattern in patterns if "*" not in pattern))


def expand(project: Project, patterns: Iterable[str]) -> list[str]:
    """Expand `*` and `**` (shells of Windows don't), and name files relative to the project.

    Raises
    ------
    ParamsError
        If a pattern matches nothing, or a file is not there.
    """
    files: list[Path] = []
    for pattern in patterns:
        if "*" not in pattern:
            here = Path(pattern)
            files.append(here if here.is_file() else project.params_path(pattern))
            continue
        named = map(Path, glob(pattern, recursive=True))  # noqa: PTH207 - it may be absolute
        found = sorted(path for path in named if path.is_file())
        if not found:
            raise ParamsError(Issue.of("tep_tham_so.mau", found=pattern))
        files += found
    return list(dict.fromkeys(map(project.relative, files)))


def read_day(text: str) -> date:
    """Read the day of `--on`, today where none is given; ParamsError if it is no date."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise ParamsError(Issue.of("ngay.lenh", found=text)) from None
