"""Consolidation: sums of sub-offices, the way back to each row, and nothing of a person's overwritten."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_project import OBSERVATIONS, csv_text, load, make_project, write
from typer.testing import CliRunner

from danvan_nb.cli import app
from danvan_nb.collect import PARTS_FILE, collect
from danvan_nb.errors import InputError, ParamsError
from danvan_nb.params import Project
from danvan_nb.period import Period

PERIOD = Period(2023, 1)
IDS = ("thu_mau", "vu_nhan", "ho_mau")


def province(root: Path, numbers: list[tuple[float, int, int]]) -> Project:
    """Give the made-up city one commune for each triple of numbers, and no data of its own."""
    make_project(root)
    (root / OBSERVATIONS).unlink()
    offices = root / "params/offices.yml"
    text = offices.read_text(encoding="utf-8").split("phong-mau:")[0]
    for index, values in enumerate(numbers):
        text += f"xa-{index}:\n  name: Ủy ban nhân dân xã Mẫu {index} (không có thật)\n  short: Xã\n  locality: xã Mẫu {index}\n"
        text += "  place: Mẫu\n  symbol: UBND\n  level: xa\n  parent: mau\n"
        lines = "".join(f"{name},actual,,{value},số liệu mẫu,\n" for name, value in zip(IDS, values, strict=True))
        write(root / f"data/xa-{index}/2023-H1/observations.csv", f"indicator,status,as_of,value,source,note\n{lines}")
    write(offices, text)
    return Project(root)


amounts = st.tuples(st.decimals(0, 10_000, places=3).map(float), st.integers(0, 10_000), st.integers(0, 10_000))


@settings(max_examples=15, deadline=None)
@given(st.lists(amounts, min_size=1, max_size=6))
def test_sums_equal_those_of_pandas(numbers: list[tuple[float, int, int]]) -> None:
    """Whatever the communes have, the city's numbers are the column sums."""
    with tempfile.TemporaryDirectory() as folder:
        path, _ = collect(province(Path(folder), numbers), "mau", PERIOD)
        made = pd.read_csv(path).set_index("indicator")["value"]
    expected = pd.DataFrame(numbers, columns=list(IDS)).sum()
    pd.testing.assert_series_equal(made[list(IDS)].astype(float), expected.astype(float), check_names=False)


def test_trace_reaches_the_commune(tmp_path: Path) -> None:
    """A collected figure's hover names the row of every commune, and the files count as inputs."""
    project = province(tmp_path, [(1.5, 2, 3), (2.25, 4, 5)])
    collect(project, "mau", PERIOD)
    report = load(tmp_path)
    figure = report.figures["vu_nhan"]
    assert figure.value == 6
    assert "data/xa-1/2023-H1/observations.csv, dòng 3 (Ủy ban nhân dân xã Mẫu 1 (không có thật): 4)" in figure.hover()
    assert PARTS_FILE in {path.name for path in report.inputs.files}


def test_who_has_not_sent_and_what_is_wrong(tmp_path: Path) -> None:
    """Every problem of every commune is told at once, and nothing is written."""
    project = province(tmp_path, [(1, 2, 3), (2, 4, 5), (3, 6, 7)])
    (tmp_path / "data/xa-0/2023-H1/observations.csv").unlink()
    (tmp_path / "data/xa-0/2023-H1").rmdir()
    write(
        tmp_path / "data/xa-1/2023-H1/observations.csv",
        csv_text("indicator|status|as_of|value|source|note\nvu_nhan|actual||hai||"),
    )
    with pytest.raises(InputError) as caught:
        collect(project, "mau", PERIOD)
    assert [issue.rule for issue in caught.value.issues] == ["thieu_tep", "khong_phai_so"]
    assert not (tmp_path / OBSERVATIONS).exists()


def test_number_that_one_commune_lacks(tmp_path: Path) -> None:
    """A sum without all its parts is no sum: the error names the commune."""
    project = province(tmp_path, [(1, 2, 3), (2, 4, 5)])
    write(tmp_path / "data/xa-1/2023-H1/observations.csv", "indicator,status,as_of,value,source,note\nvu_nhan,actual,,4,,\n")
    with pytest.raises(InputError, match="xã Mẫu 1"):
        collect(project, "mau", PERIOD)


def test_only_its_own_file_is_replaced(tmp_path: Path) -> None:
    """What collect made it makes again; once a person has changed it, it stays as it is."""
    project = province(tmp_path, [(1, 2, 3), (2, 4, 5)])
    collect(project, "mau", PERIOD)
    path, _ = collect(project, "mau", PERIOD)
    path.write_text(path.read_text(encoding="utf-8").replace(",6,", ",7,"), encoding="utf-8")
    changed = path.read_bytes()
    with pytest.raises(ParamsError, match="đã được sửa"):
        collect(project, "mau", PERIOD)
    assert path.read_bytes() == changed


@pytest.mark.parametrize("name", ["2023-H1/observations.csv", f"2023-H1/{PARTS_FILE}", "2023-H1.xlsx"])
def test_a_persons_file_stays(tmp_path: Path, name: str) -> None:
    """Whatever already stands where the sums would go is a person's, and stays."""
    project = province(tmp_path, [(1, 2, 3)])
    (tmp_path / "data/mau" / name).write_text("của tôi", encoding="utf-8")
    with pytest.raises(ParamsError, match="không phải do lệnh tổng hợp"):
        collect(project, "mau", PERIOD)
    assert (tmp_path / "data/mau" / name).read_text(encoding="utf-8") == "của tôi"


def test_rates_do_not_add_up(tmp_path: Path) -> None:
    """A typed rate is left out and named; stocks and flows beside it are summed."""
    project = province(tmp_path, [(1, 2, 3), (2, 4, 5)])
    catalogue = tmp_path / "params/indicators.yml"
    catalogue.write_text(
        catalogue.read_text(encoding="utf-8").replace("unit: hộ\n  measure: stock", "unit: '%'\n  measure: rate"), "utf-8"
    )
    path, (notice,) = collect(project, "mau", PERIOD)
    assert ("ho_mau" in notice.message, notice.severity) == (True, "notice")
    assert set(pd.read_csv(path)["indicator"]) == {"thu_mau", "vu_nhan"}


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command names the file it made, and an office without sub-offices is a parameter error."""
    province(tmp_path, [(1, 2, 3)])
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["collect", "2023-H1", "--office", "mau"])
    assert (done.exit_code, OBSERVATIONS in done.output) == (0, True)
    assert CliRunner().invoke(app, ["collect", "2023-H1", "--office", "khong-co"]).exit_code == 2
