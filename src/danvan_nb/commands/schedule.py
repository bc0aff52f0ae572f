"""The command `schedule`: ready entries for the schedulers of Linux and Windows.

They run `danvan-nb run --due` from the day after the closing date to the day by which provinces
report to the Government: a day on which the machine was off is made up for on the next.
"""

import calendar
import shlex
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any
from xml.sax.saxutils import escape

from danvan_nb.commands.console import argument, option
from danvan_nb.errors import Issue, ParamsError, program_file
from danvan_nb.project.period import CLOSING_DAY, REPORTED_BY, Period
from danvan_nb.project.project import Project

SCHEDULERS = ("cron", "systemd", "windows")
HOUR, MINUTE = 6, 15
HALVES = (6, 12)
"""The months in which halves close, which every office reports."""


def closing_months(project: Project) -> tuple[int, ...]:
    """List the months in which periods close of the lengths that there are params files for."""
    names = (Path(file).stem for file in project.params_files())
    periods = [Period.parse(name) for name in names if Period.is_one(name)]
    months = {Period(one.year, code).span.last for one in periods for code in one.siblings}
    return tuple(sorted(months.union(HALVES)))


def entry(
    kind: str, root: Path, program: str, then: str = "", months: tuple[int, ...] = HALVES
) -> str:
    """Write the entry of a project for one scheduler.

    Parameters
    ----------
    kind : str
        `cron`, `systemd` or `windows` (a file for `schtasks /create /xml`).
    root : Path
        The project.
    program : str
        The launcher or `danvan-nb`, with its full path, for schedulers know no environment.
    then : str
        The command to run at the end.
    months : tuple of int
        In which data close.
    """
    words = [program, "run", "--due", *(["--then", then] if then else [])]
    times = {"hour": HOUR, "minute": MINUTE, "first": CLOSING_DAY + 1, "last": REPORTED_BY}
    write = {"cron": _cron, "systemd": _systemd, "windows": _windows}[kind]
    return write(str(root), words, times, months)


def _fill(kind: str, /, **parts: Any) -> str:
    template = files(__package__).joinpath("templates", f"schedule.{kind}")
    return template.read_text(encoding="utf-8").format(**parts)


def _cron(root: str, words: list[str], times: dict[str, int], closing: tuple[int, ...]) -> str:
    command = shlex.join(words).replace("%", r"\%")  # cron takes % for a line end
    months = " và ".join(f"tháng {month}" for month in closing)
    numbers = ",".join(map(str, closing))
    folder = shlex.quote(root).replace("%", r"\%")
    return _fill("cron", root=folder, command=command, months=months, numbers=numbers, **times)


def _systemd(root: str, words: list[str], times: dict[str, int], closing: tuple[int, ...]) -> str:
    quoted = (word.replace("\\", r"\\").replace('"', r"\"") for word in words)
    command = " ".join(f'"{word}"' for word in quoted)
    command = command.replace("%", "%%").replace("$", "$$")  # systemd takes % and $ for its own
    months = ",".join(f"{month:02}" for month in closing)
    return _fill("systemd", root=root.replace("%", "%%"), command=command, months=months, **times)


def _windows(root: str, words: list[str], times: dict[str, int], closing: tuple[int, ...]) -> str:
    program, *rest = words
    parts: dict[str, Any] = {
        "days": "".join(f"<Day>{day}</Day>" for day in range(times["first"], times["last"] + 1)),
        "months": "".join(f"<{calendar.month_name[month]} />" for month in closing),
        "program": escape(program),
        "arguments": escape(subprocess.list2cmdline(rest)),
        "root": escape(root),
    }
    text = _fill("windows", **parts, **times)
    # the same bytes in whatever encoding a console saves them
    return text.encode("ascii", "xmlcharrefreplace").decode()


def schedule(
    kind: Annotated[str, argument("schedule.kind")] = "",
    then: Annotated[str, option("schedule.then")] = "",
) -> None:
    """Print the entries for one scheduler, or for all."""
    if kind and kind not in SCHEDULERS:
        raise ParamsError(Issue.of("tuy_chon.lich", found=kind, known=", ".join(SCHEDULERS)))
    project = Project.find()
    for name in [kind] if kind else SCHEDULERS:
        sys.stdout.write(entry(name, project.root, program_file(), then, closing_months(project)))
