"""The audit of the locks says what an index knows, and that it knows nothing where none answers."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/audit.py"
about = importlib.util.spec_from_file_location("audit", SCRIPT)
assert about
assert about.loader
audit = importlib.util.module_from_spec(about)
about.loader.exec_module(audit)


def test_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A known fault, none, and an index that does not answer."""
    lock = tmp_path / "x.lock"
    lock.write_text("mau==1.0 \\\n    --hash=sha256:aa\n", "utf-8")
    page = tmp_path / "pypi/mau/1.0/json"
    page.parent.mkdir(parents=True)
    monkeypatch.setattr(audit, "index", lambda: tmp_path.as_uri())
    ended = []
    for known in (None, [], [{"id": "CVE-1", "fixed_in": ["1.1"], "withdrawn": None}]):
        if known is not None:
            page.write_text(json.dumps({"vulnerabilities": known}), "utf-8")
        ended.append((audit.main([lock]), capsys.readouterr().out))
    assert [code for code, _ in ended] == [1, 0, 1]
    assert "1 packages not audited" in ended[0][1]
    assert "mau 1.0: CVE-1, mended in 1.1" in ended[2][1]
