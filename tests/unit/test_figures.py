"""Figures: what an inline expression of an indicator says."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sample_project import OBSERVATIONS, change, load

from danvan_nb.errors import NotebookError
from danvan_nb.figures.figure import IndicatorFigure
from danvan_nb.figures.inline import Figure
from danvan_nb.nodes import FIGURE_MIME, as_json
from danvan_nb.report.report import Report, load_report


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("thu_mau", "ước 301,149 tỷ đồng"),
        ("thu_mau.number", "301,149"),
        ("thu_mau.plan", "483,375 tỷ đồng"),
        ("thu_mau.vs_plan", "đạt 62,30% kế hoạch"),
        ("thu_mau.same_period", "267,664 tỷ đồng"),
        ("thu_mau.vs_same_period", "bằng 112,51% so với cùng kỳ năm 2022"),
        ("thu_mau.growth", "tăng 12,51%"),
        ("thu_mau.change", "tăng 33,485 tỷ đồng"),
        ('thu_mau.at("giua_ky")', "208,274 tỷ đồng"),
        ('thu_mau.at("giua_ky").vs_plan', "đạt 43,09% kế hoạch"),
        ('thu_mau.at("giua_ky").vs_same_period', "bằng 109,40% so với cùng kỳ năm 2022"),
        ("vu_nhan", "24 vụ"),
        ("vu_nhan.change", "giảm 8 vụ"),
        ("vu_nhan.growth", "giảm 25,00%"),
        ("vu_thanh.part_of(vu_nhan)", "23/24 vụ"),
        ("vu_thanh.as_same_period().part_of(vu_nhan.as_same_period())", "27/32 vụ"),
        ("ty_le_thanh", "95,83%"),
        ("ty_le_thanh.same_period", "84,38%"),
        ("ty_le_thanh.change", "tăng 11,46 điểm %"),
        ("ty_le_thanh.growth", "tăng 11,46 điểm %"),
    ],
)
def test_words_of_every_attribute(report: Report, expression: str, text: str) -> None:
    """Each attribute reads as the report prints it, and nothing there is missing."""
    figure = eval(expression, {}, report.names())
    assert figure.text == str(figure) == text
    assert figure.missing == ""


def test_rate_changes_by_its_unrounded_values(report: Report) -> None:
    """+11,46 điểm %, though the printed 95,83 - 84,38 gives 11,45."""
    rate = report.figures["ty_le_thanh"]
    printed = Decimal("95.83") - Decimal("84.38")
    assert (str(printed), rate.change.text) == ("11.45", "tăng 11,46 điểm %")
    assert rate.change.unit == "điểm %"


@pytest.mark.parametrize(
    ("better", "name", "wanted"),
    [
        ("up", "vu_nhan", False),
        ("down", "vu_nhan", True),
        ("none", "vu_nhan", None),
        ("up", "thu_mau", True),
        ("up", "don_mau", None),
    ],
)
def test_whether_a_change_is_wanted(
    report: Report, better: str, name: str, wanted: bool | None
) -> None:
    """The catalogue's direction says whether the change is for the better; without a change, or a
    direction, nobody can say."""
    figure = report.figures[name]
    indicator = figure.indicator.model_copy(update={"better": better})
    assert replace(figure, indicator=indicator).wanted is wanted


def test_a_change_too_small_to_print_is_not_wanted(project: Path) -> None:
    """What reads “không đổi” is neither better nor worse."""
    change(project / "data/mau/2022-H1/observations.csv", "267.664", "301.149")
    assert load(project).figures["thu_mau"].change.text == "không đổi"
    assert load(project).figures["thu_mau"].wanted is None


def test_estimated_base_is_named(project: Path) -> None:
    """A comparison with last year's estimate says “(số ước)”; with an actual number it does not."""
    change(project / "data/mau/2022-H1/observations.csv", "vu_nhan,actual", "vu_nhan,estimate")
    figures = load(project).figures
    assert figures["vu_nhan"].vs_same_period.text == "bằng 75,00% so với cùng kỳ năm 2022 (số ước)"
    assert "(số ước)" not in figures["vu_thanh"].vs_same_period.text


