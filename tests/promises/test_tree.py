"""Promises about the tree itself: sizes, names, exports, light imports."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import segmentry

SOURCE = Path(segmentry.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))
HEAVY = {"sklearn", "scipy", "pandas", "pyarrow", "polars", "altair", "vl_convert", "matplotlib", "numba", "narwhals"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_file_is_one_idea(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400
    assert file.stem not in {"utils", "helpers", "common", "misc", "manager", "handler"}


def test_every_public_name_exists_and_has_a_docstring():
    for name in segmentry.__all__:
        assert getattr(segmentry, name).__doc__, name


def test_every_stage_says_which_it_is_in_the_order_of_the_layers():
    layers = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    layers = layers["tool"]["importlinter"]["contracts"][0]["layers"]
    numbers = []
    for layer in reversed([layer for layer in layers if layer not in {"__main__", "engine", "core"}]):
        for name in layer.split(" | "):
            said = re.match(
                r'"""\*Stage (\d+): (\w+)\.\* ', (SOURCE / name / "__init__.py").read_text(encoding="utf-8")
            )
            assert said, name
            assert said[2] == name
            numbers.append(int(said[1]))
    assert numbers == sorted(numbers)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        segmentry.nothing  # noqa: B018


def imported_by(code):
    script = f"import sys, json; sys.argv = ['segmentry', '--help']\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_segmentry_imports_nothing_heavy():
    assert not imported_by("import segmentry") & (HEAVY | {"numpy", "duckdb", "ibis", "pydantic", "yaml"})


def test_help_imports_nothing_heavy():
    code = "from segmentry.cli.app import main\ntry: main()\nexcept SystemExit: pass"
    assert not imported_by(code) & (HEAVY | {"numpy", "duckdb", "ibis", "pydantic", "jinja2"})


def test_a_run_without_report_imports_only_what_it_uses(tmp_path):
    code = (
        "from pathlib import Path\nfrom segmentry.sources import generate_retail\nfrom segmentry.flow import run\n"
        f"data = Path({str(tmp_path)!r}) / 'data.csv'\ngenerate_retail(data, customers=200)\n"
        f"run(data, out={str(tmp_path / 'runs')!r}, report=False)"
    )
    rules = {"segmentry.rules.declared", "segmentry.rules.compiled", "segmentry.compare", "segmentry.explain"}
    assert not imported_by(code) & (HEAVY | rules | {"jinja2", "segmentry.charts"})


def test_a_run_with_a_report_draws_without_any_drawing_library(tmp_path):
    code = (
        "from pathlib import Path\nfrom segmentry.sources import generate_retail\nfrom segmentry.flow import run\n"
        f"data = Path({str(tmp_path)!r}) / 'data.csv'\ngenerate_retail(data, customers=200)\n"
        f"run(data, out={str(tmp_path / 'runs')!r})"
    )
    assert not imported_by(code) & HEAVY


def test_scoring_a_second_time_needs_neither_ibis_nor_what_draws_or_names(tmp_path):
    code = (
        "from pathlib import Path\nimport duckdb\nimport segmentry as sg\nfrom segmentry.flow import load, run, score_to_file\n"
        "from segmentry.core.recipe import parse_recipe\n"
        f"folder = Path({str(tmp_path)!r})\ndata = folder / 'data.parquet'\n"
        "if not data.exists():\n"
        '    duckdb.sql("COPY (SELECT 1000 + i AS id, i % 7 + 0.5 AS a, (i * i) % 11 AS b FROM range(300) t(i)) TO \'" + str(data) + "\'")\n'
        "    source = {'path': str(data), 'kind': 'customers', 'columns': {'customer': 'id'}}\n"
        "    run(parse_recipe({'source': source, 'cluster': {'k': 3}}), out=folder / 'runs', report=False)\n"
        "score_to_file(load(folder / 'runs'), str(data), folder / 'scored.parquet')"
    )
    assert "ibis" in imported_by(code)
    again = imported_by(code)
    assert not again & (HEAVY | {"ibis", "segmentry.profile", "segmentry.rules", "segmentry.charts", "jinja2"})
