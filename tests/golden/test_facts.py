"""Every fact of the published report of Sa Đéc is found in each of the three files.

The facts were typed from that report (see README.md here); nothing in them comes from this code.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pypdf
import pytest
from sample_project import squeeze

FACTS = list(csv.DictReader((Path(__file__).parent / "facts.csv").read_text("utf-8").splitlines()))
KNOWN = [fact for fact in FACTS if fact["expected"].strip()]
# Facts that a second, independent reader of the PDF must find: text, table, note, appendix, title.
SECOND_READER = (
    "Kết quả thực hiện công tác dân vận 6 tháng đầu năm 2023",
    "ước 301,149 tỷ đồng",
    "bằng 112,51% so với cùng kỳ năm 2022",
    "95,83%",
    "tăng 11,46 điểm %",
    "23/24 vụ",
    "Số: ……/BC-UBND",
)


def parts(fact: dict[str, str]) -> list[str]:
    return [squeeze(part) for part in fact["expected"].split("|")]


def stands(part: str, text: str) -> bool:
    """Say whether a text stands there whole: `23 vụ` is not found in `123 vụ`."""
    before, after = "(?<!\\d)" * part[0].isdigit(), "(?!\\d)" * part[-1].isdigit()
    return re.search(before + re.escape(part) + after, text) is not None


def test_all_facts_are_listed() -> None:
    """201 facts, each once."""
    assert len(FACTS) == 201
    assert [fact["id"] for fact in FACTS] == [f"F{number:03d}" for number in range(1, 202)]


def test_what_is_not_expected_has_a_reason() -> None:
    """A fact may be left out only for a reason, and few are."""
    left_out = [fact for fact in FACTS if not fact["expected"].strip()]
    assert all(fact["reason"].strip() for fact in left_out)
    assert len(left_out) <= 3


def test_expected_texts_say_something() -> None:
    """A bare digit would be found in any report: what is looked for has words around it."""
    bare = [fact["id"] for fact in KNOWN if not all(len(part) >= 4 for part in parts(fact))]
    assert bare == []


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_every_fact_is_in_the_file(real_texts: dict[str, str], name: str) -> None:
    """Every expected text of every fact stands in the file."""
    missing = [
        f"{fact['id']}: {part}"
        for fact in KNOWN
        for part in parts(fact)
        if not stands(part, real_texts[name])
    ]
    assert missing == []


def test_pdf_by_another_reader(real: Path) -> None:
    """What this project's reader finds in the PDF another program finds too."""
    reader = pypdf.PdfReader(real / "outputs/sa-dec/2023-H1/report.pdf")
    text = squeeze("".join(page.extract_text() for page in reader.pages))
    assert [words for words in SECOND_READER if squeeze(words) not in text] == []


def test_mistakes_of_the_published_report_are_not_repeated(real_texts: dict[str, str]) -> None:
    """What was printed wrongly is nowhere: an impossible date, “tăng” for “bằng”,
    a rate without its %."""
    for name, text in real_texts.items():
        for wrong in ("19/11/2023", "ngày 19 tháng 11 năm 2023", "tăng 123,45%"):
            assert squeeze(wrong) not in text, (name, wrong)
        assert squeeze("bằng 123,45% so với cùng kỳ năm 2022") in text
        assert [
            numeral for numeral in ("I", "II", "III", "IV", "V", "VI") if f"{numeral}." not in text
        ] == []
