"""Tables and charts: which cells they have, and that a drawing says its numbers in words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sample_project import OBSERVATIONS, change, load

from danvan_nb.errors import NotebookError
from danvan_nb.figures.charts import ReportChart, bar_chart, bullet_chart, trend_chart
from danvan_nb.figures.drawing.sheet import INKS, MARGIN, SHEET_WIDTH, measured
from danvan_nb.figures.tables import (
    ReportTable,
    assessment_table,
    breakdown_table,
    group,
    summary_table,
)
from danvan_nb.nodes import Cell, Value, plain
from danvan_nb.report.report import Report


def texts(rows: tuple[tuple[Cell, ...], ...]) -> list[list[str]]:
    return [["\n".join(plain(line) for line in cell.lines) for cell in row] for row in rows]


def test_summary_table_cells(report: Report) -> None:
    """One row an indicator: plan, done, % of plan, same period, change; an estimate says so,
    a missing number is a dash."""
    figures = report.figures
    table = summary_table(
        "Kết quả",
        [figures["thu_mau"], figures["vu_nhan"], figures["ty_le_thanh"], figures["don_mau"]],
    )
    assert texts(table.head)[0][-2:] == ["Cùng kỳ năm 2022", "So cùng kỳ (%)"]
    assert texts(table.body) == [
        ["Thu ngân sách mẫu (ước)", "tỷ đồng", "483,375", "301,149", "62,30", "267,664", "112,51"],
        ["Vụ việc đã nhận", "vụ", "-", "24", "-", "32", "75,00"],
        ["Tỷ lệ hòa giải thành", "%", "-", "95,83", "-", "84,38", "tăng 11,46 điểm %"],
    ]
    assert all(len(row) == table.columns for row in (*table.head, *table.body))


def test_summary_of_nothing_has_no_rows(report: Report) -> None:
    """Indicators without numbers leave an empty table, which the report leaves out."""
    assert summary_table("Kết quả", [report.figures["don_mau"]]).body == ()


def grid(table: ReportTable) -> list[set[int]]:
    """Count the columns that each row fills, spans from above included;
    fails where cells overlap."""
    taken: dict[tuple[int, int], int] = {}
    for y, row in enumerate((*table.head, *table.body)):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            for dy in range(cell.rowspan):
                for dx in range(cell.colspan):
                    assert (y + dy, x + dx) not in taken
                    taken[y + dy, x + dx] = 1
    return [{x for (row, x) in taken if row == y} for y in range(len(table.head) + len(table.body))]


def test_assessment_table_cells(report: Report) -> None:
    """Numbers in columns, and the generated assessment beside them: the change,
    or the part of the whole of both years."""
    nhan, thanh, rate, don = (
        report.figures[name] for name in ("vu_nhan", "vu_thanh", "ty_le_thanh", "don_mau")
    )
    table = assessment_table("", [group([nhan, thanh, rate])], [nhan, (thanh, nhan), rate, don])
    assert texts(table.head) == [
        [
            "Vụ việc đã nhận",
            "Hòa giải thành",
            "Tỷ lệ hòa giải thành",
            "Đánh giá chung (so với cùng kỳ)",
        ]
    ]
    assert texts(table.body)[0][:3] == ["24", "23", "95,83%"]
    assert texts(table.body)[0][3].split("\n") == [
        "- Vụ việc đã nhận: giảm 8 vụ",
        "- Hòa giải thành: 23/24 vụ (cùng kỳ 27/32 vụ)",
        "- Tỷ lệ hòa giải thành: tăng 11,46 điểm %",
        "- Đơn mẫu: -",
    ]
    assert grid(table) == [{0, 1, 2, 3}] * 2


def test_assessment_table_of_groups(report: Report) -> None:
    """Titles and leads span the number columns; the assessment spans every row;
    the grid has no hole."""
    nhan, thanh, don = (report.figures[name] for name in ("vu_nhan", "vu_thanh", "don_mau"))
    groups = [
        group([nhan, don], title="Nhóm một"),
        group([thanh, nhan], title="Nhóm hai", lead=[thanh]),
    ]
    table = assessment_table("Bảng", groups, [nhan], head="Tiếp nhận")
    assert texts(table.body) == [
        ["Nhóm một", "- Vụ việc đã nhận: giảm 8 vụ"],
        ["24", "-"],
        ["Nhóm hai"],
        ["Hòa giải thành: 23 vụ"],
        ["23", "24"],
    ]
    assert grid(table) == [{0, 1, 2}] * 7
    assert table.body[0][1].rowspan == 5


@pytest.mark.parametrize("groups", [[], "vu_nhan", [("Nhóm", [], [])]])
def test_assessment_table_asks_for_groups(report: Report, groups: object) -> None:
    """Anything but groups is an error that shows how to write one; so is what is no indicator."""
    with pytest.raises(NotebookError, match=r"group\("):
        assessment_table("", groups, [])  # type: ignore[arg-type]
    with pytest.raises(NotebookError, match="Viết mã chỉ tiêu"):
        group([report.figures["vu_nhan"]], lead=["vu_thanh"])  # type: ignore[list-item]


def test_same_period_of_parts_is_left_out_when_unknown(project: Path) -> None:
    """Without last year's numbers the assessment says this year's alone."""
    (project / "data/mau/2022-H1/observations.csv").unlink()
    (project / "data/mau/2022-H1").rmdir()
    figures = load(project).figures
    table = assessment_table(
        "", [group([figures["vu_nhan"]])], [(figures["vu_thanh"], figures["vu_nhan"])]
    )
    assert texts(table.body)[0][1] == "- Hòa giải thành: 23/24 vụ"
    table = assessment_table("", [group([figures["vu_nhan"]])], [figures["vu_nhan"]])
    assert texts(table.body)[0][1] == "Chưa có số liệu cùng kỳ"


def test_estimated_same_period_is_named(project: Path) -> None:
    """Beside a part of a whole, and of a chart's bars, an estimate of last year says so."""
    for name in ("vu_nhan", "vu_thanh"):
        change(project / "data/mau/2022-H1/observations.csv", f"{name},actual", f"{name},estimate")
    figures = load(project).figures
    pair = (figures["vu_thanh"], figures["vu_nhan"])
    table = assessment_table("", [group([figures["vu_nhan"]])], [pair])
    assert texts(table.body)[0][1].endswith("(cùng kỳ 27/32 vụ, số ước)")
    assert "cùng kỳ năm 2022 (số ước): 27 vụ" in bar_chart("Vụ", [figures["vu_thanh"]]).alt


