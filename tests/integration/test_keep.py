"""Prose edited in the composed notebook comes back to the narrative, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import NotebookNode
from sample_project import MASTER, NARRATIVE, OUTPUT, PARAMS, change, markdown
from typer.testing import CliRunner

from danvan_nb.cli import app
from danvan_nb.errors import NotebookError
from danvan_nb.keep import keep_notebook
from danvan_nb.notebook.compose import compose, read_narrative, slot_of
from danvan_nb.notebook.stamp import sources_hash
from danvan_nb.pipeline import run_report


def edit(path: Path, slot: str, text: str) -> None:
    nb = nbformat.read(path, as_version=4)
    next(cell for cell in nb.cells if slot_of(cell) == slot).source = text
    nbformat.write(nb, path)


def cells(path: Path) -> list[NotebookNode]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_kept_edits_survive_the_next_run(copy: Path) -> None:
    """An edited own passage, an edited standard passage and an added cell are kept, and the next run has them and no other change."""
    path = copy / OUTPUT / "report.ipynb"
    edit(path, "tinh_hinh", "Mới: {eval}`thu_mau`.")
    edit(path, "thu", "Thu được {eval}`thu_mau`.")
    nb = nbformat.read(path, as_version=4)
    place = next(n for n, cell in enumerate(nb.cells) if slot_of(cell) == "thu")
    nb.cells.insert(place + 1, markdown("Đoạn thêm."))
    nbformat.write(nb, path)
    mine = cells(path)
    with pytest.raises(NotebookError, match="danvan-nb keep"):
        run_report(PARAMS, start=copy)
    assert CliRunner().invoke(app, ["keep", str(path), "--yes"]).exit_code == 0
    run_report(PARAMS, start=copy)
    assert cells(path) == mine
    assert "Đoạn thêm." in (copy / NARRATIVE).read_text(encoding="utf-8")


def test_nothing_is_written_without_consent(copy: Path) -> None:
    """Without a terminal and without --yes the change is only shown."""
    path = copy / OUTPUT / "report.ipynb"
    edit(path, "thu", "Lời mới.")
    before = (copy / NARRATIVE).read_bytes()
    result = CliRunner().invoke(app, ["keep", str(path)])
    assert "+Lời mới." in result.output
    assert (copy / NARRATIVE).read_bytes() == before


def test_unedited_notebook_changes_nothing(copy: Path) -> None:
    """A notebook as the run left it has nothing to keep."""
    kept = keep_notebook(copy / OUTPUT / "report.ipynb")
    assert kept.after == kept.before


def test_two_people(copy: Path) -> None:
    """A narrative that changed since is refused, and both versions stay."""
    edit(copy / OUTPUT / "report.ipynb", "thu", "Lời mới.")
    change(copy / NARRATIVE, "Hội ", "Lễ hội ")
    before = (copy / NARRATIVE).read_bytes()
    with pytest.raises(NotebookError) as caught:
        keep_notebook(copy / OUTPUT / "report.ipynb")
    assert caught.value.issues[0].rule == "hai_nguoi_sua"
    assert (copy / NARRATIVE).read_bytes() == before


def test_edits_of_the_master_are_named(copy: Path) -> None:
    """A changed heading belongs to the master: it is named and nothing is kept."""
    path = copy / OUTPUT / "report.ipynb"
    nb = nbformat.read(path, as_version=4)
    next(cell for cell in nb.cells if cell.source == "## KẾT QUẢ").source = "## KẾT QUẢ MỚI"
    nbformat.write(nb, path)
    with pytest.raises(NotebookError) as caught:
        keep_notebook(path)
    assert [(issue.rule, issue.found) for issue in caught.value.issues] == [("sua_so_tay_mau", "## KẾT QUẢ MỚI")]


def test_foreign_notebook(copy: Path) -> None:
    """The master, or any notebook that no run made, is refused."""
    with pytest.raises(NotebookError) as caught:
        keep_notebook(copy / MASTER)
    assert caught.value.issues[0].rule == "so_tay_la"


WORDS = st.text(st.sampled_from("aăđệ 1,.%-+#*`{}[]()\n\"'\\:|~"), min_size=1, max_size=40).filter(lambda text: text.strip())


@given(edits=st.dictionaries(st.sampled_from(["tinh_hinh", "tinh_hinh+", "thu", "hoa_giai", "don"]), WORDS, min_size=1))
@settings(max_examples=40, deadline=None)
def test_any_edit_survives_or_is_refused(made: Path, edits: dict[str, str]) -> None:
    """Random edits of random prose cells compose again into the same notebook; what the file can't hold is refused, unwritten."""
    path, narrative = made / OUTPUT / "report.ipynb", made / NARRATIVE
    original, text = path.read_bytes(), narrative.read_bytes()
    try:
        for slot, words in edits.items():
            edit(path, slot, words)
        try:
            kept = keep_notebook(path)
        except NotebookError:
            assert narrative.read_bytes() == text
            return
        kept.write()
        master = nbformat.read(made / MASTER, as_version=4)
        composed = compose(master, read_narrative(narrative, NARRATIVE), NARRATIVE)
        mine = nbformat.read(path, as_version=4)
        mine.cells = [cell for cell in mine.cells if cell.id != "injected-parameters"]
        assert sources_hash(composed) == sources_hash(mine)
        for slot, words in edits.items():
            assert next(cell.source for cell in composed.cells if slot_of(cell) == slot) == words.strip()
    finally:
        path.write_bytes(original)
        narrative.write_bytes(text)
