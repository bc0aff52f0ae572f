"""The screen: errors, issues, progress and JSON, as every command shows them.

Owns the consoles, the common arguments and the class of the commands. It knows no command.
"""

import codecs
import json
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

from danvan_nb.errors import SEVERITIES, DanvanError, InputError, Issue, ParamsError
from danvan_nb.project.files import is_passed_over, read_table, unreadable
from danvan_nb.project.project import Project

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

HELP = read_table("commands", "help")
"""The words of the help: commands, their arguments and options, and what typer says itself."""


def argument(name: str) -> Any:
    """Describe an argument as the help names it (`keep.file`)."""
    command, _, own = name.partition(".")
    return typer.Argument(**HELP[command][own])


def option(name: str, *flags: str, **rules: Any) -> Any:
    """Describe an option as the help names it (`run.draft`), with flags other than its name's."""
    command, _, own = name.partition(".")
    make: Any = typer.Option
    return make(*flags, **HELP[command][own], **rules)


ParamsFiles = Annotated[list[str], argument("any.params")]
PeriodName = Annotated[str, argument("any.period")]
OfficeName = Annotated[str, argument("any.office")]
OnDay = Annotated[str, option("any.on", "--on")]
AsJson = Annotated[bool, option("any.json", "--json")]

SEVERITY_COLOURS = {"error": "red", "warning": "yellow", "notice": "cyan"}


def in_vietnamese(text: str) -> str:
    """Say in Vietnamese what typer says.

    Examples
    --------
    >>> in_vietnamese("No such command 'runn'. Did you mean 'run'?")
    "Không có lệnh 'runn'. Có phải là 'run'?"
    """
    for english, words in HELP["english"].items():
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
            raise _ended(error) from None
        except OSError as error:
            if not error.filename:
                raise
            raise _ended(InputError(unreadable(str(error.filename), error))) from None
        finally:
            out.quiet = err.quiet = False


def _ended(error: DanvanError) -> typer.Exit:
    """Tell a user's error and give the end that it makes."""
    if out.quiet:
        print_json([{"exit_code": error.exit_code, "kind": error.kind, "issues": error.issues}])
    show_error(error.kind, error.issues)
    with suppress(ParamsError):
        hand_back(Project.find(), error.issues)
    return typer.Exit(error.exit_code)


def show_error(kind: str, issues: Iterable[Issue], file: str = "") -> None:
    """Show why a report, or the command, came to nothing."""
    err.print(f"[bold red]{kind}[/]{f' ({escape(file)})' if file else ''}:")
    for issue in issues:
        err.print(f"  - {_words(issue)}", soft_wrap=True)


def show_issues(issues: Iterable[Issue]) -> None:
    """Show what was found besides, each in the colour of its severity."""
    for issue in issues:
        colour, severity = SEVERITY_COLOURS[issue.severity], SEVERITIES[issue.severity]
        out.print(f"[{colour}]{severity}[/]: {_words(issue)}", soft_wrap=True)


def _words(issue: Issue) -> str:
    return f"{escape(str(issue))} [dim]\\[{issue.rule}][/]"


def hand_back(project: Project, issues: Sequence[Issue]) -> None:
    """Write the marked copies of workbooks with errors and say where; a machine has the issues."""
    if err.quiet or not any(issue.sheet for issue in issues):
        return
    from danvan_nb.commands.returns import return_workbooks

    for path in return_workbooks(project, issues):
        name = escape(project.relative(path))
        err.print(f"Bản đánh dấu chỗ sai để trả lại đơn vị: {name}", soft_wrap=True)


def print_json(data: Any) -> None:
    """Give machines the results."""
    from danvan_nb.outputs.record import results_json

    text = results_json(data)
    if codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8":
        text = json.dumps(json.loads(text), indent=1)  # machines get every letter, escaped
    sys.stdout.write(text + "\n")


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
    chosen: list[Path] = []
    for pattern in patterns:
        if "*" not in pattern:
            here = Path(pattern)
            chosen.append(here if here.is_file() else project.params_path(pattern))
            continue
        named = map(Path, glob(pattern, recursive=True))  # noqa: PTH207 - it may be absolute
        found = sorted(path for path in named if path.is_file() and not is_passed_over(path))
        if not found:
            raise ParamsError(Issue.of("tep_tham_so.mau", found=pattern))
        chosen += found
    return list(dict.fromkeys(map(project.relative, chosen)))


def read_day(text: str) -> date:
    """Read the day of `--on`, today where none is given; ParamsError if it is no date."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise ParamsError(Issue.of("ngay.lenh", found=text)) from None
