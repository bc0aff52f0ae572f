"""What a number counts: halves, the year and its parts, computed again from the rows alone.

The office and all its numbers are made up (số liệu mẫu, không có thật).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_project import PARAMS, change, csv_text, load, write

from danvan_nb.data.records import Observation
from danvan_nb.errors import InputError
from danvan_nb.figures.charts import bar_chart
from danvan_nb.figures.formulas import change_abs, ratio_pct
from danvan_nb.figures.ledger import Ledger
from danvan_nb.figures.tables import assessment_table, group, summary_table
from danvan_nb.nodes import plain
from danvan_nb.notebook.narrative import Passage
from danvan_nb.notebook.proofread import check_passages
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period
from danvan_nb.report.report import Report, load_report

HEAD = "indicator | status | as_of | value | period | source | note"
AMOUNTS = st.integers(0, 10**6).map(Decimal)
QUARTERS = [Period(2023, f"Q{number}") for number in range(1, 5)]
H1, H2, YEAR = Period(2023, "H1"), Period(2023, "H2"), Period(2023)


def observation(name: str, period: Period, value: Decimal) -> Observation:
    place = {"file": f"{period}.csv", "row": 2}
    days = {"as_of": period.last_day, "period": period, "folder": period}
    return Observation(indicator=name, status="actual", value=value, **days, **place)  # type: ignore[arg-type]


def counted(how: str) -> Indicator:
    return Indicator(label="Chỉ tiêu mẫu", unit="vụ", measure="flow", counted=how)  # type: ignore[arg-type]


def both_ways(quarters: list[Decimal], year: int = 2023) -> list[Observation]:
    """Give the same quarters as an office types them that counts alone, and one that cumulates."""
    rows = []
    for number, value in enumerate(quarters, 1):
        period = Period(year, f"Q{number}")
        rows.append(observation("rieng", period, value))
        rows.append(observation("luy_ke", period, sum(quarters[:number], Decimal())))
    return rows


CATALOGUE = {"rieng": counted("half"), "luy_ke": counted("year")}


@given(st.lists(AMOUNTS, min_size=4, max_size=4))
def test_parts_add_up_however_they_are_counted(quarters: list[Decimal]) -> None:
    """H1 + H2 = year, year to date less H1 = H2, whatever the office counts."""
    book = Ledger(both_ways(quarters), CATALOGUE)
    first, second = sum(quarters[:2], Decimal()), sum(quarters[2:], Decimal())
    for name in CATALOGUE:
        amounts = [
            book.read_over(name, period.first_day, period.last_day).value
            for period in (H1, H2, YEAR, Period(2023, "9M"), *QUARTERS)
        ]
        nine = first + quarters[2]
        assert amounts == [first, second, first + second, nine, *quarters]


@given(
    st.lists(AMOUNTS, min_size=4, max_size=4),
    st.lists(AMOUNTS, min_size=4, max_size=4),
    st.sampled_from([H1, H2, YEAR, *QUARTERS]),
)
def test_like_is_compared_with_like(old: list[Decimal], new: list[Decimal], period: Period) -> None:
    """The days of last year are those of this year, for the period alone and since January."""
    book = Ledger(both_ways(old, 2022) + both_ways(new), CATALOGUE)
    first, last = (period.span.first - 1) // 3, period.span.last // 3
    for name in CATALOGUE:
        for start, begin in ((period.first_day, first), (period.new_year, 0)):
            now = book.read_over(name, start, period.last_day)
            before = book.read_same_period(name, start, period.last_day)
            assert now.value == sum(new[begin:last], Decimal())
            assert before.value == sum(old[begin:last], Decimal())
            assert (ratio_pct(now.value, before.value) is None) == (before.value == 0)
            assert change_abs(now.value, before.value) == now.value - before.value


def period_of(project: Path, period: str, drawn: str, **tables: str) -> None:
    """Write the made-up folder of a period."""
    write(project / f"data/mau/{period}/observations.csv", csv_text(f"{HEAD}\n{drawn}"))
    for name, text in tables.items():
        write(project / f"data/mau/{period}/{name}.csv", csv_text(text))


def report_of(project: Path, period: str) -> Report:
    """Load the sample office's report of another period."""
    text = (project / PARAMS).read_text("utf-8").replace("2023-H1", period)
    write(project / f"params/mau/{period}.yml", text.partition("as_of:")[0])
    return load_report(f"params/mau/{period}.yml", project)


