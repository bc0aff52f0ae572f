"""What a run leaves: the same bytes for the same inputs, a manifest that can be checked,
a trace that equals the report."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from sample_project import MASTER, OBSERVATIONS, OUTPUT, PARAMS, change

from danvan_nb.document.build import build_document
from danvan_nb.nodes import LEADERS, values
from danvan_nb.run.pipeline import run_report

SA_DEC = "outputs/sa-dec/2023-H1"


def facts(root: Path, folder: str = OUTPUT) -> dict[str, Any]:
    return dict(json.loads((root / folder / "manifest.json").read_text("utf-8")))


def trace(root: Path, folder: str = OUTPUT) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((root / folder / "figures.csv").read_text("utf-8-sig"))))


def notebook(root: Path) -> dict[str, Any]:
    """Give the made notebook without the times that papermill notes."""
    nb = nbformat.read(root / OUTPUT / "report.ipynb", 4)
    for part in (nb, *nb.cells):
        noted = part.metadata.pop("papermill", {})
        part.metadata.pop("execution", None)
        if part is nb:
            nb.metadata["kept"] = {
                name: noted[name] for name in ("input_path", "output_path", "parameters")
            }
    return dict(nb)


@pytest.fixture(scope="module")
def twice(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a second run of the same project, in another place."""
    from sample_project import make_project

    root = make_project(tmp_path_factory.mktemp("hai") / "noi/khac")
    run_report(PARAMS, start=root)
    return root


@pytest.mark.parametrize("name", ["report.html", "report.pdf", "report.docx", "figures.csv"])
def test_same_inputs_same_bytes(made: Path, twice: Path, name: str) -> None:
    """Time and place leave no trace in a file."""
    assert (made / OUTPUT / name).read_bytes() == (twice / OUTPUT / name).read_bytes()


def test_same_inputs_same_notebook_and_manifest(made: Path, twice: Path) -> None:
    """Times stand only in papermill's notes and in the manifest's `run`;
    no path of the machine stands anywhere."""
    assert notebook(made) == notebook(twice)
    first, second = facts(made), facts(twice)
    assert set(first.pop("run")) == set(second.pop("run")) == {"started", "seconds", "notebook"}
    assert first == second
    assert str(twice) not in (twice / OUTPUT / "report.ipynb").read_text("utf-8")
    assert str(twice) not in json.dumps(second)


def test_manifest_hashes_are_right(made: Path) -> None:
    """Every hash of the manifest is that of the file; every input and output is there."""
    manifest = facts(made)
    for name, digest in {**manifest["inputs"], **manifest["notebook"]}.items():
        path = made / name
        assert (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        ) == digest, name
    for name, digest in manifest["outputs"].items():
        assert hashlib.sha256((made / OUTPUT / name).read_bytes()).hexdigest() == digest, name
    assert set(manifest["outputs"]) == {"report.html", "report.pdf", "report.docx", "figures.csv"}
    assert set(manifest["notebook"]) == {MASTER}
    assert {name for name, digest in manifest["inputs"].items() if digest} == {
        "params/offices.yml",
        "params/indicators.yml",
        PARAMS,
        "params/mau/2023-H1.md",
        "data/mau/2022-H1/observations.csv",
        *(
            f"data/mau/2023-H1/{name}.csv"
            for name in ("observations", "documents", "events", "models")
        ),
    }


def counts(rows: list[dict[str, str]]) -> dict[str, int]:
    """Count the figures that each file shows: those for leaders stand in the HTML alone."""
    signed = len([row for row in rows if row["section"] != LEADERS])
    return {"html": len(rows), "pdf": signed, "docx": signed}


