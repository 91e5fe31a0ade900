"""A run -> its report, the ``report.html`` of a run directory."""

from tfclf.runs.report.report import REPORT, Report, report_on

__all__ = ["REPORT", "Report", "report_on"]
