"""What a report may have kept of an earlier one: words of another season, last year's rows.

One small function per kind; seasons, anniversaries and what is over stand in `seasons.toml`. Of
prose it knows the words alone, of the data what `figures.checks` knows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from danvan_nb.data.records import Event, OfficialDocument
from danvan_nb.errors import Issue
from danvan_nb.figures.checks import FactRule, Facts
from danvan_nb.project.files import read_table
from danvan_nb.project.period import Period

TASKS = "phuong_huong"
"""The slot that speaks of the period to come."""
YEARLY = ("kế hoạch", "công văn", "thông báo", "báo cáo", "tờ trình", "giấy mời")
"""How the types of documents begin that are made for a year or an occasion."""
RECENT = 6
"""A year at most so many before the report's is told of as work, an older one as history."""
ENOUGH_DIGITS = 3
"""From so many digits on, two years seldom give the same number by chance."""
_COMPARED = re.compile(
    r"so với|cùng kỳ|kể từ|từ năm|từ ngày|của năm trước|trước đây|thay thế|thay cho|\d\s*-\s*$",
    re.I,
)
_CAPITAL = "".join(filter(str.isupper, map(chr, range(0x1F00))))
_NAMED = re.compile(
    r"\b(?:cầu|đường|dự án|khu|tuyến|chợ|công viên|điểm|phường|cuộc thi|chiến dịch|thị trường)"
    rf"(?: [{_CAPITAL}\d]\w*){{1,4}}"
)


@dataclass(frozen=True)
class Prose:
    """A passage of a narrative and what the earlier report's narrative said, both without code."""

    slot: str
    text: str
    period: Period
    earlier: str = ""

    @property
    def months(self) -> set[int]:
        """The months that it may speak of."""
        spoken = [self.period, self.period.next] if self.slot == TASKS else [self.period]
        return {m for one in spoken for m in range(one.first_day.month, one.last_day.month + 1)}


def without_code(source: str, period: Period) -> str:
    """Give the words of a Markdown text; a value is a sign, the years are the years."""
    text = re.sub(r"\{eval\}`period\.year`", str(period.year), source)
    return " ".join(re.sub(r"\{eval\}`[^`]*`", "…", text).split())


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


@cache
def _calendar() -> dict[str, Any]:
    return read_table("report", "seasons")


def _seasons(prose: Prose) -> Iterator[str]:
    """Yield words of months that are not the report's; the Tết that comes next is told by name."""
    coming = lunar_year(prose.period.year + 1)
    for season in _calendar()["season"]:
        if not prose.months & set(season["months"]):
            for match in re.finditer(season["words"], prose.text, re.I):
                if coming not in prose.text[match.start() : match.end() + 40]:
                    yield match[0]


def _eras(prose: Prose) -> Iterator[str]:
    """Yield words of what was over before the report's period, but for history."""
    for era in _calendar()["era"]:
        if era["until"] < prose.period.first_day:
            for match in re.finditer(era["words"], prose.text, re.I):
                if not _COMPARED.search(_clause(prose, match)):
                    yield match[0]


def _clause(prose: Prose, match: re.Match[str]) -> str:
    """Give what stands before a word in its clause."""
    return re.split(r"[;:.]", prose.text[: match.start()])[-1]


def _rest_of_the_year(prose: Prose) -> Iterator[str]:
    """Yield what speaks of a rest of the year when there is none."""
    if prose.period.last_day.month == 12:
        yield from re.findall(r"từ nay đến (?:hết|cuối) năm(?: \d{4})?", prose.text, re.I)


def _lunar_years(prose: Prose) -> Iterator[str]:
    years = range(prose.period.year - RECENT, prose.period.year - 1)
    yield from (name for name in map(lunar_year, years) if name in prose.text)


def _spans(prose: Prose) -> Iterator[str]:
    """Yield terms and stages that have ended, and school years."""
    year = prose.period.year
    for match in re.finditer(_calendar()["span"]["words"], prose.text, re.I):
        school = match[1].lower() == "năm học" and prose.period.first_day.month > 6
        if int(match[2]) < year + school:
            yield match[0]


