"""An analyst's own cells: what they select of the report's frames is printed by a real run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import nbformat
from sample_project import MASTER, OUTPUT, PARAMS, code

from danvan_nb.document import READERS
from danvan_nb.run.pipeline import run_report


def test_selected_rows_are_printed(project: Path) -> None:
    """Tables and a chart of selected rows stand in the report, their figures in the trace."""
    nb = nbformat.read(project / MASTER, 4)
    cells = [
        code('vu = report.frame().query("unit == \'vụ\'").nlargest(2, "value")', "hide"),
        code('summary_table("Vụ việc nhiều nhất", vu)'),
        code("from danvan_nb import bar_chart\n\nbar_chart('Biểu đồ vụ việc', vu.figure)"),
        code('assessment_table("Theo nhóm", [group(vu, title="Hòa giải")], vu)'),
        code('so_dong = len(report.table("observations"))', "hide"),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"pandas-{number}"
    nb.cells[-2:-2] = cells
    nbformat.write(nb, project / MASTER)
    run_report(PARAMS, start=project, formats=("html",))
    page = (project / OUTPUT / "report.html").read_bytes()
    words = " ".join(READERS["html"](page).split())
    assert words.index("Vụ việc nhiều nhất") < words.index("Theo nhóm")
    assert "Biểu đồ cột: Vụ việc đã nhận - thực hiện 6 tháng đầu năm 2023: 24 vụ" in words
    assert "Vụ việc không thành" not in words
    trace = csv.DictReader(io.StringIO((project / OUTPUT / "figures.csv").read_text("utf-8-sig")))
    shown = [row["indicator"] for row in trace if row["text"] == "24"]
    assert shown == ["vu_nhan.number"] * 3
