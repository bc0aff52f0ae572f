"""A short report of a made-up commune in the official form, as PDF and as Word file.

`pdf(old, new)` and `word(old, new)` write it with one thing replaced, so that a test can break it.
"""

from __future__ import annotations

import io
import re
from importlib.resources import as_file, files
from pathlib import Path

import docx
import typst
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Mm, Pt, RGBColor

LETTERS = Path(__file__).parent / "letters"
PDF, BODY, WORD = (
    (LETTERS / name).read_text(encoding="utf-8") for name in ("letter.typ", "body.txt", "word.txt")
)
MARKUP = {"p": '#par[#"{}"]', "I": '#head[*#"{}"*]', "1": '#head[*#"{}"*]', "a": '#head[#"{}"]'}

STYLES = {"p": "14 both", "I": "14 bold both keep", "1": "14 bold both keep", "a": "14 both keep"}
TABLES = {"left": (0, 0, 0), "right": (0, 0, 1), "left2": (0, 1, 0), "right2": (0, 1, 1)}
TABLES |= {"from": (1, 0, 0), "sign": (1, 0, 1)}


def pdf(old: str = "", new: str = "") -> bytes:
    """Set the report, with `old` replaced everywhere by `new`."""
    lines = (line.split(": ", 1) for line in changed(BODY, old, new).splitlines())
    body = "\n".join(MARKUP[kind].format(text) for kind, text in lines)
    source = changed(PDF, old, new).replace("BODY", body)
    assert not old or old in PDF + BODY
    with as_file(files("danvan_nb") / "fonts") as folder:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)]
        )
        return bytes(typst.compile({"main.typ": source.encode()}, font_paths=fonts))


def word(old: str = "", new: str = "", **settings: float) -> bytes:
    """Write the report with python-docx; `settings` are margins, `after`, `line`, `indent`."""
    body = "".join(
        f"mid: {STYLES[kind]} | {text}\n"
        for kind, text in (line.split(": ", 1) for line in BODY.splitlines())
    )
    source = changed(WORD.replace("BODY\n", body), old, new)
    assert not old or source != WORD.replace("BODY\n", body)
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    margins = {"top": 20, "right": 15.5, "bottom": 20, "left": 30.5} | settings
    for side in ("top", "right", "bottom", "left"):
        setattr(section, f"{side}_margin", Mm(margins[side]))
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    number._p.append(
        parse_xml(
            f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>2</w:t></w:r></w:fldSimple>'
        )
    )
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(14)
    normal.paragraph_format.space_after = Pt(0)
    tables = []
    for line in source.splitlines():
        place, style, text = re.fullmatch(r"(\w+): (.*?) \|\s?(.*)", line).groups()  # type: ignore[union-attr]
        if place == "mid":
            paragraph = document.add_paragraph()
        else:
            table, row, column = TABLES[place]
            if len(tables) == table:
                tables.append(document.add_table(2 - table, 2))
            cell = tables[table].cell(row, column)
            empty = not cell.paragraphs[0].runs and cell.paragraphs[0]._p.pPr is None
            paragraph = cell.paragraphs[0] if empty else cell.add_paragraph()
        fill(paragraph, place, style.split(), text, settings)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def fill(
    paragraph: object, place: str, style: list[str], text: str, settings: dict[str, float]
) -> None:
    form = paragraph.paragraph_format  # type: ignore[attr-defined]
    form.alignment = WD_ALIGN_PARAGRAPH.LEFT if place == "from" else WD_ALIGN_PARAGRAPH.CENTER
    if style[0] == "rule":
        border = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="6"/></w:pBdr>'
        paragraph._p.get_or_add_pPr().append(parse_xml(border))  # type: ignore[attr-defined]
        form.left_indent = form.right_indent = Pt(float(style[1]))
        return
    run = paragraph.add_run(text)  # type: ignore[attr-defined]
    run.font.size, run.font.bold, run.font.italic = (
        Pt(float(style[0])),
        "bold" in style,
        "italic" in style,
    )
    run.font.color.rgb = RGBColor(200, 0, 0) if "red" in style else None
    if "arial" in style:
        run.font.name = "Arial"
        run._r.rPr.rFonts.set(qn("w:hAnsi"), "Arial")
    if place == "mid" and "center" not in style:
        form.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY if "both" in style else WD_ALIGN_PARAGRAPH.LEFT
        form.first_line_indent = Cm(settings.get("indent", 1.27))
        form.space_after = Pt(settings.get("after", 6))
        form.line_spacing = settings.get("line", 1.0)
        form.keep_with_next = "keep" in style


def changed(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text
