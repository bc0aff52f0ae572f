"""Reproducible periodic reports of local government: the names that a notebook uses.

Nothing heavy is imported here: a name loads its module when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from danvan_nb.figures.charts import bar_chart, bullet_chart, trend_chart
    from danvan_nb.figures.series.history import history_table
    from danvan_nb.figures.tables import assessment_table, breakdown_table, group, summary_table
    from danvan_nb.report.report import open_report

__version__ = "0.1.0"
__all__ = ["assessment_table", "bar_chart", "breakdown_table", "bullet_chart", "group"]
__all__ += ["history_table", "open_report", "summary_table", "trend_chart"]
_HOMES = dict.fromkeys(("bar_chart", "bullet_chart", "trend_chart"), "figures.charts")
_HOMES |= {"open_report": "report.report", "history_table": "figures.series.history"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"danvan_nb.{_HOMES.get(name, 'figures.tables')}"), name)
