"""The analyst's seat, in a real browser: JupyterLab with our extension,
one edit carried from the open notebook to all files."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, Page
from sample_document import USUAL_READERS
from sample_project import OBSERVATIONS, OUTPUT, PARAMS, squeeze
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.lab import lab_environment
from danvan_nb.run.pipeline import run_report

PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
IDLE = f'{PANEL} .jp-Notebook-ExecutionIndicator[data-status="idle"]'


@pytest.fixture
def lab(copy: Path, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """Give a project after a run and the address of a JupyterLab opened on it,
    with settings of its own."""
    if find_spec("jupyterlab_myst") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have JupyterLab and jupyterlab-myst")
        pytest.skip("jupyterlab-myst is missing")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
    )
    own = {name: str(tmp_path / name.lower()) for name in (*names, "IPYTHONDIR")}
    flags = (
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
    )
    flags += (
        "--ServerApp.password=",
        f"--ServerApp.root_dir={copy}",
        "--LabApp.expose_app_in_browser=True",
        "--allow-root",
    )
    log = (tmp_path / "lab.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *flags],
        env=lab_environment() | own,
        stdout=log,
        stderr=log,
        cwd=copy,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(480):  # two minutes: a busy machine takes more than half of one
        try:
            urllib.request.urlopen(f"{address}/api", timeout=1).close()  # noqa: S310  # our own server
            break
        except OSError:
            time.sleep(0.25)
    yield copy, address
    server.kill()
    server.wait()
    log.close()


def open_notebook(chromium: Browser, address: str) -> Page:
    """Open the composed notebook and wait until its kernel is idle."""
    page = chromium.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{address}/lab/tree/{OUTPUT}/report.ipynb?reset")
    page.wait_for_selector(f"{PANEL} .jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector(IDLE, timeout=60_000)
    return page


def run_all(page: Page) -> None:
    """Run every cell and wait until all have run;
    a kernel that is still starting is waited for first."""
    page.evaluate("""async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.sessionContext.ready;
            while (panel.sessionContext.session?.kernel?.status !== 'idle') {
                await new Promise(done => setTimeout(done, 100));
            }
            const late = new Promise((_, fail) => {
                setTimeout(() => fail(new Error('run all took over a minute')), 60000);
            });
            await Promise.race([window.jupyterapp.commands.execute('runmenu:run-all'), late]);
        }""")
    # The kernel itself is asked: JupyterLab's picture of it may stay busy when all has run.
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'",
        timeout=60_000,
    )


def prose(page: Page, words: str) -> Any:
    """Find the rendered Markdown cell that holds these words."""
    return page.locator(f"{PANEL} .jp-MarkdownCell").filter(has_text=words).first


def edit_and_run_once(page: Page, cell: Any, source: str) -> None:
    """Replace what a Markdown cell says, and run it once."""
    type_into(page, cell, source)
    page.keyboard.press("Control+Enter")


def type_into(page: Page, cell: Any, source: str) -> None:
    """Replace what a Markdown cell says, as a person types it; nothing is run."""
    editor = page.locator(f"{PANEL} .jp-Cell.jp-mod-active .cm-focused")
    for _ in range(
        5
    ):  # jupyterlab-myst may still be drawing the cell, and then closes the editor again
        page.keyboard.press("Escape")
        cell.locator(".myst").click(position={"x": 5, "y": 5})
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        if editor.count() and editor.first.is_visible():
            break
    editor.first.wait_for(timeout=5_000)
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def expect_words(page: Page, words: str) -> None:
    """Wait until the notebook shows these words, whatever the line breaks around values."""
    page.wait_for_function(
        "words => document.querySelector('.jp-NotebookPanel .jp-Notebook')"
        ".textContent.replace(/\\s+/g, ' ').includes(words)",
        arg=words,
        timeout=10_000,
    )


def save(page: Page, file: Path) -> nbformat.NotebookNode:
    """Save, wait for the server's answer, and read the file.

    While JupyterLab draws a cell anew it may miss a key; whoever sees no change presses it again.
    """
    answers: list[Any] = []

    def note(response: Any) -> None:
        if response.request.method == "PUT" and "/api/contents/" in response.url:
            answers.append(response)

    page.on("response", note)
    for _ in range(4):
        page.keyboard.press("Control+S")
        for _ in range(50):
            page.wait_for_timeout(100)
            if answers:
                page.remove_listener("response", note)
                return nbformat.read(file, as_version=4)
    raise AssertionError("the notebook was not saved")


def test_values_are_live_and_right_at_the_first_run(
    lab: tuple[Path, str], chromium: Browser
) -> None:
    """An early run writes no error; one run shows a new value; the load cell refreshes the prose;
    a save keeps no old value."""
    root, address = lab
    file = root / OUTPUT / "report.ipynb"
    page = open_notebook(chromium, address)
    before = nbformat.read(file, as_version=4)

    prose(page, "Thu ngân sách").locator(".myst").click(position={"x": 5, "y": 5})
    page.keyboard.press("Control+Enter")  # before the load cell
    page.wait_for_selector(f"{PANEL} .danvan-stale")
    assert not page.locator(
        f'{PANEL} .myst [data-mime-type="application/vnd.jupyter.stderr"]'
    ).count()
    assert [cell.metadata.get("user_expressions") for cell in save(page, file).cells] == [
        cell.metadata.get("user_expressions") for cell in before.cells
    ]

    run_all(page)
    page.wait_for_selector(f"{PANEL} .jp-Notebook:not(.danvan-stale)")
    edit_and_run_once(
        page,
        prose(page, "Thu ngân sách"),
        "Thu mẫu {eval}`thu_mau`; đã nhận {eval}`vu_nhan` theo biểu mẫu.",
    )
    expect_words(page, "Thu mẫu ước 301,149 tỷ đồng; đã nhận 24 vụ theo biểu mẫu.")
    assert page.locator(
        f"{PANEL} .myst data[title*='dòng 5']"
    ).count()  # hover: the row of the number

    data = root / OBSERVATIONS
    data.write_text(
        data.read_text("utf-8")
        .replace("301.149", "305.5")
        .replace(",24,", ",26,")
        .replace(",1,", ",3,"),
        "utf-8",
    )
    page.locator(f"{PANEL} .jp-CodeCell").filter(has_text="open_report").first.locator(
        ".cm-content"
    ).click()
    page.keyboard.press("Control+Enter")
    expect_words(page, "Thu mẫu ước 305,500 tỷ đồng; đã nhận 26 vụ theo biểu mẫu.")

    saved = save(page, file)
    cell = next(cell for cell in saved.cells if cell.source.startswith("Thu mẫu"))
    assert [item["expression"] for item in cell.metadata.user_expressions] == ["thu_mau", "vu_nhan"]
    assert [item["result"]["data"]["text/plain"] for item in cell.metadata.user_expressions] == [
        "ước 305,500 tỷ đồng",
        "26 vụ",
    ]

    type_into(page, prose(page, "Thu mẫu"), "Thu mẫu {eval}`thu_mau.vs_plan`.")
    cell = next(cell for cell in save(page, file).cells if cell.source.startswith("Thu mẫu"))
    assert "user_expressions" not in cell.metadata
    page.keyboard.press("Control+Enter")
    expect_words(page, "Thu mẫu đạt 63,20% kế hoạch.")
    save(page, file)
    assert not any("trusted" in cell.metadata for cell in nbformat.read(file, as_version=4).cells)
    page.reload()
    page.wait_for_selector(f"{PANEL} .jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        "document.querySelector('.jp-StatusItem-trust')?.title.match(/(\\d+) .* \\1/)",
        timeout=15_000,
    )


def test_one_sentence_from_the_open_notebook_to_three_files(
    lab: tuple[Path, str], chromium: Browser
) -> None:
    """A sentence with a live value, typed in JupyterLab and saved, is kept,
    and the run says it in HTML, PDF and Word."""
    root, address = lab
    file = root / OUTPUT / "report.ipynb"
    page = open_notebook(chromium, address)
    run_all(page)
    edit_and_run_once(
        page, prose(page, "Thu ngân sách"), "Chuyên viên ghi: đã nhận {eval}`vu_nhan`."
    )
    expect_words(page, "Chuyên viên ghi: đã nhận 24 vụ.")
    data = root / OBSERVATIONS
    data.write_text(data.read_text("utf-8").replace(",24,", ",26,").replace(",1,", ",3,"), "utf-8")
    page.locator(f"{PANEL} .jp-CodeCell").filter(has_text="open_report").first.locator(
        ".cm-content"
    ).click()
    page.keyboard.press("Control+Enter")
    expect_words(page, "Chuyên viên ghi: đã nhận 26 vụ.")
    save(page, file)
    page.close()
    assert CliRunner().invoke(app, ["keep", str(file), "--yes"]).exit_code == 0
    run_report(PARAMS, start=root)
    for name, read in USUAL_READERS.items():
        words = squeeze(read((root / OUTPUT / f"report.{name}").read_bytes()))
        assert squeeze("Chuyên viên ghi: đã nhận 26 vụ.") in words
