"""The ledger: what a number means in time, and the catalogue's formulas."""

from __future__ import annotations

import ast
from datetime import date
from decimal import Decimal

import pytest
from sample_project import rows

from danvan_nb.data.records import Observation, Row
from danvan_nb.errors import ParamsError
from danvan_nb.figures import formulas
from danvan_nb.figures.formulas import formula_ids, parse_formula
from danvan_nb.figures.ledger import MISSING, Ledger, Reading
from danvan_nb.project.models import Indicator
from danvan_nb.project.period import Period

H1, H2 = Period(2023, "H1"), Period(2023, "H2")


def kind(measure: str = "flow", **rest: object) -> Indicator:
    if measure == "flow" and "formula" not in rest:
        rest = {"counted": "year"} | rest
    return Indicator(label="Chỉ tiêu mẫu", unit="vụ", measure=measure, **rest)  # type: ignore[arg-type]


CATALOGUE = {
    "a": kind(),
    "b": kind(),
    "kho": kind("stock"),
    "tong": kind(formula="a + b"),
    "ty_le": kind("rate", formula="a / b * 100"),
    "xa": kind(formula="(tong - b) * 0.5"),
}


def ledger(drawn: str, catalogue: dict[str, Indicator] | None = None) -> Ledger:
    """Build a ledger from a drawn table: indicator, period, status, as_of, value, folder (blank:
    the period)."""
    observations = []
    for number, (name, period, status, as_of, value, folder) in enumerate(rows(drawn), 2):
        half = Period.parse(period)
        observations.append(
            Observation(
                file=f"{folder or period}.csv",
                row=number,
                cell=f"D{number}",
                indicator=name,
                period=half,
                status=status,
                as_of=date.fromisoformat(as_of) if as_of else half.last_day,
                value=Decimal(value) if value else None,
                folder=Period.parse(folder) if folder else half,
            )
        )
    return Ledger(observations, catalogue or CATALOGUE)


def number(reading: Reading) -> float | None:
    return None if reading.value is None else float(reading.value)


def test_latest_day_wins() -> None:
    """A bare indicator is its latest number, whatever the order of the rows."""
    book = ledger(
        """a | 2023-H1 | actual | 2023-05-31 | 5 |
           a | 2023-H1 | actual | 2023-04-30 | 4 |"""
    )
    assert number(book.read("a", H1)) == 5
    assert number(book.read("a", H1, date(2023, 4, 30))) == 4
    assert book.days("a", H1) == [date(2023, 5, 31), date(2023, 4, 30)]


def test_actual_before_estimate_of_the_same_day() -> None:
    """An estimate counts only while there is no actual number of that day;
    a later estimate is later."""
    both = ledger(
        """a | 2023-H1 | estimate |  | 9 |
           a | 2023-H1 | actual   |  | 8 |"""
    )
    assert (number(both.read("a", H1)), both.read("a", H1).status) == (8, "actual")
    later = ledger(
        """a | 2023-H1 | actual   | 2023-04-30 | 4 |
           a | 2023-H1 | estimate |            | 9 |"""
    )
    assert (number(later.read("a", H1)), later.read("a", H1).status) == (9, "estimate")


def test_blank_is_missing_and_zero_is_a_number() -> None:
    """A blank value falls back to what is known; a zero stays zero."""
    book = ledger(
        """a | 2023-H1 | actual   |            |   |
           a | 2023-H1 | estimate |            | 7 |
           b | 2023-H1 | actual   |            | 0 |
           kho | 2023-H1 | actual |            |   |"""
    )
    assert (number(book.read("a", H1)), book.read("a", H1).status) == (7, "estimate")
    assert number(book.read("b", H1)) == 0
    assert book.read("kho", H1) is MISSING
    assert book.read("a", H2) is MISSING
    assert book.read("a", H1, date(2023, 3, 31)) is MISSING


@pytest.mark.parametrize("half", [H1, H2])
@pytest.mark.parametrize("folder", ["2023-H1", "2023-H2"])
def test_plan_of_the_year_from_either_folder(half: Period, folder: str) -> None:
    """The plan is the year's, whichever half's folder it stands in."""
    book = ledger(f"a | {folder} | plan | | 100 |")
    assert number(book.read_plan("a", half)) == 100
    assert book.read_plan("b", half) is MISSING
    assert book.read_plan("a", Period(2022, half.code)) is MISSING