def test_rate_over_no_cases(project: Path) -> None:
    """A rate of nothing says that there was nothing, where a dash would look like a number lost."""
    for number in ("24", "23", "1"):
        change(project / OBSERVATIONS, f"actual,,{number},", "actual,,0,")
    figures = load(project).figures
    row = texts(summary_table("Tỷ lệ", [figures["ty_le_thanh"]]).body)[0]
    assert row[3] == "không phát sinh" and row[6] == "-"
    assert "ty_le_thanh" not in bar_chart("Tỷ lệ", [figures["ty_le_thanh"]]).alt


def test_rows_of_a_frame_are_indicators(report: Report) -> None:
    """Tables and charts take what an analyst selects of the frame, as the figures in it."""
    chosen = report.frame().query("unit == 'vụ' and value > 1")
    figures = [report.figures["vu_nhan"], report.figures["vu_thanh"]]
    assert chosen["figure"].tolist() == figures
    assert summary_table("Vụ", chosen) == summary_table("Vụ", figures)
    assert bar_chart("Vụ", chosen) == bar_chart("Vụ", chosen["figure"]) == bar_chart("Vụ", figures)
    by_frame = assessment_table("", [group(chosen)], chosen)
    assert by_frame == assessment_table("", [group(figures)], figures)
    assert breakdown_table("Vụ", chosen) == breakdown_table("Vụ", figures)
    assert summary_table("Vụ", report.frame().query("value < 0")).body == ()


