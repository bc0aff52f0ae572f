"""Params files, offices and the catalogue: every mistake is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_project import NARRATIVE, OBSERVATIONS, PARAMS, REPORT, change, load

from danvan_nb.errors import Issue, ParamsError
from danvan_nb.notebook.narrative import read_narrative
from danvan_nb.project.models import ReportParams
from danvan_nb.project.project import Project
from danvan_nb.report.report import load_report
from danvan_nb.run.pipeline import run_report


def problems(root: Path) -> tuple[Issue, ...]:
    with pytest.raises(ParamsError) as caught:
        load(root)
    assert all(issue.file for issue in caught.value.issues)
    return caught.value.issues


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "words"),
    [
        (
            "drafting_unit: PNV",
            "draftingunit: PNV",
            10,
            "draftingunit",
            "Có phải là “drafting_unit”?",
        ),
        (
            "drafting_unit: PNV",
            "zzz: PNV",
            10,
            "zzz",
            "Các khóa được dùng: office, period, number, date",
        ),
        (
            "  name: Nguyễn Văn Mẫu",
            "  nam: Nguyễn Văn Mẫu",
            8,
            "signatory.nam",
            "Có phải là “name”?",
        ),
        ("\ndate:", "\ndate: 2023-02-30", 4, "date", "2023-06-30"),
        ("\ndate:", "\ndate: 30/6/2023", 4, "date", "2023-06-30"),
        ("\ndate:", "\ndate: 20230630", 4, "date", "2023-06-30"),
        ("giua_ky: 2023-04-30", "giua_ky: 2023-04-31", 12, "as_of.giua_ky", "2023-06-30"),
        ("period: 2023-H1", "period: 2023-H3", 2, "period", "2023-H1"),
        ("period: 2023-H1", "period: 2023-h1", 2, "period", "2023-H1"),
        ("office: mau\n", "", None, "office", "Thiếu khóa"),
        (
            "drafting_unit: PNV",
            "drafting_unit: PNV\nformats: [html, doc]",
            11,
            "formats.1",
            "“doc”",
        ),
        ("drafting_unit: PNV", "drafting_unit: PNV\nformats: html", 11, "formats", "danh sách"),
        ("to: Sở Nội vụ tỉnh Mẫu", "to: {a: b}", 5, "to", "danh sách"),
        ("as_of:\n  giua_ky: 2023-04-30\n", "as_of:\n", 11, "as_of", "khóa: giá trị"),
        ("drafting_unit: PNV", "drafting_unit: PNV\n2023: x", 11, "2023", "Các khóa được dùng"),
    ],
)
def test_wrong_value(
    project: Path, old: str, new: str, row: int | None, column: str, words: str
) -> None:
    """Each wrong key or value gets its line, its path and what was expected."""
    change(project / PARAMS, old, new)
    (issue,) = problems(project)
    assert (issue.row, issue.column) == (row, column)
    assert words in str(issue)


def test_all_problems_at_once(project: Path) -> None:
    """Two mistakes are two issues of one error."""
    change(project / PARAMS, "period: 2023-H1", "period: 2023-H3")
    change(project / PARAMS, "drafting_unit", "la")
    assert [issue.row for issue in problems(project)] == [2, 10]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "yaml"),
        ("- a\n", "yaml"),
        ("a: [\n", "yaml"),
        ("a: 1\n\tb: 2\n", "yaml"),
        (b"a: \xff\n", "ma_ky_tu"),
    ],
)
def test_unreadable_file(project: Path, text: str | bytes, rule: str) -> None:
    """An empty, broken or wrongly encoded file is told so."""
    (project / PARAMS).write_bytes(text if isinstance(text, bytes) else text.encode())
    assert problems(project)[0].rule == rule


def test_doubled_key(project: Path) -> None:
    """YAML keeps the last of two keys silently; here it is an error, also one level down."""
    change(project / PARAMS, "drafting_unit: PNV", "drafting_unit: PNV\nperiod: 2022-H1")
    change(
        project / PARAMS, "  giua_ky: 2023-04-30", "  giua_ky: 2023-04-30\n  giua_ky: 2023-05-31"
    )
    assert [(issue.row, issue.column) for issue in problems(project)] == [
        (11, "period"),
        (14, "as_of.giua_ky"),
    ]


def test_byte_order_mark_is_no_mistake(project: Path) -> None:
    """Windows editors write one."""
    (project / PARAMS).write_text(REPORT, encoding="utf-8-sig")
    assert load(project).params.office == "mau"


def test_interim_date_outside_the_period(project: Path) -> None:
    """An interim date belongs into the period."""
    change(project / PARAMS, "giua_ky: 2023-04-30", "giua_ky: 2023-07-01")
    (issue,) = problems(project)
    assert (issue.column, issue.found) == ("as_of", "giua_ky: 2023-07-01")


def test_unknown_office(project: Path) -> None:
    """An office that is not listed is an error that lists them."""
    change(project / PARAMS, "office: mau", "office: mao")
    (issue,) = problems(project)
    assert (issue.found, issue.expected) == ("mao", "tinh-mau, mau, phong-mau")


def test_missing_params_file_lists_what_there_is(project: Path) -> None:
    """A params file that is not there gets the list of those that are."""
    with pytest.raises(ParamsError, match=PARAMS):
        load_report("params/mau/2024-H1.yml", project)
    (project / PARAMS).unlink()
    with pytest.raises(ParamsError, match="chưa có tệp nào"):
        load_report(PARAMS, project)


@pytest.mark.parametrize("where", ["../ngoai", "/etc"])
def test_data_outside_the_project(project: Path, where: str) -> None:
    """A stored path never leads out of the project."""
    change(project / PARAMS, "drafting_unit: PNV", f"drafting_unit: PNV\ndata: {where}")
    with pytest.raises(ParamsError, match="ngoài thư mục dự án"):
        load(project)


def test_data_elsewhere_in_the_project(project: Path) -> None:
    """`data` names another folder inside the project."""
    (project / "data/mau").rename(project / "data/khac")
    change(project / PARAMS, "drafting_unit: PNV", "drafting_unit: PNV\ndata: data/khac")
    assert load(project).figures["thu_mau"].file == OBSERVATIONS.replace("/mau/", "/khac/")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("don_mau:", "đơn_mẫu:", "không dấu"),
        ("don_mau:", "_don:", "không dấu"),
        ("don_mau:", "class:", "nghĩa khác"),
        ("don_mau:", "sum:", "nghĩa khác"),
        ("don_mau:", "period:", "nghĩa khác"),
        ("label: Đơn mẫu", "lable: Đơn mẫu", "Có phải là “label”?"),
        ("measure: stock", "measure: khac", "“khac”"),
        ("label: Hộ mẫu", "label: Hộ mẫu\n  decimals: hai", "số nguyên"),
        ("label: Hộ mẫu", "label: [5]", "Phải là chữ"),
        ("label: Hộ mẫu", "label: Hộ mẫu\n  required: co", "true hoặc false"),
        ("formula: vu_thanh / vu_nhan * 100", "formula: vu_thanh ^ 2", "Công thức không đúng"),
    ],
)
def test_wrong_catalogue(project: Path, old: str, new: str, words: str) -> None:
    """An indicator's id can be used as a name in the notebook, and its keys are checked."""
    change(project / "params/indicators.yml", old, new)
    with pytest.raises(ParamsError) as caught:
        load(project)
    assert words in str(caught.value)