def test_later_plan_wins() -> None:
    """A plan adjusted in the second half, or dated later, replaces the first;
    a blank one does not."""
    halves = ledger(
        """a | 2023-H1 | plan | | 100 |
           a | 2023-H2 | plan | | 120 |
           b | 2023-H1 | plan | | 50 |
           b | 2023-H2 | plan | |    |"""
    )
    assert (number(halves.read_plan("a", H2)), number(halves.read_plan("b", H2))) == (120, 50)
    days = ledger(
        """a | 2023-H1 | plan | 2023-05-01 | 130 |
           a | 2023-H1 | plan | 2023-01-01 | 100 |"""
    )
    assert number(days.read_plan("a", H1)) == 130


def test_plan_of_a_formula() -> None:
    """A sum's plan is the sum of the plans; a rate's plan is its own row, never computed."""
    book = ledger(
        """a     | 2023-H1 | plan | | 100 |
           b     | 2023-H1 | plan | | 50  |
           ty_le | 2023-H1 | plan | | 90  |"""
    )
    assert (number(book.read_plan("tong", H1)), book.read_plan("tong", H1).status) == (150, "plan")
    assert number(book.read_plan("ty_le", H1)) == 90


NEW_YEAR, JULY, YEAR_END = date(2023, 1, 1), date(2023, 7, 1), date(2023, 12, 31)


def test_halves_add_up_to_the_year() -> None:
    """What is counted by halves gives the year as their sum; a stock is that of its day, and
    without the first half the year is unknown."""
    book = ledger(
        """nua | 2023-H1 | actual   | | 40.5  |
           nua | 2023-H2 | estimate | | 35.25 |
           kho | 2023-H1 | actual   | | 10    |
           kho | 2023-H2 | actual   | | 12    |""",
        CATALOGUE | {"nua": kind(counted="half"), "mot": kind(counted="half")},
    )
    total = book.read_over("nua", NEW_YEAR, YEAR_END)
    assert (number(total), total.status, total.formula) == (75.75, "estimate", "40,5 + 35,25")
    assert [origin.row for origin in total.origins] == [2, 3]
    assert number(book.read("nua", H2)) == 35.25
    assert number(book.read_over("kho", NEW_YEAR, YEAR_END)) == 12
    assert number(book.read("nua", Period(2023))) == 75.75
    alone = ledger("mot | 2023-H2 | actual | | 1 |", {"mot": kind(counted="half")})
    assert alone.read_over("mot", NEW_YEAR, YEAR_END) is MISSING


def test_a_half_is_the_year_to_date_less_the_half_before() -> None:
    """What is cumulated from January gives the second half as a difference."""
    book = ledger(
        """a | 2023-H1 | estimate | | 301.149 |
           a | 2023-H2 | actual   | | 500     |"""
    )
    alone = book.read_over("a", JULY, YEAR_END)
    assert (number(alone), alone.status) == (198.851, "estimate")
    assert alone.formula == "500 - 301,149"
    assert [origin.row for origin in alone.origins] == [3, 2]
    assert (number(book.read("a", H2)), book.read("a", H2).status) == (500, "actual")


@pytest.mark.parametrize("counted", ["year", "half"])
def test_days_join_exactly_or_not_at_all(counted: str) -> None:
    """A first half known to an interim day is never added to, or taken off, what begins in July."""
    book = ledger(
        """a | 2023-H1 | actual | 2023-04-30 | 40 |
           a | 2023-H2 | actual |            | 60 |""",
        {"a": kind(counted=counted)},
    )
    other = JULY if counted == "year" else NEW_YEAR
    assert book.read_over("a", other, YEAR_END) is MISSING
    assert number(book.read("a", H2)) == 60


def test_a_formula_counts_as_its_parts_do() -> None:
    """Parts counted alike give the formula its days; unlike, the catalogue must say which."""
    halves = {"a": kind(counted="half"), "b": kind(counted="half"), "tong": kind(formula="a + b")}
    drawn = """a | 2023-H1 | actual | | 1 |
               b | 2023-H1 | actual | | 2 |
               a | 2023-H2 | actual | | 3 |
               b | 2023-H2 | actual | | 4 |"""
    book = ledger(drawn, halves)
    assert (book.counted("tong"), number(book.read("tong", H2))) == ("half", 7)
    assert number(book.read_over("tong", NEW_YEAR, YEAR_END)) == 10
    mixed = halves | {"b": kind(counted="year")}
    with pytest.raises(ParamsError, match="trộn"):
        ledger(drawn, mixed)
    given = ledger(drawn, mixed | {"tong": kind(formula="a + b", counted="year")})
    assert number(given.read("tong", H2)) == 8  # a: 1 + 3, b: 4 since January


