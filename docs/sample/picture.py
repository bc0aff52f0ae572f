"""Draw the first page of the sample PDF for the README, and two of its charts for the guide."""

import io
from pathlib import Path

import nbformat
import pypdfium2
from PIL import Image

from danvan_nb.document.build import build_document
from danvan_nb.document.pdf import draw_png
from danvan_nb.nodes import Chart, walk

folder = Path(__file__).parent
with pypdfium2.PdfDocument(folder / "report.pdf") as pdf:
    pdf[0].render(scale=1.1).to_pil().save(folder / "page-1.png", optimize=True)
notebook = folder.parents[1] / "outputs" / "sa-dec" / "2023-H1" / "report.ipynb"
document = build_document(nbformat.read(notebook, as_version=4))
charts = [node for node in walk(document) if isinstance(node, Chart)]
for name, chart in zip(("bullet_chart", "bar_chart"), charts, strict=False):
    picture = Image.open(io.BytesIO(draw_png(chart.svg))).convert("P", palette=1, colors=32)
    picture.save(folder / f"{name}.png", optimize=True)
