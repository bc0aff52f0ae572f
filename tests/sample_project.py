"""A small made-up project (số liệu mẫu,
không có thật) and what the tests of several folders do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from danvan_nb.nodes import as_json
from danvan_nb.notebook.cells import NotebookMemory
from danvan_nb.notebook.prose import expressions
from danvan_nb.notebook.values import store_values
from danvan_nb.report.letterhead import letterhead
from danvan_nb.report.report import Report, load_report

PARAMS = "params/mau/2023-H1.yml"
NARRATIVE = "params/mau/2023-H1.md"
MASTER = "notebooks/bao_cao_dan_van.ipynb"
OBSERVATIONS = "data/mau/2023-H1/observations.csv"
OUTPUT = "outputs/mau/2023-H1"

OFFICES = """\
tinh-mau:
  name: Ủy ban nhân dân tỉnh Mẫu
  short: Tỉnh
  locality: tỉnh Mẫu
  place: Mẫu
  symbol: UBND
  level: tinh
mau:
  name: Ủy ban nhân dân thành phố Mẫu
  short: Thành phố
  locality: thành phố Mẫu
  place: Mẫu
  symbol: UBND
  level: huyen
  parent: tinh-mau
  note: đơn vị mẫu, không có thật
phong-mau:
  name: Phòng Nội vụ thành phố Mẫu
  short: Phòng
  locality: thành phố Mẫu
  place: Mẫu
  symbol: PNV
  level: huyen
  parent: mau
"""

INDICATORS = """\
thu_mau:
  label: Thu ngân sách mẫu
  unit: tỷ đồng
  decimals: 3
  measure: flow
  counted: year
  better: up
  required: true
  definition: Số liệu mẫu, không có thật.
vu_nhan:
  label: Vụ việc đã nhận
  unit: vụ
  measure: flow
  counted: year
  required: true
  equals: vu_thanh + vu_khong
vu_thanh:
  label: Vụ việc hòa giải thành
  short: Hòa giải thành
  unit: vụ
  measure: flow
  counted: year
  at_most: vu_nhan
vu_khong:
  label: Vụ việc không thành
  unit: vụ
  measure: flow
  counted: year
ty_le_thanh:
  label: Tỷ lệ hòa giải thành
  unit: "%"
  decimals: 2
  measure: rate
  formula: vu_thanh / vu_nhan * 100
don_mau:
  label: Đơn mẫu
  unit: đơn
  measure: flow
  counted: year
ho_mau:
  label: Hộ mẫu
  unit: hộ
  measure: stock
"""

REPORT = """\
office: mau
period: 2023-H1
number:
date:
to: Sở Nội vụ tỉnh Mẫu
signatory:
  authority: [TM. ỦY BAN NHÂN DÂN, CHỦ TỊCH]
  name: Nguyễn Văn Mẫu
recipients: [Như trên, Phòng Nội vụ]
drafting_unit: PNV
as_of:
  giua_ky: 2023-04-30
"""

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
---

+++ {"tags": ["narrative:tinh_hinh"]}

Thực hiện {eval}`cite("01/KH-MAU")`{eval}`footnote("02/KH-MAU")`, \
thu đến ngày {eval}`as_of("giua_ky")` được {eval}`thu_mau.at("giua_ky")`.

+++ {"tags": ["narrative:tinh_hinh+"]}

Hội {eval}`event("hoi_mau").name` đón {eval}`event("hoi_mau").visitors` khách; \
xem {eval}`cite("01/KH-MAU")`.
"""

TABLES = {
    "data/mau/2022-H1/observations.csv": """
        indicator | status | as_of      | value   | period | source      | note
        thu_mau   | actual | 2022-04-30 | 190.378 |        | số liệu mẫu |
        thu_mau   | actual |            | 267.664 |        | số liệu mẫu |
        vu_nhan   | actual |            | 32      |        | số liệu mẫu |
        vu_thanh  | actual |            | 27      |        | số liệu mẫu |
        vu_khong  | actual |            | 5       |        | số liệu mẫu |
    """,
    OBSERVATIONS: """
        indicator | status   | as_of      | value   | period | source      | note
        thu_mau   | actual   | 2023-04-30 | 208.274 |        | số liệu mẫu |
        thu_mau   | estimate |            | 301.149 |        | số liệu mẫu | cần xem lại
        thu_mau   | plan     |            | 483.375 |        | số liệu mẫu |
        vu_nhan   | actual   |            | 24      |        | số liệu mẫu |
        vu_thanh  | actual   |            | 23      |        | số liệu mẫu |
        vu_khong  | actual   |            | 1       |        | số liệu mẫu |
    """,
    "data/mau/2023-H1/documents.csv": """
        number    | type     | date       | issuer        | subject
        01/KH-MAU | Kế hoạch | 2023-01-05 | Ủy ban mẫu    | công tác mẫu
        02/KH-MAU | Kế hoạch |            | Ủy ban mẫu    | việc chưa rõ ngày
        09/KH-MAU | Kế hoạch | 2023-02-01 | Ủy ban mẫu    | việc của Ủy ban
        09/KH-MAU | Đề án   | 2022-03-01 | Ban mẫu       | việc của Ban
        13/L-MAU  | Luật     | 2013-11-25 | Quốc hội      | Tiếp công dân
    """,
    "data/mau/2023-H1/events.csv": """
        id       | name           | date_from  | date_to    | visitors | note
        hoi_mau  | Lễ hội mẫu     | 2023-02-05 | 2023-02-07 | 44237    |
        hoi_ngay | Hội một ngày   | 2023-03-01 | 2023-03-01 |          | chưa đếm
    """,
    "data/mau/2023-H1/models.csv": """
        id      | name       | owner   | summary
        hinh_mau | Mô hình mẫu | Xã Mẫu | Không có thật.
    """,
}


