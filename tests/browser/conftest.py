"""The pages of tests/report, for a real browser."""

import importlib.util
from pathlib import Path

_spec = importlib.util.spec_from_file_location("report_pages", Path(__file__).parents[1] / "report" / "conftest.py")
_pages = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_pages)

results, page_file, hostile_file = _pages.results, _pages.page_file, _pages.hostile_file
