"""The frozen column specification of the input tables.

Drives reading, checking, the entry form, messages and documentation: a heading, a unit or an allowed value changes here and
nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

STATUSES = {"actual": "thực hiện", "estimate": "ước thực hiện", "plan": "kế hoạch"}

Kind = Literal[
    "text", "id", "indicator", "status", "number", "count", "date", "period", "unit", "shown"
]
"""A `shown` column is there to be read by people: the form fills it in, and the reader passes over it."""


@dataclass(frozen=True)
class ColumnSpec:
    """One column: canonical name, Vietnamese heading, kind of value, and what it means.

    `required`: each row fills it in; `optional`: a table may lack the whole column; `choices`: the form's drop-down, which allows
    other values; `width`: in the form, in characters.
    """

    name: str
    heading: str
    kind: Kind
    meaning: str
    required: bool = False
    optional: bool = False
    choices: tuple[str, ...] = ()
    width: int = 18


@dataclass(frozen=True)
class Heading:
    """What a heading says: its column and, where one value column stands for one status and day, that status and day.

    So `Giá trị` beside `Loại số liệu` (one row per number) and `Thực hiện`, `Ước thực hiện`, `Kế hoạch năm 2023`, `Thực hiện đến
    30/4/2023` (one row per indicator) are read alike. `text` is the heading as it is written.
    """

    column: ColumnSpec
    status: str = ""
    as_of: date | None = None
    year: int | None = None
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class TableSpec:
    """One input table: canonical name, Vietnamese sheet name, columns, and the columns that make a row unique."""

    name: str
    sheet: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...]

    @property
    def stored(self) -> tuple[ColumnSpec, ...]:
        """Give the columns that hold data, not what a form shows for people to read."""
        return tuple(column for column in self.columns if column.kind not in ("shown", "unit"))

    def heading(self, text: str) -> Heading | None:
        """Understand a heading by canonical name or Vietnamese words, whatever case, line breaks and bracketed remarks.

        Examples
        --------
        >>> OBSERVATIONS.heading("Thực hiện đến 30/4/2023").as_of, OBSERVATIONS.heading("Giá trị (*)").column.name
        (datetime.date(2023, 4, 30), 'value')
        """
        words = re.sub(r" ?\([^)]*\)$", "", " ".join(text.split()).casefold())
        base, year, day = _HEADING.fullmatch(words).groups()  # type: ignore[union-attr]  # its first group takes any text
        status = next(
            (name for name, label in STATUSES.items() if base == label),
            "estimate" if base == "ước" else "",
        )
        wanted = "giá trị" if status else base
        column = next(
            (col for col in self.columns if wanted in (col.name, col.heading.casefold())), None
        )
        if column is None or not (status or column.kind == "shown" or words == base):
            return None
        try:
            as_of = date(*(int(part) for part in reversed(day.split("/")))) if day else None
        except ValueError:
            return None
        return Heading(column, status, as_of, int(year) if status and year else None, text)


_HEADING = re.compile(r"(.*?)(?: năm (\d{4}))?(?: đến(?: ngày)? (\d{1,2}/\d{1,2}/\d{4}))?")

OBSERVATIONS = TableSpec(
    "observations",
    "Số liệu",
    (
        ColumnSpec(
            "indicator",
            "Mã chỉ tiêu",
            "indicator",
            "mã trong params/indicators.yml",
            required=True,
            width=24,
        ),
        ColumnSpec(
            "label", "Chỉ tiêu", "shown", "tên chỉ tiêu, chỉ để đọc", optional=True, width=48
        ),
        ColumnSpec(
            "unit", "Đơn vị tính", "unit", "đúng đơn vị tính của danh mục", optional=True, width=12
        ),
        ColumnSpec(
            "same_period",
            "Cùng kỳ",
            "shown",
            "số cùng kỳ năm trước, chỉ để đối chiếu",
            optional=True,
            width=14,
        ),
        ColumnSpec(
            "status",
            "Loại số liệu",
            "status",
            "actual (thực hiện), estimate (ước), plan (kế hoạch năm)",
            required=True,
        ),
        ColumnSpec("as_of", "Tính đến ngày", "date", "để trống: ngày cuối kỳ"),
        ColumnSpec("value", "Giá trị", "number", "số; để trống: chưa có số liệu", width=14),
        ColumnSpec(
            "period",
            "Kỳ",
            "period",
            "chỉ ghi khi dòng nói về một kỳ đã qua (số điều chỉnh)",
            optional=True,
        ),
        ColumnSpec("source", "Nguồn", "text", "văn bản, biểu mẫu cho ra con số", width=28),
        ColumnSpec("note", "Ghi chú", "text", "điều cần lưu ý, kể cả nghi vấn", width=28),
        ColumnSpec(
            "definition", "Cách hiểu", "shown", "định nghĩa của danh mục", optional=True, width=48
        ),
        ColumnSpec(
            "basis", "Căn cứ", "shown", "căn cứ pháp lý của danh mục", optional=True, width=32
        ),
    ),
    key=("indicator", "status", "as_of", "period"),
)
DOCUMENT_TYPES = (
    "Kế hoạch",
    "Quyết định",
    "Thông báo",
    "Công văn",
    "Báo cáo",
    "Chỉ thị",
    "Nghị quyết",
    "Nghị định",
    "Luật",
)
DOCUMENTS = TableSpec(
    "documents",
    "Văn bản",
    (
        ColumnSpec("number", "Số, ký hiệu", "text", "ví dụ 98/KHPH-UBNDTP-BDVTU", required=True),
        ColumnSpec(
            "type",
            "Loại văn bản",
            "text",
            "Kế hoạch, Quyết định, Nghị định …",
            required=True,
            choices=DOCUMENT_TYPES,
        ),
        ColumnSpec("date", "Ngày ban hành", "date", "để trống khi chưa biết"),
        ColumnSpec("issuer", "Cơ quan ban hành", "text", "tên đầy đủ", required=True, width=40),
        ColumnSpec(
            "subject",
            "Trích yếu",
            "text",
            "phần đứng sau chữ “về”; với Luật, Pháp lệnh là tên",
            width=60,
        ),
    ),
    key=("number", "issuer", "date"),
)
EVENTS = TableSpec(
    "events",
    "Sự kiện",
    (
        ColumnSpec("id", "Mã", "id", "chữ không dấu, số, gạch dưới", required=True),
        ColumnSpec("name", "Tên sự kiện", "text", "tên đầy đủ", required=True, width=40),
        ColumnSpec("date_from", "Từ ngày", "date", "để trống khi chưa biết"),
        ColumnSpec("date_to", "Đến ngày", "date", "để trống khi chưa biết"),
        ColumnSpec("visitors", "Lượt khách", "count", "lượt"),
        ColumnSpec("note", "Ghi chú", "text", "điều cần lưu ý"),
    ),
    key=("id",),
)
MODELS = TableSpec(
    "models",
    "Mô hình",
    (
        ColumnSpec("id", "Mã", "id", "chữ không dấu, số, gạch dưới", required=True),
        ColumnSpec(
            "name", "Tên mô hình", "text", "tên mô hình, cách làm hay", required=True, width=40
        ),
        ColumnSpec("owner", "Đơn vị thực hiện", "text", "tên đơn vị"),
        ColumnSpec("summary", "Nội dung", "text", "một câu tóm tắt", width=60),
    ),
    key=("id",),
)
PROVENANCE = TableSpec(
    "provenance",
    "Nguồn gốc",
    (
        ColumnSpec(
            "indicator", "Mã chỉ tiêu", "indicator", "mã trong params/indicators.yml", required=True
        ),
        ColumnSpec("status", "Loại số liệu", "status", "của số do đơn vị gửi", required=True),
        ColumnSpec("as_of", "Tính đến ngày", "date", "ngày chốt số liệu", required=True),
        ColumnSpec("office", "Mã đơn vị", "text", "mã trong params/offices.yml", required=True),
        ColumnSpec("office_name", "Đơn vị", "text", "tên gọi của đơn vị", required=True),
        ColumnSpec("value", "Giá trị", "number", "số do đơn vị gửi", required=True),
        ColumnSpec(
            "source_file", "Tệp", "text", "tệp của đơn vị, tính từ thư mục gốc", required=True
        ),
        ColumnSpec("source_sheet", "Trang tính", "text", "trang tính trong tệp đó"),
        ColumnSpec("source_cell", "Ô", "text", "ô chứa con số", required=True),
        ColumnSpec(
            "sha256",
            "SHA-256",
            "text",
            "mã băm của tệp khi tổng hợp; tệp đổi thì phải tổng hợp lại",
            required=True,
        ),
    ),
    key=("indicator", "status", "as_of", "office"),
)
ENTERED = (OBSERVATIONS, DOCUMENTS, EVENTS, MODELS)
"""The tables that people fill in, in the order of the form's sheets."""
TABLES = (*ENTERED, PROVENANCE)
COLLECTED = "collected"
"""The file, beside `observations.csv` and with its columns, that `collect` writes."""