def test_office_keys_are_checked(project: Path) -> None:
    """A wrong key of an office names the office and its line."""
    change(
        project / "params/offices.yml",
        "  note: đơn vị mẫu, không có thật",
        "  valid_form: 2020-01-01",
    )
    (issue,) = problems(project)
    assert (issue.column, issue.todo) == ("mau.valid_form", "Có phải là “valid_from”?")


def test_dates_of_offices_are_dates(project: Path) -> None:
    """Dates of offices are read as dates."""
    change(
        project / "params/offices.yml",
        "  note: đơn vị mẫu, không có thật",
        "  valid_to: 2025-06-30",
    )
    assert str(Project(project).offices["mau"].valid_to) == "2025-06-30"


def test_params_are_written_as_they_are_read(project: Path) -> None:
    """The manifest holds the params by their own keys; reading them again gives the same."""
    params = load(project).params
    dumped = params.model_dump(mode="json", by_alias=True)
    assert (dumped["period"], dumped["date"]) == ("2023-H1", None)
    assert ReportParams.model_validate(dumped) == params


def test_missing_catalogue(project: Path) -> None:
    """A project without its catalogue names the file."""
    (project / "params/indicators.yml").unlink()
    (issue,) = problems(project)
    assert (issue.file, issue.message) == ("params/indicators.yml", "Không có tệp này")


