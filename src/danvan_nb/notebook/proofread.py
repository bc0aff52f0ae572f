"""Figures typed by hand: those that the data know (with the expression to use), those that nothing knows, and wrong directions.

Owns the rules over prose, source and values. A date, a legal number, a year or a range of years is no figure of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from danvan_nb.errors import CheckError, Issue
from danvan_nb.figures.inline import Figure
from danvan_nb.nodes import Text
from danvan_nb.notebook.compose import Passage, read_narrative
from danvan_nb.notebook.prose import Expression, ProseBlock, ProseError, parse_prose
from danvan_nb.project.period import Period
from danvan_nb.report.report import Report

NUMBER = re.compile(r"(?<![\w/.,-])\d+(?:\.\d{3})*(?:,\d+)?(?![\w/]|[.,]\d|-\w)%?")
# What is a number but no figure of the report: dates, law numbers, school classes, terms, quarters, the years themselves.
WORDED = re.compile(
    r"(?:ngày|tháng|năm|quý|khóa|lớp|số|khoản|điểm|điều|mục|kỳ|thứ|giai đoạn|phường|tuổi|đến)\s+(?:đến\s+)?$"
    r"|-\s*$",
    re.I,
)
UNITS_OF_TIME = re.compile(r"^\s*(?:-\s*\d|năm|tháng|ngày|tuổi|giờ|phút)", re.I)
MARKS = ("chỉ đổi số", "giữ nguyên", "phải viết lại")
"""What `new` says of each paragraph it carries over; the analyst takes the tag away when it is done."""
FORMS = ("number", "vs_plan", "vs_same_period", "growth", "change", "plan", "same_period")
Known: TypeAlias = dict[str, tuple[str, ...]]
RISE, FALL = (
    re.compile(r"\b(tăng|cao hơn|nhiều hơn)\s*$", re.I),
    re.compile(r"\b(giảm|thấp hơn|ít hơn)\s*$", re.I),
)


def check_passages(passages: Iterable[Passage], report: Report) -> list[Issue]:
    """Look for typed figures and wrong directions in passages of a narrative."""
    known = _known(report)
    return [
        issue
        for one in passages
        for issue in _check(one.source, one.slot, report, known, one.file, one.row)
    ]


def check_narrative(report: Report) -> list[Issue]:
    """Look for the same in a report's own narrative file, with what `new` left to do in it."""
    passages = read_narrative(report)
    return [*_unfinished(passages, report), *check_passages(passages, report)]


def refuse_unfinished(passages: Iterable[Passage], report: Report) -> None:
    """Refuse a final report from a narrative that `new` made and nobody has gone through.

    Raises
    ------
    CheckError
        Naming each paragraph that still has its mark or speaks of an earlier year of this report's own period.
    """
    issues = list(_unfinished(passages, report))
    if issues:
        raise CheckError(issues)


def _unfinished(passages: Iterable[Passage], report: Report) -> Iterator[Issue]:
    for one in passages:
        mark = next((tag for tag in one.tags if tag in MARKS), "")
        if mark:
            todo = f"Xem lại đoạn này, rồi xóa nhãn “{mark}”"
            yield Issue(
                "chua_ra_soat",
                f"Đoạn {one.slot} chưa rà soát ({mark})",
                one.file,
                row=one.row,
                todo=todo,
            )
        for found in old_period(one.source, report.period):
            todo = "Thay bằng {eval}`period.label`, {eval}`period.year` hoặc viết lại"
            yield Issue(
                "ky_cu",
                f"Đoạn {one.slot} còn nói kỳ cũ",
                one.file,
                row=one.row,
                found=found,
                todo=todo,
            )


def old_period(source: str, period: Period) -> list[str]:
    """List the typed mentions of this half of an earlier year.

    Examples
    --------
    >>> old_period("6 tháng đầu năm 2023; năm 2022", Period(2024, 1))
    ['6 tháng đầu năm 2023']
    """
    half = "đầu" if period.half == 1 else "cuối"
    years = re.finditer(rf"(?:6 tháng {half}|quý\s+\w+)\s+năm\s+(20\d\d)", source, re.I)
    lunar = lunar_year(period.year - 1)
    return [match[0] for match in years if int(match[1]) < period.year] + (
        [lunar] if lunar in source else []
    )


