"""How long a workbook of 10,000 rows takes to read and check, and the share of each step.

python benchmarks/read_workbook.py [ROWS]; with python-calamine installed, its bare reading is shown
for comparison. It is faster, but does not tell a cell shown as 95,83% from one
that holds 0,9583, a struck number from one that stands, or what is merged or hidden.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import openpyxl

from danvan_nb.data.headings import find_heading
from danvan_nb.data.rows import TableReader
from danvan_nb.data.schema import OBSERVATIONS
from danvan_nb.data.workbooks import read_workbook
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
CATALOGUE = {
    f"chi_tieu_{n}": Indicator(label=f"Chỉ tiêu {n}", unit="vụ", measure="flow", counted="year")
    for n in range(100)
}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "Số liệu"
    book.active.append(
        ["Mã chỉ tiêu", "Loại số liệu", "Tính đến ngày", "Giá trị", "Kỳ", "Nguồn", "Ghi chú"]
    )
    for n in range(ROWS):
        day = datetime(2023, 1, 1) + timedelta(n // 100 % 181)
        book.active.append(
            [
                f"chi_tieu_{n % 100}",
                "thực hiện",
                day,
                n,
                "",
                "số liệu mẫu, không có thật",
                f"dòng {n}",
            ]
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def measure(name: str, work: Callable[[], Any], times: int = 5) -> Any:
    """Print the median of several runs."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        result = work()
        took.append(time.perf_counter() - start)
    print(f"{name:<44} {statistics.median(took):6.2f} s")
    return result


def main() -> None:
    data = workbook()
    print(f"{ROWS} rows, {len(data) / 1e6:.2f} MB")
    (grid,) = measure("open and read every cell", lambda: read_workbook(data, "mau.xlsx"))
    measure("find the heading", lambda: find_heading(grid, OBSERVATIONS))
    table = measure("read and check every row", lambda: checked(grid))
    assert not [issue for issue in table.issues if issue.rule != "dong_trung"], table.issues[:3]
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        return
    sheets = measure("open and read every cell (calamine)", lambda: bare(CalamineWorkbook, data))
    assert len(sheets) == ROWS + 1


def checked(grid: Any) -> TableReader[Any]:
    table = TableReader(grid, OBSERVATIONS, Period(2023, "H1"), CATALOGUE)
    table.read()
    return table


def bare(reader: Any, data: bytes) -> list[list[Any]]:
    return reader.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


if __name__ == "__main__":
    main()