@pytest.mark.parametrize("make", [summary_table, bar_chart])
def test_refuses_what_is_no_indicator(report: Report, make: object) -> None:
    """A comparison or a typed number in the list is an error that says what to write."""
    for wrong in (report.figures["thu_mau"].vs_plan, 5, "thu_mau"):
        with pytest.raises(NotebookError, match="Viết mã chỉ tiêu"):
            make("Bảng", [wrong])  # type: ignore[operator]


def test_markup_in_labels_stays_text(project: Path) -> None:
    """A label with marks of HTML is text in JupyterLab's table."""
    change(project / "params/indicators.yml", "label: Vụ việc đã nhận", "label: Vụ <b>&")
    html = summary_table("Bảng <i>", [load(project).figures["vu_nhan"]])._repr_mimebundle_()[
        "text/html"
    ]
    assert "Vụ &lt;b&gt;&amp;" in html
    assert "Bảng &lt;i&gt;" in html


def test_chart_says_every_number_it_draws(report: Report) -> None:
    """Every number in the drawing stands in its text alternative, and the names of the bars."""
    chart = bar_chart("Thu", [report.figures["thu_mau"]], series=("plan", "actual", "same_period"))
    drawn = set(re.findall(r">(\d[\d.]*,\d+)<", chart.svg))
    assert drawn == {"483,375", "301,149", "267,664"}
    assert all(number in chart.alt for number in drawn)
    assert chart.alt == (
        "Thu: thu ngân sách mẫu đạt 62,30% kế hoạch, tăng 12,51%. Biểu đồ cột: Thu ngân sách mẫu"
        " - kế hoạch cả năm 2023: 483,375 tỷ đồng, ước thực hiện 6 tháng đầu năm 2023: 301,149 tỷ"
        " đồng, cùng kỳ năm 2022: 267,664 tỷ đồng."
    )


def test_chart_is_the_same_twice(report: Report) -> None:
    """No ids, dates or order that change from run to run."""
    figures = [report.figures["vu_nhan"], report.figures["vu_thanh"]]
    assert bar_chart("Vụ", figures) == bar_chart("Vụ", figures)


def test_chart_follows_its_numbers(project: Path) -> None:
    """Another number is another drawing and other words."""
    before = bar_chart("Vụ", [load(project).figures["vu_thanh"]])
    change(project / OBSERVATIONS, "vu_thanh,actual,,23", "vu_thanh,actual,,22")
    after = bar_chart("Vụ", [load(project).figures["vu_thanh"]])
    assert after.svg != before.svg
    assert ("22 vụ" in after.alt, "23 vụ" in after.alt) == (True, False)


def test_missing_bars_are_dashes(report: Report) -> None:
    """A bar without a number is a dash, in the drawing and in words; a series without any goes."""
    figures = [report.figures[name] for name in ("thu_mau", "vu_nhan", "don_mau")]
    chart = bar_chart("Vụ", figures, series=("plan", "actual"))
    assert "kế hoạch cả năm 2023: -" in chart.alt
    assert "Đơn mẫu" not in chart.alt
    chart = bar_chart("Vụ", figures[1:], series=("plan", "actual"))
    assert "ế hoạch" not in chart.alt + chart.svg


def test_chart_of_nothing_is_no_drawing(report: Report) -> None:
    """Without any number there is nothing to draw, and no empty frame."""
    assert bar_chart("Đơn", [report.figures["don_mau"]]).svg == ""


def title(chart: ReportChart) -> str:
    return plain(chart.caption)


