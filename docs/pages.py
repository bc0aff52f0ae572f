"""The pages of docs that come from the code, all or in part: `make docs` writes them anew.

A part stands between `<!-- NAME: written by make docs -->` and `<!-- end of NAME -->`; all around
it is written by hand. `tests/unit/test_docs.py` holds every page to the code.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/danvan_nb"
for folder in ("tests", "tests/unit"):
    sys.path.append(str(ROOT / folder))

from pydantic import BaseModel  # noqa: E402
from test_architecture import ROOMS  # noqa: E402

from danvan_nb.conform.rules import rules  # noqa: E402
from danvan_nb.data.schema import OBSERVATIONS, PROVENANCE, TABLES  # noqa: E402
from danvan_nb.errors import SEVERITIES  # noqa: E402
from danvan_nb.nodes import plain  # noqa: E402
from danvan_nb.notebook.cells import CellMemory, NotebookMemory  # noqa: E402
from danvan_nb.project.project import Project  # noqa: E402
from danvan_nb.report.dictionary import dictionary  # noqa: E402

REMARKS = {
    OBSERVATIONS: (
        "Mỗi dòng một số liệu (cột `value`); hoặc, như biểu nhập của `danvan-nb form`, mỗi dòng một"
        " chỉ tiêu với các cột `Thực hiện`, `Ước thực hiện`, `Kế hoạch năm 2023`, `Thực hiện đến"
        " 30/4/2023`. Cột “chỉ để đọc” không được nhập vào báo cáo.\n\n"
        "Số phát sinh là số cộng dồn từ một ngày: `counted: year` trong danh mục là từ 01/01 (lũy"
        " kế từ đầu năm, kể cả khi nhập ở kỳ 6 tháng cuối năm), `counted: half` là từ ngày đầu của"
        " kỳ. Để trống `as_of` là tính đến ngày cuối kỳ, ví dụ kỳ `2023-H2`: từ 01/01/2023 (hoặc"
        " 01/7/2023) đến 31/12/2023; số chốt ngày 14/12 thì ghi `as_of` là 14/12/2023."
    ),
    PROVENANCE: (
        "Do `danvan-nb collect` ghi, cùng `collected.csv` (cột như `observations`) và"
        " `collected.sha256`; không sửa tay."
    ),
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    heads = [*heads]
    lines = [heads, *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    first, *rest = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join([first, "|---" * len(heads) + "|", *rest])


def summary(path: Path) -> str:
    """Give the first paragraph of a module's docstring on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def room_path(room: str) -> Path:
    """Give the file that says what a room is: a package's `__init__.py`, or the module itself."""
    package = PACKAGE / room / "__init__.py"
    return package if package.is_file() else PACKAGE / f"{room}.py"


def rooms() -> str:
    """List the rooms from the ground up, a line each."""
    rows = []
    for room in ROOMS:
        path = room_path(room)
        name = f"{room}/" if path.stem == "__init__" else f"{room}.py"
        rows.append((f"`{name}`", summary(path)))
    return table(("from the ground up", "what it holds"), rows)


def tree() -> str:
    """Draw the folder tree of the package with a line for each module."""
    lines = [("src/danvan_nb/", summary(PACKAGE / "__init__.py"))]
    for room in ROOMS:
        path = room_path(room)
        if path.stem != "__init__":
            lines.append((f"  {path.name}", summary(path)))
            continue
        lines.append((f"  {room}/", summary(path)))
        for module in sorted(path.parent.rglob("*.py")):
            name = module.relative_to(path.parent).as_posix().replace("__init__.py", "")
            if name:
                lines.append((f"    {name}", summary(module)))
    return "\n".join(["```", *(f"{name:<28}{text}".rstrip() for name, text in lines), "```"])


def attributes(owner: type[BaseModel]) -> list[tuple[str, str]]:
    """Read what the numpydoc docstring of a model says of each of its fields."""
    told: dict[str, str] = {}
    names: list[str] = []
    for line in inspect.cleandoc(owner.__doc__ or "").partition("Attributes\n")[2].splitlines()[1:]:
        if line.startswith(" "):
            told |= {name: f"{told[name]} {line.strip()}".strip() for name in names}
        elif line:
            names = line.partition(" : ")[0].split(", ")
            told |= dict.fromkeys(names, "")
    return [(name, told[name]) for name in owner.model_fields]


def memory() -> str:
    """List what stands under the key `danvan` in the metadata of a notebook and of its cells."""
    rows = [
        (where, f"`{name}`", text)
        for owner, where in ((NotebookMemory, "notebook"), (CellMemory, "cell"))
        for name, text in attributes(owner)
    ]
    return table(("of a", "key", "what it holds"), rows)


