"""The words of the form around a report (Nghị định 30/2020/NĐ-CP, Phụ lục I).

Owns letterhead, addressees, signature and recipients; how they are set is the writers'.
"""

from danvan_nb.nodes import Head
from danvan_nb.project.models import Office, ReportParams
from danvan_nb.project.project import Project
from danvan_nb.wording import list_lines, long_date

KIND = "BÁO CÁO"
KIND_SYMBOL = "BC"
BLANK = "……"
"""What the form prints where a number or date is filled in by hand."""
BLANK_DATE = f"ngày {BLANK} tháng {BLANK} năm {BLANK}"


def letterhead(project: Project, params: ReportParams) -> Head:
    """Make the frame of the form.

    Notes
    -----
    A Ủy ban nhân dân shows no superior above its name; a number under 10 is padded; an unnumbered,
    undated report prints blanks. Name, symbol, place and authority are those of the office that
    exists on the report's date.
    """
    office = project.reporting_office(params)
    authority = params.signatory.authority or office.authority
    if office is not project.offices[params.office]:  # what it took over it signs itself
        authority = office.authority or authority
    number = f"{params.number:0>2}" if params.number else BLANK
    symbol = f"{number}/{KIND_SYMBOL}-{office.symbol}"
    day = long_date(params.report_date) if params.report_date else BLANK_DATE
    archive = f"Lưu: VT, {params.drafting_unit}" if params.drafting_unit else "Lưu: VT"
    return Head(
        superior=_superior(project, office),
        issuer=_issuer(office),
        number=f"Số: {symbol}",
        place_date=f"{office.place}, {day}",
        kind=KIND,
        to=params.to if len(params.to) < 2 else list_lines(params.to),
        authority=authority,
        signatory=params.signatory.name,
        recipients=list_lines(params.recipients, archive),
        date=params.document_date.isoformat(),
        reference=f"(Kèm theo Báo cáo số {symbol} {day} của {office.name})",
    )


def _superior(project: Project, office: Office) -> str:
    parent = project.offices.get(office.parent or "")
    alone = office.name.startswith("Ủy ban nhân dân")
    return parent.name.upper() if parent and not alone else ""


def _issuer(office: Office) -> tuple[str, ...]:
    """Break the name before the locality, as the form does."""
    body = office.name.removesuffix(office.locality).strip()
    lines = (body, office.locality) if body != office.name else (office.name,)
    return tuple(line.upper() for line in lines)
