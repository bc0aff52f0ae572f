"""The official form, measured: the rules of Nghị định 30/2020/NĐ-CP on a finished PDF or Word file.

Owns reading a document of any office as paragraphs with type and place (`specimen`, `pdf_page`,
`word_file`), finding the parts of the form in it (`parts`), and the rules (`rules.toml`, `rules`,
`own_rules`). It makes and mends nothing.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass

import pypdfium2
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from danvan_nb.conform import own_rules as own_rules  # its functions fill the table
from danvan_nb.conform.parts import Form
from danvan_nb.conform.pdf_page import read_pdf
from danvan_nb.conform.rules import rules
from danvan_nb.conform.word_file import read_word
from danvan_nb.errors import InputError, Issue

READERS = {".pdf": read_pdf, ".docx": read_word}
BROKEN = (pypdfium2.PdfiumError, PackageNotFoundError, zipfile.BadZipFile, etree.LxmlError)
MISSING = (KeyError, ValueError)  # parts of the package that Word needs


@dataclass(frozen=True)
class RuleResult:
    """One rule measured on one document; `passed` is None where it can't be measured."""

    id: str
    article: str
    required: str
    measured: str
    passed: bool | None


def check(data: bytes, suffix: str, file: str = "") -> list[RuleResult]:
    """Measure every rule on a document.

    Parameters
    ----------
    data : bytes
        The document.
    suffix : str
        `.pdf` or `.docx`.
    file : str, optional
        What to call it in a message.

    Raises
    ------
    InputError
        If it is neither, or can't be read, or holds no text.
    """
    if suffix.lower() not in READERS:
        raise InputError(Issue.of("the_thuc.loai_tep", file=file, found=suffix))
    try:
        specimen = READERS[suffix.lower()](data)
    except (*BROKEN, *MISSING) as err:
        raise InputError(Issue.of("the_thuc.khong_doc", file=file, cause=err)) from err
    if not specimen.imprints:
        raise InputError(Issue.of("the_thuc.khong_chu", file=file))
    form = Form(specimen)
    outcomes = ((each, each.measure(form)) for each in rules())
    return [
        RuleResult(each.id, each.article, each.required, outcome.measured, outcome.passed)
        for each, outcome in outcomes
    ]
