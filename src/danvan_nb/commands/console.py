"""The screen: errors, issues, progress and JSON, as every command shows them.

Owns the consoles, the common arguments and the class of the commands. It knows no command.
"""

import codecs
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from glob import escape as escape_glob
from glob import glob
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import HEAVY_HEAD, SIMPLE
from rich.markup import escape
from rich.table import Column, Table
from typer.core import TyperCommand

from danvan_nb.commands.streams import Screen
from danvan_nb.errors import SEVERITIES, DanvanError, Issue, ParamsError, bounded
from danvan_nb.project.files import in_words, is_passed_over, read_table
from danvan_nb.project.period import Period
from danvan_nb.project.project import PARAMS_ENDINGS, Project

out = Screen(highlight=False)
err = Screen(stderr=True, highlight=False)

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
Every = Annotated[bool, option("any.every", "--all")]
AsJson = Annotated[bool, option("any.json", "--json")]

WIDE = 100
"""Columns of a window that holds the tables without a break."""
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
            with in_words():
                return super().invoke(ctx)
        except DanvanError as error:
            raise _ended(error) from None
        finally:
            out.quiet = err.quiet = False


def _ended(error: DanvanError) -> typer.Exit:
    """Tell a user's error and give the end that it makes."""
    if out.quiet:
        print_json(
            [{"exit_code": error.exit_code, "kind": error.kind, "issues": [*bounded(error.issues)]}]
        )
    show_error(error.kind, error.issues)
    with suppress(ParamsError):
        hand_back(Project.find(), error.issues)
    return typer.Exit(error.exit_code)


def show_error(kind: str, issues: Iterable[Issue], file: str = "") -> None:
    """Show why a report, or the command, came to nothing."""
    err.print(f"[bold red]{kind}[/]{f' ({escape(file)})' if file else ''}:")
    for issue in bounded(issues):
        err.print(f"  - {_words(issue)}", soft_wrap=True)


def show_issues(issues: Iterable[Issue], more: str = "") -> None:
    """Show what was found besides, each in the colour of its severity, with more said of that."""
    for issue in issues:
        colour, severity = SEVERITY_COLOURS[issue.severity], SEVERITIES[issue.severity]
        out.print(f"[{colour}]{severity}{more}[/]: {_words(issue)}", soft_wrap=True)


def show_findings(issues: Sequence[Issue], earlier: Sequence[Issue] | None, every: bool) -> None:
    """Show what a run found: in full what the run before did not, the rest a line for each rule.

    Parameters
    ----------
    issues, earlier
        What was found now, and then; None where there was no run before.
    every : bool
        Show all in full.
    """
    known = Counter(map(_essence, earlier or ()))
    grouped: dict[str, list[Issue]] = defaultdict(list)
    for issue in issues:
        is_known = known[_essence(issue)] > 0
        known[_essence(issue)] -= 1
        is_plain = is_known or (earlier is None and issue.severity == "notice")
        if is_plain and not every and issue.severity != "error":
            grouped[issue.rule].append(issue)
        else:
            show_issues([issue], "" if is_known or earlier is None else " mới")
    for first, *others in grouped.values():
        show_issues([first], f" ({len(others) + 1} chỗ, ví dụ)" if others else "")
    if any(len(alike) > 1 for alike in grouped.values()):
        out.print("[dim]Đã gộp những điều cùng loại; thêm --all để xem hết.[/]")


def _essence(issue: Issue) -> Issue:
    """Take away where in its file a finding stands: rows move when others are put in above."""
    return replace(issue, row=None, cell="")


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


def expand(project: Project, patterns: Sequence[str]) -> list[str]:
    """List the params files that a person means, relative to the project.

    That is a file, `*` and `**` (which shells of Windows don't expand), a folder, or the id of an
    office; periods beside them (`sa-dec 2023-H1`) choose among what these hold.

    Raises
    ------
    ParamsError
        If nothing is meant, a file is not there, or it is none of parameters.
    """
    periods = [one for one in patterns if Period.is_one(one)]
    named = [one for one in patterns if one not in periods] or [str(project.root / "params")]
    found = [path for pattern in named for path in _meant(project, pattern, periods)]
    return list(dict.fromkeys(map(project.relative, found)))


def _meant(project: Project, pattern: str, periods: Sequence[str]) -> list[Path]:
    path = Path(pattern)
    if "*" in pattern:
        return _chosen(project, pattern, pattern, periods)
    folder = path if path.is_dir() else project.root / pattern
    if not folder.is_dir() and not path.suffix and not path.is_file():
        project.office(pattern)
        folder = project.params_file(pattern, "").parent
    if folder.is_dir():
        return _chosen(project, pattern, f"{escape_glob(str(folder))}/**", periods)
    found = path if path.is_file() else project.params_path(pattern)
    if not _is_params(project, found):
        known = ", ".join(project.params_files()[:3])
        raise ParamsError(Issue.of("tep_tham_so.loai", file=pattern, known=known))
    return [found]


def _chosen(project: Project, pattern: str, search: str, periods: Sequence[str]) -> list[Path]:
    there = map(Path, sorted(glob(search, recursive=True)))  # noqa: PTH207 - it may be absolute
    found = [one for one in there if one.is_file() and _is_params(project, one)]
    chosen = [one for one in found if not periods or one.stem in periods]
    if not chosen:
        key = "tep_tham_so.ky" if periods else "tep_tham_so.mau"
        raise ParamsError(Issue.of(key, found=pattern, period=", ".join(periods)))
    return chosen


def _is_params(project: Project, path: Path) -> bool:
    others = (project.catalogue_file, project.offices_file)
    is_yaml = path.suffix.lower() in PARAMS_ENDINGS and not is_passed_over(path)
    return is_yaml and path.resolve() not in others


def expand_files(patterns: Iterable[str]) -> list[str]:
    """Expand `*`, which shells of Windows don't; what matches nothing stays, to be told."""
    found = {each: sorted(glob(each)) if "*" in each else [] for each in patterns}  # noqa: PTH207
    return [file for each, some in found.items() for file in some or [each]]


def table(*heads: str, days: Collection[str] = ()) -> Table:
    """Begin a table whose long cells go on in the next line, none is cut; `days` do not break."""
    box = HEAVY_HEAD if out.width >= WIDE else SIMPLE  # no room for lines between the columns
    least = dict.fromkeys(days, len("30/06/2023"))
    columns = (Column(head, overflow="fold", min_width=least.get(head)) for head in heads)
    return Table(*columns, box=box, pad_edge=box is HEAVY_HEAD)


def file_cell(file: str) -> str:
    """Show a params file in a table; in a narrow window the office and its period, as run takes."""
    *_, office, name = ("", *escape(file).split("/"))
    return escape(file) if out.width >= WIDE else f"{office}\n{name.rpartition('.')[0] or name}"


def read_day(text: str, option: str = "--on") -> date:
    """Read the day of an option, today where none is given; ParamsError if it is no date."""
    try:
        return date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise ParamsError(Issue.of("ngay.lenh", column=option, found=text)) from None
