"""Schedules that a person can paste as they are, whatever stands in the paths."""

from __future__ import annotations

import shlex
from pathlib import Path
from xml.etree import ElementTree

from danvan_nb.commands.schedule import entry

ROOT, PROGRAM, THEN = (
    Path("/srv/báo cáo & 100%"),
    "/opt/danvan nb/danvan-nb",
    'mail -s "xong 100%" a@b',
)


def test_cron() -> None:
    """One line of five fields and a command; % is written as cron wants it."""
    line = entry("cron", ROOT, PROGRAM, THEN).splitlines()[-1]
    fields, command = line.split(maxsplit=5)[:5], line.split(maxsplit=5)[5]
    assert fields == ["15", "6", "15-25", "6,12", "*"]
    assert "%" not in command.replace(r"\%", "")
    assert shlex.split(command.replace(r"\%", "%")) == [
        "cd",
        str(ROOT),
        "&&",
        PROGRAM,
        "run",
        "--due",
        "--then",
        THEN,
    ]


def test_systemd() -> None:
    """A service and a timer that makes up for a day on which the machine was off."""
    text = entry("systemd", ROOT, PROGRAM, THEN)
    assert "OnCalendar=*-06,12-15..25 06:15:00" in text
    assert "Persistent=true" in text
    assert "WorkingDirectory=/srv/báo cáo & 100%%" in text
    assert f'ExecStart="{PROGRAM}" "run" "--due" "--then" "mail -s \\"xong 100%%\\" a@b"' in text


def test_windows() -> None:
    """A task file that is well-formed in any encoding,
    for the 15th to the 25th of June and December."""
    text = entry("windows", ROOT, PROGRAM, THEN)
    assert text.isascii()
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    task = ElementTree.fromstring(text)  # noqa: S314 - our own text
    assert [day.text for day in task.iter(f"{space}Day")] == [str(day) for day in range(15, 26)]
    assert next(task.iter(f"{space}WorkingDirectory")).text == str(ROOT)
    assert (
        next(task.iter(f"{space}Arguments")).text
        == 'run --due --then "mail -s \\"xong 100%\\" a@b"'
    )
