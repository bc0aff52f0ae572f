"""A made-up province: any number of offices whose data derive from the real sample by a seeded
random.

Every office says that it is made up: “mẫu (không có thật)”. For tests and benchmarks;
run as a script it fills a folder.
"""

from __future__ import annotations

import csv
import random
import shutil
import sys
from pathlib import Path

import yaml

MADE_UP = "mẫu (không có thật)"
PERIOD = "2023-H1"


def make_province(source: Path, root: Path, offices: int, seed: int = 2023) -> list[str]:
    """Fill `root` with a project of `offices` offices; returns their params files.

    Each office's amounts are the sample's times a whole number,
    so that sums stay sums and decimals stay decimals.
    """
    rng = random.Random(seed)  # noqa: S311 - a sample that can be made again
    for folder in ("notebooks", "params", "data"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "notebooks/bao_cao_dan_van.ipynb", root / "notebooks")
    shutil.copy(source / "params/indicators.yml", root / "params")
    catalogue = yaml.safe_load((source / "params/indicators.yml").read_text(encoding="utf-8"))
    entries = {"tinh-mau": _office("tỉnh Mẫu", "Tỉnh", "tinh")}
    files = []
    for number in range(1, offices + 1):
        name = f"xa-mau-{number:04}"
        entries[name] = _office(f"xã Mẫu {number:04}", "Xã", "xa") | {"parent": "tinh-mau"}
        times = rng.randint(1, 9)
        for period in ("2022-H1", PERIOD):
            _write_data(
                source / f"data/sa-dec/{period}/observations.csv",
                root / f"data/{name}/{period}",
                catalogue,
                times,
            )
        shutil.copy(source / f"data/sa-dec/{PERIOD}/documents.csv", root / f"data/{name}/{PERIOD}")
        params = {
            "office": name,
            "period": PERIOD,
            "as_of": {"giua_ky": "2023-04-30"},
            "to": "Ủy ban nhân dân tỉnh Mẫu",
        }
        params |= {
            "signatory": {
                "authority": ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"],
                "name": f"Nguyễn Văn Mẫu {MADE_UP}",
            }
        }
        files.append(f"params/{name}/{PERIOD}.yml")
        (root / files[-1]).parent.mkdir(exist_ok=True)
        (root / files[-1]).write_text(yaml.safe_dump(params, allow_unicode=True), encoding="utf-8")
    (root / "params/offices.yml").write_text(
        yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8"
    )
    return files


def _office(locality: str, short: str, level: str) -> dict[str, str]:
    locality = f"{locality}, {MADE_UP}"
    names = {
        "name": f"Ủy ban nhân dân {locality}",
        "short": short,
        "locality": locality,
        "place": "Mẫu",
    }
    return names | {"symbol": "UBND", "level": level}


def _write_data(
    sample: Path, folder: Path, catalogue: dict[str, dict[str, str]], times: int
) -> None:
    folder.mkdir(parents=True)
    with sample.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        indicator = catalogue[row["indicator"]]
        if row["value"] and indicator["unit"] != "%":
            row["value"] = f"{float(row['value']) * times:.{indicator.get('decimals', 0)}f}"
        row |= {"source": MADE_UP, "note": ""}
    with (folder / "observations.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    make_province(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
