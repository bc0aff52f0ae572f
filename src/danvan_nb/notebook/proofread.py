"""Figures typed by hand: those the data know, those nothing knows, and wrong directions.

Owns the rules over prose, source and values. A date, a legal number, a year or a range of years is
no figure of the report.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, partial
from typing import TypeAlias

from danvan_nb.errors import CheckError, DanvanError, Issue, errors_among
from danvan_nb.figures.inline import Figure
from danvan_nb.nodes import Text
from danvan_nb.notebook import narrative
from danvan_nb.notebook.narrative import Passage, ProseChange
from danvan_nb.notebook.prose import Expression, ProseBlock, ProseError, parse_prose
from danvan_nb.project.period import Period
from danvan_nb.project.texts import tidy
from danvan_nb.report.report import Report
from danvan_nb.report.stale import Prose, find_stale_words, lunar_year, without_code

NUMBER = re.compile(r"(?<![\w/.,-])\d+(?:\.\d{3})*(?:,\d+)?(?![\w/]|[.,]\d|-\w)%?")
# What is a number but no figure of the report: dates, law numbers, school classes, terms, quarters,
# the years themselves.
WORDED = re.compile(
    r"(?:ngày|tháng|năm|quý|khóa|lớp|số|khoản|điểm|điều|mục|kỳ|thứ|giai đoạn|phường|tuổi|đến)"
    r"\s+(?:đến\s+)?$|-\s*$",
    re.I,
)
UNITS_OF_TIME = re.compile(r"^\s*(?:-\s*\d|năm|tháng|ngày|tuổi|giờ|phút)", re.I)
FORMS = ("number", "vs_plan", "vs_same_period", "growth", "change", "plan", "same_period")
RISE = re.compile(r"\b(tăng|cao hơn|nhiều hơn)\s*$", re.I)
FALL = re.compile(r"\b(giảm|thấp hơn|ít hơn)\s*$", re.I)
Known: TypeAlias = dict[str, tuple[str, ...]]


def check_passages(passages: Iterable[Passage], report: Report) -> list[Issue]:
    """Look for typed figures and wrong directions in passages of a narrative."""
    known = cache(partial(_known, report))
    return [
        issue
        for one in passages
        for issue in _check(one.source, one.slot, report, known, one.file, one.prose_row)
    ]


def check_narrative(report: Report) -> list[Issue]:
    """Look for the same in a report's own narrative file, with what `new` left to do in it."""
    passages = narrative.read_narrative(report).passages
    return [
        *narrative.find_stray_files(report),
        *_unfinished(passages, report),
        *check_passages(passages, report),
        *(issue for issue in _stale(passages, report) if issue.severity != "error"),
    ]


def refuse_unfinished(passages: Iterable[Passage], report: Report) -> None:
    """Refuse a final report from a narrative that `new` made and nobody has gone through.

    Raises
    ------
    CheckError
        Naming each paragraph that still has its mark or speaks of an earlier year of this report's
        own period.
    """
    issues = list(_unfinished(passages, report))
    if issues:
        raise CheckError(issues)


def _unfinished(passages: Iterable[Passage], report: Report) -> Iterator[Issue]:
    for one in passages:
        issue = partial(Issue.of, file=one.file, row=one.row, slot=one.slot)
        mark = next((tag for tag in one.tags if tag in narrative.REVIEW_MARKS), "")
        if mark:
            yield issue("chua_ra_soat", mark=mark)
        for found in old_period(one.source, report.period):
            yield issue("ky_cu", found=found)
    yield from errors_among(_stale(passages, report))


def _stale(passages: Iterable[Passage], report: Report) -> Iterator[Issue]:
    """Find what passages may have kept of another season or of the earlier report."""
    period, earlier = report.period, _earlier_words(report)
    for one in passages:
        prose = Prose(one.slot, without_code(one.source, period), period, earlier)
        yield from find_stale_words(prose, file=one.file, row=one.row)


def _earlier_words(report: Report) -> str:
    """Give the words of last year's narrative, else of the period before; empty without one."""
    project, office = report.project, report.params.office
    for period in (report.period.same_period, report.period.previous):
        path = project.narrative_file(office, period)
        with suppress(DanvanError, OSError, UnicodeDecodeError):
            text = tidy(project.read(path).decode("utf-8-sig"))
            passages = narrative.parse_narrative(text, project.relative(path)).passages
            return " ".join(without_code(one.source, period) for one in passages)
    return ""


def old_period(source: str, period: Period) -> list[str]:
    """List the typed mentions of this half of an earlier year.

    Examples
    --------
    >>> old_period("6 tháng đầu năm 2023; năm 2022", Period(2024, "H1"))
    ['6 tháng đầu năm 2023']
    """
    own = f"{period.span.name}|" if period.code else ""  # years are compared: “năm 2022” may stand
    years = re.finditer(rf"(?:{own}quý\s+\w+\s+năm)\s+(20\d\d)", source, re.I)
    found = [match[0] for match in years if int(match[1]) < period.year]
    lunar = lunar_year(period.year - 1)
    return [*found, lunar] if lunar in source else found


