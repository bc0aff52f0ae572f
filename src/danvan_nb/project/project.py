"""The project: its root, where every file of it stands, and what is read of `params/`.

The one place that spells paths: `params_file`, `narrative_file`, `data_home`, `output_folder`, `returns_folder`, `form_file`,
`results_file`, `index_file`, `master_file`, `catalogue_file`, `offices_file`, and the way back `office_and_period`. All are
absolute; `relative` gives what is stored and shown. It reads no data table.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
)

from danvan_nb.errors import Issue, ParamsError, nearest
from danvan_nb.project.formats import FORMATS
from danvan_nb.project.period import Period

ROOT_MARK = "params/offices.yml"
MASTER = "notebooks/bao_cao_dan_van.ipynb"
VOCABULARY = (
    "office",
    "period",
    "cite",
    "footnote",
    "event",
    "model",
    "as_of",
    "years_since",
    "tra_cuu",
    "report",
)
"""Names that a notebook gets beside the indicators; no indicator may take one."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _text(value: Any) -> Any:
    return "" if value is None else str(value) if isinstance(value, int) else value


def _lines(value: Any) -> Any:
    return (value,) if isinstance(value, str) else () if value is None else value


Blank = Annotated[str, BeforeValidator(_text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]


def _period(value: Any) -> Any:
    try:
        return value if isinstance(value, Period) else Period.parse(value)
    except ParamsError as err:  # pydantic turns a ValueError into an issue with its place
        raise ValueError(f"{err.issues[0].message}, cần {err.issues[0].expected}") from None


PeriodField = Annotated[Period, BeforeValidator(_period), PlainSerializer(str)]


class Signatory(_Strict):
    """Who signs: the authority lines (`TM. …`, title; blank takes the office's) and the name."""

    authority: Lines = ()
    name: Blank = ""


class ReportParams(_Strict):
    """The parameters of one report, read from `params/<office>/<period>.yml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    office: str
    period: PeriodField
    number: Blank = ""
    report_date: date | None = Field(None, alias="date")
    to: Lines = ()
    signatory: Signatory
    recipients: Lines = ()
    drafting_unit: Blank = ""
    as_of: dict[str, date] = {}
    formats: tuple[Literal[FORMATS], ...] = FORMATS  # type: ignore[valid-type]
    rules_off: dict[str, str] = {}
    narrative: str | None = None
    data: str | None = None
    due: date | None = None

    @property
    def document_date(self) -> date:
        """Give the date that files carry: the report's, else the last day of its period; never the clock's."""
        return self.report_date or self.period.last_day


class Office(_Strict):
    """A reporting office, valid from one day to another (Luật Tổ chức chính quyền địa phương).

    `successors` took over when it ended, and the one that exists on a report's date signs for it; `same_period_from` are the
    offices whose numbers together are this one's before its first day. Neither is ever guessed.
    """

    name: str
    short: str
    locality: str
    place: str
    symbol: str
    level: Literal["tinh", "huyen", "xa"]
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    authority: Lines = ()
    successors: Lines = ()
    same_period_from: Lines = ()
    note: Blank = ""

    def valid_on(self, day: date) -> bool:
        """Say whether the office exists on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def existed_in(self, period: Period) -> bool:
        """Say whether the office existed on some day of a period."""
        return (self.valid_from or period.last_day) <= period.last_day and period.first_day <= (
            self.valid_to or period.first_day
        )

    def valid_from_after(self, period: Period) -> bool:
        """Say whether the office began only after a period, so that its numbers of then are other offices'."""
        return self.valid_from is not None and self.valid_from > period.last_day


def _id(value: str) -> str:
    if not value.isascii() or not value.isidentifier() or value.startswith("_"):
        raise ValueError("tên chỉ tiêu chỉ gồm chữ không dấu, số và gạch dưới")
    if keyword.iskeyword(value) or hasattr(builtins, value) or value in VOCABULARY:
        raise ValueError("tên này đã có nghĩa khác trong sổ tay, hãy đặt tên khác")
    return value


class Indicator(_Strict):
    """An indicator of the catalogue (chỉ tiêu)."""

    label: str
    unit: str
    decimals: int = Field(0, ge=0, le=6)
    measure: Literal["flow", "stock", "rate"]
    better: Literal["up", "down", "none"] = "none"
    required: bool = False
    formula: str | None = None
    aggregate: Literal["sum", "last", "formula", "none"] | None = None
    equals: Lines = ()
    at_most: Lines = ()
    usually_at_most: Lines = ()
    short: Blank = ""
    definition: Blank = ""
    source: Blank = ""

    @property
    def title(self) -> str:
        """Give the short label where there is one."""
        return self.short or self.label

    @property
    def change_unit(self) -> str:
        """Give the unit of a difference: a rate changes in điểm %."""
        return "điểm %" if self.unit == "%" else self.unit


Offices = dict[str, Office]
Catalogue = dict[Annotated[str, AfterValidator(_id)], Indicator]


@dataclass(frozen=True)
class Project:
    """The folder that holds `params/offices.yml`; every stored path is relative to it.

    `reads` is the one thing that grows: the SHA-256 of every file that was read through it, None for one that was looked for and
    is not there, as `note_read` put them down: what a report depends on.
    """

    root: Path
    reads: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def find(cls, *starts: Path) -> Project:
        """Find the project by walking up from each of `starts`, the working directory last; ParamsError if there is none."""
        for start in (*starts, Path.cwd()):
            for folder in (start.resolve(), *start.resolve().parents):
                if (folder / ROOT_MARK).is_file():
                    return cls(folder)
        message = f"Không tìm thấy thư mục dự án (thư mục có {ROOT_MARK})"
        raise ParamsError(Issue("du_an", message, todo="Hãy chạy lệnh từ trong thư mục dự án"))

    def relative(self, path: Path) -> str:
        """Give a path as it is stored: relative to the root, with `/`."""
        path = path.resolve()
        return (
            path.relative_to(self.root).as_posix()
            if path.is_relative_to(self.root)
            else path.as_posix()
        )

    def path(self, name: str) -> Path:
        """Resolve a stored path; one that leads out of the project is a ParamsError."""
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise ParamsError(
                Issue(
                    "duong_dan",
                    "Đường dẫn nằm ngoài thư mục dự án",
                    found=name,
                    todo="Chép tệp vào dự án",
                )
            )
        return path

    def read(self, path: Path) -> bytes:
        """Read a file that a report depends on; FileNotFoundError if it is not there, which the report depends on as well."""
        name = self.relative(path)
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            self.note_read(name, None)
            raise FileNotFoundError(name) from None
        self.note_read(name, hashlib.sha256(data).hexdigest())
        return data

    def note_read(self, name: str, digest: str | None) -> None:
        """Note that the report depends on a file with this SHA-256, or on its not being there."""
        self.reads[name] = digest

    def params_file(self, office: str, period: Period | str) -> Path:
        """Give the params file of a report."""
        return self.root / "params" / office / f"{period}.yml"

    def narrative_file(self, office: str, period: Period | str) -> Path:
        """Give the narrative that stands beside the params file, unless that names another."""
        return self.root / "params" / office / f"{period}.md"

    def data_home(self, office: str, data: str | None = None) -> Path:
        """Give the folder of an office's data of all periods, which `data` in the params may name."""
        return self.path(data or f"data/{office}")

    def output_folder(self, office: str, period: Period | str) -> Path:
        """Give the folder of a report's files."""
        return self.root / "outputs" / office / str(period)

    def returns_folder(self, office: str, period: Period | str) -> Path:
        """Give the folder of the marked copies that go back to whoever sent the data."""
        return self.output_folder(office, period) / "tra-lai"

    def form_file(self, office: str, period: Period | str) -> Path:
        """Give the form that goes out to an office."""
        return self.root / "outputs/bieu-nhap" / f"{office}-{period}.xlsx"

    @property
    def results_file(self) -> Path:
        """Give the record of the last runs."""
        return self.root / "outputs/results.json"

    @property
    def index_file(self) -> Path:
        """Give the page that lists all reports."""
        return self.root / "outputs/index.html"

    @property
    def master_file(self) -> Path:
        """Give the master notebook."""
        return self.root / MASTER

    @property
    def offices_file(self) -> Path:
        """Give the list of the offices, which marks the root."""
        return self.root / ROOT_MARK

    def office_and_period(self, path: Path | str) -> tuple[str, str]:
        """Give the office and the period, as they are written, that a path of params, data or outputs names.

        Examples
        --------
        >>> Project(Path("/x")).office_and_period("outputs/sa-dec/2023-H1/report.docx")
        ('sa-dec', '2023-H1')
        """
        parts = Path(self.relative(self.root / path)).parts
        named = (at for at, part in enumerate(parts) if at and Period.is_one(Path(part).stem))
        at = next(named, len(parts) - 1)
        return parts[at - 1], Path(parts[at]).stem

    def output(self, params: ReportParams) -> Path:
        """Give the folder of a report's files."""
        return self.output_folder(params.office, params.period)

    @cached_property
    def offices(self) -> Offices:
        """Read the reporting offices, which name one another only by ids that exist; ParamsError with every mistake."""
        offices: Offices = _read(Offices, self.root / ROOT_MARK, self)
        unknown = [
            Issue(
                "don_vi",
                f"Không có đơn vị này trong {ROOT_MARK}",
                ROOT_MARK,
                column=f"{name}.{key}",
                found=used,
            )
            for name, office in offices.items()
            for key, ids in (
                ("parent", (office.parent,)),
                ("successors", office.successors),
                ("same_period_from", office.same_period_from),
            )
            for used in ids
            if used and used not in offices
        ]
        if unknown:
            raise ParamsError(unknown)
        return offices

    def office(self, name: str) -> Office:
        """Give an office by its id; ParamsError, which lists the ids, if there is none."""
        if name not in self.offices:
            raise ParamsError(
                Issue("don_vi", "Không có đơn vị này", found=name, expected=", ".join(self.offices))
            )
        return self.offices[name]

    def office_on(self, name: str, day: date) -> Office | None:
        """Give an office as it is on a day: itself, or the one successor that exists then; none where that is not clear."""
        office = self.offices[name]
        heirs = [
            heir for heir in map(self.offices.__getitem__, office.successors) if heir.valid_on(day)
        ]
        return office if office.valid_on(day) else heirs[0] if len(heirs) == 1 else None

    def reporting_office(self, params: ReportParams) -> Office:
        """Give the office of a report, as it is on the report's date."""
        return self.office_on(params.office, params.document_date) or self.offices[params.office]

    def interim_days(self, office: str, period: Period) -> dict[str, date]:
        """Give the named days of a period that an office, or else the one above it, reports on."""
        about = self.offices.get(office)
        names = [office, about.parent if about else None]
        files = [
            file
            for name in names
            if name and (self.root / (file := f"params/{name}/{period}.yml")).is_file()
        ]
        return self.read_params(files[0]).as_of if files else {}

    @cached_property
    def catalogue(self) -> Catalogue:
        """Read the indicator catalogue."""
        return _read(Catalogue, self.catalogue_file, self)

    @property
    def catalogue_file(self) -> Path:
        """Give the file of the catalogue."""
        return self.root / "params/indicators.yml"

    def params_files(self) -> list[str]:
        """List the params files of all reports."""
        return sorted(self.relative(path) for path in (self.root / "params").glob("*/*.yml"))

    def params_path(self, params_file: str) -> Path:
        """Find a params file named relative to the root; ParamsError, which lists those there are, if it is not there."""
        path = self.root / params_file
        if path.is_file():
            return path.resolve()
        todo = "Các tệp hiện có: " + (", ".join(self.params_files()) or "chưa có tệp nào")
        raise ParamsError(
            Issue("tep_tham_so", "Không có tệp tham số này", file=str(params_file), todo=todo)
        )

    def read_params(self, params_file: str) -> ReportParams:
        """Read and check one report's parameters; ParamsError with every wrong key and value."""
        path = self.params_path(params_file)
        params: ReportParams = _read(ReportParams, path, self)
        issues = list(self._problems(params, self.relative(path)))
        if issues:
            raise ParamsError(issues)
        return params

    def _problems(self, params: ReportParams, file: str) -> Iterator[Issue]:
        """Check what no single value shows: the office against the list and the date, the interim days against the period."""
        if params.office not in self.offices:
            message, known = f"Đơn vị báo cáo chưa có trong {ROOT_MARK}", ", ".join(self.offices)
            yield Issue(
                "don_vi", message, file=file, column="office", found=params.office, expected=known
            )
            return
        office, day = self.offices[params.office], params.document_date
        if self.office_on(params.office, day) is None:
            heirs = ", ".join(f"{self.offices[name].name} ({name})" for name in office.successors)
            message = f"{office.name} không tồn tại vào ngày của báo cáo"
            lasts = f"từ {office.valid_from or '…'} đến {office.valid_to or '…'}"
            todo = f"Đơn vị kế thừa: {heirs or f'chưa ghi trong {ROOT_MARK} (successors)'}"
            yield Issue(
                "don_vi_het_hieu_luc",
                message,
                file,
                column="date",
                found=f"{day}",
                expected=lasts,
                todo=todo,
            )
        outside = [
            f"{name}: {day}"
            for name, day in params.as_of.items()
            if not params.period.contains(day)
        ]
        if outside:
            message = f"Mốc số liệu không nằm trong kỳ {params.period}"
            yield Issue("moc_giua_ky", message, file, column="as_of", found=", ".join(outside))


def changed_files(project: Project, digests: Mapping[str, str | None]) -> list[str]:
    """List the files whose SHA-256 is not the noted one; None notes a file that was not there."""

    def digest(name: str) -> str | None:
        path = project.root / name
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    return [name for name, noted in digests.items() if digest(name) != noted]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml reads ten times faster
    """YAML whose dates stay text, so that a day which does not exist is told with its line, like any wrong value."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML keeps it on the class
        first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read(kind: Any, path: Path, project: Project) -> Any:
    """Read a YAML file as a model, or as a mapping to models; every mistake becomes an issue with its line."""
    file = project.relative(path)
    try:
        text = project.read(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise ParamsError(Issue("tep_tham_so", "Không có tệp này", file=file)) from None
    except UnicodeDecodeError as err:
        raise ParamsError(
            Issue("ma_ky_tu", "Tệp không phải UTF-8", file=file, todo="Lưu lại tệp ở dạng UTF-8")
        ) from err
    return _parse(kind, text, file)


@lru_cache(64)  # a batch reads the catalogue and the offices for every report
def _parse(kind: Any, text: str, file: str) -> Any:
    try:
        node = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise ParamsError(
            Issue(
                "yaml", f"Tệp YAML sai cú pháp: {getattr(err, 'problem', err)}", file=file, row=line
            )
        ) from err
    lines = _key_lines(node)
    doubled = [key for key in lines if key and key[-1] == "+"]
    if doubled:
        raise ParamsError(
            Issue(
                "khoa_trung",
                "Khóa ghi hai lần",
                file=file,
                row=lines[key],
                column=".".join(key[:-1]),
            )
            for key in doubled
        )
    if not isinstance(data, Mapping):
        raise ParamsError(
            Issue("yaml", "Tệp trống hoặc không phải danh sách khóa: giá trị", file=file)
        )
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as err:
        raise ParamsError(_issue(error, file, lines, kind) for error in err.errors()) from None


def _key_lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """Map each key path of a YAML file to its line; a key written twice appears again under `(…, "+")`."""
    lines: dict[tuple[str, ...], int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*path, str(key.value))
            lines[(*here, "+") if here in lines else here] = key.start_mark.line + 1
            lines |= _key_lines(value, here)
    return lines


# pydantic's error types that a user meets here; any other keeps pydantic's own sentence.
_MESSAGES = {
    "extra_forbidden": "Khóa lạ",
    "invalid_key": "Khóa lạ",
    "missing": "Thiếu khóa",
    "date_from_datetime_parsing": "Ngày không đúng, viết dạng 2023-06-30",
    "date_from_datetime_inexact": "Ngày không đúng, viết dạng 2023-06-30",
    "date_type": "Ngày không đúng, viết dạng 2023-06-30",
    "date_parsing": "Ngày không đúng, viết dạng 2023-06-30",
    "literal_error": "Giá trị không được phép",
    "string_type": "Phải là chữ (đặt trong ngoặc kép nếu là số)",
    "int_parsing": "Phải là số nguyên",
    "tuple_type": "Phải là danh sách",
    "dict_type": "Phải là các dòng khóa: giá trị",
    "model_type": "Phải là các dòng khóa: giá trị",
    "bool_parsing": "Phải là true hoặc false",
}


def _issue(error: Any, file: str, lines: dict[tuple[str, ...], int], kind: Any) -> Issue:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    message = _MESSAGES.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
    known = _known_keys(kind, path) if message == "Khóa lạ" else []
    todo = nearest(path[-1], known, "Các khóa được dùng: " + ", ".join(known)) if known else ""
    row = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)
    shown = error.get("input")
    found = (
        str(shown)
        if isinstance(shown, (str, int, float, date)) and error["type"] != "missing"
        else ""
    )
    expected = str(error.get("ctx", {}).get("expected", "")).replace(" or ", " hoặc ")
    return Issue(
        "tham_so",
        message,
        file,
        row=row,
        column=".".join(path),
        found=found,
        expected=expected,
        todo=todo,
    )


def _known_keys(kind: Any, path: tuple[str, ...]) -> list[str]:
    """List the keys that stand beside an unknown one."""
    for key in path[:-1]:
        kind = get_args(kind)[1] if get_args(kind) else kind.model_fields[key].annotation
    return [field.alias or name for name, field in kind.model_fields.items()]
