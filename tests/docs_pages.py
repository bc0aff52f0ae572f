"""The page of docs that lists every input table, column and normalisation,
as the schema and the reader have them.

`python tests/docs_pages.py` writes docs/bang-so-lieu.md anew; a test holds the page to the code.
"""

from __future__ import annotations

import sys
from pathlib import Path

from danvan_nb.data.cells import NORMALISATIONS
from danvan_nb.data.schema import OBSERVATIONS, PROVENANCE, TABLES

PAGE = Path(__file__).parents[1] / "docs/bang-so-lieu.md"
REMARKS = {
    OBSERVATIONS: (
        "Mỗi dòng một số liệu (cột `value`); hoặc, như biểu nhập của `danvan-nb form`, mỗi dòng một"
        " chỉ tiêu với các cột `Thực hiện`, `Ước thực hiện`, `Kế hoạch năm 2023`, `Thực hiện đến"
        " 30/4/2023`. Cột “chỉ để đọc” không được nhập vào báo cáo."
    ),
    PROVENANCE: (
        "Do `danvan-nb collect` ghi, cùng `collected.csv` (cột như `observations`) và"
        " `collected.sha256`; không sửa tay."
    ),
}


def page() -> str:
    """Write the page."""
    lines = [
        "# Bảng số liệu đầu vào",
        "",
        (
            "Mỗi bảng là một tệp CSV (UTF-8) trong thư mục của kỳ, hoặc một trang tính của tệp"
            " .xlsx, .xlsm cùng tên kỳ. Trang này do"
        ),
        "`python tests/docs_pages.py` ghi từ đặc tả cột của chương trình.",
    ]
    for spec in TABLES:
        lines += ["", f"## {spec.sheet} (`{spec.name}`)", ""]
        lines += [REMARKS[spec], ""] if spec in REMARKS else []
        lines += ["| Cột CSV | Tiêu đề Excel | Bắt buộc | Ý nghĩa |", "|---|---|---|---|"]
        lines += [
            f"| `{c.name}` | {c.heading} | {'có' if c.required else ''} | {c.meaning} |"
            for c in spec.columns
        ]
    lines += [
        "",
        "## Cách đọc mỗi ô",
        "",
        "Ngoài những điều dưới đây không có gì được tự sửa; ô có hai cách hiểu là lỗi.",
        "",
    ]
    return "\n".join([*lines, *(f"- {line}" for line in NORMALISATIONS)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
