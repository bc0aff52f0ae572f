"""The frames that an analyst gets: one row per indicator, and the input tables as read."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sample_project import OBSERVATIONS, change, load

from danvan_nb.errors import NotebookError
from danvan_nb.report.report import Report

FRAME = {
    "label": "str",
    "unit": "str",
    "status": "str",
    "start": "datetime64[s]",
    "as_of": "datetime64[s]",
    "value": "Float64",
    "plan": "Float64",
    "plan_completion_pct": "Float64",
    "same_period": "Float64",
    "ratio_pct": "Float64",
    "change_abs": "Float64",
    "change_pct": "Float64",
    "source": "str",
    "file": "str",
    "sheet": "str",
    "row": "Int64",
    "cell": "str",
    "figure": "object",
}
PLACE = {"file": "str", "sheet": "str", "row": "Int64", "cell": "str"}
TABLES = {
    "observations": {
        "indicator": "str",
        "status": "str",
        "as_of": "datetime64[s]",
        "value": "Float64",
        "period": "str",
        "folder": "str",
        "source": "str",
        "note": "str",
    },
    "documents": {
        "number": "str",
        "type": "str",
        "date": "datetime64[s]",
        "issuer": "str",
        "subject": "str",
    },
    "events": {
        "id": "str",
        "name": "str",
        "date_from": "datetime64[s]",
        "date_to": "datetime64[s]",
        "visitors": "Int64",
        "note": "str",
    },
    "models": {"id": "str", "name": "str", "owner": "str", "summary": "str"},
}


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_frame_has_a_row_per_indicator(report: Report) -> None:
    """Every indicator in the catalogue's order, with the dtypes that the docs promise."""
    frame = report.frame()
    assert frame.index.tolist() == list(report.catalogue)
    assert (frame.index.name, str(frame.index.dtype)) == ("indicator", "str")
    assert dtypes(frame) == FRAME
    promised = Report.frame.__doc__ or ""
    assert all(f" {dtype} " in promised for dtype in FRAME.values())


def test_frame_says_what_the_figures_say(report: Report) -> None:
    """Numbers are those of the figures, unrounded; where they stand is the row of the input."""
    row = report.frame().loc["thu_mau"]
    assert (row["label"], row["unit"], row["status"]) == (
        "Thu ngân sách mẫu",
        "tỷ đồng",
        "estimate",
    )
    assert (row["value"], row["plan"], row["same_period"]) == (301.149, 483.375, 267.664)
    assert row["as_of"] == pd.Timestamp("2023-06-30")
    assert row["plan_completion_pct"] == pytest.approx(62.30, abs=0.005)
    assert row["ratio_pct"] == pytest.approx(112.51, abs=0.005)
    assert row["change_abs"] == pytest.approx(33.485)
    assert row["change_pct"] == pytest.approx(12.51, abs=0.005)
    assert (row["file"], row["row"], row["source"]) == (OBSERVATIONS, 3, "số liệu mẫu")
    assert row["figure"] is report.figures["thu_mau"]


def test_missing_is_missing_in_a_frame(report: Report) -> None:
    """A number that is not there is no 0: neither it nor what is computed of it has a value."""
    row = report.frame().loc["don_mau"]
    assert row.drop(["label", "unit", "figure"]).isna().all()
    rate = report.frame().loc["ty_le_thanh"]
    assert rate["change_abs"] == pytest.approx(11.458, abs=0.001)
    assert pd.isna(rate["change_pct"])  # a rate changes in điểm %, never in %


def test_frame_can_be_grouped_and_drawn(report: Report) -> None:
    """The numbers are numbers: they can be added up by unit."""
    assert report.frame().groupby("unit")["value"].sum()["vụ"] == 48


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_dtypes_of_their_columns(project: Path, name: str) -> None:
    """The columns of the schema, then where a row stands; the same of an empty table."""
    frame = load(project).table(name)
    assert dtypes(frame) == TABLES[name] | PLACE
    assert len(frame) > 0
    if name != "observations":
        (project / f"data/mau/2023-H1/{name}.csv").unlink()
        assert dtypes(load(project).table(name)) == TABLES[name] | PLACE
        assert load(project).table(name).empty


def test_tables_are_as_read(project: Path) -> None:
    """Each row with its own words, blanks missing, and where it stands."""
    change(project / OBSERVATIONS, "vu_khong,actual,,1,", "vu_khong,actual,,,")
    report = load(project)
    rows = report.table("observations").query("period == '2023-H1'").set_index("row")
    assert rows["indicator"].tolist() == [*["thu_mau"] * 3, "vu_nhan", "vu_thanh", "vu_khong"]
    assert pd.isna(rows.loc[7, "value"])
    assert rows.loc[3, "note"] == "cần xem lại"
    events = report.table("events")
    assert events["visitors"].tolist() == [44237, pd.NA]
    assert events["date_to"].tolist()[0] == pd.Timestamp("2023-02-07")


def test_a_frame_is_a_copy(report: Report) -> None:
    """What an analyst changes in a frame changes nothing in the report."""
    frame = report.frame()
    frame["value"] = 0.0
    assert report.figures["vu_nhan"].value == 24
    assert report.frame().loc["vu_nhan", "value"] == 24


def test_unknown_table(report: Report) -> None:
    """A table that is not there is an error that names those that are."""
    with pytest.raises(NotebookError, match="observations"):
        report.table("so_lieu")