DOCUMENTS = "number | type | date | issuer | subject\n"
SECOND_HALF = """thu_mau | actual |            | 500 | | số liệu mẫu |
                 thu_mau | plan   |            | 490 | | số liệu mẫu |
                 vu_nhan | actual |            | 60  | | số liệu mẫu |
                 vu_thanh | actual |           | 50  | | số liệu mẫu |
                 vu_khong | actual |           | 10  | | số liệu mẫu |
                 ho_mau  | actual |            | 7   | | số liệu mẫu |"""
LAST_YEAR = """thu_mau | actual | | 450 | | số liệu mẫu |
               vu_nhan | actual | | 50  | | số liệu mẫu |"""


def test_the_year_reads_its_halves(project: Path) -> None:
    """Without a folder of its own: flows to the year's end, the later plan, the stock of the last
    day, documents and events of both halves once each, compared with last year's year."""
    period_of(project, "2022-H2", LAST_YEAR)
    again = "01/KH-MAU | Kế hoạch | 2023-01-05 | Ủy ban mẫu | công tác mẫu\n"
    new = "77/KH-MAU | Kế hoạch | 2023-09-05 | Ủy ban mẫu | việc cuối năm"
    period_of(project, "2023-H2", SECOND_HALF, documents=DOCUMENTS + again + new)
    report = report_of(project, "2023")
    figures = report.figures
    assert figures["thu_mau"].text == "500,000 tỷ đồng"
    assert figures["thu_mau"].vs_plan.text == "đạt 102,04% kế hoạch"  # 500 / 490
    assert figures["thu_mau"].vs_same_period.text == "bằng 111,11% so với cùng kỳ năm 2022"
    assert (figures["vu_nhan"].text, figures["vu_nhan"].change.text) == ("60 vụ", "tăng 10 vụ")
    assert (figures["ty_le_thanh"].text, figures["ho_mau"].text) == ("83,33%", "7 hộ")
    assert figures["thu_mau"].file == "data/mau/2023-H2/observations.csv"
    numbers = [document.number for document in report.inputs.documents]
    assert (numbers.count("01/KH-MAU"), numbers.count("77/KH-MAU")) == (1, 1)
    assert [event.file for event in report.inputs.events][:1] == ["data/mau/2023-H1/events.csv"]
    assert (report.period.label, report.period.next_label) == ("năm 2023", "năm 2024")
    assert not [issue for issue in report.issues if issue.severity == "error"]


def test_a_year_counted_by_halves_adds_them(project: Path) -> None:
    """Each half typed alone: the year is their sum with the places of both."""
    catalogue = project / "params/indicators.yml"
    text = catalogue.read_text("utf-8").replace("counted: year", "counted: half")
    catalogue.write_text(text, "utf-8")
    period_of(project, "2023-H2", "thu_mau | actual | | 198.851 | | số liệu mẫu |")
    thu = report_of(project, "2023").figures["thu_mau"]
    assert (thu.text, thu.formula) == ("ước 500,000 tỷ đồng", "301,149 + 198,851")
    files = [origin.file for origin in thu.reading.origins]
    assert files == [f"data/mau/2023-{half}/observations.csv" for half in ("H1", "H2")]
    assert dict(thu.details)["Cộng từ các kỳ"] == "301,149 + 198,851"


