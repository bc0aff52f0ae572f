"""What our notebooks carry: the params file they name, what they remember, how they are read."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook
from sample_project import PARAMS, code, markdown

from danvan_nb.errors import NotebookError
from danvan_nb.notebook.cells import (
    CellMemory,
    NotebookMemory,
    Stamp,
    params_file_of,
    place_of,
    read_made_notebook,
    read_notebook,
)


def test_params_file_of_a_notebook() -> None:
    """The injected parameter comes last and wins; without any the notebook is not one of ours."""
    cells = [
        code('params_file = "a.yml"', "parameters"),
        code("# Parameters\nparams_file = 'b.yml'", "injected-parameters"),
    ]
    assert params_file_of(new_notebook(cells=cells)) == "b.yml"
    assert params_file_of(new_notebook(cells=cells[:1])) == "a.yml"
    with pytest.raises(NotebookError, match="params_file"):
        params_file_of(new_notebook(cells=[code('params_file = "a.yml"')]))


@pytest.mark.parametrize(
    "source",
    [
        'params_file = "a=b.yml"',
        "params_file: str = 'a=b.yml'  # tham số",
        '%reset -f\nkhac = 1; params_file = "a=b.yml"',
    ],
)
def test_params_file_is_read_as_python(source: str) -> None:
    """However the cell is written, its value is what Python would bind."""
    assert params_file_of(new_notebook(cells=[code(source, "parameters")])) == "a=b.yml"


def test_memory_comes_back_from_a_file(tmp_path: Path) -> None:
    """What is written is read back equal; what was not set leaves no key."""
    nb = new_notebook(cells=[markdown("Một."), markdown("Hai.")])
    stamp = Stamp(sources="s", values="v", inputs={"a.csv": "1", "b.csv": None})
    memory = NotebookMemory(composed=("x",), params_file=PARAMS, draft=True, stamp=stamp)
    memory.write(nb)
    cell = CellMemory(base="b", file="a.md", row=3, omitted=("thu_mau",))
    cell.write(nb.cells[0])
    CellMemory(base="b").write(nb.cells[1])
    nbformat.write(nb, tmp_path / "report.ipynb")
    again = read_made_notebook(tmp_path / "report.ipynb", "keep")
    assert NotebookMemory.read(again) == memory
    assert CellMemory.read(again.cells[0]) == cell
    assert again.cells[1].metadata == {"danvan": {"base": "b"}}
    assert cell.after_run("boxed", ("x",)) == CellMemory(base="b", file="a.md", row=3, boxed=("x",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "không có tệp này"),
        ("không phải JSON", "Không đọc được"),
        ('{"cells": 1}', "Không đọc được"),
        ("[1]", "Không đọc được"),
        (nbformat.writes(new_notebook()), "không do danvan-nb run làm ra"),
        (nbformat.writes(new_notebook(metadata={"danvan": {"composed": 5}})), "không do danvan-nb"),
    ],
)
def test_a_notebook_of_another_kind(tmp_path: Path, text: str | None, words: str) -> None:
    """Missing, no JSON, no notebook, or none of ours: said in words, with the file."""
    path = tmp_path / "report.ipynb"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(NotebookError, match=words) as caught:
        read_made_notebook(path, "keep")
    assert caught.value.issues[0].file == path.as_posix()


def test_any_notebook_can_be_read(tmp_path: Path) -> None:
    """Only what a run must have made is asked for its maker."""
    nbformat.write(new_notebook(), tmp_path / "la.ipynb")
    assert read_notebook(tmp_path / "la.ipynb").cells == []


def test_place_of_a_cell() -> None:
    """Section, number and slot, as far as there are any."""
    nb = new_notebook(cells=[markdown("Mở."), markdown("## MỘT"), markdown("x", "narrative:thu+")])
    assert [place_of(nb, index) for index in range(3)] == [
        "ô 1",
        "mục “MỘT”, ô 2",
        "mục “MỘT”, ô 3, đoạn thu+",
    ]
