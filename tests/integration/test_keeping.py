"""`keep` on the real files of a run: the notebook and the Word file, edited as people edit them."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import nbformat
import pytest
from sample_document import USUAL_READERS
from sample_project import MASTER, NARRATIVE, OUTPUT, PARAMS, squeeze
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.errors import NotebookError
from danvan_nb.keep.plan import plan_keep, write_kept
from danvan_nb.notebook.cells import slot_of
from danvan_nb.run.pipeline import run_report


def edit_notebook(root: Path, slot: str, source: str) -> Path:
    file = root / OUTPUT / "report.ipynb"
    nb = nbformat.read(file, as_version=4)
    next(cell for cell in nb.cells if slot_of(cell) == slot).source = source
    nbformat.write(nb, file)
    return file


def rewrite_document(file: Path, change: Callable[[str], str]) -> None:
    """Change the text of a Word file's main part."""
    part = file.with_suffix(".part")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(part, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(
                name, change(data.decode()).encode() if name == "word/document.xml" else data
            )
    part.replace(file)


def narrative_after(root: Path, file: Path) -> tuple[str, list[str]]:
    plan = plan_keep(file)
    write_kept(plan)
    return (root / NARRATIVE).read_text("utf-8"), [issue.rule for issue in plan.issues]


def test_run_refuses_until_kept_then_says_the_new_words(copy: Path) -> None:
    """An edit blocks the run, keep brings it into the narrative,
    and the next run says it in all three files."""
    file = edit_notebook(copy, "thu", "Câu mới của chuyên viên: {eval}`thu_mau`.")
    with pytest.raises(NotebookError, match="danvan-nb keep"):
        run_report(PARAMS, start=copy)
    narrative, _ = narrative_after(copy, file)
    assert '{"tags": ["narrative:thu"]}\n\nCâu mới của chuyên viên: {eval}`thu_mau`.' in narrative
    run_report(PARAMS, start=copy)
    for name, read in USUAL_READERS.items():
        assert squeeze("Câu mới của chuyên viên: ước 301,149 tỷ đồng.") in squeeze(
            read((copy / OUTPUT / f"report.{name}").read_bytes())
        )


def test_command_asks_first(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --yes the command shows the diff and writes nothing;
    typed figures are pointed out."""
    monkeypatch.chdir(copy)
    file = edit_notebook(copy, "thu", "Thu được 301,149 tỷ đồng.")
    shown = CliRunner().invoke(app, ["keep", str(file)])
    assert shown.exit_code == 1
    assert "+Thu được 301,149 tỷ đồng." in shown.output
    assert "so_go_tay" in shown.output and "thu_mau" in shown.output
    assert "Thu được" not in (copy / NARRATIVE).read_text("utf-8")
    assert CliRunner().invoke(app, ["keep", str(file), "--yes"]).exit_code == 0
    assert "Thu được" in (copy / NARRATIVE).read_text("utf-8")


def test_master_is_changed_only_when_asked(copy: Path) -> None:
    """A heading edited in the notebook goes to the master with --master;
    without it the run stays refused."""
    file = copy / OUTPUT / "report.ipynb"
    nb = nbformat.read(file, as_version=4)
    next(cell for cell in nb.cells if cell.source == "## KẾT QUẢ").source = "## KẾT QUẢ MỚI"
    nbformat.write(nb, file)
    write_kept(plan_keep(file))
    with pytest.raises(NotebookError, match="sửa tay"):
        run_report(PARAMS, start=copy)
    write_kept(plan_keep(file, to_master=True))
    run_report(PARAMS, start=copy)
    assert "KẾT QUẢ MỚI" in (copy / MASTER).read_text("utf-8")


def test_word_edit_comes_back(copy: Path) -> None:
    """Plain edits of words in Word come back; figures,
    terms and notes around them stay expressions."""
    file = copy / OUTPUT / "report.docx"
    word = docx.Document(str(file))
    paragraph = next(p for p in word.paragraphs if p.text.startswith("Hội "))
    run = next(run for run in paragraph.runs if "đón" in run.text)
    run.text = run.text.replace("đón", "chào đón")
    other = next(p for p in word.paragraphs if p.text.startswith("Thực hiện"))
    other.runs[0].text = "Tích cực thực hiện "
    word.save(str(file))
    narrative, rules = narrative_after(copy, file)
    assert (
        'Hội {eval}`event("hoi_mau").name` chào đón {eval}`event("hoi_mau").visitors` khách'
        in narrative
    )
    assert (
        'Tích cực thực hiện {eval}`cite("01/KH-MAU")`{eval}`footnote("02/KH-MAU")`, thu đến ngày'
        ' {eval}`as_of("giua_ky")`' in narrative
    )
    assert rules == []
    run_report(PARAMS, start=copy)


def test_tracked_changes(copy: Path) -> None:
    """A tracked insertion is read, a tracked deletion is not."""
    file = copy / OUTPUT / "report.docx"

    def track(xml: str) -> str:
        by = 'w:id="900" w:author="Lãnh đạo" w:date="2023-07-01T00:00:00Z"'
        old = re.search(r"<w:r>(?:(?!</w:r>).)*?<w:t[^>]*>([^<]*đón )</w:t></w:r>", xml)
        assert old
        gone = old[0].replace("w:t ", "w:delText ").replace("</w:t>", "</w:delText>")
        new = f'<w:ins {by}><w:r><w:t xml:space="preserve"> đã mời được </w:t></w:r></w:ins>'
        return xml.replace(old[0], f"<w:del {by}>{gone}</w:del>{new}")

    rewrite_document(file, track)
    narrative, _ = narrative_after(copy, file)
    assert (
        '{eval}`event("hoi_mau").name` đã mời được {eval}`event("hoi_mau").visitors` khách'
        in narrative
    )


def test_figures_are_refused_by_name(copy: Path) -> None:
    """A figure changed in Word is named and stays; the words changed beside it come back."""
    file = copy / OUTPUT / "report.docx"
    rewrite_document(
        file,
        lambda xml: xml.replace("44.237", "45.237", 1).replace(
            " khách; xem ", " du khách; xem ", 1
        ),
    )
    before = (copy / NARRATIVE).read_text("utf-8")
    plan = plan_keep(file)
    assert [(issue.rule, issue.severity) for issue in plan.issues] == [("sua_so", "warning")]
    assert 'event("hoi_mau").visitors' in str(plan.issues[0]) and "45.237" in plan.issues[0].found
    write_kept(plan)
    assert (copy / NARRATIVE).read_text("utf-8") == before.replace(
        " khách; xem ", " du khách; xem "
    )


def test_bookmark_end_in_the_next_paragraph(copy: Path) -> None:
    """Word may move a bookmark's end to the start of the next paragraph:
    nothing is taken for an edit."""
    file = copy / OUTPUT / "report.docx"
    rewrite_document(
        file,
        lambda xml: re.sub(r"(<w:bookmarkEnd [^>]*/>)(<w:p>(?:<w:pPr>.*?</w:pPr>)?)", r"\2\1", xml),
    )
    assert not plan_keep(file).writes


def test_a_paragraph_more_and_one_less(copy: Path) -> None:
    """A new paragraph comes into its slot as prose, a deleted one goes."""
    file = copy / OUTPUT / "report.docx"
    word = docx.Document(str(file))
    first = next(p for p in word.paragraphs if p.text.startswith("Thực hiện"))
    first.insert_paragraph_before("Một đoạn lãnh đạo viết thêm.")
    gone = next(p for p in word.paragraphs if p.text.startswith("Hội "))
    gone._element.getparent().remove(gone._element)
    word.save(str(file))
    narrative, _ = narrative_after(copy, file)
    assert "Một đoạn lãnh đạo viết thêm." in narrative and "Hội {eval}" not in narrative


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is missing")
def test_libreoffice_saved_it_again(copy: Path, tmp_path: Path) -> None:
    """A file that LibreOffice opened and saved holds no edit; one word changed then is found."""
    file = copy / OUTPUT / "report.docx"
    profile = f"-env:UserInstallation=file://{tmp_path / 'lo'}"
    command = [
        "soffice",
        profile,
        "--headless",
        "--convert-to",
        "docx:MS Word 2007 XML",
        "--outdir",
        str(tmp_path),
        str(file),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shutil.copy(tmp_path / "report.docx", file)
    plan = plan_keep(file)
    assert not plan.writes, plan.diff
    rewrite_document(file, lambda xml: xml.replace("khách; xem", "du khách; xem", 1))
    assert any(line.startswith("+") and "du khách; xem" in line for line in plan_keep(file).diff)


def test_not_ours(copy: Path, tmp_path: Path) -> None:
    """A Word file of another origin, and a file that is no Word file, are refused in words."""
    file = copy / OUTPUT / "report.docx"
    docx.Document().save(str(file))
    with pytest.raises(NotebookError, match="không phải bản của báo cáo"):
        plan_keep(file)
    file.write_bytes(b"khong phai word")
    with pytest.raises(NotebookError, match="Không đọc được"):
        plan_keep(file)
    with pytest.raises(NotebookError, match="Không đọc được sổ tay"):
        plan_keep(Path(shutil.copy(file, tmp_path / "le.docx")))


def test_only_saved_again_is_no_edit(copy: Path) -> None:
    """A Word file that a program only wrote anew does not stop a run, which keeps it all the same;
    one with a comment does, until `keep` has shown the comment, and is kept too."""
    file = copy / OUTPUT / "report.docx"
    rewrite_document(file, lambda xml: xml.replace("<w:r>", '<w:r w:rsidR="00A1">'))
    result = run_report(PARAMS, start=copy)
    assert [issue.rule for issue in result.issues].count("ban_cu") == 1
    rewrite_document(file, lambda xml: xml.replace("KẾT QUẢ", "KẾT QUẢ MỚI", 1))
    words = file.read_bytes()
    with pytest.raises(NotebookError, match="danvan-nb keep"):
        run_report(PARAMS, start=copy)
    shown = CliRunner().invoke(app, ["keep", str(file)])
    assert shown.exit_code == 0 and "KẾT QUẢ MỚI" in shown.output and "ban-cu" in shown.output
    (told,) = [one for one in run_report(PARAMS, start=copy).issues if one.rule == "ban_cu"]
    assert (copy / told.file).read_bytes() == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda xml: re.sub(r"<w:bookmark(Start|End) [^>]*/>", "", xml), "Google Docs"),
        (
            lambda xml: xml.replace(
                "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                "http://purl.oclc.org/ooxml/wordprocessingml/main",
            ),
            "Strict Open XML",
        ),
    ],
)
def test_files_of_other_programs(copy: Path, change: Callable[[str], str], words: str) -> None:
    """A file without our marks, or in a form of the format that we don't read, is told apart from
    one that is not ours."""
    file = copy / OUTPUT / "report.docx"
    rewrite_document(file, change)
    with pytest.raises(NotebookError, match=words):
        plan_keep(file)
