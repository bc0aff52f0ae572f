"""What a leader reads first: which figures have cards, and what the sentences say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sample_project import OBSERVATIONS, PARAMS, change, load

from danvan_nb.errors import ParamsError
from danvan_nb.nodes import plain
from danvan_nb.report.leaders import leaders
from danvan_nb.report.report import Report

CATALOGUE = "params/indicators.yml"


def points(report: Report, *lacking: str) -> list[str]:
    return [plain(point) for point in leaders(report, report.figures, lacking).points]


def test_cards_are_those_of_the_catalogue(project: Path) -> None:
    """An indicator that the catalogue marks has a card, with what can be said of it."""
    change(project / CATALOGUE, "  better: up\n", "  better: up\n  highlight: true\n")
    (card,) = leaders(load(project), (), ()).cards
    assert card.plan is not None and card.change is not None
    shown = (card.label.text, card.value.text, card.plan.text, card.change.text, card.verdict)
    assert shown == (
        "Thu ngân sách mẫu",
        "ước 301,149 tỷ đồng",
        "đạt 62,30% kế hoạch",
        "tăng 12,51%",
        "Tích cực",
    )


def test_params_choose_cards_in_their_order(project: Path) -> None:
    """A report's own choice goes before the catalogue's; what has no number has no card."""
    change(project / PARAMS, "office:", "highlight: [ty_le_thanh, don_mau, thu_mau]\noffice:")
    cards = leaders(load(project), (), ()).cards
    assert [card.label.about for card in cards] == ["ty_le_thanh", "thu_mau"]


def test_unknown_card_is_told(project: Path) -> None:
    """A wrong id in the params is an error that names the nearest one."""
    change(project / PARAMS, "office:", "highlight: [thu_mua]\noffice:")
    with pytest.raises(ParamsError, match="thu_mau"):
        load(project)


def test_sentences_of_the_data(report: Report) -> None:
    """Share of the plan, largest rise and fall, largest change of a rate; an estimate says so."""
    assert points(report) == [
        "So với kế hoạch năm 2023: thu ngân sách mẫu (ước đạt 62,30% kế hoạch).",
        "Tăng nhiều nhất so với cùng kỳ năm 2022 là thu ngân sách mẫu (ước tăng 12,51%).",
        "Giảm nhiều nhất so với cùng kỳ năm 2022 là vụ việc đã nhận (giảm 25,00%).",
        "Tỷ lệ thay đổi nhiều nhất so với cùng kỳ năm 2022 là tỷ lệ hòa giải thành"
        " (tăng 11,46 điểm %).",
    ]


def test_sentences_speak_of_what_the_report_shows(report: Report) -> None:
    """An indicator that the report does not speak of is not in the sentences either."""
    found = leaders(report, {"vu_nhan"}, ()).points
    assert [plain(point) for point in found] == [
        "Giảm nhiều nhất so với cùng kỳ năm 2022 là vụ việc đã nhận (giảm 25,00%)."
    ]


def test_best_and_worst_against_the_plan(project: Path) -> None:
    """With several plans the ends of the order are told; equal ones stand together."""
    path = project / OBSERVATIONS
    text = path.read_text(encoding="utf-8")
    plans = "vu_nhan,plan,,30,,mẫu,\nvu_thanh,plan,,28.75,,mẫu,\n"
    path.write_text(text.rstrip("\n") + f"\n{plans}", encoding="utf-8")
    assert points(load(project))[0] == (
        "Cao nhất so với kế hoạch năm 2023 là vụ việc đã nhận và vụ việc hòa giải thành"
        " (cùng đạt 80,00% kế hoạch); thấp nhất là thu ngân sách mẫu (ước đạt 62,30% kế hoạch)."
    )


def test_unwanted_changes_are_told(project: Path) -> None:
    """What went against the catalogue's direction takes the place of the rates."""
    change(project / CATALOGUE, "  better: up\n", "  better: down\n")
    assert points(load(project))[-1] == (
        "Cần lưu ý: thu ngân sách mẫu (ước tăng 12,51%) so với cùng kỳ năm 2022."
    )


def test_what_is_lacking_is_named(report: Report) -> None:
    """Three names at most, and that there are more."""
    assert points(report, "don_mau")[-1] == "Chưa có số liệu của đơn mẫu."
    assert points(report, "vu_nhan", "vu_thanh", "don_mau", "thu_mau")[-1] == (
        "Chưa có số liệu của vụ việc đã nhận; vụ việc hòa giải thành; đơn mẫu;"
        " và một số chỉ tiêu khác."
    )


def test_without_last_year_nothing_is_compared(project: Path) -> None:
    """No comparison stands where the data do not allow one, and that is said."""
    shutil.rmtree(project / "data/mau/2022-H1")
    plan, same_period = points(load(project))
    assert plan.startswith("So với kế hoạch")
    assert same_period == "Chưa có số liệu cùng kỳ năm 2022 để so sánh."


def test_a_card_stands_once(project: Path) -> None:
    """An indicator that was chosen twice has one card."""
    change(project / PARAMS, "office:", "highlight: [thu_mau, vu_nhan, thu_mau]\noffice:")
    cards = leaders(load(project), (), ()).cards
    assert [card.label.about for card in cards] == ["thu_mau", "vu_nhan"]


def test_rise_from_nothing_is_told_as_an_amount(project: Path) -> None:
    """From 0 there is no percentage: a judgement stands beside the change that it is about."""
    change(project / CATALOGUE, "  better: up\n", "  better: down\n  highlight: true\n")
    earlier = project / "data/mau/2022-H1/observations.csv"
    change(earlier, "190.378", "0")
    change(earlier, "267.664", "0")
    report = load(project)
    (card,) = leaders(report, (), ()).cards
    assert card.change is not None
    assert (card.change.text, card.verdict) == ("tăng 301,149 tỷ đồng", "Cần lưu ý")
    assert points(report)[-1] == (
        "Cần lưu ý: thu ngân sách mẫu (ước tăng 301,149 tỷ đồng) so với cùng kỳ năm 2022."
    )


def test_slight_change_is_not_judged(project: Path) -> None:
    """What is said to have risen slightly is neither good nor a warning."""
    change(project / CATALOGUE, "  better: up\n", "  better: down\n  highlight: true\n")
    change(project / OBSERVATIONS, "301.149", "267.665")
    report = load(project)
    (card,) = leaders(report, (), ()).cards
    assert card.change is not None
    assert (card.change.text, card.verdict) == ("tăng không đáng kể", "")
    assert not [point for point in points(report) if "Cần lưu ý" in point]