def typed_numbers(source: str) -> list[str]:
    """List the numbers that a Markdown text states by itself."""
    return [number for block in parse_prose(source) for number in _numbers(block)]


def check_changed(changes: Iterable[ProseChange], report: Report) -> list[Issue]:
    """Look for the same in edited prose, but for what the old one said too."""
    issues: list[Issue] = []
    known = cache(partial(_known, report))
    for change in changes:
        earlier = {issue.found for issue in _check(change.old, change.slot, report, known)}
        now = _check(change.new, change.slot, report, known)
        issues += [issue for issue in now if issue.found not in earlier]
    return issues


def _check(
    source: str,
    slot: str,
    report: Report,
    known: Callable[[], Known],
    file: str = "",
    row: int | None = None,
) -> Iterator[Issue]:
    issue = partial(Issue.of, file=file, row=row, slot=slot)
    try:
        blocks = parse_prose(source)
    except ProseError as err:
        if file:  # whoever evaluates the file says it with its line
            return
        yield issue("thuyet_minh.doan", cause=err.message, found=source[:60])
        return
    for block in blocks:
        for found in _numbers(block):
            uses = [f"{{eval}}`{use}`" for use in known().get(found.rstrip("%"), ())[:3]]
            if uses:
                yield issue("so_go_tay", found=found, uses=" hoặc ".join(uses))
            else:
                yield issue("so_la", found=found)
        yield from _bases(block, report, issue)
        for before, piece in zip(block.pieces, block.pieces[1:], strict=False):
            if isinstance(before, Text) and isinstance(piece, Expression):
                yield from _direction(before.text, piece.source, report, issue)


def _bases(block: ProseBlock, report: Report, issue: Callable[..., Issue]) -> Iterator[Issue]:
    """Yield numbers since January in a sentence that speaks of a later period alone."""
    told = False
    for piece in block.pieces:
        if isinstance(piece, Text):
            told = told and not re.search(r"[.:] ", piece.text)
        elif isinstance(piece, Expression):
            told = told or piece.source == "period.label"
            figure = report.figures.get(piece.source)
            if told and figure and figure.basis and figure.start == report.period.new_year:
                yield issue("khac_ky", name=figure.name, found=figure.text, basis=figure.basis)


def _numbers(block: ProseBlock) -> Iterator[str]:
    """Yield the typed numbers of a block that stand for an amount."""
    text = "".join(piece.text if isinstance(piece, Text) else "\ufffc" for piece in block.pieces)
    for match in NUMBER.finditer(text):
        before, after, token = text[: match.start()], text[match.end() :], match[0]
        is_year = re.fullmatch(r"(?:19|20)\d\d", token)
        is_item = not before and after.startswith((".", ")"))  # “1. ” of a list
        if not (is_year or is_item or WORDED.search(before) or UNITS_OF_TIME.match(after)):
            yield token


def _known(report: Report) -> Known:
    """Map each number as printed to the expressions that give it."""
    uses: dict[str, list[str]] = {}
    for name, figure in report.figures.items():
        interim = {f'{name}.at("{at}")': figure.at(at) for at in report.params.as_of}
        for source, base in {name: figure, **interim}.items():
            for form in ("", *FORMS):
                value: Figure = getattr(base, form) if form else base
                shown = NUMBER.search(value.text) if not value.missing else None
                if not shown:
                    continue
                number = shown[0].rstrip("%")
                if form != "number" or number not in uses:
                    uses.setdefault(number, []).append(f"{source}.{form}".rstrip("."))
    return {number: tuple(dict.fromkeys(found)) for number, found in uses.items()}


def _direction(
    words: str, source: str, report: Report, issue: Callable[..., Issue]
) -> Iterator[Issue]:
    """Yield what is wrong with a “tăng” or “giảm” that stands before an expression."""
    rises, falls = RISE.search(words), FALL.search(words)
    name, _, form = source.partition(".")
    figure = report.figures.get(name)
    if not (rises or falls) or figure is None or figure.change.value is None:
        return
    if form not in ("change", "growth", "vs_same_period"):
        return
    word = words.split()[-1]
    change = figure.change.value
    contrary = change < 0 if rises else change > 0
    if contrary:
        found = f"{word} … {figure.change.text}"
        yield issue("trai_chieu", found=found, word=word, name=name)
    elif form != "vs_same_period":
        found = f"{word} {getattr(figure, form).text}"
        yield issue("trai_chieu.lap", found=found, word=word)
