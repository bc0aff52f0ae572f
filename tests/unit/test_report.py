"""The words that a notebook has beside its figures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sample_project import PARAMS, load

from danvan_nb.errors import NotebookError, ParamsError
from danvan_nb.report.parameters import check_parameters
from danvan_nb.report.report import Report, load_report, open_report
from danvan_nb.report.vocabulary import FindingsTable


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("office.name", "Ủy ban nhân dân thành phố Mẫu"),
        ("office.short", "Thành phố"),
        ("office.superior", "Ủy ban nhân dân tỉnh Mẫu"),
        ("period.label", "6 tháng đầu năm 2023"),
        ("period.next_label", "6 tháng cuối năm 2023"),
        ("period.previous_year", "2022"),
        ('as_of("giua_ky")', "30/4/2023"),
        ("years_since(1930)", "93"),
        ('event("hoi_mau").name', "Lễ hội mẫu"),
        ('event("hoi_mau").dates', "từ ngày 05 tháng 02 năm 2023 đến ngày 07 tháng 02 năm 2023"),
        ('event("hoi_ngay").dates', "ngày 01 tháng 3 năm 2023"),
        ('event("hoi_mau").visitors', "44.237 lượt"),
        ('event("hoi_mau").visitors.number', "44.237 lượt"),
        ('model("hinh_mau").owner', "Xã Mẫu"),
    ],
)
def test_words(report: Report, expression: str, text: str) -> None:
    """Each word reads as the data say."""
    assert eval(expression, {}, report.names()).text == text


def test_uncounted_visitors_are_missing(report: Report) -> None:
    """An event without a count prints a dash and says so."""
    figure = report.names()["event"]("hoi_ngay").visitors
    assert (figure.text, figure.missing) == ("-", 'event("hoi_ngay")')


@pytest.mark.parametrize(
    ("expression", "hint"),
    [
        ('event("hoi_mao")', "hoi_mau"),
        ('event("zzz")', "events"),
        ('model("hinh_mao")', "hinh_mau"),
        ('as_of("giua")', "giua_ky"),
        ("office.ten", "locality"),
        ('event("hoi_mau").khach', "visitors"),
    ],
)
def test_unknown_words_get_a_hint(report: Report, expression: str, hint: str) -> None:
    """A wrong name is an error that helps on."""
    with pytest.raises(NotebookError, match=hint):
        eval(expression, {}, report.names())


@pytest.mark.parametrize(
    "words", ["ngân sách", "ngan sach", "THU MAU", "thu_mau", "Thu, ngân sách", "ngân-sách", "Mẩu"]
)
def test_lookup_without_marks(report: Report, words: str) -> None:
    """tra_cuu finds an indicator with or without Vietnamese marks, and gives what to paste."""
    assert "{eval}`thu_mau`" in repr(report.vocabulary.tra_cuu(words))
    assert "301,149" in report.vocabulary.tra_cuu(words)._repr_html_()


def test_lookup_explains_the_few(report: Report) -> None:
    """Up to three indicators are told all of, as text and as HTML; of more only a hint is given."""
    few = report.vocabulary.tra_cuu("thu mau")
    for told in (repr(few), re.sub(r"</td><td[^>]*>", ": ", few._repr_html_())):
        assert "Định nghĩa: Số liệu mẫu, không có thật." in told
        assert "Cách tính: cộng dồn từ 01/01" in told and "Chiều tốt: tăng" in told
        assert "Số gần nhất: 6 tháng đầu năm 2023: ước 301,149 tỷ đồng" in told
    many = report.vocabulary.tra_cuu()
    assert "Gõ thêm chữ" in repr(many) and "Định nghĩa" not in repr(many)
    assert "Gõ thêm chữ" not in repr(report.vocabulary.tra_cuu("cơ quan"))


@pytest.mark.parametrize("words", ["don_tiep_nhan", "số đơn khiếu nại của công dân đã tiếp nhận"])
def test_lookup_explains_what_is_named(words: str) -> None:
    """An indicator that is named whole is told all of, however many others have its words too."""
    real = load_report("params/sa-dec/2023-H1.yml", Path(__file__).parents[2])
    found = repr(real.vocabulary.tra_cuu(words))
    assert found.count("Định nghĩa: ") == 1 and "\nSố đơn khiếu nại của công dân đã" in found


def test_lookup_suggests_and_gives_up(report: Report) -> None:
    """A misspelt word gets the nearest; nonsense gets told so, as text."""
    assert "thu_mau" in repr(report.vocabulary.tra_cuu("thu_mao"))
    assert "Không tìm thấy “qqqqqq”" in repr(report.vocabulary.tra_cuu("qqqqqq"))
    assert "Gần giống nhất" in report.vocabulary.tra_cuu("thu_mao")._repr_html_()
    assert "&lt;b&gt;" in report.vocabulary.tra_cuu("<b>qqqqqq")._repr_html_()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("cong tac mau", 'cite("01/KH-MAU")'),
        ("09/KH Đề án", 'cite("09/KH-MAU", year=2022)'),
        ("lễ hội", 'event("hoi_mau").visitors'),
        ("mo hinh", 'model("hinh_mau").summary'),
        ("thu kế hoạch", "thu_mau.vs_plan"),
        ("tỉ lệ hoà giải", "ty_le_thanh"),
        ("so cùng kì", "thu_mau.vs_same_period"),
        ("KH-MAU", 'cite("01/KH-MAU")'),
        ("cơ quan", "office.superior"),
        ("30/4", 'as_of("giua_ky")'),
    ],
)
def test_lookup_finds_all_that_can_be_said(report: Report, words: str, code: str) -> None:
    """Documents, events, models, comparisons and words are found too, as they can be pasted."""
    pasted = f"{{eval}}`{code}`"
    assert pasted in repr(report.vocabulary.tra_cuu(words))
    assert pasted in repr(report.vocabulary.tra_cuu())
    assert eval(code, {}, report.names())


def test_findings_table(report: Report) -> None:
    """Findings read as a table; none as a sentence."""
    assert "cần xem lại" in report.findings()._repr_html_()
    assert "cần xem lại" in repr(report.findings())
    assert repr(FindingsTable(())) in FindingsTable(())._repr_html_()


def test_open_report_binds_every_name(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The load cell gives the notebook its figures and words,
    from any folder inside the project."""
    monkeypatch.chdir(project / "notebooks")
    namespace = {"params_file": PARAMS, "In": ["", f'# Parameters\nparams_file = "{PARAMS}"\n']}
    report = open_report(namespace)
    assert set(report.names()) <= set(namespace)


def test_load_cell_refuses_other_parameters(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What papermill injected beside params_file is an error in the load cell too,
    and so is no params_file."""
    monkeypatch.chdir(project)
    with pytest.raises(ParamsError, match="ky_bao"):
        open_report(
            {
                "params_file": PARAMS,
                "In": [f'# Parameters\nparams_file = "{PARAMS}"\nky_bao = "2023-H1"\n'],
            }
        )
    with pytest.raises(ParamsError, match="params_file"):
        open_report({})
    check_parameters({"params_file"})


def test_project_is_found_from_the_params_file(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An absolute params file is enough, wherever one stands;
    without a project the error says what marks it."""
    monkeypatch.chdir(tmp_path)
    assert load_report(str(project / PARAMS)).project.root == project.resolve()
    with pytest.raises(ParamsError, match=r"offices\.yml"):
        load_report(PARAMS)


def test_checks_without_findings_are_empty_of_errors(project: Path) -> None:
    """The sample itself is clean: what other tests break is what they break."""
    assert [issue.rule for issue in load(project).issues] == ["can_xac_minh"]