def test_title_states_what_is_shown(report: Report) -> None:
    """Share of plan and change, of the first two indicators; each number is a figure with its
    origin."""
    thu, nhan, thanh = (report.figures[name] for name in ("thu_mau", "vu_nhan", "vu_thanh"))
    bullet = bullet_chart("", [thu])
    assert title(bullet) == "Thu ngân sách mẫu đạt 62,30% kế hoạch, tăng 12,51%"
    assert [node.id for node in bullet.caption if isinstance(node, Value)] == [
        "thu_mau.vs_plan",
        "thu_mau.growth",
    ]
    bars = bar_chart("Hòa giải", [nhan, thanh, thu])
    assert title(bars) == "Hòa giải: vụ việc đã nhận giảm 8 vụ; hòa giải thành giảm 4 vụ"
    assert bars.alt.startswith(title(bars))


def test_result_on_its_plan(report: Report) -> None:
    """A bar as long as its share of the year's plan, the same period as a tick, its share at the
    end; all numbers in words too, and that the plan is the year's."""
    chart = bullet_chart("Thu", [report.figures["thu_mau"]])
    assert "62,30% kế hoạch, ước thực hiện 301,149 tỷ đồng; kế hoạch cả năm 483,375" in chart.alt
    assert "cùng kỳ 267,664 tỷ đồng" in chart.alt
    assert "Kế hoạch cả năm 2023" in chart.svg
    assert ">62,30%<" in chart.svg
    widths = box_widths(chart)
    assert any(abs(first / 0.6230 - second) < 0.5 for first in widths for second in widths)
    assert bullet_chart("Thu", [report.figures["thu_mau"]]) == chart


def box_widths(chart: ReportChart) -> list[float]:
    boxes = re.findall(r"M ([\d.]+) [\d.]+ \nL ([\d.]+) ", chart.svg)
    return [float(right) - float(left) for left, right in boxes]


def test_results_without_a_plan_are_bars(report: Report) -> None:
    """What has no plan can't stand on one; it is drawn beside its same period."""
    figures = [report.figures["vu_nhan"], report.figures["vu_thanh"]]
    assert bullet_chart("Vụ", figures) == bar_chart("Vụ", figures)


def test_each_unit_has_a_scale_of_its_own(report: Report) -> None:
    """A count of 24 beside an amount of 301 is no sliver: each unit is named and fills the
    width."""
    thu, nhan = report.figures["thu_mau"], report.figures["vu_nhan"]
    chart = bar_chart("Thu và vụ", [thu, nhan])
    assert ">Đơn vị tính: tỷ đồng<" in chart.svg
    assert ">Đơn vị tính: vụ<" in chart.svg
    full = max(box_widths(chart)[1:])
    assert sum(abs(width - full) < 0.5 for width in box_widths(chart)[1:]) >= 2


def test_wrong_choices_are_told(project: Path) -> None:
    """One bar, an unknown series, a negative number on a plan: each says what to do."""
    figures = load(project).figures
    with pytest.raises(NotebookError, match="một cột"):
        bar_chart("Vụ", [figures["vu_nhan"]], series=("actual",))
    with pytest.raises(NotebookError, match=r"dãy cột này.*ke_hoach.*plan, actual, same_period"):
        bar_chart("Vụ", [figures["vu_nhan"]], series=("ke_hoach", "actual"))
    change(project / OBSERVATIONS, "thu_mau,estimate,,301.149", "thu_mau,estimate,,-301.149")
    with pytest.raises(NotebookError, match=r"Số âm.*bar_chart"):
        bullet_chart("Thu", [load(project).figures["thu_mau"]])


def test_fills_are_seen_and_told_apart_without_colour() -> None:
    """3:1 on white at least (WCAG 1.4.11); those that stand side by side differ in hatch."""

    def contrast(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)

    bars = [INKS[name] for name in ("plan", "actual", "same_period")]
    assert all(contrast(look["facecolor"]) >= 3 for look in bars)
    assert len({look.get("hatch") for look in bars}) == 3
    assert contrast(INKS["track"]["edgecolor"]) >= 3


