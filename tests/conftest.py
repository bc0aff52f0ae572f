"""Fixtures shared by the tests of several folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sample_project import PARAMS, load, make_project, squeeze

from danvan_nb.document import READERS
from danvan_nb.project.formats import USUAL
from danvan_nb.report.report import Report
from danvan_nb.run.pipeline import run_report

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("usual", deadline=None, suppress_health_check=SLOW)
settings.register_profile("large", settings.get_profile("usual"), max_examples=5_000)
settings.load_profile("usual")
REPOSITORY = Path(__file__).parents[1]
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """Give the system's Chromium, driven by Playwright; without it the test is skipped,
    but fails in CI."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI must have a browser: {CHROMIUM} is missing")
        pytest.skip(f"{CHROMIUM} is missing")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def _jupyter_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the signatures of made-up notebooks out of the home of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("jupyter")))
        yield


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give the root of a fresh made-up project."""
    return make_project(tmp_path / "du-an")


@pytest.fixture
def report(project: Path) -> Report:
    """Give the loaded report of the made-up project; nothing was executed."""
    return load(project)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the root of the made-up project after one run; read only, copy it to change it."""
    root = make_project(tmp_path_factory.mktemp("made") / "du-an")
    run_report(PARAMS, start=root)
    return root


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    """Give a copy of the made-up project after a run, to change at will."""
    return Path(shutil.copytree(made, tmp_path / "du-an"))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the root of a copy of the real project, in which the report of Sa Đéc was made once;
    read only."""
    root = tmp_path_factory.mktemp("real") / "du-an"
    for name in ("params", "data", "notebooks"):
        shutil.copytree(
            REPOSITORY / name, root / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints")
        )
    run_report("params/sa-dec/2023-H1.yml", start=root)
    return root


@pytest.fixture(scope="session")
def real_texts(real: Path) -> dict[str, str]:
    """Give the text of the real report's three files, without white space."""
    folder = real / "outputs/sa-dec/2023-H1"
    return {
        name: squeeze(READERS[name]((folder / f"report.{name}").read_bytes())) for name in USUAL
    }