def rows(drawn: str) -> list[list[str]]:
    """Read a drawn table: one row a line, cells between strokes."""
    return [[cell.strip() for cell in line.split("|")] for line in drawn.strip().splitlines()]


def csv_text(drawn: str) -> str:
    """Give a drawn table as CSV; cells here hold no commas or quotes."""
    return "".join(",".join(row) + "\n" for row in rows(drawn))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def change(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there once."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), encoding="utf-8")


def markdown(source: str, *tags: str) -> NotebookNode:
    return new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *tags: str) -> NotebookNode:
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def master() -> NotebookNode:
    """Give the sample's master notebook."""
    cells = [
        markdown("# Kết quả công tác mẫu {eval}`period.label`", "title"),
        code(f'params_file = "{PARAMS}"', "parameters"),
        code(
            "from danvan_nb import assessment_table, group, open_report, summary_table\n\n"
            "report = open_report(globals())",
            "load",
        ),
        code("report.findings()", "check", "hide"),
        markdown("## TÌNH HÌNH"),
        markdown("Tình hình tại {eval}`office.locality` ổn định.", "narrative:tinh_hinh"),
        markdown("## KẾT QUẢ"),
        markdown(
            "Thu ngân sách {eval}`thu_mau`, {eval}`thu_mau.vs_plan`, "
            "{eval}`thu_mau.vs_same_period`.",
            "narrative:thu",
        ),
        markdown(
            "Tỷ lệ thành {eval}`ty_le_thanh`, {eval}`ty_le_thanh.change`.",
            "narrative:hoa_giai",
            "needs:ty_le_thanh",
        ),
        markdown("Đã nhận {eval}`don_mau`.", "narrative:don", "needs:don_mau"),
        code('summary_table("Kết quả mẫu", [thu_mau, ty_le_thanh])'),
        markdown("# KẾT QUẢ HÒA GIẢI", "appendix"),
        code('assessment_table("", [group([vu_nhan, vu_thanh])], [vu_nhan, (vu_thanh, vu_nhan)])'),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"o-{number}"
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return new_notebook(
        cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}}
    )


def write_notebook(path: Path, nb: NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


def make_project(root: Path) -> Path:
    """Write the made-up project; returns its root."""
    for name, text in {
        "params/offices.yml": OFFICES,
        "params/indicators.yml": INDICATORS,
        PARAMS: REPORT,
        NARRATIVE: TEXT,
        **{name: csv_text(drawn) for name, drawn in TABLES.items()},
    }.items():
        write(root / name, text)
    write_notebook(root / MASTER, master())
    return root


def load(root: Path) -> Report:
    """Load the sample's report."""
    return load_report(PARAMS, root)


def executed(report: Report, *cells: NotebookNode, draft: bool = False) -> NotebookNode:
    """Give a notebook with its inline values stored as the engine stores them, without a kernel."""
    nb = new_notebook(cells=[*cells])
    head = as_json(letterhead(report.project, report.params))
    NotebookMemory(params_file=PARAMS, letterhead=head, draft=draft).write(nb)
    prose = (cell for cell in cells if cell.cell_type == "markdown")
    sources = dict.fromkeys(source for cell in prose for source in expressions(cell.source))
    store_values(nb, {source: _answer(report, source) for source in sources}, report, draft)
    return nb


def _answer(report: Report, source: str) -> dict[str, Any]:
    value = eval(source, {}, report.names())
    return {"status": "ok", "data": value._repr_mimebundle_(), "metadata": {}}


def shown(value: Any) -> NotebookNode:
    """Give a code cell that displayed a value."""
    cell = new_code_cell("hiện")
    cell.outputs = [nbformat.v4.new_output("display_data", data=value._repr_mimebundle_())]
    return cell


def snapshot(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder but what a failed run left."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {name: data for name, data in files.items() if not name.startswith("failed/")}


def squeeze(text: str) -> str:
    """Drop white space."""
    return "".join(text.split())
