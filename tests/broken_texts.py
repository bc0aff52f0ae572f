"""Wrong params, narratives and files, each made from `broken_texts.toml`, and what `check` says."""

from __future__ import annotations

import re
import shutil
import tempfile
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from breaking import files_of
from sample_project import NARRATIVE, PARAMS, TEXT, change, make_project, write

from danvan_nb.commands.check import check_report
from danvan_nb.document.reconcile import lines
from danvan_nb.errors import Issue
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.rehearsal import rehearse

HEADER = TEXT.partition("\n+++")[0] + '\n+++ {"tags": ["narrative:tinh_hinh"]}\n\n'


@dataclass(frozen=True)
class TextCase:
    """What is changed in the sample project, and what it must get; `broken_texts.toml` says how."""

    kind: str
    file: str = PARAMS
    old: str = ""
    new: str = ""
    text: str = ""
    say: str = ""
    encode: str = ""
    nfd: bool = False
    copy: str = ""
    rename: str = ""
    rule: str = ""
    row: int = 0
    exit: int = 0
    words: str = ""
    printed: str = ""

    def make(self, root: Path) -> None:
        """Change the sample project."""
        path = root / self.file
        if self.say:
            write(root / NARRATIVE, f"{HEADER}{self.say}\n")
        if self.old:
            change(path, self.old, self.new)
        if self.text:
            write(path, self.text)
        if self.nfd:
            write(path, unicodedata.normalize("NFD", path.read_text("utf-8")))
        if self.encode:
            path.write_bytes(path.read_text("utf-8").encode(self.encode, "replace"))
        if self.copy:
            target = path.parent / self.copy
            shutil.copytree(path, target) if path.is_dir() else shutil.copy(path, target)
        if self.rename:
            path.rename(path.parent / self.rename)


CASES = tuple(
    TextCase(**case)
    for case in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["case"]
)


@cache
def told(case: TextCase) -> tuple[int, tuple[Issue, ...], str]:
    """Make a wrong project, once, and check it; gives also what the report would print."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_project(Path(folder).resolve() / "du-an")
        case.make(root)
        before = files_of(root)
        result = check_report(Project(root), PARAMS)
        printed = ""
        if not result.exit_code:
            printed = "\n".join(lines(rehearse(load_report(PARAMS, root), PARAMS)))
        assert files_of(root) == before
        return result.exit_code, result.issues, printed


def issue_told(case: TextCase, issues: tuple[Issue, ...]) -> Issue | None:
    """Find the issue that a case must get."""
    return next((one for one in issues if case.rule and one.rule == case.rule), None)


def rows() -> list[str]:
    """Write the table of docs."""
    out = [
        "| Lỗi | Dòng | Thông báo, hoặc in ra | Quy tắc | Mã kết thúc |",
        "|---|---|---|---|---|",
    ]
    for case in CASES:
        code, issues, _ = told(case)
        found: Any = issue_told(case, issues)
        text = f"in “{case.printed}”" if case.printed else "đọc như thường, hoặc được bỏ qua"
        if found:
            text = str(found).removeprefix(f"{found.place}: ")
        text = re.sub(r"[\d/]{10} [\d:]{5}", "ngày giờ", text)  # when the case was made
        row = found.row if found and found.row else ""
        rule = f"`{case.rule}`" if case.rule else ""
        cells = (case.kind, str(row), text, rule, str(code))
        out.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return out
