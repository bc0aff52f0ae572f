"""The command `new`: the next report of an office, from its last report of the same season.

Owns what is carried over and how each paragraph is marked; it makes new files only.
"""

import json
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any

import yaml
from openpyxl.comments import Comment
from openpyxl.styles import Font
from rich.markup import escape

from danvan_nb.commands import console
from danvan_nb.commands.form import HEADING_ROW, write_form
from danvan_nb.data.office_data import find_source
from danvan_nb.data.records import OfficialDocument
from danvan_nb.data.schema import TableSpec
from danvan_nb.errors import Issue, ParamsError
from danvan_nb.notebook.narrative import REVIEW_MARKS, Passage, edited_block, read_narrative
from danvan_nb.notebook.proofread import typed_numbers
from danvan_nb.notebook.prose import expressions
from danvan_nb.project.models import ReportParams
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project
from danvan_nb.project.saving.changes import write_all
from danvan_nb.report.report import Report, load_report
from danvan_nb.report.stale import Prose, age_of, find_stale_words, lunar_year, without_code

NUMBERS, SAME, REWRITE = REVIEW_MARKS
LOOK_BACK = 5
"""How many years back a report of the same half may lie: a term of office."""
BLANKED = ("number", "date")
TAKEN_OVER = {
    "documents": ("number", "type", "date", "issuer", "subject"),
    "events": ("id", "name"),
    "models": ("id", "name", "owner", "summary"),
}
"""The columns that a new report takes over from the one before."""
RENEW = (
    "Văn bản của năm trước ({number}): ghi số, ngày, trích yếu của văn bản năm nay, hoặc xóa dòng."
)
DROPPED = ("narrative", "rules_off")
"""Keys of the params that spoke of the old report alone."""


@dataclass(frozen=True)
class Opened:
    """What `new` made: files by name, paragraphs by mark, and the params that it came from.

    `renew` are the numbers of documents that were carried over and are of one year only.
    """

    files: tuple[str, ...]
    marks: Counter[str]
    source: str
    renew: tuple[str, ...] = ()


def open_period(project: Project, office: str, period: Period) -> Opened:
    """Make params, narrative and the form to fill in for an office's next report.

    Raises
    ------
    ParamsError
        If a file is there already, or the office is unknown.
    """
    project.office(office)  # an unknown one is told with the nearest
    source = _last_report(project, office, period)
    if source is None:
        return _open_first(project, office, period)
    old_params = project.params_file(office, source.period)
    new_params = project.params_file(office, period)
    new_narrative = project.narrative_file(office, period)
    home = project.data_home(office, source.params.data)
    book = home / f"{period}.xlsx"
    ours = (new_params, new_narrative, book, home / str(period))
    _refuse_what_is_there(project, period, ours)
    narrative, marks = _mark_passages(source, period)
    params = carry_over(old_params.read_bytes().decode("utf-8-sig"), source.params, period)
    months = _months_between(source.period, period)
    interim = {name: _later(day, months) for name, day in source.params.as_of.items()}
    # before anything is written: it refuses an office that is no more
    taken = any(find_source(home, part, project) for part in period.parts)  # it reads their rows
    carry = [] if taken else [partial(_carry_rows, source, period)]
    form = write_form(project, office, period, interim, *carry)
    files: dict[Path, bytes | str | None] = {new_params: params, book: form}
    if narrative:
        files[new_narrative] = narrative
    write_all(project.root, files, "new", expected=dict.fromkeys(ours))
    documents = () if taken else source.inputs.documents
    renew = tuple(one.number for one in documents if age_of(one, None, period.year))
    made = (project.relative(path) for path in ours if path.is_file())
    return Opened(tuple(made), marks, project.relative(old_params), renew)


def _carry_rows(source: Report, period: Period, page: Any, spec: TableSpec[Any]) -> None:
    """Write the rows of a report into the next form; a document of one year is to be renewed."""
    for at, row in enumerate(getattr(source.inputs, spec.name), HEADING_ROW + 1):
        for column, about in enumerate(spec.columns, 1):
            if about.name in TAKEN_OVER[spec.name]:
                page.cell(at, column).value = getattr(row, about.name)
        if isinstance(row, OfficialDocument) and age_of(row, None, period.year):
            for cell in page[at][: len(spec.columns)]:
                cell.font = Font(color="C00000")
            page.cell(at, 1).comment = Comment(RENEW.format(number=row.number), "danvan-nb")


def _open_first(project: Project, office: str, period: Period) -> Opened:
    """Make params and form of an office's first report, whose words are the master's alone."""
    params, book = project.params_file(office, period), project.data_home(office) / f"{period}.xlsx"
    _refuse_what_is_there(project, period, (params, book, book.with_suffix("")))
    form = write_form(project, office, period, {}, reports=True)
    text = first_params(project, office, period)
    files: dict[Path, bytes | str | None] = {params: text, book: form}
    write_all(project.root, files, "new", expected=dict.fromkeys(files))
    made = (project.relative(params), project.relative(book))
    return Opened(made, Counter(), project.relative(project.master_file))


