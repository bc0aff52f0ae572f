"""`preview` follows every save, in a real browser too;
`diff` says what changed between two outputs, and why."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sample_project import MASTER, NARRATIVE, OBSERVATIONS, OUTPUT, PARAMS, change

from danvan_nb.commands.diff import compare_outputs
from danvan_nb.errors import NotebookError
from danvan_nb.run.pipeline import run_report

Served = tuple[Path, str, Path]


@pytest.fixture
def served(copy: Path, tmp_path: Path) -> Iterator[Served]:
    """Give a project, the address of its preview, and what the command has said so far (a file)."""
    log = tmp_path / "preview.log"
    command = [
        sys.executable,
        "-u",
        "-c",
        "from danvan_nb.commands.cli import app; app()",
        "preview",
        PARAMS,
        "--no-browser",
    ]
    with (
        log.open("w") as said,
        subprocess.Popen(command, cwd=copy, stdout=said, stderr=said) as process,
    ):
        shown = re.compile(r"http://127\.0\.0\.1:\d+/\S+/")
        address = wait_for(lambda: shown.search(log.read_text("utf-8")))[0]
        yield copy, address, log
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert log.read_text("utf-8").rstrip().endswith("Đã dừng.")


def wait_for(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def test_a_save_shows_in_the_browser(served: Served, chromium: Browser) -> None:
    """Words, then a number in the data, then a broken narrative and its repair:
    the open page follows each save."""
    root, address, log = served
    page = chromium.new_page()
    page.goto(address)
    change(root / NARRATIVE, "Hội {eval}", "Ngày hội vui {eval}")
    page.wait_for_selector("text=Ngày hội vui", timeout=10_000)
    assert log.read_text("utf-8").rstrip().endswith("(lời văn)")
    change(root / OBSERVATIONS, "301.149", "305.5")
    page.wait_for_selector(".paper data:has-text('305,500')", timeout=20_000)
    assert log.read_text("utf-8").rstrip().endswith("(chạy lại các ô)")
    change(
        root / NARRATIVE,
        'Ngày hội vui {eval}`event("hoi_mau").name`',
        'Ngày hội vui {eval}`event("hoi_mau").name',
    )
    told = page.wait_for_selector("[role=alert]:has-text('Sổ tay chưa chạy được')", timeout=10_000)
    assert told
    assert re.search(rf"{NARRATIVE}, dòng \d+", told.inner_text())
    assert page.locator(".paper data:has-text('305,500')").count()  # the last good page
    assert "Sổ tay chưa chạy được" in log.read_text("utf-8")
    change(
        root / NARRATIVE,
        'Ngày hội vui {eval}`event("hoi_mau").name',
        'Ngày hội trở lại {eval}`event("hoi_mau").name`',
    )
    page.wait_for_selector("text=Ngày hội trở lại", timeout=20_000)
    assert not page.locator("[role=alert]").count()
    assert b"<script" not in (root / OUTPUT / "report.html").read_bytes()


def test_only_this_machine(served: Served) -> None:
    """The page is served on the loopback address, not to a page that calls it by another name,
    and not to who does not know the whole address."""
    bare = served[1].rpartition("/")[0].rpartition("/")[0]
    for address, host in ((served[1], "xau.example"), (f"{bare}/", "127.0.0.1")):
        asked = urllib.request.Request(address, headers={"Host": host})  # noqa: S310  # our own server
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(asked, timeout=5)  # noqa: S310
        refused.value.close()


def test_warm_run_forgets_the_old_names(served: Served) -> None:
    """The warm kernel starts each run of the cells with no names of the run before; one that died
    is followed by another."""
    root, address, log = served

    def page() -> str:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
            return str(answer.read().decode())

    change(root / MASTER, "report.findings()", "la_thu = report.findings()")
    wait_for(lambda: log.read_text("utf-8").count("Đã cập nhật") == 2)
    change(root / MASTER, "la_thu = report.findings()", "la_thu")
    wait_for(lambda: "&#x27;la_thu&#x27; is not defined" in page())
    change(root / MASTER, '"la_thu"', '"import os; os._exit(1)"')
    wait_for(lambda: "tự kết thúc" in page())
    change(root / MASTER, '"import os; os._exit(1)"', '"report.findings()"')
    wait_for(lambda: "alert" not in page() and "Thu ngân sách" in page())


def test_differences(made: Path, copy: Path, tmp_path: Path) -> None:
    """Each changed figure is named once with its row, each changed sentence with its section;
    nothing else is."""
    old = Path(shutil.copytree(made / OUTPUT, tmp_path / "cu"))
    assert compare_outputs(old, copy / OUTPUT) == []
    change(copy / OBSERVATIONS, "301.149", "305.5")
    change(copy / NARRATIVE, "Hội {eval}", "Ngày hội {eval}")
    run_report(PARAMS, start=copy)
    found = compare_outputs(old, copy / OUTPUT)
    figure = next(one for one in found if one.what.endswith("(thu_mau)"))
    assert (figure.old, figure.new) == ("ước 301,149 tỷ đồng", "ước 305,500 tỷ đồng")
    assert figure.cause == f"{OBSERVATIONS}, dòng 3"
    assert {one.what.split("(")[-1] for one in found if one.kind == "số liệu"} <= {
        "thu_mau)", "thu_mau.number)", "thu_mau.vs_plan)", "thu_mau.vs_same_period)",
    }  # fmt: skip
    sentences = [one for one in found if one.kind == "câu"]
    assert [(one.old[:12], one.new[:12]) for one in sentences] == [("Hội Lễ hội m", "Ngày hội Lễ ")]
    lines = (copy / NARRATIVE).read_text("utf-8").splitlines()
    row = next(n for n, line in enumerate(lines, 1) if "Ngày hội" in line)
    assert sentences[0].cause == f"lời văn: {NARRATIVE}, dòng {row}"


def test_difference_of_something_else(tmp_path: Path) -> None:
    """A folder that is no output is a message, not a traceback."""
    with pytest.raises(NotebookError, match="hai thư mục kết quả"):
        compare_outputs(tmp_path, tmp_path)
