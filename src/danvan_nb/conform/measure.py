"""The measuring of one document: read it, find its parts, ask every rule."""

import zipfile

import pypdfium2
from docx.opc.exceptions import PackageNotFoundError
from lxml import etree

from danvan_nb.conform import own_rules as own_rules  # its functions measure rules of the table
from danvan_nb.conform import parts, results, rules
from danvan_nb.conform.pdf_file import pdf_specimen
from danvan_nb.conform.word_file import word_specimen
from danvan_nb.errors import InputError, Issue

SPECIMENS = {".pdf": pdf_specimen, ".docx": word_specimen}
BROKEN = (pypdfium2.PdfiumError, PackageNotFoundError, zipfile.BadZipFile, etree.LxmlError)
NO_WORD_FILE = (KeyError, ValueError, IndexError)  # what each Word file has is not there


def measure_form(data: bytes, suffix: str, file: str = "") -> list[results.RuleResult]:
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
    if suffix.lower() not in SPECIMENS:
        raise InputError(Issue.of("the_thuc.loai_tep", file=file, found=suffix))
    try:
        specimen = SPECIMENS[suffix.lower()](data)
    except (*BROKEN, *NO_WORD_FILE, OverflowError) as err:
        cause = str(err).rstrip(".")
        raise InputError(Issue.of("the_thuc.khong_doc", file=file, cause=cause)) from err
    if not specimen.imprints:
        raise InputError(Issue.of("the_thuc.khong_chu", file=file))
    form = parts.Form(specimen)
    return [
        results.RuleResult(rule.id, rule.article, rule.required, outcome.measured, outcome.passed)
        for rule in rules.rules()
        for outcome in [rule.measure(form)]
    ]