@pytest.mark.parametrize(
    ("period", "drawn", "places"),
    [
        ("2023", "thu_mau | actual | | 501 | | |", ("2023-H2/observations.csv", "500")),
        ("2023", "ho_mau | actual | | 8 | | |", ("2023-H2/observations.csv", "7")),
        ("2023-Q4", "thu_mau | actual | | 499 | | |", ("2023-Q4/observations.csv", "499")),
        ("2023-M12", "vu_nhan | actual | | 61 | | |", ("2023-M12/observations.csv", "61")),
    ],
)
def test_unequal_double_entry_names_both_cells(
    project: Path, period: str, drawn: str, places: tuple[str, str]
) -> None:
    """The same days typed in two folders must be equal; the message names both."""
    period_of(project, "2023-H2", SECOND_HALF)
    period_of(project, period, drawn)
    with pytest.raises(InputError) as caught:
        report_of(project, "2023")
    (issue,) = caught.value.issues
    assert issue.rule == "nhap_hai_noi"
    assert all(each in str(issue) for each in places)


def test_equal_double_entry_is_fine(project: Path) -> None:
    """The same number in the half's folder and the year's is said twice, not changed."""
    period_of(project, "2023-H2", SECOND_HALF)
    period_of(project, "2023", "thu_mau | actual | | 500 | | |")
    report = report_of(project, "2023")
    assert report.figures["thu_mau"].text == "500,000 tỷ đồng"
    assert list(report.ledger.revised()) == []


@pytest.mark.parametrize(("second", "right"), [("9", True), ("10", False)])
def test_a_half_against_its_quarters(project: Path, second: str, right: bool) -> None:
    """Vụ việc counted alone: 15 in the first quarter and 9 in the second are the half's 24."""
    catalogue = project / "params/indicators.yml"
    text = catalogue.read_text("utf-8").replace("counted: year", "counted: half")
    catalogue.write_text(text, "utf-8")
    period_of(project, "2023-Q1", "vu_nhan | actual | | 15 | | |")
    period_of(project, "2023-Q2", f"vu_nhan | actual | | {second} | | |")
    if right:
        assert load(project).figures["vu_nhan"].text == "24 vụ"
        return
    with pytest.raises(InputError, match=r"2023-H1.*2023-Q1.*2023-Q2") as caught:
        load(project)
    assert [issue.rule for issue in caught.value.issues] == ["tong_cac_ky"]


def test_a_document_told_in_two_ways(project: Path) -> None:
    """One id in two folders must say the same."""
    event = "id | name | date_from | date_to | visitors | note\nhoi_mau | Hội khác | | | |"
    period_of(project, "2023-H2", SECOND_HALF, events=event)
    with pytest.raises(InputError, match=r"2023-H2/events.csv.*2023-H1/events.csv"):
        report_of(project, "2023")


def test_a_blank_of_a_later_form_says_nothing(project: Path) -> None:
    """The form of the second half holds the name of an event: the year tells its days all the
    same."""
    event = "id | name | date_from | date_to | visitors | note\nhoi_mau | Lễ hội mẫu | | | |"
    period_of(project, "2023-H2", SECOND_HALF, events=event)
    report = report_of(project, "2023")
    assert report.vocabulary.event("hoi_mau").visitors.text == "44.237 lượt"
    assert report_of(project, "2023-H2").vocabulary.event("hoi_mau").date.missing


def test_what_ends_early_is_told(project: Path) -> None:
    """A year whose number comes from the first half says so; a required one is an error."""
    period_of(project, "2023-H2", "vu_nhan | actual | | 60 | | |")
    write(project / "data/mau/2023-H1/models.csv", "id,name,owner,summary\n")
    found = {
        (issue.column, issue.severity)
        for issue in report_of(project, "2023").issues
        if issue.rule == "so_lieu_cu"
    }
    assert {("thu_mau", "error"), ("vu_thanh", "warning")} <= found


@pytest.mark.parametrize(
    ("drawn", "rules"),
    [
        ("thu_mau | actual | | 198.851 | | |", {"luy_ke_giam"}),  # the half alone was typed
        ("vu_nhan | actual | | 23 | | |", {"luy_ke_giam"}),
        ("thu_mau | actual | | 801.149 | | |", {"vuot_xa_ke_hoach"}),
        ("thu_mau | actual | | 500 | | |", set()),
    ],
)
def test_numbers_that_count_other_days_are_found(
    project: Path, drawn: str, rules: set[str]
) -> None:
    """A cumulated number that falls, or lies far above the plan, was counted from another day."""
    change(project / "data/mau/2023-H1/observations.csv", "thu_mau,estimate", "thu_mau,actual")
    period_of(project, "2023-H2", drawn)
    found = {issue.rule for issue in report_of(project, "2023-H2").issues}
    assert found & {"luy_ke_giam", "vuot_xa_ke_hoach"} == rules