def test_manifest_tells_how_it_went(made: Path) -> None:
    """Parameters, read-back of all three files, what was left out, findings in data and form,
    versions."""
    manifest = facts(made)
    assert manifest["params"]["period"] == "2023-H1"
    assert manifest["reconciled"] == counts(trace(made))
    assert manifest["omitted"] == ["Đơn mẫu (don_mau)"]
    failed = [
        rule for file in ("report.pdf", "report.docx") for rule in manifest["form"][file]["failed"]
    ]
    found = [issue["rule"] for issue in manifest["checks"]]
    assert found == ["can_xac_minh", *["the_thuc"] * len(failed)]
    assert manifest["draft"] is False
    assert {"danvan_nb", "papermill", "typst"} <= set(manifest["packages"])


@pytest.mark.parametrize(("fixture", "folder"), [("made", OUTPUT), ("real", SA_DEC)])
def test_trace_equals_the_tree(request: pytest.FixtureRequest, fixture: str, folder: str) -> None:
    """figures.csv has one row for each figure of the report, in reading order, with value, file,
    row and section."""
    root = request.getfixturevalue(fixture)
    document = build_document(nbformat.read(root / folder / "report.ipynb", 4))
    rows = trace(root, folder)
    assert [
        (row["text"], row["value"], row["file"], row["row"], row["status"]) for row in rows
    ] == [
        (value.text, value.value, value.file, value.row, value.status) for value in values(document)
    ]
    assert all(row["section"] for row in rows)
    assert all((root / row["file"]).is_file() and int(row["row"]) > 1 for row in rows)


def test_trace_leads_to_the_number(real: Path) -> None:
    """The file and row of a plain figure hold its value, as it was typed."""
    plain = [
        row
        for row in trace(real, SA_DEC)
        if not row["formula"] and row["file"].endswith("observations.csv")
    ]
    assert len(plain) > 50
    for row in plain:
        with (real / row["file"]).open(encoding="utf-8-sig", newline="") as file:
            line = list(csv.DictReader(file))[int(row["row"]) - 2]
        assert float(line["value"]) == float(row["value"]), row
        assert line["indicator"] == row["indicator"].split(".")[0]


def test_all_figures_of_the_real_report_are_read_back(real: Path) -> None:
    """N of N in each of the three files."""
    count = len(trace(real, SA_DEC))
    assert count > 100
    assert facts(real, SA_DEC)["reconciled"] == counts(trace(real, SA_DEC))


def test_every_changed_input_changes_the_manifest(copy: Path, made: Path) -> None:
    """A run after a change of one number says so: other hash of that input, other outputs,
    the old report gone."""
    change(copy / OBSERVATIONS, "301.149", "301.150")
    outcome = run_report(PARAMS, start=copy, formats=("html",))
    before, after = facts(made), facts(copy)
    assert {
        name for name in before["inputs"] if before["inputs"][name] != after["inputs"][name]
    } == {OBSERVATIONS}
    assert set(after["outputs"]) == {"report.html", "figures.csv"}
    assert not (copy / OUTPUT / "report.pdf").exists()
    assert outcome.matched == {"html": len(trace(copy))}


def test_the_page_leads_to_what_lies_beside_it(copy: Path) -> None:
    """Whatever formats a run was asked for, the head of its page offers those files, no other."""
    run_report(PARAMS, start=copy, formats=("html", "xlsx"))
    page = (copy / OUTPUT / "report.html").read_text(encoding="utf-8")
    assert re.findall(r'href="((?:report|figures)\.\w+)"', page) == ["report.xlsx", "figures.csv"]


def test_findings_in_the_narrative_are_in_the_manifest(copy: Path) -> None:
    """What is wrong with the words is noted and counted like what is wrong with the numbers."""
    narrative = copy / "params/mau/2023-H1.md"
    narrative.write_text(narrative.read_text("utf-8") + "\nCó 77 vụ khác.\n", encoding="utf-8")
    outcome = run_report(PARAMS, start=copy, formats=("html",))
    rules = [issue.rule for issue in outcome.issues]
    assert "so_la" in rules
    assert [issue["rule"] for issue in facts(copy)["checks"]] == rules