def first_params(project: Project, office: str, period: Period, signatory: str = "") -> str:
    """Write the params of an office's first report, with what is known of it."""
    about = project.office(office)
    superior = project.offices.get(about.parent or "")
    text = files(__package__).joinpath("templates/params.yml").read_text(encoding="utf-8")
    return Template(text).substitute(
        title=f"{period.label} của {about.name}",
        office=office,
        period=period,
        to=yaml_text([superior.name] if superior else []),
        signatory=yaml_text(signatory),
    )


def yaml_text(value: Any) -> str:
    """Write a value as YAML on one line."""
    return json.dumps(value, ensure_ascii=False)


def _refuse_what_is_there(project: Project, period: Period, ours: Iterable[Path]) -> None:
    there = ", ".join(project.relative(path) for path in ours if path.exists())
    if there:
        raise ParamsError(Issue.of("da_co.ky", found=there, period=period))


def _last_report(project: Project, office: str, period: Period) -> Report | None:
    """Load the last report of the same season, else of any; none is the office's first."""
    same = [Period(period.year - years, period.code) for years in range(1, LOOK_BACK + 1)]
    named = (path.stem for path in project.params_file(office, period).parent.glob("*.yml"))
    known = [Period.parse(name) for name in named if Period.is_one(name)]
    earlier = sorted((one for one in known if one < period), reverse=True)
    for one in (*same, *earlier):
        path = project.params_file(office, one)
        if path.is_file():
            return load_report(project.relative(path), project.root)
    return None


def _months_between(old: Period, new: Period) -> int:
    """Count the months that a day of the old report moves on in the new one."""
    return 12 * (new.year - old.year) + new.span.last - old.span.last


def carry_over(text: str, old: ReportParams, period: Period) -> str:
    """Write the text of params for another period.

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

    months = _months_between(old.period, period)
    root: Any = yaml.compose(text, Loader=yaml.SafeLoader)  # a mapping: it was read as params
    for key, value in root.value:
        if key.value == "period":
            yield reading(value, period)
        elif key.value == "due" and old.due:
            yield reading(value, _later(old.due, months))
        elif key.value == "as_of" and old.as_of:
            yield from (
                reading(day, _later(old.as_of[name.value], months)) for name, day in value.value
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


def _later(day: date, months: int) -> date:
    """Give the same day some months on; the last of a month that half-year ends stays the last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    length = monthrange(year, month)[1]
    ends = months % 12 and day.day == monthrange(day.year, day.month)[1]
    return date(year, month, length if ends else min(day.day, length))


def _mark_passages(source: Report, period: Period) -> tuple[str, Counter[str]]:
    """Tag each passage with what there is to do; the text itself is carried over as it is."""
    narrative = read_narrative(source)
    passages = narrative.passages
    marks = [judge(passage, source, period) for passage in passages]
    blocks = (
        edited_block(
            passage.text, [*(tag for tag in passage.tags if tag not in REVIEW_MARKS), mark]
        )
        for passage, mark in zip(passages, marks, strict=True)
    )
    return "".join([narrative.header, *blocks]), Counter(marks)


def judge(passage: Passage, source: Report, period: Period) -> str:
    """Say what a paragraph needs in the next period, by what it contains.

    Typed dates, years, spans and numbers, the period's own events, models and documents, and what
    would be stale in the next period must be written again; a paragraph whose only changing parts
    are expressions follows the data by itself.
    """
    text = re.sub(r"\{eval\}`[^`]*`", "", passage.source)
    roots = [re.split(r"[.(]", expression)[0] for expression in expressions(passage.source)]
    years = {str(source.period.year), str(source.period.year - 1)}
    typed_year = years & set(re.findall(r"\d{4}", text)) or re.search(r"\d{4} ?[-–] ?\d{4}", text)
    said = without_code(passage.source, source.period)
    next_said = without_code(passage.source, period)
    stale = any(find_stale_words(Prose(passage.slot, next_said, period, f"{said} {next_said}")))
    bound = {"event", "model", "cite", "footnote"} & set(roots)
    dated = re.search(r"\d{1,2}/\d{1,2}|[Qq]uý I", text) or lunar_year(source.period.year) in text
    if typed_year or bound or dated or stale or any(typed_numbers(passage.source)):
        return REWRITE
    return NUMBERS if any(root in source.catalogue for root in roots) else SAME


def new(
    period: Annotated[str, console.argument("new.period")],
    office: Annotated[str, console.option("any.office")],
) -> None:
    """Open a period, and tell what was made and what is to be looked at."""
    project = Project.find()
    opened = open_period(project, office, Period.parse(period))
    say = console.out.print
    say(f"[green]Đã tạo[/] {escape(', '.join(opened.files))} (theo {escape(opened.source)})")
    if opened.renew:
        numbers = escape("; ".join(opened.renew))
        say(f"  {len(opened.renew)} văn bản của năm trước phải đổi số: {numbers}")
    for mark, count in opened.marks.most_common():
        say(f"  {count} đoạn: {mark}")
    if opened.marks:
        say(
            "Xem lại từng đoạn trong tệp thuyết minh rồi xóa nhãn của nó; "
            "còn nhãn thì chỉ làm được bản --draft."
        )