def test_the_year_typed_as_a_half_is_found(project: Path) -> None:
    """500 since January, typed where the second half alone is counted, is 165,74% of the plan."""
    change(
        project / "params/indicators.yml",
        "  measure: flow\n  counted: year\n  better: up",
        "  measure: flow\n  counted: half\n  better: up",
    )
    period_of(project, "2023-H2", "thu_mau | actual | | 500 | | |")
    (issue,) = (
        one for one in report_of(project, "2023-H2").issues if one.rule == "vuot_xa_ke_hoach"
    )
    assert "trong kỳ 500,000, lũy kế 801,149" in issue.message


@pytest.mark.parametrize(
    ("how", "heading", "cell"),
    [
        ("year", "Thực hiện (lũy kế từ đầu năm)", "103,44"),
        ("half", "Thực hiện (trong kỳ)", "103,44 (lũy kế 500,000)"),
    ],
)
def test_a_table_says_what_it_counts(project: Path, how: str, heading: str, cell: str) -> None:
    """In the second half the heading names the days; completion of other days says its amount."""
    catalogue = project / "params/indicators.yml"
    text = catalogue.read_text("utf-8").replace("counted: year", f"counted: {how}")
    catalogue.write_text(text, "utf-8")
    value = {"year": "500", "half": "198.851"}[how]
    period_of(project, "2023-H2", f"thu_mau | actual | | {value} | | |")
    figures = [report_of(project, "2023-H2").figures["thu_mau"]]
    table = summary_table("Mẫu", figures)
    assert plain(table.head[0][3].lines[0]) == heading
    assert plain(table.body[0][4].lines[0]) == cell
    days = {"year": "lũy kế từ đầu năm 2023", "half": "6 tháng cuối năm 2023"}[how]
    assert f"thực hiện {days}: " in bar_chart("Mẫu", figures, ("plan", "actual")).alt


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Trong {eval}`period.label`, thu được {eval}`thu_mau`.", ["500,000 tỷ đồng"]),
        ("Trong {eval}`period.label`, mọi việc đều tốt. Thu được {eval}`thu_mau`.", []),
        ("Trong {eval}`thu_mau.span`, thu được {eval}`thu_mau`.", []),
        ("Trong {eval}`period.label`, thu được {eval}`thu_mau.this_period`.", []),
    ],
)
def test_a_sentence_of_the_half_with_a_number_of_the_year(
    project: Path, source: str, found: list[str]
) -> None:
    """“6 tháng cuối năm … 500 tỷ đồng” is false of a number since January: told, with the cure."""
    period_of(project, "2023-H2", "thu_mau | actual | | 500 | | |")
    passage = Passage("thu", False, source, ("narrative:thu",), 9)
    issues = list(check_passages([passage], report_of(project, "2023-H2")))
    assert [one.found for one in issues if one.rule == "khac_ky"] == found
    assert not list(check_passages([passage], report_of(project, "2023")))


def test_a_table_of_two_bases_says_which_row_has_which(project: Path) -> None:
    """Where rows count from different days, each names its own."""
    change(
        project / "params/indicators.yml",
        "  measure: flow\n  counted: year\n  better: up",
        "  measure: flow\n  counted: half\n  better: up",
    )
    drawn = "thu_mau | actual | | 198.851 | | |\nvu_nhan | actual | | 60 | | |"
    period_of(project, "2023-H2", drawn)
    figures = report_of(project, "2023-H2").figures
    table = summary_table("Mẫu", [figures["thu_mau"], figures["vu_nhan"]])
    labels = [plain(row[0].lines[0]) for row in table.body]
    assert labels == ["Thu ngân sách mẫu (trong kỳ)", "Vụ việc đã nhận (lũy kế từ đầu năm)"]
    assert plain(table.head[0][3].lines[0]) == "Thực hiện"
    assert figures["thu_mau"].text == "198,851 tỷ đồng (trong kỳ)"  # one sentence may hold both
    assert figures["vu_nhan"].text == "60 vụ (lũy kế từ đầu năm)"
    titles = assessment_table("", [group(list(figures.values())[:2])], []).head[0]
    assert plain(titles[1].lines[0]) == "Vụ việc đã nhận (lũy kế từ đầu năm)"


