"""The chapter on rules beside segments, as a dictionary, against the comparison it tells of."""

from dataclasses import replace

import pytest
import yaml

from segmentry.report.comparison import LISTED, rules_beside_segments


@pytest.fixture(scope="module")
def chapter(results):
    return rules_beside_segments(results.comparison)


def test_a_run_without_rules_has_no_chapter(results, say, write, tmp_path):
    assert rules_beside_segments(None) is None
    without = type(results)(**{**vars(results), "comparison": None})
    assert say(without)["comparison"] is None
    assert 'id="rules"' not in write(without, tmp_path / "page.html").read_text(encoding="utf-8")


def test_statements_carry_the_figures(chapter, results):
    found = results.comparison
    said = {one["about"]: one["text"] for one in chapter["statements"]}
    assert f"adjusted Rand {found.agreement.adjusted_rand:.2f}" in said["Do they agree?"]
    assert f"{found.compatible_share * 100:.1f} % of 1,500 customers" in said["Do they agree?"]
    assert f"Homogeneity {found.agreement.homogeneity:.2f}" in said["Which way do they differ?"]
    assert f"misplace {len(found.mismatches)} customers" in said["Whom do the rules misplace?"]
    assert "Who is not compared?" not in said


def test_who_is_not_compared_is_said(results):
    left = rules_beside_segments(replace(results.comparison, without_rule=3, set_apart=1))
    assert left["statements"][-1]["text"] == (
        "Of all customers 3 have no declared segment, 1 have no found segment, for they are unlike all others."
    )


def test_customers_are_those_with_most_money(chapter, results):
    listed = results.comparison.mismatches
    rows = chapter["mismatches"]["rows"]
    assert [row[0] for row in rows] == listed.ids[: len(rows)].tolist()
    assert len(rows) == min(LISTED, len(listed))
    assert [row[-1] for row in rows] == list(listed.reasons[: len(rows)])
    assert all(len(row) == len(chapter["mismatches"]["heads"]) for row in rows)


def test_the_edit_is_shown_before_and_after(results):
    chapter = rules_beside_segments(results.comparison)
    proposal = results.comparison.proposal
    assert chapter["edit"]["rows"][0][1:] == [f"{proposal.customers_before:,}", f"{proposal.customers_after:,}"]
    assert yaml.safe_load(chapter["edit"]["recipe"])["rules"]["conditions"]


def test_conditions_come_with_their_fidelity(chapter, results):
    compiled = results.comparison.compiled
    assert f"{compiled.fidelity * 100:.1f} % of 1,500 customers" in chapter["conditions"]["text"]
    assert [row[1] for row in chapter["conditions"]["rows"]] == [compiled.texts[name] for name in compiled.names]
    assert yaml.safe_load(chapter["conditions"]["recipe"])["rules"]["conditions"][0]["segment"] in compiled.names
