"""The command `new`: the next report of an office, from its last report of the same season.

Owns what is carried over and how each paragraph is marked; it makes new files only.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

import yaml

from danvan_nb.commands.form import write_form
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.notebook.narrative import REVIEW_MARKS, Passage, edited_block, read_narrative
from danvan_nb.notebook.proofread import lunar_year, typed_numbers
from danvan_nb.notebook.prose import expressions
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.report import Report, load_report

NUMBERS, SAME, REWRITE = REVIEW_MARKS
LOOK_BACK = 5
"""How many years back a report of the same season may lie: a term of office."""


@dataclass(frozen=True)
class Season:
    """What `new` made: files by name, how many paragraphs have each mark, and the report it came from."""

    files: tuple[str, ...]
    marks: Counter[str]
    source: str


def start_season(project: Project, office: str, period: Period) -> Season:
    """Make params, narrative and the form to fill in for an office's next report.

    Raises
    ------
    ParamsError
        If a file is there already, or no earlier report of the same season is.
    """
    source = _last_report(project, office, period)
    old_params = project.root / f"params/{office}/{source.period}.yml"
    new_params, new_narrative = (
        project.root / f"params/{office}/{period}.{ending}" for ending in ("yml", "md")
    )
    home = project.path(source.params.data or f"data/{office}")
    book = home / f"{period}.xlsx"
    there = [
        path for path in (new_params, new_narrative, book, home / str(period)) if path.exists()
    ]
    if there:
        names = ", ".join(project.relative(path) for path in there)
        raise ParamsError(
            Issue(
                "da_co",
                f"Kỳ {period} đã có tệp, không ghi đè",
                found=names,
                todo="Sửa tiếp các tệp này",
            )
        )
    narrative, marks = _mark_passages(source)
    rolled = _roll(old_params.read_text(encoding="utf-8-sig"), period)
    interim = yaml.safe_load(rolled).get("as_of") or {}
    form = write_form(
        project, office, period, interim
    )  # before anything is written: it refuses an office that is no more
    new_params.write_text(rolled, encoding="utf-8")
    if narrative:
        new_narrative.write_text(narrative, encoding="utf-8")
    book.parent.mkdir(parents=True, exist_ok=True)
    book.write_bytes(form)
    made = [path for path in (new_params, new_narrative, book) if path.exists()]
    return Season(tuple(map(project.relative, made)), marks, project.relative(old_params))


def _last_report(project: Project, office: str, period: Period) -> Report:
    for years in range(1, LOOK_BACK + 1):
        name = f"params/{office}/{Period(period.year - years, period.half)}.yml"
        if (project.root / name).is_file():
            return load_report(name, project.root)
    message = f"Đơn vị {office} chưa có báo cáo cùng mùa trước kỳ {period}"
    raise ParamsError(
        Issue("chua_co_ky_truoc", message, expected=", ".join(project.params_files()))
    )


def _roll(text: str, period: Period) -> str:
    """Move a params file to another period; number and date are blank again, comments stay."""
    old = Period.parse(re.search(r"(?m)^period:\s*['\"]?([^'\"\s]+)", text)[1])  # type: ignore[index]  # it was read as one
    years = period.year - old.year
    text = text.replace(old.label, period.label)
    text = re.sub(r"(?m)^(period:\s*).*$", rf"\g<1>{period}", text)
    text = re.sub(r"(?m)^(number|date):.*$", r"\1:", text)
    text = re.sub(
        r"(?m)^(narrative|rules_off):.*\n(?:[ \t]+.*\n)*", "", text
    )  # spoke of that one report
    return re.sub(
        r"(?m)^(\s+\w+:\s*)(\d{4})(-\d\d-\d\d)[ \t]*$",
        lambda day: f"{day[1]}{_valid(int(day[2]) + years, day[3])}",
        text,
    )


def _valid(year: int, rest: str) -> str:
    try:
        return date.fromisoformat(f"{year}{rest}").isoformat()
    except ValueError:
        return f"{year}-02-28"  # the one day that a year may lack


def _mark_passages(source: Report) -> tuple[str, Counter[str]]:
    """Tag each passage with what there is to do; the text itself is carried over as it is."""
    narrative = read_narrative(source)
    passages = narrative.passages
    marks = [judge(passage, source) for passage in passages]
    blocks = (
        edited_block(
            passage.text, [*(tag for tag in passage.tags if tag not in REVIEW_MARKS), mark]
        )
        for passage, mark in zip(passages, marks, strict=True)
    )
    return "".join([narrative.header, *blocks]), Counter(marks)


def judge(passage: Passage, source: Report) -> str:
    """Say what a paragraph needs in the next period, by what it contains.

    Typed dates, years and numbers, and the period's own events, models and documents must be written again; a paragraph whose
    only changing parts are expressions follows the data by itself.
    """
    text = re.sub(r"\{eval\}`[^`]*`", "", passage.source)
    roots = [re.split(r"[.(]", expression)[0] for expression in expressions(passage.source)]
    years = {str(source.period.year), str(source.period.year - 1)}
    typed_year = years & set(re.findall(r"(?<![\d-])(?<!- )\d{4}(?! ?- ?\d)", text))
    bound = {"event", "model", "cite", "footnote"} & set(roots)
    dated = re.search(r"\d{1,2}/\d{1,2}|[Qq]uý I", text) or lunar_year(source.period.year) in text
    if typed_year or bound or dated or any(typed_numbers(passage.source)):
        return REWRITE
    return NUMBERS if any(root in source.catalogue for root in roots) else SAME
