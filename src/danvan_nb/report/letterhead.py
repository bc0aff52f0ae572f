"""The words of the form around a report: letterhead, addressees, signature, recipients (Nghị định 30/2020/NĐ-CP, Phụ lục I)."""

from __future__ import annotations

from danvan_nb.project.models import Office, ReportParams
from danvan_nb.project.project import Project
from danvan_nb.wording import list_lines, long_date

KIND = "BÁO CÁO"
KIND_SYMBOL = "BC"
BLANK = "……"
"""What the form prints where a number or date is filled in by hand."""


def letterhead(project: Project, params: ReportParams) -> dict[str, str | list[str]]:
    """Give the frame of the form as plain data, which travels in the notebook's metadata.

    Notes
    -----
    A Ủy ban nhân dân shows no superior above its name; a number under 10 is padded; an unnumbered, undated report prints blanks.
    Name, symbol, place and authority are those of the office that exists on the report's date.
    """
    office = project.reporting_office(params)
    taken_over = office is not project.offices[params.office]
    number = f"{params.number:0>2}" if params.number else BLANK
    symbol = f"{number}/{KIND_SYMBOL}-{office.symbol}"
    day = (
        long_date(params.report_date)
        if params.report_date
        else f"ngày {BLANK} tháng {BLANK} năm {BLANK}"
    )
    keep = f"Lưu: VT, {params.drafting_unit}" if params.drafting_unit else "Lưu: VT"
    return {
        "superior": _superior(project, office),
        "issuer": _issuer(office),
        "number": f"Số: {symbol}",
        "place_date": f"{office.place}, {day}",
        "kind": KIND,
        "to": list(params.to if len(params.to) < 2 else list_lines(params.to)),
        "authority": list(
            (office.authority if taken_over else ())
            or params.signatory.authority
            or office.authority
        ),
        "signatory": params.signatory.name,
        "recipients": list(list_lines(params.recipients, keep)),
        "date": params.document_date.isoformat(),
        "reference": f"(Kèm theo Báo cáo số {symbol} {day} của {office.name})",
    }


def _superior(project: Project, office: Office) -> str:
    parent = project.offices.get(office.parent or "")
    return parent.name.upper() if parent and not office.name.startswith("Ủy ban nhân dân") else ""


def _issuer(office: Office) -> list[str]:
    body = office.name.removesuffix(office.locality).strip()
    return [
        line.upper()
        for line in ((body, office.locality) if body != office.name else (office.name,))
    ]
