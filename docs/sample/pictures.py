"""Take the pictures of README and guide: the first page, a phone's first screen, every chart.

Each picture notes the hash of what it shows, so that a test can tell a stale one. The years of the
trend are made up: Sa Đéc's data hold two.
"""

import io
import shutil
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pypdfium2
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import sync_playwright

from danvan_nb.data.records import Observation
from danvan_nb.document.pdf import draw_png
from danvan_nb.figures.charts import ReportChart, trend_chart
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.ledger import Ledger
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

FOLDER = Path(__file__).parent
PHONE = {"width": 360, "height": 740}
YEARS = {2019: "215.4", 2020: "198.7", 2021: "231.9", 2022: "267.664", 2023: "301.149"}


def made_up_trend() -> ReportChart:
    """Draw the budget of five years, of which the first three are made up."""
    period = Period.parse("2023-H1")
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
        for half, number in ((Period(year, "H1"), number) for year, number in YEARS.items())
    ]
    ledger = Ledger(rows, Project(FOLDER.parents[1]).catalogue)
    return trend_chart("", [IndicatorFigure.of("thu_ngan_sach", ledger, period, {})])


def save(name: str, picture: Image.Image, shown: bytes) -> None:
    """Write a small picture with the hash of what it shows."""
    note = PngInfo()
    note.add_text("shows", sha256(shown).hexdigest())
    few = picture.convert("RGB").quantize(48)
    few.save(FOLDER / f"{name}.png", optimize=True, pnginfo=note)


def main() -> None:
    """Renew every picture from the report in this folder."""
    pdf, html = FOLDER / "report.pdf", FOLDER / "report.html"
    with pypdfium2.PdfDocument(pdf) as pages:
        save("page-1", pages[0].render(scale=1.1).to_pil(), pdf.read_bytes())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=PHONE, device_scale_factor=2)
        page.goto(html.as_uri())
        page.evaluate("document.fonts.ready")
        shots = {"phone": page.screenshot()}
        shots |= {
            each.get_attribute("id"): each.screenshot() for each in page.locator("figure").all()
        }
        browser.close()
    for name, shot in shots.items():
        save(name, Image.open(io.BytesIO(shot)), html.read_bytes())
    trend = made_up_trend().svg
    save("trend_chart", Image.open(io.BytesIO(draw_png(trend))), trend.encode())


if __name__ == "__main__":
    main()