def test_the_first_half_says_nothing_of_days(report: Report) -> None:
    """From January on, the period and the year to date are one: no word is added."""
    table = summary_table("Mẫu", [report.figures["thu_mau"]])
    assert plain(table.head[0][3].lines[0]) == "Thực hiện"
    thu = report.figures["thu_mau"]
    assert thu.text == thu.this_period.text == thu.year_to_date.text
    assert (thu.basis, thu.span.text) == ("", "6 tháng đầu năm 2023")


def test_closing_day_is_named(project: Path) -> None:
    """Numbers to 14 December say so, and are compared with 14 December."""
    period_of(project, "2022-H2", "thu_mau | actual | 2022-12-14 | 440 | | |")
    period_of(project, "2023-H2", "thu_mau | actual | 2023-12-14 | 484 | | |")
    thu = report_of(project, "2023").figures["thu_mau"]
    assert thu.as_of == date(2023, 12, 14)
    assert thu.span.text == "thời gian từ 01/01/2023 đến 14/12/2023"
    assert thu.vs_same_period.text == "bằng 110,00% so với cùng kỳ năm 2022"


def test_a_figure_over_years(project: Path) -> None:
    """The same days of earlier years, oldest first; a year without a number is but a gap."""
    both = "thu_mau | actual | | 200 | | |\nvu_nhan | actual | | 40 | | |"
    period_of(project, "2019-H1", both)
    period_of(project, "2020-H1", "thu_mau | actual | 2020-04-30 | 90 | | |")
    period_of(project, "2021-H1", "thu_mau | estimate | | 240 | | |")
    report = load(project)
    series = report.figures["thu_mau"].history(4)
    assert [str(one.period) for one in series] == [f"{year}-H1" for year in range(2019, 2024)]
    texts = ["200,000", "-", "240,000", "267,664", "301,149"]
    assert [one.number.text for one in series] == texts
    assert [one.status for one in series][2:] == ["estimate", "actual", "estimate"]
    frame = report.history([report.figures["thu_mau"], report.figures["vu_nhan"]], 4)
    assert list(frame["value"].dropna()) == [200, 240, 267.664, 301.149, 40, 32, 24]
    assert list(frame.columns)[:4] == ["indicator", "period", "start", "as_of"]
    assert frame.query("indicator == 'vu_nhan'")["period"].tolist()[0] == "2019-H1"


def test_a_figure_over_consecutive_periods(project: Path) -> None:
    """The periods of the same length just before, each as the office counted it."""
    period_of(project, "2022-H2", LAST_YEAR)
    series = load(project).figures["thu_mau"].history(2, consecutive=True)
    assert [(str(one.period), one.number.text) for one in series] == [
        ("2022-H1", "267,664"),
        ("2022-H2", "450,000"),
        ("2023-H1", "301,149"),
    ]


def test_an_old_year_that_cannot_be_read_stops_nothing(project: Path) -> None:
    """A catalogue moves on; what an old folder holds must not stop today's report."""
    period_of(project, "2019-H1", "da_bo | actual | | 200 | | |")
    report = load(project)
    (issue,) = (one for one in report.issues if one.rule == "nam_cu")
    assert (issue.severity, issue.found) == ("notice", "2019")
    assert report.figures["thu_mau"].history(4)[0].missing


def test_a_revision_of_years_ago_is_no_news(project: Path) -> None:
    """The table of revised numbers tells of those that are compared with, not of old ones."""
    period_of(project, "2020-H1", "vu_nhan | actual | | 9 | | |")
    period_of(project, "2021-H1", "vu_nhan | actual | | 8 | 2020-H1 | |")
    report = load(project)
    assert report.comparison_notes().body == ()
    assert report.figures["vu_nhan"].history(3)[0].reading.revised
