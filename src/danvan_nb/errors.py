"""Errors that a user can cause, each with its exit code, and the issues that they carry.

The words of an issue stand in `messages/<room>.toml`, one table per message. The command line
prints these errors without a traceback; any other exception is a bug and keeps its own.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

SEVERITIES = {"error": "lỗi", "warning": "cảnh báo", "notice": "lưu ý"}
MOST_ALIKE = 20
"""Issues of one kind that are told in full where nobody asked for all."""
MOST_LETTERS = 1000
"""Letters of a fact that a message names."""
LAUNCHER = "DANVAN_LAUNCHER"
"""Where the launcher of the project's root, if it called us, puts its own path."""


def program() -> str:
    """Say what a user types before the name of a command, here and now.

    That is `danvan-nb`, or the launcher: `./danvan` in its folder, its path elsewhere.
    """
    launcher = Path(os.environ.get(LAUNCHER, ""))
    if not launcher.name:
        return "danvan-nb"
    here = launcher.parent.resolve() == Path.cwd()
    path = os.path.join(os.curdir, launcher.name) if here else str(launcher)  # noqa: PTH118
    return f'"{path}"' if " " in path else path


def program_file() -> str:
    """Give the path of what was called: the launcher, else this program."""
    return os.environ.get(LAUNCHER) or str(Path(sys.argv[0]).absolute())


@cache
def messages() -> dict[str, dict[str, str]]:
    """Read the words of every message: `message`, and `expected`, `todo`, `severity` if any."""
    tables: dict[str, dict[str, str]] = {}
    folder = files("danvan_nb").joinpath("messages")
    for part in sorted(folder.iterdir(), key=lambda part: part.name):
        tables |= tomllib.loads(part.read_text(encoding="utf-8"))
    return tables


def variant(rule: str, key: str) -> str:
    """Give the key of a rule's variant if there is such a message, else the rule's own."""
    return key if key in messages() else rule


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong: where it stands, what was found, what was expected, what to do.

    `row` and `cell` are as a spreadsheet shows them (row 14, cell F14); `rule` is a stable id for
    machines.
    """

    rule: str
    message: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    found: str = ""
    expected: str = ""
    todo: str = ""
    severity: str = "error"
    cell: str = ""

    @classmethod
    def of(cls, key: str, place: Any = None, /, **facts: Any) -> Issue:
        """Make an issue in the words of the message `key`.

        Parameters
        ----------
        key : str
            The message in `messages/`: its rule, and behind a point which of the rule's messages.
        place : optional
            What has `file`, `sheet`, `row` and `cell`: a row of a table, an origin, a document.
        **facts
            Fields of the issue, which stand before what the message says, and whatever else the
            words name in braces; `{program}` is there without being given.

        Raises
        ------
        KeyError
            If there is no such message, or its words name a fact that is not given.

        Examples
        --------
        >>> str(Issue.of("don_vi.la", found="sadec", known="sa-dec, mau"))
        'Không có đơn vị này: có “sadec”, cần sa-dec, mau.'
        """
        facts = {name: _short(fact) for name, fact in facts.items()}
        at = {name: getattr(place, name) for name in ("file", "sheet", "row", "cell") if place}
        own = at | {name: facts[name] for name in facts if name in _FIELDS}
        known = {"program": program()} | own | facts
        words = {name: text.format_map(known) for name, text in messages()[key].items()}
        return cls(**{"rule": key.partition(".")[0]} | words | own)

    @property
    def place(self) -> str:
        """Name the file, sheet, row and column in Vietnamese, as far as they are known."""
        parts = (
            self.file,
            self.sheet and f"trang tính “{self.sheet}”",
            f"dòng {self.row}" if self.row else "",
            self.column and f"cột “{self.column}”",
            self.cell and f"ô {self.cell}",
        )
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}" if self.place else self.message
        if self.found or self.expected:
            text += f": có “{self.found}”" + (f", cần {self.expected}" if self.expected else "")
        return f"{text}. {self.todo}" if self.todo else text if text.endswith(".") else text + "."

    def as_dict(self) -> dict[str, object]:
        """Give the issue as plain data for `--json`."""
        return asdict(self)


def _short(fact: Any) -> Any:
    """Cut a text that would fill the screen: a cell, a line or a file may be of any length."""
    is_long = isinstance(fact, str) and len(fact) > MOST_LETTERS
    return f"{fact[:MOST_LETTERS]}…" if is_long else fact


_FIELDS = {field.name for field in fields(Issue)}


def errors_among(issues: Iterable[Issue]) -> list[Issue]:
    """List the issues that stop the work."""
    return [issue for issue in issues if issue.severity == "error"]


def bounded(issues: Iterable[Issue]) -> Iterator[Issue]:
    """Yield the first of each kind, and how many more there are: a table may be wrong all over."""
    count: Counter[str] = Counter()
    last: dict[str, Issue] = {}
    for issue in issues:
        count[issue.rule] += 1
        last[issue.rule] = issue
        if count[issue.rule] <= MOST_ALIKE:
            yield issue
    for rule, more in (count - Counter(dict.fromkeys(count, MOST_ALIKE))).items():
        severity = last[rule].severity
        yield Issue.of("con_nua", rule=rule, count=more, severity=severity)


def nearest(word: str, known: Iterable[str], otherwise: str) -> str:
    """Ask for the known word most like an unknown one, whatever its case; else say `otherwise`."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), names, 1)
    return f"Có phải là “{names[near[0]]}”?" if near else otherwise


class DanvanError(Exception):
    """Base of every error that a user can cause; `issues` holds at least one."""

    exit_code = 1
    kind = "Lỗi"

    def __init__(self, issues: Issue | Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = (issues,) if isinstance(issues, Issue) else tuple(issues)
        super().__init__("\n".join(map(str, bounded(self.issues))))


class ParamsError(DanvanError):
    """Wrong parameters: params file, offices, catalogue, command line."""

    exit_code = 2
    kind = "Tham số chưa đúng"


class InputError(DanvanError):
    """Wrong input tables; carries every problem of every file."""

    exit_code = 3
    kind = "Số liệu đầu vào chưa đúng"


class NotebookError(DanvanError):
    """Wrong notebook or narrative, or a cell or inline expression that failed."""

    exit_code = 4
    kind = "Sổ tay chưa chạy được"


class RenderError(DanvanError):
    """A document that could not be made, or that does not say what the notebook says."""

    exit_code = 5
    kind = "Chưa kết xuất được"


class CheckError(DanvanError):
    """Data that contradict themselves, or that are not enough for a final report."""

    exit_code = 6
    kind = "Số liệu chưa đạt kiểm tra"


class SealError(CheckError):
    """A report that can't be sealed, or that is and so stays as it is."""

    kind = "Ký duyệt"
