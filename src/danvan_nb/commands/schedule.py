"""Ready-made entries for the schedulers of Linux and Windows, which run `danvan-nb run --due` from the closing dates on."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

# From the day after the closing date to the 25th, by which provinces report to the Government (Nghị định 09/2019/NĐ-CP, Điều 13):
# a day on which the machine was off is made up for on the next.
DAYS = (15, 25)
HOUR, MINUTE = 6, 15

CRON = """# Báo cáo định kỳ: {hour}:{minute} các ngày {first}-{last} tháng 6 và tháng 12
{minute} {hour} {first}-{last} 6,12 * cd {root} && {command}
"""
SYSTEMD = """# /etc/systemd/system/danvan-nb.service
[Unit]
Description=Báo cáo định kỳ danvan_nb
[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={command}

# /etc/systemd/system/danvan-nb.timer
[Unit]
Description=Lịch báo cáo định kỳ danvan_nb
[Timer]
OnCalendar=*-06,12-{first}..{last} {hour:02}:{minute:02}:00
Persistent=true
[Install]
WantedBy=timers.target
"""
WINDOWS = """<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Báo cáo định kỳ danvan_nb</Description></RegistrationInfo>
  <Triggers><CalendarTrigger>
    <StartBoundary>2020-01-01T{hour:02}:{minute:02}:00</StartBoundary>
    <ScheduleByMonth><DaysOfMonth>{days}</DaysOfMonth><Months><June /><December /></Months></ScheduleByMonth>
  </CalendarTrigger></Triggers>
  <Settings><StartWhenAvailable>true</StartWhenAvailable><MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy></Settings>
  <Actions><Exec>
    <Command>{program}</Command><Arguments>{arguments}</Arguments><WorkingDirectory>{root}</WorkingDirectory>
  </Exec></Actions>
</Task>
"""
KINDS = ("cron", "systemd", "windows")


def schedule(kind: str, root: Path, program: str, then: str = "") -> str:
    """Give the text of a schedule for a project: `cron`, `systemd` or `windows` (a file for `schtasks /create /xml`).

    `program` is `danvan-nb` with its full path, for schedulers know no environment; `then` the command to run at the end.
    """
    words = ["run", "--due", *(["--then", then] if then else [])]
    times = {"hour": HOUR, "minute": MINUTE, "first": DAYS[0], "last": DAYS[1]}
    if kind == "cron":  # cron takes % for a line end
        command = shlex.join([program, *words]).replace("%", r"\%")
        return CRON.format(
            root=shlex.quote(str(root)).replace("%", r"\%"), command=command, **times
        )
    if kind == "systemd":  # systemd takes % and $ for its own
        quoted = (
            f'"{word}"'
            for word in (
                part.replace("\\", r"\\").replace('"', r"\"") for part in (program, *words)
            )
        )
        command = " ".join(quoted).replace("%", "%%").replace("$", "$$")
        return SYSTEMD.format(root=str(root).replace("%", "%%"), command=command, **times)
    days = "".join(f"<Day>{day}</Day>" for day in range(DAYS[0], DAYS[1] + 1))
    arguments = escape(subprocess.list2cmdline(words))
    text = WINDOWS.format(
        root=escape(str(root)), program=escape(program), arguments=arguments, days=days, **times
    )
    return text.encode(
        "ascii", "xmlcharrefreplace"
    ).decode()  # the same bytes in whatever encoding a console saves them
