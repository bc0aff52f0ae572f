"""The sample that the README shows is what the code makes today; `make sample` renews it."""

from __future__ import annotations

import re
import runpy
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "docs/sample"


@pytest.mark.parametrize("name", ["html", "pdf"])
def test_sample_is_the_report(name: str, real: Path) -> None:
    """Each sample file is the report made now, in its looks too."""
    made = real / f"outputs/sa-dec/2023-H1/report.{name}"
    assert (SAMPLE / f"report.{name}").read_bytes() == made.read_bytes()


def test_pictures_show_the_sample() -> None:
    """First page, first screen and every chart are pictures of these very files, and small; the
    README shows them, and the guide the made-up trend."""
    html = (SAMPLE / "report.html").read_bytes()
    charts = re.findall(r'<figure id="([^"]+)"', html.decode())
    trend = runpy.run_path(str(SAMPLE / "pictures.py"))["made_up_trend"]().svg.encode()
    shown = dict.fromkeys(["phone", *charts], html)
    shown |= {"page-1": (SAMPLE / "report.pdf").read_bytes(), "trend_chart": trend}
    assert {path.stem for path in SAMPLE.glob("*.png")} == set(shown)
    for name, source in shown.items():
        path = SAMPLE / f"{name}.png"
        with Image.open(path) as picture:
            assert picture.info["shows"] == sha256(source).hexdigest(), name
        assert path.stat().st_size < 70_000
        page = "docs/huong-dan.md" if name == "trend_chart" else "README.md"
        assert f"sample/{name}.png" in (REPOSITORY / page).read_text("utf-8")
