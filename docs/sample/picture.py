"""Draw the first page of the sample PDF for the README."""

from pathlib import Path

import pypdfium2

folder = Path(__file__).parent
with pypdfium2.PdfDocument(folder / "report.pdf") as pdf:
    pdf[0].render(scale=1.1).to_pil().save(folder / "page-1.png", optimize=True)
