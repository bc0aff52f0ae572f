"""What an earlier report left behind is found, by kind, and a good text is left in peace."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from sample_project import NARRATIVE, change, load

from danvan_nb.errors import CheckError, ParamsError
from danvan_nb.notebook.narrative import read_narrative
from danvan_nb.notebook.proofread import check_narrative, refuse_unfinished
from danvan_nb.project.period import Period
from danvan_nb.report.report import load_report
from danvan_nb.report.stale import ROW_RULES, WORD_RULES, Prose, find_stale_words, without_code

DRAWN = tomllib.loads((Path(__file__).parents[1] / "stale_passages.toml").read_text("utf-8"))
PLANTED = [
    (group["period"], group.get("slot", "thu"), group["kind"], text)
    for group in DRAWN["planted"]
    for text in group["texts"]
]
NEW = "params/mau/2024-H1.yml"


def kinds(period: str, slot: str, text: str) -> set[str]:
    of = Period.parse(period)
    earlier = " ".join(DRAWN["earlier"].split())
    prose = Prose(slot, without_code(text, of), of, earlier)
    found = {key for key, rule in WORD_RULES.items() if list(rule(prose))}
    assert {issue.rule for issue in find_stale_words(prose)} == ({"loi_thoi"} if found else set())
    return found


@pytest.mark.parametrize(("period", "slot", "kind", "text"), PLANTED)
def test_planted_passages(period: str, slot: str, kind: str, text: str) -> None:
    """Each is found as what it is."""
    assert kind in kinds(period, slot, text)


@pytest.mark.parametrize("passage", DRAWN["clean"])
def test_clean_passages(passage: dict[str, str]) -> None:
    """The season's own words, comparisons, history, plans and terms that run are not pointed at."""
    assert kinds(passage["period"], passage.get("slot", "thu"), passage["text"]) == set()


def test_every_kind_is_planted() -> None:
    """At least thirty passages; no kind of words without one."""
    assert len(PLANTED) >= 30
    assert {kind for _, _, kind, _ in PLANTED} == set(WORD_RULES)


@pytest.fixture
def next_year(project: Path) -> Path:
    """Give the project with the same report copied to 2024-H1, as a hurried person does."""
    for name in ("params/mau/2023-H1.yml", "params/mau/2023-H1.md", "data/mau/2023-H1"):
        source, goal = project / name, project / name.replace("2023", "2024")
        (shutil.copytree if source.is_dir() else shutil.copy)(source, goal)
    change(project / NEW, "period: 2023-H1", "period: 2024-H1")
    change(project / NEW, "giua_ky: 2023-04-30", "giua_ky: 2024-04-30")
    rows = project / "data/mau/2024-H1/observations.csv"
    rows.write_text(rows.read_text("utf-8").replace("2023-04-30", "2024-04-30"), "utf-8")
    return project


def test_rows_of_last_year(next_year: Path) -> None:
    """Documents, events, models and numbers that are last year's are told, each at its row."""
    with (next_year / "data/mau/2024-H1/events.csv").open("a", encoding="utf-8") as file:
        file.write("sen,Lễ hội Sen 2023 lần thứ II,,,,\nthu,Hội thu,2024-09-01,2024-09-02,,\n")
    with (next_year / "data/mau/2023-H1/events.csv").open("a", encoding="utf-8") as file:
        file.write("sen,Lễ hội Sen 2023 lần thứ II,,,,\n")
    documents = next_year / "data/mau/2024-H1/documents.csv"
    change(documents, "2023-02-01,Ủy ban mẫu,việc của Ủy ban", ",Ủy ban mẫu,việc năm 2023")
    issues = load_report(NEW, next_year).issues
    found = [issue for issue in issues if issue.rule in ROW_RULES]
    assert {(issue.rule, issue.message.split(":")[0]) for issue in found} >= {
        ("van_ban_cu", "Văn bản 01/KH-MAU ban hành từ năm trước, không phải văn bản lâu dài"),
        ("van_ban_cu", "Văn bản 02/KH-MAU"),
        ("van_ban_cu", "Văn bản 09/KH-MAU"),
        ("su_kien_cu", "Lễ hội mẫu"),
        ("su_kien_cu", "Lễ hội Sen 2023 lần thứ II"),
        ("su_kien_cu", "Hội thu"),
        ("mo_hinh_cu", "Mô hình “Mô hình mẫu” giống hệt báo cáo trước"),
        ("so_lieu_lap", "Thu ngân sách mẫu"),
    }
    assert all(issue.file and issue.row and issue.todo for issue in found)
    assert not [issue for issue in found if "13/L-MAU" in issue.message]


def test_good_rows_have_no_findings(project: Path) -> None:
    """The report that the project begins with has nothing of an earlier one."""
    assert [issue for issue in load(project).issues if "_cu" in issue.rule] == []


def test_rules_over_rows_can_be_switched_off(next_year: Path) -> None:
    """With a reason, as every rule over data."""
    off = "rules_off: {su_kien_cu: đúng là hai năm bằng nhau}\n"
    (next_year / NEW).write_text((next_year / NEW).read_text("utf-8") + off, "utf-8")
    issues = load_report(NEW, next_year).issues
    assert {issue.severity for issue in issues if issue.rule == "su_kien_cu"} == {"notice"}
    with pytest.raises(ParamsError, match="van_ban_cu"):
        (next_year / NEW).write_text(
            (next_year / NEW).read_text("utf-8").replace("su_kien_cu", "la"), "utf-8"
        )
        load_report(NEW, next_year).issues  # noqa: B018


def test_what_is_certainly_false_stops_a_final_report(project: Path) -> None:
    """A wrong anniversary is an error, words of another season a warning; both name the line."""
    change(
        project / NARRATIVE, "Hội {eval}", "Mừng 90 năm Ngày thành lập Đảng, dịp 2/9, hội {eval}"
    )
    report = load(project)
    found = [issue for issue in check_narrative(report) if issue.rule == "loi_thoi"]
    assert [issue.severity for issue in found] == ["error", "warning"]
    assert all(issue.file == NARRATIVE and issue.row for issue in found)
    with pytest.raises(CheckError, match="kỷ niệm"):
        refuse_unfinished(read_narrative(report).passages, report)


def test_last_years_narrative_is_compared_with(next_year: Path) -> None:
    """A sentence with a name of its own, word for word last year's, is pointed at."""
    for year in ("2023", "2024"):
        change(next_year / f"params/mau/{year}-H1.md", "Hội {eval}", "Tại cầu Mẫu Một, hội {eval}")
    found = [issue.found for issue in check_narrative(load_report(NEW, next_year))]
    assert "cầu Mẫu Một" in found