def _anniversaries(prose: Prose) -> Iterator[str]:
    """Yield anniversaries with a wrong number of years."""
    for founding in _calendar()["founding"]:
        for match in re.finditer(rf"(\d+) năm (?:{founding['words']})", prose.text, re.I):
            if int(match[1]) != prose.period.year - founding["year"]:
                yield match[0]


def _years(prose: Prose) -> Iterator[str]:
    """Yield years gone by that are neither compared with nor history.

    The report's own half of an earlier year is found already, as an error.
    """
    own = prose.period.label.removesuffix(f"năm {prose.period.year}")
    for match in re.finditer(_calendar()["year"]["words"], prose.text, re.I):
        clause = _clause(prose, match)
        gone = prose.period.year - RECENT < int(match[1]) < prose.period.year
        if gone and not _COMPARED.search(clause) and not clause.endswith(own):
            yield match[0]


def _days(prose: Prose) -> Iterator[str]:
    """Yield typed days and months outside the report's period, but for history."""
    first, last = prose.period.first_day, prose.period.last_day
    full = r"(\d{1,2})/(\d{1,2})/(\d{4})|ngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4})"
    for match in re.finditer(full, prose.text, re.I):
        _, month, year = (int(part) for part in match.groups() if part)
        gone = (year, month) < (first.year, first.month) and year > first.year - RECENT
        if gone or (year, month) > (last.year, last.month):
            yield match[0]
    for match in re.finditer(
        r"(?:trong|vào|đầu|giữa|cuối) tháng (\d{1,2})\b(?!/)", prose.text, re.I
    ):
        if int(match[1]) not in prose.months:
            yield match[0]


def _past_tasks(prose: Prose) -> Iterator[str]:
    """Yield the report's own period where the next one's tasks are told."""
    label = prose.period.label.removesuffix(f" {prose.period.year}")
    if prose.slot == TASKS:
        yield from re.findall(rf"[Tt]rong {label}(?: \d{{4}})?", prose.text)


def _ordinals(prose: Prose) -> Iterator[str]:
    """Yield “lần thứ …” as the earlier narrative had it; a congress keeps its number for years."""
    for match in re.finditer(r"((?:\w+ ){2,4})lần thứ [\w]+", prose.text):
        if match[0] in prose.earlier and "đại hội" not in match[1].lower():
            yield match[0]


def _claims(prose: Prose) -> Iterator[str]:
    """Yield what the earlier narrative said of its own year in the same words."""
    year = str(prose.period.year)
    for said in re.split(r"(?<=[.;])\s+", prose.text):
        claim = re.search(r"năm (?:\d{4} )?là năm|là năm (?:đầu|giữa|cuối|thứ|bản lề)", said, re.I)
        if claim and said.replace(year, "") in re.sub(r"20\d\d", "", prose.earlier):
            yield said[:60]


def _names(prose: Prose) -> Iterator[str]:
    """Yield projects and places in sentences that the earlier narrative had word for word."""
    for said in re.split(r"(?<=[.;:])\s+", prose.text):
        if said in prose.earlier and (found := ", ".join(_NAMED.findall(said))):
            yield found


WORD_RULES: dict[str, Callable[[Prose], Iterator[str]]] = {
    "mua": _seasons,
    "het_thoi": _eras,
    "het_nam": _rest_of_the_year,
    "am_lich": _lunar_years,
    "giai_doan": _spans,
    "ky_niem": _anniversaries,
    "nam": _years,
    "ngay": _days,
    "nhiem_vu": _past_tasks,
    "lan_thu": _ordinals,
    "cau_nam": _claims,
    "ten_rieng": _names,
}
"""Every kind of stale words, by its message."""


