"""What the folders of several periods say of the same thing must agree.

A longer period reads the folders of its parts; what is typed twice and differs is found here, with
both places.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from danvan_nb.data.records import Observation
from danvan_nb.data.schema import TableSpec
from danvan_nb.errors import Issue
from danvan_nb.project.intervals import Interval, join
from danvan_nb.project.models import Catalogue
from danvan_nb.wording import exact_text


def said_once(spec: TableSpec[Any], rows: Iterable[Any], issues: list[Issue]) -> list[Any]:
    """Keep once what several periods say alike; what they say differently joins the issues.

    A blank says nothing: the form of a later period may hold but the name of an event.
    """
    kept: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        key = tuple(getattr(row, name) for name in spec.key)
        first = kept.setdefault(key, row)
        if first.file == row.file:
            continue
        told = {one.name: getattr(row, one.name) for one in spec.columns}
        told = {name: value for name, value in told.items() if value not in (None, "")}
        if any(getattr(first, name) not in (None, "", value) for name, value in told.items()):
            shown = ", ".join(str(part) for part in key if part is not None)
            issues.append(Issue.of("nhap_hai_noi.dong", row, found=shown, other=first.place))
        kept[key] = replace(first, **told)
    return list(kept.values())


def contradictions(rows: Iterable[Observation], catalogue: Catalogue) -> Iterator[Issue]:
    """Find numbers of periods that differ from what other periods say of the same days."""
    said: dict[tuple[str, str], dict[Interval, Observation]] = defaultdict(dict)
    for row in rows:
        if row.folder != row.period or row.value is None or row.status == "plan":
            continue  # a number that is revised, or a plan that is adjusted, is meant to differ
        known = said[row.indicator, row.status]
        first = known.setdefault(row.days(catalogue[row.indicator]), row)
        if first.period != row.period and first.value != row.value:
            yield _differs("nhap_hai_noi", row, first)
    for known in said.values():
        for days, row in known.items():
            parts = [known[each] for _, each in join(*days, known.keys() - {days}, signs=(1,))]
            if len(parts) > 1 and sum(part.value or 0 for part in parts) != row.value:
                yield _differs("tong_cac_ky", row, *parts)


def _differs(key: str, row: Observation, *others: Observation) -> Issue:
    said = "; ".join(f"{exact_text(one.value, point=',')} ({one.place})" for one in others)
    found = exact_text(row.value, point=",")
    return Issue.of(key, row, column=row.indicator, found=found, other=said)
