"""The results that tests/charts draws, for the page that shows them."""

import importlib.util
from pathlib import Path

import pytest

from segmentry import charts, report
from segmentry.core.recipe import Recipe
from segmentry.sources.facts import Assumption, Facts

_spec = importlib.util.spec_from_file_location("chart_examples", Path(__file__).parents[1] / "charts" / "conftest.py")
_examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_examples)

FACTS = Facts(
    description="CSV, comma, UTF-8, dates month/day/year",
    files=("online_retail.csv.gz",),
    rows=541909,
    columns=("CustomerID", "InvoiceNo", "InvoiceDate", "Amount", "Note"),
    roles={"customer": "CustomerID", "order": "InvoiceNo", "time": "InvoiceDate", "amount": "Amount"},
    role_reasons={"customer": "its name"},
    assumptions=(Assumption("dates are month/day/year", "set source.format.dates: day-first"),),
    fingerprint="9f" * 32,
)
META = {
    "run_id": "2011-12-10-a3f1",
    "created": "2026-11-21",
    "segmentry": "0.1.0",
    "libraries": {"numpy": "2.4"},
    "seconds": {"read": 0.8},
}


def make_contents(results, *, name="uk-retail", facts=FACTS, bought=None):
    given = {key: value for key, value in vars(results).items() if key not in {"seed", "trade", "declared"}}
    return report.contents(recipe=Recipe(name=name), facts=facts, meta=META, bought=bought, **given)


def write_page(results, path, **options):
    drawn = charts.build_charts(**vars(results))
    report.write_html([report.Chapter(make_contents(results, **options), drawn, charts.render(drawn))], path)
    return path


@pytest.fixture(scope="session")
def results():
    return _examples.make_with_trade()


@pytest.fixture(scope="session")
def page_file(results, tmp_path_factory):
    return write_page(results, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory):
    return write_page(_examples.make_hard(), tmp_path_factory.mktemp("hostile") / "report.html", name=_examples.HOSTILE)


@pytest.fixture(scope="session")
def examples():
    return _examples


@pytest.fixture(scope="session")
def say():
    return make_contents


@pytest.fixture(scope="session")
def write():
    return write_page