@pytest.mark.parametrize(
    "expression",
    [
        "don_mau",
        "don_mau.number",
        "don_mau.plan",
        "don_mau.same_period",
        "don_mau.vs_plan",
        "don_mau.vs_same_period",
        "don_mau.growth",
        "don_mau.change",
        'don_mau.at("giua_ky")',
        "don_mau.part_of(vu_nhan)",
        "don_mau.as_same_period()",
    ],
)
def test_missing_is_a_dash_that_names_the_indicator(report: Report, expression: str) -> None:
    """Whatever is asked of a missing number is a dash and says what is missing."""
    figure = eval(expression, {}, report.names())
    assert (figure.text, figure.value, figure.missing) == ("-", None, "don_mau")


@pytest.mark.parametrize("expression", ["vu_nhan.plan", "vu_nhan.vs_plan", 'vu_nhan.at("giua_ky")'])
def test_missing_base_is_missing(report: Report, expression: str) -> None:
    """A known number without plan or without that day has no comparison."""
    figure = eval(expression, {}, report.names())
    assert (figure.text, figure.missing) == ("-", "vu_nhan")


def test_part_of_a_missing_whole_is_missing(report: Report) -> None:
    """A part of nothing known is missing, so that prose never prints a bare dash unnoticed."""
    figure = report.figures["vu_thanh"].part_of(report.figures["don_mau"])
    assert (figure.text, figure.value, figure.missing) == ("-", None, "don_mau")


def test_unknown_interim_date(report: Report) -> None:
    """An interim date that the params file does not name is an error that lists those it names."""
    with pytest.raises(NotebookError, match="giua_ky"):
        report.figures["thu_mau"].at("cuoi_quy")


def second_half(project: Path, counted: str) -> Report:
    """Load a made-up second half: the same amounts, typed as the catalogue counts them."""
    folder = project / "data/mau/2023-H2"
    folder.mkdir()
    thu, nhan = {"year": (500, 60), "half": (198.851, 36)}[counted]
    head = "indicator,status,as_of,value,source,note\n"
    rows = f"thu_mau,estimate,,{thu},số liệu mẫu,\nvu_nhan,actual,,{nhan},,\n"
    (folder / "observations.csv").write_text(head + rows, encoding="utf-8")
    catalogue = project / "params/indicators.yml"
    text = catalogue.read_text("utf-8").replace("counted: year", f"counted: {counted}")
    catalogue.write_text(text, encoding="utf-8")
    change(project / "params/mau/2023-H1.yml", "2023-H1", "2023-H2")
    change(project / "params/mau/2023-H1.yml", "  giua_ky: 2023-04-30", "  giua_ky: 2023-10-31")
    (project / "params/mau/2023-H1.yml").rename(project / "params/mau/2023-H2.yml")
    return load_report("params/mau/2023-H2.yml", project)


@pytest.mark.parametrize("counted", ["year", "half"])
@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("thu_mau.this_period.number", "198,851"),
        ("thu_mau.year_to_date.number", "500,000"),
        ("thu_mau.year_to_date.vs_plan", "đạt 103,44% kế hoạch"),
        ("thu_mau.this_period.vs_plan", "đạt 103,44% kế hoạch (lũy kế cả năm ước 500,000 tỷ đồng)"),
        ("vu_nhan.this_period.number", "36"),
        ("vu_nhan.year_to_date.number", "60"),
        ("thu_mau.year_to_date.span", "năm 2023"),
        ("thu_mau.this_period.span", "6 tháng cuối năm 2023"),
        ("thu_mau.plan", "483,375 tỷ đồng"),
        ("thu_mau.same_period", "-"),
    ],
)
def test_second_half_counted_either_way(
    project: Path, counted: str, expression: str, text: str
) -> None:
    """However the office counts, the half and the year to date are both there and alike."""
    names = second_half(project, counted).names()
    assert eval(expression, {}, names).text == text


