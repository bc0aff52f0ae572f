"""What stands in `params/`, as models: a report's parameters, an office, an indicator.

Owns the keys that a person may write and what they mean. It opens no file.
"""

import builtins
import keyword
import re
from contextlib import suppress
from datetime import date
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

from danvan_nb.errors import ParamsError
from danvan_nb.project.formats import FORMATS, USUAL
from danvan_nb.project.period import Period

VOCABULARY = (
    *("office", "period", "cite", "footnote", "event", "model"),
    *("as_of", "years_since", "tra_cuu", "xem", "report"),
)
"""Names that a notebook gets beside the indicators; no indicator may take one."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _text(value: Any) -> Any:
    return "" if value is None else value


def _lines(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    with suppress(ValueError):
        day = date.fromisoformat(value)
        if str(day) == value:
            return day
    raise PydanticCustomError("ngay", "no day as 2023-06-30")  # pydantic reads 86400 as a day


def _number(value: str) -> str:
    if value and not re.fullmatch(r"[0-9]+[a-zđ]?", value, re.IGNORECASE):
        raise PydanticCustomError("so_van_ban", "no number alone")
    return value


def _names(value: tuple[str, ...]) -> tuple[str, ...]:
    if any(re.search(r"^\s*(?:[-–]|Kính gửi|Lưu\b)|[;.]\s*$", name) for name in value):
        raise PydanticCustomError("dau_dong", "signs of a list that the form adds")
    return value


def _period(value: Any) -> Any:
    try:
        return value if isinstance(value, Period) else Period.parse(value)
    except ParamsError as err:  # pydantic turns a ValueError into an issue with its place
        raise ValueError(f"{err.issues[0].message}, cần {err.issues[0].expected}") from None


Blank = Annotated[str, BeforeValidator(_text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
Day = Annotated[date, BeforeValidator(_day)]
PeriodField = Annotated[Period, BeforeValidator(_period), PlainSerializer(str)]


class Signatory(_Strict):
    """Who signs: the authority lines (`TM. …`, title; blank takes the office's) and the name."""

    authority: Lines = ()
    name: Blank = ""


class Limits(_Strict):
    """What the cells of a report may use; beyond it they end. A report itself needs a few seconds.

    A kernel begins with some 200 MB of data, so 512 is the least that lets it work.
    """

    cell_seconds: Annotated[int, Field(ge=1)] = 120
    report_seconds: Annotated[int, Field(ge=1)] = 600
    memory_mb: Annotated[int, Field(ge=512)] = 2048
    output_mb: Annotated[int, Field(ge=1)] = 20


STANDARD = Limits()
"""What applies where nothing is set."""


class ReportParams(_Strict):
    """The parameters of one report."""

    office: str
    period: PeriodField
    number: Annotated[Blank, AfterValidator(_number)] = ""
    report_date: Day | None = Field(None, alias="date")
    to: Annotated[Lines, AfterValidator(_names)] = ()
    signatory: Signatory
    recipients: Annotated[Lines, AfterValidator(_names)] = ()
    drafting_unit: Blank = ""
    as_of: dict[str, Day] = {}
    highlight: Lines = ()
    formats: tuple[Literal[FORMATS], ...] = USUAL  # type: ignore[valid-type]
    rules_off: dict[str, str] = {}
    narrative: str | None = None
    data: str | None = None
    due: Day | None = None
    limits: Limits = STANDARD

    @property
    def document_date(self) -> date:
        """Give the date that files carry: the report's, else its period's last day; no clock's."""
        return self.report_date or self.period.last_day

    def within(self, limits: Limits) -> Self:
        """Give them with other limits, as far as those are set."""
        own = self.limits.model_copy(update=limits.model_dump(exclude_unset=True))
        return self.model_copy(update={"limits": own})


class Office(_Strict):
    """A reporting office, valid from one day to another (Luật Tổ chức chính quyền địa phương).

    `successors` took over when it ended, and the one that exists on a report's date signs for it;
    `same_period_from` are the offices whose numbers together are this one's before its first day.
    Neither is ever guessed.
    """

    name: str
    short: str
    locality: str
    place: str
    symbol: str
    level: Literal["tinh", "huyen", "xa"]
    parent: str | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    authority: Lines = ()
    successors: Lines = ()
    same_period_from: Lines = ()
    note: Blank = ""

    def valid_on(self, day: date) -> bool:
        """Say whether the office exists on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def existed_in(self, period: Period) -> bool:
        """Say whether the office existed on some day of a period."""
        begins = self.valid_from or period.last_day
        ends = self.valid_to or period.first_day
        return begins <= period.last_day and period.first_day <= ends

    def valid_from_after(self, period: Period) -> bool:
        """Say whether it began only after a period, whose numbers then are other offices'."""
        return self.valid_from is not None and self.valid_from > period.last_day


class Indicator(_Strict):
    """An indicator of the catalogue (chỉ tiêu).

    `counted` says from which day on a flow is counted: 1 January (`year`), or the first day of the
    period that it is reported for (`half`). What has a formula is counted as its parts are.
    """

    label: str
    unit: str
    decimals: int = Field(0, ge=0, le=6)
    measure: Literal["flow", "stock", "rate"]
    counted: Literal["year", "half"] | None = None
    better: Literal["up", "down", "none"] = "none"
    required: bool = False
    highlight: bool = False
    formula: str | None = None
    aggregate: Literal["sum", "last", "formula", "none"] | None = None
    equals: Lines = ()
    at_most: Lines = ()
    usually_at_most: Lines = ()
    short: Blank = ""
    definition: Blank = ""
    source: Blank = ""

    @pydantic.model_validator(mode="after")
    def _is_counted(self) -> Self:
        if self.measure == "flow" and not (self.formula or self.counted):
            raise PydanticCustomError("counted", "a flow is counted from a day on")
        if self.measure != "flow" and self.counted and not self.formula:
            raise PydanticCustomError("counted_thua", "only a flow is counted from a day on")
        return self

    @property
    def title(self) -> str:
        """Give the short label where there is one."""
        return self.short or self.label

    @property
    def change_unit(self) -> str:
        """Give the unit of a difference: a rate changes in điểm %."""
        return "điểm %" if self.unit == "%" else self.unit


def _id(value: str) -> str:
    if not value.isascii() or not value.isidentifier() or value.startswith("_"):
        raise PydanticCustomError("ten_chi_tieu", "not an id")
    if keyword.iskeyword(value) or hasattr(builtins, value) or value in VOCABULARY:
        raise PydanticCustomError("ten_da_dung", "has a meaning of its own")
    return value


def _office_id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", value):  # it names folders and files
        raise PydanticCustomError("ma_don_vi", "not an id of an office")
    return value


Offices = dict[Annotated[str, AfterValidator(_office_id)], Office]
Catalogue = dict[Annotated[str, AfterValidator(_id)], Indicator]
