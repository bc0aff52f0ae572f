"""Figures typed by hand: those that the data know (with the expression to use), those that nothing knows, and wrong directions.

Owns the rules over prose, source and values. A date, a legal number, a year or a range of years is no figure of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from danvan_nb.errors import Issue
from danvan_nb.figures import Figure
from danvan_nb.notebook.compose import Passage
from danvan_nb.notebook.prose import Expression, ProseBlock, ProseError, Run, parse_prose
from danvan_nb.report import Report

NUMBER = re.compile(r"(?<![\w/.,-])\d+(?:\.\d{3})*(?:,\d+)?(?![\w/]|[.,]\d|-\w)%?")
# What is a number but no figure of the report: dates, law numbers, school classes, terms, quarters, the years themselves.
WORDED = re.compile(
    r"(?:ngày|tháng|năm|quý|khóa|lớp|số|khoản|điểm|điều|mục|kỳ|thứ|giai đoạn|phường|tuổi|đến)\s+(?:đến\s+)?$"
    r"|-\s*$",
    re.I,
)
UNITS_OF_TIME = re.compile(r"^\s*(?:-\s*\d|năm|tháng|ngày|tuổi|giờ|phút)", re.I)
FORMS = ("number", "vs_plan", "vs_same_period", "growth", "change", "plan", "same_period")
RISE, FALL = re.compile(r"\b(tăng|cao hơn|nhiều hơn)\s*$", re.I), re.compile(r"\b(giảm|thấp hơn|ít hơn)\s*$", re.I)


def check_passages(passages: Iterable[Passage], report: Report, file: str) -> list[Issue]:
    """Look for the same in a narrative file."""
    return [issue for passage in passages for issue in _check(passage.source, f"đoạn {passage.slot}", report, file, passage.row)]


def check_changed(changes: Iterable[tuple[str, str, str]], report: Report) -> list[Issue]:
    """Look for the same in edited prose (slot, old, new), leaving out what the old one said too."""
    issues = []
    for slot, old, new in changes:
        earlier = {issue.found for issue in _check(old, "", report)}
        issues += [issue for issue in _check(new, f"đoạn {slot}", report) if issue.found not in earlier]
    return issues


def _check(source: str, place: str, report: Report, file: str = "", row: int | None = None) -> Iterator[Issue]:
    def issue(rule: str, message: str, found: str, todo: str) -> Issue:
        return Issue(rule, f"{message} ({place})", file, row=row, found=found, todo=todo, severity="warning")

    try:
        blocks = parse_prose(source)
    except ProseError as err:
        yield issue("thuyet_minh", str(err), source[:60], "Sửa đoạn này rồi chạy lại")
        return
    known = _known(report)
    for block in blocks:
        for found in _numbers(block):
            uses = known.get(found.rstrip("%"), ())
            if uses:
                todo = "Dùng " + " hoặc ".join(f"{{eval}}`{use}`" for use in uses[:3])
                yield issue("so_go_tay", "Số gõ tay đã có trong số liệu", found, todo)
            else:
                yield issue("so_la", "Số gõ tay không khớp số liệu nào", found, "Thêm vào số liệu, hoặc kiểm tra lại")
        yield from (issue("trai_chieu", *words) for words in _directions(block, report))


def _numbers(block: ProseBlock) -> Iterator[str]:
    """Yield the typed numbers of a block that stand for an amount."""
    text = "".join(piece.text if isinstance(piece, Run) else "\ufffc" for piece in block.pieces)
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


def _known(report: Report) -> dict[str, tuple[str, ...]]:
    """Map each number as printed to the expressions that give it."""
    uses: dict[str, list[str]] = {}
    for name, figure in report.figures.items():
        bases: Sequence[tuple[str, Figure]] = [
            (name, figure),
            *((f'{name}.at("{at}")', figure.at(at)) for at in report.params.as_of),
        ]
        for source, base in bases:
            for form in ("", *FORMS):
                value: Figure = getattr(base, form) if form else base
                shown = NUMBER.search(value.text) if not value.missing else None
                if shown and (form != "number" or not uses.get(shown[0].rstrip("%"))):
                    uses.setdefault(shown[0].rstrip("%"), []).append(f"{source}.{form}".rstrip("."))
    return {number: tuple(dict.fromkeys(found)) for number, found in uses.items()}


def _directions(block: ProseBlock, report: Report) -> Iterator[tuple[str, str, str]]:
    """Yield each place where a typed “tăng” or “giảm” stands before a comparison that says the other."""
    for before, piece in zip(block.pieces, block.pieces[1:], strict=False):
        if not isinstance(before, Run) or not isinstance(piece, Expression):
            continue
        name, _, form = piece.source.partition(".")
        figure = report.figures.get(name)
        if figure is None or form not in ("change", "growth", "vs_same_period") or figure.change.value is None:
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
            yield "Chữ lặp với giá trị", f"{word} {getattr(figure, form).text}", f"Bỏ chữ “{word}” trước biểu thức"
