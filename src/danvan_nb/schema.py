"""The frozen column specification of the input tables.

Drives reading, checking, messages and documentation: a heading, a unit or an allowed value changes here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

STATUSES = {"actual": "thực hiện", "estimate": "ước thực hiện", "plan": "kế hoạch"}

Kind = Literal["text", "id", "indicator", "status", "number", "count", "date", "period"]


@dataclass(frozen=True)
class ColumnSpec:
    """One column: canonical name, Vietnamese heading, kind of value, whether it must be filled in, and what it means."""

    name: str
    heading: str
    kind: Kind
    meaning: str
    required: bool = False


@dataclass(frozen=True)
class TableSpec:
    """One input table: canonical name, Vietnamese sheet name, columns, and the columns that make a row unique."""

    name: str
    sheet: str
    columns: tuple[ColumnSpec, ...]
    key: tuple[str, ...]
    required: bool = False

    def column(self, heading: str) -> ColumnSpec | None:
        """Find a column by canonical name or Vietnamese heading, whatever the case."""
        wanted = " ".join(heading.split()).casefold()
        return next((col for col in self.columns if wanted in (col.name, col.heading.casefold())), None)


OBSERVATIONS = TableSpec(
    "observations",
    "Số liệu",
    (
        ColumnSpec("indicator", "Mã chỉ tiêu", "indicator", "mã trong params/indicators.yml", required=True),
        ColumnSpec("status", "Loại số liệu", "status", "actual (thực hiện), estimate (ước), plan (kế hoạch năm)", required=True),
        ColumnSpec("as_of", "Tính đến ngày", "date", "để trống: ngày cuối kỳ"),
        ColumnSpec("value", "Giá trị", "number", "số, dấu chấm thập phân; để trống: chưa có số liệu"),
        ColumnSpec("period", "Kỳ", "period", "chỉ ghi khi dòng nói về một kỳ đã qua (số điều chỉnh)"),
        ColumnSpec("source", "Nguồn", "text", "văn bản, biểu mẫu cho ra con số"),
        ColumnSpec("note", "Ghi chú", "text", "điều cần lưu ý, kể cả nghi vấn"),
    ),
    key=("indicator", "status", "as_of", "period"),
    required=True,
)
DOCUMENTS = TableSpec(
    "documents",
    "Văn bản",
    (
        ColumnSpec("number", "Số, ký hiệu", "text", "ví dụ 98/KHPH-UBNDTP-BDVTU", required=True),
        ColumnSpec("type", "Loại văn bản", "text", "Kế hoạch, Quyết định, Nghị định …", required=True),
        ColumnSpec("date", "Ngày ban hành", "date", "để trống khi chưa biết"),
        ColumnSpec("issuer", "Cơ quan ban hành", "text", "tên đầy đủ", required=True),
        ColumnSpec("subject", "Trích yếu", "text", "phần đứng sau chữ “về”; với Luật, Pháp lệnh là tên"),
    ),
    key=("number", "issuer", "date"),
)
EVENTS = TableSpec(
    "events",
    "Sự kiện",
    (
        ColumnSpec("id", "Mã", "id", "chữ không dấu, số, gạch dưới", required=True),
        ColumnSpec("name", "Tên sự kiện", "text", "tên đầy đủ", required=True),
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
        ColumnSpec("name", "Tên mô hình", "text", "tên mô hình, cách làm hay", required=True),
        ColumnSpec("owner", "Đơn vị thực hiện", "text", "tên đơn vị"),
        ColumnSpec("summary", "Nội dung", "text", "một câu tóm tắt"),
    ),
    key=("id",),
)
TABLES = (OBSERVATIONS, DOCUMENTS, EVENTS, MODELS)
RUNNING_NUMBER = ("stt", "tt")
"""Headings that offices add by habit; their column says nothing."""