def test_same_day_one_year_earlier() -> None:
    """Compared with the same day of last year, not with its latest."""
    book = ledger(
        """a | 2022-H1 | actual | 2022-04-30 | 3 |
           a | 2022-H1 | actual |            | 6 |
           a | 2023-H1 | actual | 2023-04-30 | 4 |"""
    )
    assert number(book.read_same_period("a", NEW_YEAR, date(2023, 4, 30))) == 3
    assert number(book.read_same_period("a", NEW_YEAR, date(2023, 6, 30))) == 6
    assert book.read_same_period("a", NEW_YEAR, date(2023, 5, 31)) is MISSING


def test_same_period_counts_the_same_days() -> None:
    """The second half of last year is compared with the second half, the year with the year."""
    book = ledger(
        """a   | 2022-H1 | actual | | 10 |
           a   | 2022-H2 | actual | | 25 |
           nua | 2022-H1 | actual | | 10 |
           nua | 2022-H2 | actual | | 15 |""",
        {"a": kind(), "nua": kind(counted="half")},
    )
    for name in ("a", "nua"):
        assert number(book.read_same_period(name, JULY, YEAR_END)) == 15
        assert number(book.read_same_period(name, NEW_YEAR, YEAR_END)) == 25


def test_end_of_february_is_compared_with_the_end_of_february() -> None:
    """A leap day has a same day too, and is one."""
    book = ledger(
        """a | 2023-H1 | actual | 2023-02-28 | 3 |
           a | 2024-H1 | actual | 2024-02-29 | 4 |"""
    )
    assert number(book.read_same_period("a", date(2024, 1, 1), date(2024, 2, 29))) == 3
    assert number(book.read_same_period("a", date(2025, 1, 1), date(2025, 2, 28))) == 4


def test_a_blank_row_erases_nothing() -> None:
    """A row for an earlier period that was left blank leaves the number that is there."""
    for status in ("actual", "estimate"):
        rows = f"a | 2022-H1 | {status} | | 3 | 2022-H1\na | 2022-H1 | {status} | | | 2023-H1"
        book = ledger(rows)
        reading = book.read("a", Period(2022, "H1"))
        assert (number(reading), reading.revised, list(book.revised())) == (3, False, [])


@pytest.mark.parametrize("order", [1, -1])
def test_later_folder_is_preferred(order: int) -> None:
    """A revised row in a later folder replaces the first one, in whatever order they are read,
    and is told."""
    drawn = ["a | 2022-H1 | actual | | 3 | 2022-H1", "a | 2022-H1 | actual | | 5 | 2023-H1"]
    book = ledger("\n".join(drawn[::order]))
    reading = book.read("a", Period(2022, "H1"))
    assert (number(reading), reading.revised) == (5, True)
    assert [(name, period, number(found)) for name, period, found in book.revised()] == [
        ("a", Period(2022, "H1"), 5)
    ]


def test_later_actual_replaces_the_estimate() -> None:
    """Last year's estimate gives way to the actual number that came later."""
    book = ledger(
        """a | 2022-H1 | estimate | | 3 | 2022-H1
           a | 2022-H1 | actual   | | 4 | 2022-H2"""
    )
    assert (
        number(book.read("a", Period(2022, "H1"))),
        book.read("a", Period(2022, "H1")).status,
    ) == (4, "actual")
    ((_, _, reading),) = book.revised()  # a report printed the estimate, so that its reader is told
    assert reading.replaced is not None
    assert (reading.replaced.value, reading.replaced.status) == (3, "estimate")


def test_formula_over_readings() -> None:
    """A formula takes each part of the same day, shows its numbers, is an estimate if a part is,
    and keeps every origin."""
    book = ledger(
        """a | 2023-H1 | actual   |            | 23   |
           b | 2023-H1 | estimate |            | 24.5 |
           a | 2023-H1 | actual   | 2023-04-30 | 1    |"""
    )
    reading = book.read("tong", H1)
    assert (number(reading), reading.status, reading.as_of) == (47.5, "estimate", H1.last_day)
    assert reading.formula == "23 + 24,5"
    assert [origin.row for origin in reading.origins] == [2, 3]
    assert book.days("tong", H1) == [H1.last_day]  # b has no number on 30 April
    assert book.read("tong", H1, date(2023, 4, 30)) is MISSING


