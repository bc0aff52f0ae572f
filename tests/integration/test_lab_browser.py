"""The analyst's seat, in a real browser: JupyterLab with our extension,
one edit carried from the open notebook to all files."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from playwright.sync_api import Browser, Page
from sample_document import USUAL_READERS
from sample_project import OBSERVATIONS, OUTPUT, PARAMS, squeeze
from typer.testing import CliRunner

from danvan_nb.commands.cli import app
from danvan_nb.project.formats import ROWS
from danvan_nb.run.pipeline import run_report

PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"


@contextmanager
def serving(project: Path, home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run `danvan-nb lab` on a project, with settings of its own; gives it and its address."""
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
    own = {name: str(home / name.lower()) for name in (*names, "IPYTHONDIR")}
    flags = (
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.expose_app_in_browser=True",
        "--allow-root",
    )
    command = (sys.executable, "-c", "from danvan_nb.commands.cli import app; app()")
    address = f"http://127.0.0.1:{port}"
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "lab", "--", *flags],
            env=os.environ | own,
            stdout=log,
            stderr=log,
            cwd=project,
        )
        for _ in range(480):  # two minutes: a busy machine takes more than half of one
            try:
                urllib.request.urlopen(f"{address}/api", timeout=1).close()  # noqa: S310  # our own server
                break
            except OSError:
                time.sleep(0.25)
        try:
            yield server, address
        finally:
            server.kill()
            server.wait()


@pytest.fixture(scope="module")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Give the root of a project and the address of a JupyterLab opened on it."""
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("lab") / "du-an"))
    with serving(root, root.parent) as (_, address):
        yield root, address


@pytest.fixture
def lab(made: Path, server: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """Give a project after a run, and the address under which that JupyterLab shows it."""
    root, address = server
    own = Path(shutil.copytree(made, root / tmp_path.name))
    return own, f"{address}/lab/tree/{own.name}"


def open_notebook(chromium: Browser, address: str) -> Page:
    """Open the composed notebook and wait until its kernel is idle."""
    page = chromium.new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{address}/{OUTPUT}/report.ipynb?reset")
    page.wait_for_selector(f"{PANEL} .jp-Notebook .jp-Cell", timeout=60_000)
    settle(page)
    return page


def settle(page: Page) -> None:
    """Wait until no cell runs and the kernel is idle: JupyterLab's picture of it may stay busy."""
    page.wait_for_function(
        """() => {
            const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
            const idle = sessionContext.session?.kernel?.status === 'idle'
                && content.widgets.every(cell => cell.model.executionState !== 'running');
            window.idleSince = idle ? window.idleSince ?? Date.now() : undefined;
            return idle && Date.now() - window.idleSince > 500;
        }""",
        timeout=60_000,
    )


def run_all(page: Page) -> None:
    """Run every cell and wait until all have run."""
    settle(page)
    page.evaluate("() => void window.jupyterapp.commands.execute('runmenu:run-all')")
    settle(page)


def load_cell(page: Page) -> Any:
    """Find the cell that loads the data."""
    return page.locator(f"{PANEL} .jp-CodeCell").filter(has_text="open_report").first


