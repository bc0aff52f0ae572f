"""Draw the first page of the sample PDF for the README, and charts for the guide.

The years of the third chart are made up: Sa Đéc's data hold two.
"""

import io
from decimal import Decimal
from pathlib import Path

import nbformat
import pypdfium2
from PIL import Image

from danvan_nb.data.records import Observation
from danvan_nb.document.build import build_document
from danvan_nb.document.pdf import draw_png
from danvan_nb.figures.charts import trend_chart
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.ledger import Ledger
from danvan_nb.nodes import Chart, walk
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

folder = Path(__file__).parent
with pypdfium2.PdfDocument(folder / "report.pdf") as pdf:
    pdf[0].render(scale=1.1).to_pil().save(folder / "page-1.png", optimize=True)
notebook = folder.parents[1] / "outputs" / "sa-dec" / "2023-H1" / "report.ipynb"
document = build_document(nbformat.read(notebook, as_version=4))
charts = [node for node in walk(document) if isinstance(node, Chart)]

period = Period.parse("2023-H1")
numbers = [("215.4", 2019), ("198.7", 2020), ("231.9", 2021), ("267.664", 2022), ("301.149", 2023)]
years = [Period.parse(f"{year}-H1") for _, year in numbers]
rows = [
    Observation(
        file="mau.csv",
        indicator="thu_ngan_sach",
        status="estimate" if half == period else "actual",
        as_of=half.last_day,
        value=Decimal(number),
        period=half,
        folder=half,
    )
    for (number, _), half in zip(numbers, years, strict=True)
]
ledger = Ledger(rows, Project(folder.parents[1]).catalogue)
figure = IndicatorFigure.of("thu_ngan_sach", ledger, period, {})
charts.insert(2, trend_chart("", [figure]))

names = ("bullet_chart", "bar_chart", "trend_chart")
for name, chart in zip(names, charts, strict=False):
    picture = Image.open(io.BytesIO(draw_png(chart.svg))).convert("P", palette=1, colors=32)
    picture.save(folder / f"{name}.png", optimize=True)