@pytest.mark.parametrize("name", ["../../../evil", "..", "a/b", "Mau", "mẫu", "a b", "C:"])
def test_ids_of_offices_name_no_other_folder(project: Path, name: str) -> None:
    """An office's id names folders and files: it holds small letters, digits and hyphens only."""
    change(project / "params/offices.yml", "phong-mau:", f'"{name}":')
    with pytest.raises(ParamsError, match="mã đơn vị chỉ gồm"):
        _ = Project.find(project).offices


def outside(project: Path, name: str) -> Path:
    """Move a file or folder of a project out of it, and leave a link to it."""
    there = project.parent / "ngoai"
    there.mkdir(exist_ok=True)
    moved = (project / name).rename(there / Path(name).name)
    (project / name).symlink_to(moved, target_is_directory=moved.is_dir())
    return moved


@pytest.mark.parametrize(
    "name",
    [
        *(OBSERVATIONS, "data/mau/2023-H1", "data/mau", "data"),
        *(PARAMS, NARRATIVE, "params/mau", "params/indicators.yml", "params/offices.yml"),
    ],
)
def test_links_out_of_the_project_are_not_read(project: Path, name: str) -> None:
    """Neither data nor parameters nor narrative is read through a link that leads out."""
    outside(project, name)
    with pytest.raises(ParamsError, match="liên kết dẫn ra ngoài"):
        read_narrative(load(project))


def test_links_within_the_project_are_read(project: Path) -> None:
    """A link to another file of the project is as good as the file."""
    (project / OBSERVATIONS).rename(project / "data/that.csv")
    (project / OBSERVATIONS).symlink_to(project / "data/that.csv")
    assert load(project).params.office == "mau"


@pytest.mark.parametrize("name", ["outputs", "outputs/mau", "outputs/mau/2023-H1"])
def test_outputs_don_t_leave_the_project(project: Path, name: str) -> None:
    """Nothing is written through a link that leads out."""
    (project / name).mkdir(parents=True, exist_ok=True)
    there = outside(project, name)
    with pytest.raises(ParamsError, match="liên kết dẫn ra ngoài"):
        run_report(PARAMS, start=project)
    assert not list(there.iterdir())


def test_params_from_elsewhere(project: Path, tmp_path: Path) -> None:
    """A params file outside the project is refused, however it is named."""
    other = tmp_path / "khac.yml"
    other.write_text((project / PARAMS).read_text("utf-8"), "utf-8")
    for name in (other, "../khac.yml", "params/../../khac.yml"):
        with pytest.raises(ParamsError, match="ngoài thư mục dự án"):
            load_report(str(name), project)


@pytest.mark.parametrize("key", ["narrative", "data"])
def test_narrative_and_data_from_elsewhere(project: Path, key: str) -> None:
    """Neither is taken from outside the project, by a path or by a link."""
    (project.parent / "ngoai.md").write_text("", "utf-8")
    change(project / PARAMS, "period: 2023-H1", f"period: 2023-H1\n{key}: ../ngoai.md")
    with pytest.raises(ParamsError, match="ngoài thư mục dự án"):
        read_narrative(load(project))
