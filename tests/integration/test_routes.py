"""Four routes, one result: whichever way the notebook is executed and exported,
the same bytes come out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from nbconvert.exporters import get_exporter
from sample_document import printed
from sample_project import MASTER, OBSERVATIONS, OUTPUT, PARAMS, change, code

from danvan_nb.errors import DanvanError, NotebookError, RenderError
from danvan_nb.notebook.stamp import is_fresh
from danvan_nb.project.project import Project

BIN = Path(sys.executable).parent


def export(path: Path, kind: str = "html") -> bytes:
    """Export a notebook with nbconvert in this process."""
    data, _ = get_exporter(f"danvan_{kind}")().from_filename(str(path))
    return bytes(data)


def call(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )


def made_html(root: Path) -> bytes:
    return (root / OUTPUT / "report.html").read_bytes()


def test_run_from_any_directory(project: Path, made: Path, tmp_path: Path) -> None:
    """`danvan-nb run` with an absolute path, from elsewhere,
    gives what it gives inside the project."""
    done = call(BIN / "danvan-nb", "run", project / PARAMS, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert made_html(project) == made_html(made)


def test_papermill_from_any_directory(project: Path, made: Path, tmp_path: Path) -> None:
    """Plain papermill with this engine and absolute paths, then an exporter,
    gives the same page."""
    target = project / "nhap.ipynb"
    done = call(
        BIN / "papermill",
        "--engine",
        "danvan",
        project / MASTER,
        target,
        "-p",
        "params_file",
        PARAMS,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert is_fresh(nbformat.read(target, 4), Project(project.resolve()))
    assert export(target) == made_html(made)


def test_nbconvert_command(copy: Path, made: Path, tmp_path: Path) -> None:
    """`jupyter nbconvert --to danvan_html` on the made notebook executes nothing and gives the same
    page."""
    output = tmp_path / "ra"
    done = call(
        BIN / "jupyter",
        "nbconvert",
        "--to",
        "danvan_html",
        copy / OUTPUT / "report.ipynb",
        "--output-dir",
        output,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (output / "report.html").read_bytes() == made_html(made)


@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
def test_exporters_give_the_files_of_the_run(made: Path, kind: str) -> None:
    """JupyterLab's export menu gives, byte for byte, what the run made."""
    assert (
        export(made / OUTPUT / "report.ipynb", kind)
        == (made / OUTPUT / f"report.{kind}").read_bytes()
    )