def run_cell(page: Page, cell: Any) -> None:
    """Run one code cell alone."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def band(page: Page) -> Any:
    """Find the band that says what is not up to date."""
    return page.locator(f"{PANEL} .danvan-band:visible")


def come_back(page: Page) -> None:
    """Look at the window again after work elsewhere, as its browser tells it."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def shown(page: Page) -> str:
    """Give what the outputs of the code cells say, those below the window too."""
    return str(
        page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.model.type === 'code')
                .map(cell => JSON.stringify(cell.model.outputs.toJSON())).join()"""
        )
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
    run_cell(page, load_cell(page))
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
    run_cell(page, load_cell(page))
    expect_words(page, "Chuyên viên ghi: đã nhận 26 vụ.")
    save(page, file)
    page.close()
    assert CliRunner().invoke(app, ["keep", str(file), "--yes"]).exit_code == 0
    run_report(PARAMS, start=root)
    for name, read in USUAL_READERS.items():
        words = squeeze(read((root / OUTPUT / f"report.{name}").read_bytes()))
        assert squeeze("Chuyên viên ghi: đã nhận 26 vụ.") in words


def test_what_is_old_says_so(lab: tuple[Path, str], chromium: Browser) -> None:
    """After a restart, and when a file changed on disk, the notebook says what to run; the load
    cell alone is enough, and tables and charts follow it."""
    root, address = lab
    page = open_notebook(chromium, address)
    assert not band(page).count()
    run_all(page)
    assert not page.locator(f"{PANEL} .danvan-old").count()

    page.evaluate("() => void window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    band(page).filter(has_text="chưa cập nhật").wait_for()
    run_cell(page, load_cell(page))
    band(page).wait_for(state="detached")
    settle(page)
    assert "Traceback" not in shown(page)

    data = root / OBSERVATIONS
    data.write_text(data.read_text("utf-8").replace("301.149", "305.5"), "utf-8")
    come_back(page)
    band(page).filter(has_text=f"Đã đổi trên đĩa: {OBSERVATIONS}").wait_for()
    assert page.locator(f"{PANEL} .danvan-old").count()
    assert "305,500" not in shown(page)
    band(page).get_by_text("Nạp số liệu", exact=True).click()
    band(page).wait_for(state="detached")
    settle(page)
    assert "305,500" in shown(page)
    assert "301,149" not in shown(page)

    load_cell(page).locator(".jp-InputPrompt").click()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("d")
    come_back(page)
    band(page).filter(has_text="không còn ô nạp số liệu").wait_for()
    page.close()


def export(page: Page, label: str) -> Any:
    """Open the File menu at what exports the report; it offers every format, and nothing else."""
    page.locator(".lm-MenuBar-item").first.click()
    entries = page.locator(".lm-Menu-item[data-command='danvan-nb:export']")
    entries.first.wait_for()
    assert [text.strip() for text in entries.all_inner_texts()] == [
        f"Xuất báo cáo ({row.label})" for row in ROWS
    ]
    return entries.filter(has_text=label)


def test_a_notebook_speaks_as_its_report(lab: tuple[Path, str], chromium: Browser) -> None:
    """Tab, title and headings read as the report's; what is mistyped is told in Vietnamese; the
    File menu makes files with the report's name, and nothing that would fail."""
    _, address = lab
    page = open_notebook(chromium, address)
    run_all(page)
    tab = page.locator(".lm-TabBar-tab[data-danvan='mau 2023-H1']")
    assert tab.evaluate("tab => getComputedStyle(tab, '::after').content") == '"mau 2023-H1"'
    title = "getComputedStyle(document.querySelector('.myst-fm-block-title'), '::after').content"
    assert "6 tháng đầu năm 2023" in page.evaluate(title)
    number = "getComputedStyle(document.querySelector('.jp-Notebook .myst h2'), '::before').content"
    assert page.evaluate(number) == '"I. "'

    bare = """() => {
        const host = document.querySelector('.jp-Notebook .myst .not-prose.inline-block');
        const before = () => getComputedStyle(host, '::before').content;
        const full = before();
        host.replaceChildren();
        return [full, before()];
    }"""
    assert page.evaluate(bare) == ["none", '"…"']  # a value that is not drawn yet

    with page.expect_download() as download:
        export(page, "HTML").click()
    assert download.value.suggested_filename == "bao-cao_mau_2023-H1.html"

    wrong = "Thu {eval}`thu_maa.growth`, {eval}`thu_mau.growt`, {eval}`2*thu_mau`."
    edit_and_run_once(page, prose(page, "Thu ngân sách"), wrong)
    for words in ("“thu_mau”?", "“growth”?", "Biểu thức chỉ gồm tên"):
        expect_words(page, words)
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("x = 1\nthu_maa")
    page.keyboard.press("Control+Enter")
    expect_words(page, "(dòng 2): có “thu_maa”. Có phải là “thu_mau”?")

    export(page, "PDF").click()
    page.locator(".jp-Dialog").filter(has_text="“thu_mau”").wait_for()
    page.close()


def test_the_end_of_the_command_ends_everything(copy: Path, tmp_path: Path) -> None:
    """A signal to `danvan-nb lab` ends its server, and the kernels with it."""
    with serving(copy, tmp_path) as (server, address):
        ask = urllib.request.Request(f"{address}/api/kernels", b"{}", method="POST")  # noqa: S310
        urllib.request.urlopen(ask).close()  # noqa: S310  # our own server
        kernels = psutil.Process(server.pid).children(recursive=True)
        assert kernels
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0
        assert not psutil.wait_procs(kernels, timeout=20)[1]