def lunar_year(year: int) -> str:
    """Name the lunar year that begins in a calendar year.

    Examples
    --------
    >>> lunar_year(2023), lunar_year(2024)
    ('Quý Mão', 'Giáp Thìn')
    """
    stems = ("Giáp", "Ất", "Bính", "Đinh", "Mậu", "Kỷ", "Canh", "Tân", "Nhâm", "Quý")
    branches = ("Tý", "Sửu", "Dần", "Mão", "Thìn", "Tỵ", "Ngọ", "Mùi", "Thân", "Dậu", "Tuất", "Hợi")
    return f"{stems[(year - 4) % 10]} {branches[(year - 4) % 12]}"  # the year 4 was Giáp Tý


def typed_numbers(source: str) -> list[str]:
    """List the numbers that a Markdown text states by itself."""
    return [number for block in parse_prose(source) for number in _numbers(block)]


def check_changed(changes: Iterable[tuple[str, str, str]], report: Report) -> list[Issue]:
    """Look for the same in edited prose (slot, old, new), leaving out what the old one said too."""
    issues, known = [], _known(report)
    for slot, old, new in changes:
        earlier = {issue.found for issue in _check(old, slot, report, known)}
        issues += [
            issue for issue in _check(new, slot, report, known) if issue.found not in earlier
        ]
    return issues


def _check(
    source: str, slot: str, report: Report, known: Known, file: str = "", row: int | None = None
) -> Iterator[Issue]:
    def issue(rule: str, message: str, found: str, todo: str) -> Issue:
        return Issue(
            rule,
            f"{message} (đoạn {slot})",
            file,
            row=row,
            found=found,
            todo=todo,
            severity="warning",
        )

    try:
        blocks = parse_prose(source)
    except ProseError as err:
        yield issue("thuyet_minh", str(err), source[:60], "Sửa đoạn này rồi chạy lại")
        return
    for block in blocks:
        for found in _numbers(block):
            uses = known.get(found.rstrip("%"), ())
            if uses:
                todo = "Dùng " + " hoặc ".join(f"{{eval}}`{use}`" for use in uses[:3])
                yield issue("so_go_tay", "Số gõ tay đã có trong số liệu", found, todo)
            else:
                yield issue(
                    "so_la",
                    "Số gõ tay không khớp số liệu nào",
                    found,
                    "Thêm vào số liệu, hoặc kiểm tra lại",
                )
        yield from (issue("trai_chieu", *words) for words in _directions(block, report))


def _numbers(block: ProseBlock) -> Iterator[str]:
    """Yield the typed numbers of a block that stand for an amount."""
    text = "".join(piece.text if isinstance(piece, Text) else "\ufffc" for piece in block.pieces)
    for match in NUMBER.finditer(text):
        before, after, token = text[: match.start()], text[match.end() :], match[0]
        year = re.fullmatch(r"(?:19|20)\d\d", token)
        if (
            not year
            and not WORDED.search(before)
            and not UNITS_OF_TIME.match(after)
            and (match.start() or not after.startswith("."))
        ):
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
                if shown and (form != "number" or not uses.get(shown[0].rstrip("%"))):
                    uses.setdefault(shown[0].rstrip("%"), []).append(f"{source}.{form}".rstrip("."))
    return {number: tuple(dict.fromkeys(found)) for number, found in uses.items()}


def _directions(block: ProseBlock, report: Report) -> Iterator[tuple[str, str, str]]:
    """Yield each place where a typed “tăng” or “giảm” stands before a comparison that says the other."""
    for before, piece in zip(block.pieces, block.pieces[1:], strict=False):
        if not isinstance(before, Text) or not isinstance(piece, Expression):
            continue
        name, _, form = piece.source.partition(".")
        figure = report.figures.get(name)
        if (
            figure is None
            or form not in ("change", "growth", "vs_same_period")
            or figure.change.value is None
        ):
            continue
        typed = 1 if RISE.search(before.text) else -1 if FALL.search(before.text) else 0
        word = before.text.split()[-1] if typed else ""
        if typed and typed * figure.change.value < 0:
            yield (
                "Chữ trái với số liệu",
                f"{word} … {figure.change.text}",
                f"Bỏ chữ “{word}”: {{eval}}`{name}.change` tự ghi tăng hay giảm",
            )
        elif typed and form != "vs_same_period":
            yield (
                "Chữ lặp với giá trị",
                f"{word} {getattr(figure, form).text}",
                f"Bỏ chữ “{word}” trước biểu thức",
            )