def test_a_phone_shows_a_chart_whole(report: Report) -> None:
    """At 326 px no letter is smaller than 11 px, and no text begins beyond the edge."""
    chart = bar_chart("Vụ", [report.figures["vu_nhan"], report.figures["vu_thanh"]])
    width = float(re.search(r'width="([\d.]+)pt"', chart.svg)[1])  # type: ignore[index]
    sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;]*?([\d.]+)px", chart.svg)]
    assert min(sizes) * 326 / width >= 11
    assert_texts_inside(chart)


def assert_texts_inside(chart: ReportChart) -> None:
    """Each text that begins at a place ends before the edge of the drawing."""
    texts = re.findall(r"<text([^>]*) x=\"([\d.]+)\"[^>]*>([^<]*)<", chart.svg)
    assert texts
    for look, x, text in texts:
        width = measured(text, "bold" if "bold" in look or "700" in look else "normal")
        start = float(x) - width / 2 * ("middle" in look)
        assert start >= 0 and start + width <= SHEET_WIDTH + 2 * MARGIN, text


LONG = "TỶ LỆ HỒ SƠ GIẢI QUYẾT ĐÚNG HẠN QUA DỊCH VỤ CÔNG TRỰC TUYẾN TẠI BỘ PHẬN MỘT CỬA MƯỜI XÃ"


def test_long_names_and_numbers_stay_inside(project: Path) -> None:
    """A name of capitals breaks by its width, and thirteen digits leave their bar room."""
    change(project / "params/indicators.yml", "label: Thu ngân sách mẫu", f"label: {LONG}")
    for file in (OBSERVATIONS, "data/mau/2022-H1/observations.csv"):
        text = (project / file).read_text("utf-8")
        (project / file).write_text(
            re.sub(r"(thu_mau.*?,)(\d+\.)", r"\g<1>1234567\2", text), "utf-8"
        )
    figures = [load(project).figures["thu_mau"]]
    for chart in (
        bar_chart("", figures, ("plan", "actual", "same_period")),
        bullet_chart("", figures),
        trend_chart("", figures),
    ):
        assert "1.234.567" in chart.svg
        assert_texts_inside(chart)


def test_a_sliver_has_a_scale_of_its_own(project: Path) -> None:
    """Four cases beside 185,000 of the same unit are bars that can be compared, and it is said."""
    change(project / OBSERVATIONS, "vu_nhan,actual,,24", "vu_nhan,actual,,185000")
    figures = load(project).figures
    chart = bar_chart("", [figures["vu_thanh"], figures["vu_nhan"]])
    assert ">Đơn vị tính: vụ (tỷ lệ vẽ riêng)<" in chart.svg
    full = max(box_widths(chart)[1:])
    assert sum(abs(width - full) < 0.5 for width in box_widths(chart)[1:]) == 2


def test_only_estimates_are_called_so(report: Report) -> None:
    """Where some bars are estimates, these are marked, and the name of all says nothing of it."""
    chart = bar_chart("", [report.figures["thu_mau"], report.figures["vu_nhan"]])
    assert ">301,149 (ước)<" in chart.svg
    assert ">24<" in chart.svg
    assert "thực hiện 6 tháng đầu năm 2023: 24 vụ" in chart.alt
    assert "Ước thực hiện" not in chart.svg + chart.alt


def test_one_bar_is_no_chart(project: Path) -> None:
    """Without last year's number one bar would be left: the report leaves the drawing out."""
    change(
        project / "data/mau/2022-H1/observations.csv", "vu_thanh,actual,,27", "vu_thanh,actual,,"
    )
    assert bar_chart("Vụ", [load(project).figures["vu_thanh"]]).svg == ""


def test_what_has_no_plan_is_named(report: Report) -> None:
    """One of several without a plan doesn't vanish from a chart of plans in silence."""
    chart = bullet_chart("", [report.figures["thu_mau"], report.figures["vu_nhan"]])
    assert "Không có kế hoạch để so: Vụ việc đã nhận" in chart.alt
    assert ">Không có kế hoạch để so: Vụ việc đã nhận<" in chart.svg
