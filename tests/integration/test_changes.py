"""One number changed in the real data: every place that shows it or depends on it follows,
in all three files."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import pytest
from sample_document import USUAL_READERS
from sample_project import change, squeeze

from danvan_nb.run.pipeline import run_report

PARAMS, OUTPUT = "params/sa-dec/2023-H1.yml", "outputs/sa-dec/2023-H1"
NOW, BEFORE = "data/sa-dec/2023-H1/observations.csv", "data/sa-dec/2022-H1/observations.csv"


def shown(root: Path) -> list[tuple[str, str]]:
    """List the figures of a made report: id and text."""
    text = (root / OUTPUT / "figures.csv").read_text("utf-8-sig")
    return [(row["indicator"], row["text"]) for row in csv.DictReader(io.StringIO(text))]


CHANGES = {
    "thu_ngan_sach": (
        [(NOW, "thu_ngan_sach,estimate,,301.149", "thu_ngan_sach,estimate,,311.149")],
        {
            "thu_ngan_sach",
            "thu_ngan_sach.number",
            "thu_ngan_sach.vs_plan",
            "thu_ngan_sach.vs_same_period",
        },
        ["ước 301,149 tỷ đồng", "301,149", "đạt 62,30% kế hoạch", "bằng 112,51% so với"],
        ["ước 311,149 tỷ đồng", "đạt 64,37% kế hoạch", "bằng 116,25% so với"],
    ),
    "hoa_giai_thanh": (
        [
            (NOW, "hoa_giai_thanh,actual,,23", "hoa_giai_thanh,actual,,22"),
            (NOW, "hoa_giai_khong_thanh,actual,,1", "hoa_giai_khong_thanh,actual,,2"),
        ],
        {"hoa_giai_thanh", "hoa_giai_khong_thanh", "ty_le_hoa_giai_thanh"},
        ["95,83%", "tăng 11,46 điểm %", "23/24 vụ", "1/24 vụ", "23 vụ"],
        ["91,67%", "tăng 7,29 điểm %", "22/24 vụ", "2/24 vụ", "22 vụ"],
    ),
    "last year": (
        [(BEFORE, "thu_ngan_sach,actual,,267.664", "thu_ngan_sach,actual,,270.000")],
        {
            "thu_ngan_sach.same_period",
            "thu_ngan_sach.vs_same_period",
            "thu_ngan_sach.growth",  # of its card in the head
        },
        ["267,664", "112,51"],
        ["270,000", "111,54"],
    ),
    "a document's date": (
        [
            (
                "data/sa-dec/2023-H1/documents.csv",
                "154/KH-UBND,Kế hoạch,2023-04-26",
                "154/KH-UBND,Kế hoạch,2023-02-07",
            )
        ],
        set(),
        ["154/KH-UBND ngày 26 tháng 4 năm 2023"],
        ["154/KH-UBND ngày 07 tháng 02 năm 2023"],
    ),
    "an event's visitors": (
        [("data/sa-dec/2023-H1/events.csv", ",44237,", ",51000,")],
        {'event("le_hoi_hoa_binh").visitors'},
        ["44.237"],
        ["51.000 lượt"],
    ),
}


@pytest.mark.parametrize(
    ("edits", "ids", "gone", "come"),
    CHANGES.values(),
    ids=[name.replace(" ", "-") for name in CHANGES],
)
def test_every_place_follows(
    real: Path,
    real_texts: dict[str, str],
    tmp_path: Path,
    edits: list[tuple[str, str, str]],
    ids: set[str],
    gone: list[str],
    come: list[str],
) -> None:
    """The old texts are gone, the new ones are there,
    and no figure changed but those that depend on the number."""
    root = Path(shutil.copytree(real, tmp_path / "du-an", ignore=shutil.ignore_patterns("outputs")))
    for name, old, new in edits:
        change(root / name, old, new)
    run_report(PARAMS, start=root)
    before, after = shown(real), shown(root)
    assert [name for name, _ in before] == [name for name, _ in after]
    changed = {old[0] for old, new in zip(before, after, strict=True) if old != new}
    # Parts and interim days of an indicator count as the indicator.
    assert {name if name in ids else name.split(".")[0] for name in changed} == ids
    for name, read in USUAL_READERS.items():
        text = squeeze(read((root / OUTPUT / f"report.{name}").read_bytes()))
        for words in gone:
            assert squeeze(words) in real_texts[name], (name, words)
            assert squeeze(words) not in text, (name, words)
        for words in come:
            assert squeeze(words) in text, (name, words)