def test_the_bare_name_is_what_the_office_counts(project: Path) -> None:
    """Cumulated: the year's number, whose completion needs no further word."""
    thu = second_half(project, "year").figures["thu_mau"]
    assert (thu.text, thu.vs_plan.text) == ("ước 500,000 tỷ đồng", "đạt 103,44% kế hoạch")
    assert (thu.span.text, thu.basis) == ("năm 2023", "lũy kế từ đầu năm")
    assert thu.formula == "" and thu.this_period.formula == "500 - 301,149"
    assert thu.this_period.text == "ước 198,851 tỷ đồng (trong kỳ)"


def test_a_half_that_is_counted_alone_says_the_year_beside_the_plan(project: Path) -> None:
    """Counted by halves: the half's number, and with the plan the year's that it is measured by."""
    thu = second_half(project, "half").figures["thu_mau"]
    assert (thu.text, thu.basis) == ("ước 198,851 tỷ đồng", "trong kỳ")
    assert "(lũy kế cả năm ước 500,000 tỷ đồng)" in thu.vs_plan.text
    assert (thu.span.text, thu.vs_plan.formula) == ("6 tháng cuối năm 2023", "500 / 483,375 × 100")


def test_details_tell_where_a_number_comes_from(report: Report) -> None:
    """Hover names file, row, source, note, status, day, plan and same period;
    a comparison shows its calculation."""
    thu = report.figures["thu_mau"]
    told = dict(thu.details)
    assert list(told)[:4] == ["Số liệu", "Kế hoạch năm 2023", "Cùng kỳ năm 2022", "Thay đổi"]
    assert told["Số liệu"] == "ước 301,149 tỷ đồng, tính từ 01/01/2023 đến 30/6/2023"
    assert (told["Thay đổi"], told["Nguồn"]) == ("tăng 12,51%", "số liệu mẫu")
    assert (told["Lưu ý"], list(told)[-1]) == ("cần xem lại", "Tệp")
    places = [f"{OBSERVATIONS}, dòng 3, dòng 4", "data/mau/2022-H1/observations.csv, dòng 3"]
    assert told["Tệp"] == "; ".join(places)
    assert not {"Thay đổi", "Định nghĩa"} & set(dict(thu.vs_same_period.details))
    assert dict(thu.vs_plan.details)["Phép tính"] == "301,149 / 483,375 × 100"
    assert dict(thu.vs_plan.details)["Kế hoạch năm 2023"] == "483,375 tỷ đồng"
    assert dict(thu.vs_same_period.details)["Cùng kỳ năm 2022"] == "267,664 tỷ đồng"
    assert (
        dict(report.figures["ty_le_thanh"].details)["Công thức"]
        == "vu_thanh / vu_nhan * 100 = 23 / 24 × 100"
    )
    assert "cần xem lại" in thu.hover()
    assert (thu.file, thu.row, thu.status) == (OBSERVATIONS, 3, "estimate")
    assert (thu.plan.row, thu.plan.status) == (4, "plan")


def test_node_is_plain_data(report: Report) -> None:
    """What goes into the notebook is exact: the value unrounded, the day ISO."""
    payload = as_json(report.figures["thu_mau"].node())
    assert (payload["t"], payload["value"], payload["as_of"]) == ("Value", "301.149", "2023-06-30")
    assert report.figures["don_mau"].node().value == ""
    assert report.figures["vu_nhan"].node().value == "24"
    assert report.figures["ty_le_thanh"].same_period.node().value == "84.375"


def test_hostile_text_is_escaped_in_the_notebook() -> None:
    """A value with marks of HTML stays text in JupyterLab."""
    bundle = Figure("x", "<b>&", details=(("Nguồn", '"><script>'),))._repr_mimebundle_()
    assert (
        bundle["text/html"] == '<data title="Nguồn: &quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;</data>'
    )
    assert bundle["text/plain"] == bundle[FIGURE_MIME]["text"] == "<b>&"


def test_every_indicator_is_a_figure(report: Report) -> None:
    """Each id of the catalogue is bound, and nothing else under that name."""
    assert set(report.figures) == set(report.catalogue)
    assert all(isinstance(report.names()[name], IndicatorFigure) for name in report.catalogue)