def input_tables() -> str:
    """Describe the input tables and their columns."""
    parts = []
    for spec in TABLES:
        parts.append(f"## {spec.sheet} (`{spec.name}`)")
        if spec in REMARKS:
            parts.append(REMARKS[spec])
        rows = (
            (f"`{column.name}`", column.heading, "có" if column.required else "", column.meaning)
            for column in spec.columns
        )
        parts.append(table(("Cột CSV", "Tiêu đề Excel", "Bắt buộc", "Ý nghĩa"), rows))
    return "\n\n".join(parts)


def indicators() -> str:
    """List the catalogue: label, unit, measure, id."""
    project = Project(ROOT)
    rows = (
        (
            project.catalogue[name].label,
            *map(plain, (told["Đơn vị tính"], told["Cách tính"])),
            f"`{name}`",
        )
        for name, told in dictionary(project, {}).items()
    )
    return table(("Chỉ tiêu", "Đơn vị tính", "Loại", "Mã"), rows)


THEMES = {
    "ground": "Chung",
    "project": "Tham số, đơn vị, danh mục chỉ tiêu",
    "data": "Bảng số liệu đầu vào",
    "figures": "Kiểm tra số liệu, công thức, viện dẫn",
    "report": "Báo cáo và từ ngữ dùng trong sổ tay",
    "notebook": "Sổ tay và thuyết minh",
    "document": "Kết xuất HTML, PDF, Word",
    "conform": "Đo thể thức (conform)",
    "outputs": "Thư mục kết quả",
    "keep": "Giữ phần đã sửa (keep)",
    "run": "Chạy báo cáo",
    "lab": "JupyterLab",
    "commands": "Các lệnh",
}


def all_messages() -> str:
    """Write the page of every message by its rule: how grave, what it says, what to do."""
    parts = [
        "# Mọi thông báo theo quy tắc",
        "Mỗi thông báo mang một mã quy tắc, là phần trước dấu chấm: `--json` ghi mã này, và quy tắc"
        " kiểm tra số liệu bỏ qua được bằng `rules_off`.\nDấu … là phần điền theo từng trường hợp."
        " Trang này do `make docs` ghi từ lời của chương trình (`src/danvan_nb/messages/`).",
    ]
    files = {path.stem: path for path in (PACKAGE / "messages").glob("*.toml")}
    for room in sorted(files, key=[*THEMES].index):
        told = tomllib.loads(files[room].read_text(encoding="utf-8"))
        rows = ((f"`{key}`", *message_cells(words)) for key, words in told.items())
        parts.append(f"## {THEMES[room]}")
        parts.append(table(("Quy tắc", "Mức", "Thông báo", "Việc cần làm"), rows))
    return "\n\n".join(parts) + "\n"


def message_cells(words: Mapping[str, str]) -> Iterable[str]:
    """Give what a message shows of itself: severity, message with what was expected, what to do."""
    said = {name: re.sub(r"\{[^{}]*\}", "…", text) for name, text in words.items()}
    expected = f" (cần {said['expected']})" if said.get("expected") else ""
    return (
        SEVERITIES[said.get("severity", "error")],
        said["message"] + expected,
        said.get("todo", ""),
    )


def with_parts(file: str, **parts: Callable[[], str]) -> str:
    """Give the text of a page with its generated parts anew."""
    text = (ROOT / file).read_text(encoding="utf-8")
    for name, write in parts.items():
        start, end = f"<!-- {name}: written by make docs -->", f"<!-- end of {name} -->"
        before, rest = text.split(start)
        text = f"{before}{start}\n{write()}\n{end}{rest.split(end)[1]}"
    return text


def form_rules() -> str:
    """List the rules of the official form: id, article, requirement."""
    rows = ((f"`{rule.id}`", rule.article, rule.required) for rule in rules())
    return table(("Quy tắc", "Căn cứ", "Yêu cầu"), rows)


PAGES: dict[str, Callable[[], str]] = {
    "README.md": partial(with_parts, "README.md", rooms=rooms),
    "docs/developing.md": partial(with_parts, "docs/developing.md", tree=tree, memory=memory),
    "docs/glossary.md": partial(with_parts, "docs/glossary.md", indicators=indicators),
    "docs/bang-so-lieu.md": partial(with_parts, "docs/bang-so-lieu.md", tables=input_tables),
    "docs/thong-bao.md": all_messages,
    "docs/the-thuc.md": partial(with_parts, "docs/the-thuc.md", rules=form_rules),
}
"""The pages that are written at once; that of the broken inputs is made by running them."""

if __name__ == "__main__":
    import broken_inputs

    for name, page in (PAGES | {"docs/loi-dau-vao.md": broken_inputs.page}).items():
        (ROOT / name).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{name}\n")
