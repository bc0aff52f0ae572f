"""Make the made-up sample under data/: one city, nine communes, two periods (không có thật).

The communes' 2022 figures are CSV files, their 2023 figures are forms made by `danvan-nb form` and
filled in. The same seed gives the same numbers. Run from the project's root: python
scripts/make_sample.py
"""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import openpyxl

from danvan_nb.commands.collect import collect_returns, write_collection
from danvan_nb.commands.form import HEADING_ROW, write_form
from danvan_nb.project.period import Period
from danvan_nb.project.project import Project

SEED, COMMUNES = 2023, 9
SOURCE = "số liệu mẫu, không có thật"
CITY = "mau"


def commune_numbers(chance: random.Random) -> dict[str, float]:
    """Draw a commune's numbers that keep every identity of the catalogue."""
    cases = chance.randint(12, 30)
    failed = chance.randint(0, cases // 5)
    visits, petitions = chance.randint(15, 60), chance.randint(4, 20)
    received = chance.randint(1, petitions // 2)
    settled = chance.randint(0, received)
    gifts = chance.randint(300, 900)
    return {
        "tram_y_te": 1,
        "lieu_vac_xin": chance.randint(20_000, 40_000),
        "qua_ho_ngheo": gifts,
        "tien_qua_ho_ngheo": round(gifts * 0.0004, 3),
        "qua_gia_dinh_chinh_sach": gifts // 3,
        "tien_qua_gia_dinh_chinh_sach": round(gifts / 3 * 0.4, 1),
        "qua_tre_em": gifts // 2,
        "tien_qua_tre_em": round(gifts / 2 * 0.3, 2),
        "doi_tuong_bao_tro": chance.randint(1, 9),
        "tien_doi_tuong_bao_tro": round(chance.randint(5, 40) / 10, 1),
        "tiep_thuong_xuyen_luot": visits,
        "tiep_thuong_xuyen_nguoi": visits + chance.randint(0, 8),
        "tiep_dinh_ky_luot": chance.randint(2, 9),
        "tiep_dinh_ky_nguoi": chance.randint(9, 14),
        "don_thu_tiep_nhan": petitions,
        "don_thu_giai_quyet": chance.randint(petitions // 2, petitions),
        "doi_thoai": chance.randint(0, 3),
        "don_tiep_nhan": received,
        "don_tham_quyen": received,
        "don_giai_quyet": settled,
        "hoa_giai_tiep_nhan": cases,
        "hoa_giai_dua_ra": cases,
        "hoa_giai_thanh": cases - failed,
        "hoa_giai_khong_thanh": failed,
        "noi_dung_cong_khai": 11,
    }


def write_csv(path: Path, rows: list[tuple[str, str, str, object]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("indicator", "status", "as_of", "value", "period", "source", "note"))
    writer.writerows((*row, "", SOURCE, "") for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(out.getvalue(), encoding="utf-8")


def fill(form: bytes, numbers: dict[str, float], path: Path) -> None:
    """Type a commune's numbers into its form."""
    book = openpyxl.load_workbook(io.BytesIO(form))
    page = book["Số liệu"]
    columns = {cell.value: cell.column for cell in page[HEADING_ROW]}
    for row in range(HEADING_ROW + 1, page.max_row + 1):
        name = page.cell(row, columns["Mã chỉ tiêu"]).value
        if name in numbers:
            page.cell(row, columns["Thực hiện"]).value = numbers[name]
            page.cell(row, columns["Nguồn"]).value = SOURCE
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def main() -> None:
    """Write the sample and collect it."""
    project = Project.find()
    chance = random.Random(SEED)
    last, now = Period(2022, 1), Period(2023, 1)
    drawn = {
        f"{CITY}-xa-{n}": (commune_numbers(chance), commune_numbers(chance))
        for n in range(1, COMMUNES + 1)
    }
    for name, (before, after) in drawn.items():
        write_csv(
            project.data_home(name) / str(last) / "observations.csv",
            [(key, "actual", "", value) for key, value in before.items()],
        )
        fill(write_form(project, name, now, {}), after, project.data_home(name) / f"{now}.xlsx")
    for half, factor in ((last, 1.0), (now, 1.08)):
        own: list[tuple[str, str, str, object]] = [
            ("thu_ngan_sach", "actual", "", round(250.5 * factor, 3)),
            ("chi_ngan_sach", "actual", "", round(410.25 * factor, 3)),
            ("thu_ngan_sach", "plan", "", 480.0),
            ("chi_ngan_sach", "plan", "", 690.0),
            ("so_xa_phuong", "actual", "", COMMUNES),
            ("xa_phuong_mot_cua", "actual", "", COMMUNES),
        ]
        write_csv(project.data_home(CITY) / str(half) / "observations.csv", own)
        write_collection(collect_returns(project, CITY, half))


if __name__ == "__main__":
    main()
