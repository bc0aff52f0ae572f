"""The command `new`: the next report of an office, from its last report of the same half.

Owns what is carried over and how each paragraph is marked; it makes new files only.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import yaml
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.commands.console import argument, option
from danvan_nb.commands.form import write_form
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.notebook.narrative import REVIEW_MARKS, Passage, edited_block, read_narrative
from danvan_nb.notebook.proofread import typed_numbers
from danvan_nb.notebook.prose import expressions
from danvan_nb.project.files import write_file
from danvan_nb.project.models import ReportParams
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.report.report import Report, load_report
from danvan_nb.report.stale import lunar_year

NUMBERS, SAME, REWRITE = REVIEW_MARKS
LOOK_BACK = 5
"""How many years back a report of the same half may lie: a term of office."""
BLANKED = ("number", "date")
DROPPED = ("narrative", "rules_off")
"""Keys of the params that spoke of the old report alone."""


@dataclass(frozen=True)
class Opened:
    """What `new` made: files by name, paragraphs by mark, and the params that it came from."""

    files: tuple[str, ...]
    marks: Counter[str]
    source: str


def open_period(project: Project, office: str, period: Period) -> Opened:
    """Make params, narrative and the form to fill in for an office's next report.

    Raises
    ------
    ParamsError
        If a file is there already, or no earlier report of the same half is.
    """
    source = _last_report(project, office, period)
    old_params = project.params_file(office, source.period)
    new_params = project.params_file(office, period)
    new_narrative = project.narrative_file(office, period)
    home = project.data_home(office, source.params.data)
    book = home / f"{period}.xlsx"
    ours = (new_params, new_narrative, book, home / str(period))
    there = ", ".join(project.relative(path) for path in ours if path.exists())
    if there:
        raise ParamsError(Issue.of("da_co.ky", found=there, period=period))
    narrative, marks = _mark_passages(source)
    params = carry_over(old_params.read_bytes().decode("utf-8-sig"), source.params, period)
    years = period.year - source.period.year
    interim = {name: _later(day, years) for name, day in source.params.as_of.items()}
    # before anything is written: it refuses an office that is no more
    form = write_form(project, office, period, interim)
    write_file(new_params, params)
    if narrative:
        write_file(new_narrative, narrative)
    write_file(book, form)
    made = (project.relative(path) for path in ours if path.is_file())
    return Opened(tuple(made), marks, project.relative(old_params))


def _last_report(project: Project, office: str, period: Period) -> Report:
    for years in range(1, LOOK_BACK + 1):
        path = project.params_file(office, Period(period.year - years, period.code))
        if path.is_file():
            return load_report(project.relative(path), project.root)
    known = ", ".join(project.params_files())
    raise ParamsError(Issue.of("chua_co_ky_truoc", office=office, period=period, known=known))


def carry_over(text: str, old: ReportParams, period: Period) -> str:
    """Write the text of params for the same half of another year.

    Period and dates move, number and date are blank again, and what spoke of the old report alone
    goes with its comments; every other byte stays.
    """
    for start, end, new in sorted(set(_changes(text, old, period)), reverse=True):
        text = text[:start] + new + text[end:]
    return text.replace(old.period.label, period.label)


def _changes(text: str, old: ReportParams, period: Period) -> Iterator[tuple[int, int, str]]:
    """Yield where the text changes and what stands there then."""

    def reading(node: yaml.ScalarNode, new: object) -> tuple[int, int, str]:
        start, end = node.start_mark.index, node.end_mark.index
        return start, end, text[start:end].replace(node.value, str(new))

    years = period.year - old.period.year
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)  # a mapping: it was read as params
    for key, value in root.value:
        if key.value == "period":
            yield reading(value, period)
        elif key.value == "due" and old.due:
            yield reading(value, _later(old.due, years))
        elif key.value == "as_of" and old.as_of:
            yield from (
                reading(day, _later(old.as_of[name.value], years)) for name, day in value.value
            )
        elif key.value in BLANKED:
            yield key.end_mark.index, value.end_mark.index, ":"
        elif key.value in DROPPED:
            yield *_lines(text, key, value), ""


def _lines(text: str, key: yaml.Node, value: yaml.Node) -> tuple[int, int]:
    """Span the lines of a key: the comments right above, its value, the comments indented below."""
    if isinstance(value, yaml.MappingNode) and not value.flow_style:
        value = value.value[-1][1]  # a block ends where the next begins, behind the comments
    above = next(re.finditer(r"(?m)(?:^#.*\n)*\Z", text[: key.start_mark.index]))
    behind = text[value.end_mark.index :]
    rest = "" if text[value.end_mark.index - 1] == "\n" else r".*\n?"
    below = next(re.finditer(rest + r"(?:[ \t]+#.*\n?)*", behind))
    return above.start() or key.start_mark.index, value.end_mark.index + below.end()


def _later(day: date, years: int) -> date:
    """Give the same day some years on; 29 February becomes 28 February in a year without it."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


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

    Typed dates, years and numbers, and the period's own events, models and documents must be
    written again; a paragraph whose only changing parts are expressions follows the data by itself.
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


def new(
    period: Annotated[str, argument("new.period")], office: Annotated[str, option("any.office")]
) -> None:
    """Open a period, and tell what was made and what is to be looked at."""
    opened = open_period(Project.find(), office, Period.parse(period))
    say = console.out.print
    say(f"[green]Đã tạo[/] {escape(', '.join(opened.files))} (theo {escape(opened.source)})")
    for mark, count in opened.marks.most_common():
        say(f"  {count} đoạn: {mark}")
    say(
        "Xem lại từng đoạn trong tệp thuyết minh rồi xóa nhãn của nó; "
        "còn nhãn thì chỉ làm được bản --draft."
    )