def test_formula_of_a_formula() -> None:
    """Formulas may stand on formulas; constants and brackets are shown in Vietnamese marks."""
    book = ledger(
        """a | 2023-H1 | actual | | 4 |
           b | 2023-H1 | actual | | 2 |"""
    )
    assert number(book.read("xa", H1)) == 2
    assert book.read("xa", H1).formula == "(6 - 2) × 0,5"


@pytest.mark.parametrize(
    "drawn",
    ["a | 2023-H1 | actual | | 4 |", "a | 2023-H1 | actual | | 4 |\nb | 2023-H1 | actual | | 0 |"],
)
def test_missing_part_or_zero_division(drawn: str) -> None:
    """Half a formula, or one over zero, is missing and not an error."""
    assert ledger(drawn).read("ty_le", H1) is MISSING


def test_formula_says_that_a_part_was_revised() -> None:
    """What stands on a revised row is revised."""
    book = ledger(
        """a | 2022-H1 | actual | | 3 | 2022-H1
           a | 2022-H1 | actual | | 5 | 2023-H1
           b | 2022-H1 | actual | | 1 | 2022-H1"""
    )
    assert book.read("tong", Period(2022, "H1")).revised
    assert number(book.read("tong", Period(2022, "H1"))) == 6


def test_formula_of_missing_indicator_is_missing_on_a_named_day() -> None:
    """A formula asked for a day on which nothing is known is missing."""
    assert ledger("a | 2023-H1 | actual | | 3 |").read("tong", H1, date(2023, 1, 31)) is MISSING


def test_constant_formula_has_no_day() -> None:
    """A formula without indicators has no day to stand on."""
    assert (
        ledger("a | 2023-H1 | actual | | 3 |", CATALOGUE | {"hang": kind(formula="2 * 3")}).read(
            "hang", H1
        )
        is MISSING
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": kind(formula="x + a")}, "quay vòng"),
        ({"x": kind(formula="y"), "y": kind(formula="z + a"), "z": kind(formula="x")}, "quay vòng"),
        ({"x": kind(formula="a + khong_co")}, "khong_co"),
        ({"x": kind(equals="khong_co")}, "khong_co"),
        ({"x": kind(at_most="khong_co")}, "khong_co"),
    ],
)
def test_wrong_catalogue(changes: dict[str, Indicator], message: str) -> None:
    """Cycles and unknown ids are found when the catalogue is read."""
    with pytest.raises(ParamsError, match=message):
        ledger("a | 2023-H1 | actual | | 3 |", CATALOGUE | changes)


def test_all_wrong_formulas_at_once() -> None:
    """Every wrong formula is named in one go."""
    with pytest.raises(ParamsError) as caught:
        ledger(
            "a | 2023-H1 | actual | | 3 |",
            CATALOGUE | {"x": kind(formula="x"), "y": kind(formula="khong_co")},
        )
    assert [issue.column for issue in caught.value.issues] == ["x", "y"]


@pytest.mark.parametrize(
    "formula",
    [
        "a +",
        "a ** 2",
        "-a",
        "f(a)",
        "a.b",
        "a[0]",
        "a if b else a",
        "'a'",
        "True + a",
        "a; b",
        "",
        "a // b",
        "1j * a",
    ],
)
def test_refuses_what_is_no_formula(formula: str) -> None:
    """Only sums, products, brackets, numbers and ids; nothing is evaluated as Python."""
    with pytest.raises(ParamsError, match="Công thức không đúng"):
        parse_formula(formula)


def test_formula_ids_in_order() -> None:
    """Each id once."""
    assert set(formula_ids("(a + b) / a * 100")) == {"a", "b"}
    assert len(formula_ids("a + a")) == 1


def test_unknown_node_is_a_bug() -> None:
    """What the parser lets through is computed, anything else fails loudly."""
    with pytest.raises(TypeError):
        formulas._compute(ast.parse("f()", mode="eval").body, {})


def test_exact_decimals() -> None:
    """0,1 + 0,2 is 0,3: numbers are read as they are written, not as binary fractions."""
    book = ledger(
        """a | 2023-H1 | actual | | 0.1 |
           b | 2023-H1 | actual | | 0.2 |"""
    )
    assert book.read("tong", H1).value == Decimal("0.3")


def test_origin_names_sheet_and_row() -> None:
    """Where a number stands reads as a person would say it."""
    row = Row(file="data/mau/2023-H1.xlsx", sheet="Số liệu", row=7)
    assert row.place == "data/mau/2023-H1.xlsx [Số liệu], dòng 7"
    assert Row(file="a.csv", row=7).place == "a.csv, dòng 7"