def test_notebook_sent_on_its_own(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A made notebook is enough without its project; an edited one is refused there,
    for its values can't be known."""
    monkeypatch.chdir(tmp_path)
    alone = tmp_path / "report.ipynb"
    alone.write_bytes((made / OUTPUT / "report.ipynb").read_bytes())
    assert export(alone) == made_html(made)
    nb = nbformat.read(alone, 4)
    nb.cells[4].source += " SỬA"
    nbformat.write(nb, alone)
    with pytest.raises(RenderError, match="không ở trong dự án"):
        export(alone)


def test_saved_again_by_jupyterlab(copy: Path, made: Path) -> None:
    """A notebook whose outputs were cleared and values overwritten is executed again before it is
    exported."""
    path = copy / OUTPUT / "report.ipynb"
    nb = nbformat.read(path, 4)
    for cell in nb.cells:
        cell.metadata.pop("user_expressions", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(nb, path)
    assert export(path) == made_html(made)


def test_without_stamp(copy: Path, made: Path) -> None:
    """Nothing is believed without a stamp: a changed value comes out right again."""
    path = copy / OUTPUT / "report.ipynb"
    text = path.read_text("utf-8")
    path.write_text(text.replace("301,149", "999,999"), encoding="utf-8")
    nb = nbformat.read(path, 4)
    del nb.metadata["danvan"]["stamp"]
    nbformat.write(nb, path)
    assert export(path) == made_html(made)


def test_edited_prose_is_exported_with_live_values(copy: Path) -> None:
    """What an analyst writes into the made notebook is exported, evaluated anew;
    the file itself is left as it is."""
    path = copy / OUTPUT / "report.ipynb"
    nb = nbformat.read(path, 4)
    cell = next(cell for cell in nb.cells if "narrative:thu" in cell.metadata.get("tags", []))
    cell.source = "Viết lại: {eval}`vu_nhan.change`."
    nbformat.write(nb, path)
    before = path.read_bytes()
    page = export(path).decode()
    assert "Viết lại: " in page and printed("giảm 8 vụ") in page
    assert path.read_bytes() == before


def test_changed_data_are_followed(copy: Path) -> None:
    """Export after a number changed on disk gives the new number everywhere,
    not what the notebook had stored."""
    change(copy / OBSERVATIONS, "301.149", "301.999")
    page = export(copy / OUTPUT / "report.ipynb").decode()
    assert "301,149" not in page
    assert "ước 301,999 tỷ đồng" in page


def test_unexecuted_master_is_composed_and_executed(project: Path, made: Path) -> None:
    """Exporting the master itself takes its default parameter and the narrative."""
    assert export(project / MASTER) == made_html(made)


def test_engine_refuses_other_parameters(project: Path) -> None:
    """Any parameter but params_file stops the engine before anything runs."""
    with pytest.raises(DanvanError, match="ky_bao") as caught:
        papermill.execute_notebook(
            str(project / MASTER),
            str(project / "ra.ipynb"),
            parameters={"params_file": PARAMS, "ky_bao": "2023-H1"},
            engine_name="danvan",
            progress_bar=False,
        )
    assert caught.value.exit_code == 2


def test_load_cell_refuses_other_parameters_under_the_stock_engine(project: Path) -> None:
    """Papermill's own engine does not know the rule; the load cell does."""
    with pytest.raises(papermill.PapermillExecutionError, match="ky_bao"):
        papermill.execute_notebook(
            str(project / MASTER),
            None,
            parameters={"params_file": PARAMS, "ky_bao": "2023-H1"},
            cwd=str(project),
            progress_bar=False,
        )


def test_notebook_keeps_jupyterlab_mysts_format(made: Path) -> None:
    """Values are stored where jupyterlab-myst shows them: expression, status,
    text and HTML of each."""
    nb = nbformat.read(made / OUTPUT / "report.ipynb", 4)
    nbformat.validate(nb)
    cell = next(cell for cell in nb.cells if "narrative:thu" in cell.metadata.get("tags", []))
    stored = cell.metadata["user_expressions"]
    assert [entry["expression"] for entry in stored] == [
        "thu_mau",
        "thu_mau.vs_plan",
        "thu_mau.vs_same_period",
    ]
    assert {entry["result"]["status"] for entry in stored} == {"ok"}
    assert stored[0]["result"]["data"]["text/plain"] == "ước 301,149 tỷ đồng"
    assert stored[0]["result"]["data"]["text/html"].startswith("<data")


def test_failing_cell_keeps_the_notebook(project: Path) -> None:
    """A failing cell is named with its cause, and the notebook is saved as far as it got."""
    nb = nbformat.read(project / MASTER, 4)
    nb.cells.insert(4, code("1 / 0"))
    nbformat.write(nb, project / MASTER)
    with pytest.raises(NotebookError, match="chia cho 0"):
        papermill.execute_notebook(
            str(project / MASTER),
            str(project / "ra.ipynb"),
            engine_name="danvan",
            progress_bar=False,
        )
    assert "ZeroDivisionError" in (project / "ra.ipynb").read_text("utf-8")


def test_engine_refuses_data_that_contradict_themselves(project: Path) -> None:
    """Plain papermill gives no report that `danvan-nb run` would refuse."""
    change(project / OBSERVATIONS, "vu_khong,actual,,1", "vu_khong,actual,,2")
    with pytest.raises(DanvanError, match="phải bằng") as caught:
        export(project / MASTER)
    assert caught.value.exit_code == 6