def find_stale_words(prose: Prose, **place: Any) -> Iterator[Issue]:
    """Find what a passage may have kept of another season or year, each text once."""
    for key, found in _stale_words(prose):
        yield Issue.of(f"loi_thoi.{key}", slot=prose.slot, found=found, **place)


@lru_cache(1024)  # a run asks before it composes the notebook, and again for the findings
def _stale_words(prose: Prose) -> tuple[tuple[str, str], ...]:
    found = ((key, dict.fromkeys(rule(prose))) for key, rule in WORD_RULES.items())
    return tuple((key, text) for key, texts in found for text in texts)


def _documents(facts: Facts) -> Iterator[Issue]:
    """A plan or letter of an earlier year is no work of this one; a law or rule may be."""
    before = {(one.number, one.issuer): one for one in facts.earlier.documents}
    for one in facts.inputs.documents:
        kind = age_of(one, before.get((one.number, one.issuer)), facts.period.year)
        if kind:
            found = one.subject if kind == "ten" else str(one.date or "")
            yield Issue.of(f"van_ban_cu.{kind}", one, number=one.number, found=found)


def age_of(one: OfficialDocument, old: OfficialDocument | None, year: int) -> str:
    """Say by what a document shows that it is of an earlier year; nothing where it does not."""
    named = [int(text) for text in re.findall(r"năm (20\d\d)", one.subject)]
    if named and max(named) < year:
        return "ten"
    if not one.type.lower().startswith(YEARLY):
        return ""
    if one.date and one.date.year < year and not named:
        return "ngay"
    if old is None or (old.date and old.date.year == year):
        return ""  # a plan of the year stands in both of its halves
    days = {f"{each.date:%d/%m}" for each in (one, old) if each.date}
    return "trung" if len(days) < 2 else ""


def _events(facts: Facts) -> Iterator[Issue]:
    """An event of another year or half, or told with last year's number of visitors or ordinal."""
    before = {one.id: one for one in facts.earlier.events}
    for one in facts.inputs.events:
        for kind in (*_dates(one, facts.period), *_likeness(one, before.get(one.id))):
            yield Issue.of(f"su_kien_cu.{kind}", one, name=one.name)


def _dates(event: Event, period: Period) -> Iterator[str]:
    """Yield by what an event shows that it is of another time."""
    day = event.date_to or event.date_from
    years = [int(text) for text in re.findall(r"20\d\d", event.name)]
    if day and not period.contains(day):
        yield "nam" if day.year < period.year else "ky"
    if years and max(years) < period.year:
        yield "ten"


def _likeness(event: Event, old: Event | None) -> Iterator[str]:
    """Yield what an event has of last year's that changes from year to year."""
    if old and event.visitors and event.visitors == old.visitors:
        yield "khach"
    if old and "lần thứ" in event.name and event.name == old.name:
        yield "lan_thu"


def _models(facts: Facts) -> Iterator[Issue]:
    """A model told in the words of the year before may be no new one."""
    before = {(one.name, one.owner, one.summary) for one in facts.earlier.models}
    for one in facts.inputs.models:
        if (one.name, one.owner, one.summary) in before:
            yield Issue.of("mo_hinh_cu", one, name=one.name)


def _numbers(facts: Facts) -> Iterator[Issue]:
    """A flow of three digits or more that equals last year's may have been copied."""
    for name, figure in facts.figures.items():
        now, before = figure.reading, figure.same_period
        if now.value is None or now.value != before.value or figure.indicator.measure != "flow":
            continue
        if len(now.value.normalize().as_tuple().digits) >= ENOUGH_DIGITS and now.origins:
            told = {"label": figure.label, "column": name, "found": figure.number.text}
            yield Issue.of("so_lieu_lap", now.origins[0], **told)


ROW_RULES: dict[str, FactRule] = {
    "van_ban_cu": _documents,
    "su_kien_cu": _events,
    "mo_hinh_cu": _models,
    "so_lieu_lap": _numbers,
}
"""Every rule over rows that compares with the year before, as `figures.checks.RULES`."""
