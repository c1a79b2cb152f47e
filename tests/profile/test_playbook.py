"""The playbook: packaged, edited, refused, and filled in from the data."""

import math
from string import Formatter

import numpy as np
import pytest

from segmentry.core.errors import RecipeError
from segmentry.profile import load_playbook, profile
from segmentry.profile.archetypes import ARCHETYPES
from segmentry.profile.playbook import PLACEHOLDERS, TEXTS

RFM = ["recency_days", "frequency", "monetary"]


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "plays.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_packaged_playbook_has_every_archetype():
    assert set(load_playbook(None).advice) == set(ARCHETYPES)


def test_every_placeholder_is_documented_in_the_packaged_file():
    from pathlib import Path

    import segmentry.profile.playbook as module

    text = Path(module.__file__).with_name("playbook.yaml").read_text(encoding="utf-8")
    comments = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    assert [name for name in PLACEHOLDERS if f"{{{name}}}" not in comments] == []


def test_money_at_stake_by_its_formulas(table):
    """Three segments by hand: revenue of the silent one, a tenth of the way up for the promising one."""
    customers = table(
        recency_days=[2] * 4 + [5] * 4 + [200] * 4 + [300] * 4,
        frequency=[20] * 4 + [1] * 4 + [9] * 4 + [1] * 4,
        monetary=[900, 1000, 1100, 1200, 10, 20, 30, 40, 500, 500, 600, 600, 1, 2, 3, 4],
    )
    segments = {segment.archetype: segment for segment in profile(customers, np.repeat([0, 2, 1, 3], 4), features=RFM)}
    assert segments["Champions"].play.money_at_stake == 4200
    silent = next(segments[name] for name in ("At Risk", "Can't Lose Them") if name in segments)
    assert silent.play.money_at_stake == 2200
    fresh = next(segments[name] for name in ("New Customers", "Promising") if name in segments)
    assert fresh.play.money_at_stake == pytest.approx(
        0.1 * 4 * (1050 - 25)
    )  # not to the silent ones, though 550 is nearer
    assert segments["Lost"].play.money_at_stake == 0
    assert "2,200" in silent.play.goal


def test_no_placeholder_is_left(book):
    centres = [
        (8, 15, 9000),
        (190, 12, 8000),
        (35, 8, 2800),
        (20, 3, 800),
        (6, 1.05, 120),
        (170, 5, 1500),
        (300, 1.1, 90),
    ]
    for segment in profile(*book(centres), features=RFM):
        for field in TEXTS:
            text = getattr(segment.play, field)
            assert "–" not in text
            assert [name for _, name, _, _ in Formatter().parse(text) if name] == []
            assert "\n" not in text


def test_without_money_nothing_is_at_stake_and_nothing_is_said(table):
    segments = profile(table(visits=[9, 9, 1, 1]), np.array([0, 0, 1, 1]), features=["visits"])
    for segment in segments:
        assert segment.play.money_at_stake == 0
        assert "–" not in f"{segment.play.goal} {segment.play.action}"


def test_revenue_at_stake_without_money_is_unknown(table, written):
    mine = load_playbook(written("Top Value: {goal: '{money_at_stake} of {name}', stake: {formula: revenue}}"))
    first = profile(table(visits=[9, 9, 1, 1]), np.array([0, 0, 1, 1]), features=["visits"], playbook=mine)[0]
    assert math.isnan(first.play.money_at_stake)
    assert first.play.goal == "– of High visits"


def test_own_fields_replace_only_themselves(written, book):
    mine = load_playbook(
        written(
            "Champions:\n  goal: Thank {customers} {name}\n  message: Hello {{first_name}}\n  stake: {formula: revenue, share: 0.25}\n"
        )
    )
    packaged = load_playbook(None)
    assert mine.advice["Lost"] == packaged.advice["Lost"]
    assert mine.advice["Champions"].action == packaged.advice["Champions"].action
    customers, labels = book([(20, 8, 4000), (120, 1.5, 300)])
    play = profile(customers, labels, features=RFM, overrides={"0": "Stars {x}"}, playbook=mine)[0].play
    assert play.goal == "Thank 200 Stars {x}"
    assert play.message == "Hello {first_name}"
    assert play.money_at_stake == pytest.approx(0.25 * customers.values["monetary"][labels == 0].sum())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Champoins: {goal: x}", "'Champoins' is not an archetype. Did you mean 'Champions'"),
        ("Champions: {gaol: x}", "'Champions.gaol' is not a field. Did you mean 'goal'"),
        ("Champions: {goal: 7}", "'Champions.goal' has to be text, not 7"),
        ("Champions: {goal: ''}", "'Champions.goal' has to be text"),
        (
            "Champions: {goal: '{custmers} of them'}",
            "'Champions.goal' has a placeholder {custmers}.*Did you mean 'customers'",
        ),
        ("Champions: {goal: '{customers.__class__}'}", "placeholder {customers.__class__} that is not known"),
        ("Champions: {goal: '{customers!r}'}", "placeholder {customers} that is not known"),
        ("Champions: {goal: '{customers:>9}'}", "placeholder {customers} that is not known"),
        ("Champions: {goal: '{}'}", "placeholder {} that is not known.*Known: name, customers"),
        ("Champions: {goal: '50 % {'}", "'Champions.goal' has an unbalanced brace"),
        ("Champions: {stake: 5}", "'Champions.stake' has to be a mapping with a formula"),
        (
            "Champions: {stake: {formula: revenu}}",
            "'Champions.stake.formula' 'revenu' is not a formula. Did you mean 'revenue'",
        ),
        ("Champions: {stake: {formula: revenue, shares: 1}}", "'Champions.stake.shares' is not a field"),
        (
            "Champions: {stake: {formula: revenue, share: 3}}",
            "'Champions.stake.share' has to be a number from 0 to 1, not 3",
        ),
        (
            "Champions: {stake: {formula: revenue, share: .nan}}",
            "'Champions.stake.share' has to be a number from 0 to 1",
        ),
        ("Champions: nothing", "'Champions' is not a mapping"),
        ("- a list", "is not a mapping from archetype to advice"),
        ("", "is not a mapping from archetype to advice"),
        ("a: [1", "is not valid YAML"),
        ("? {a: 1}\n: x", "is not"),
        ("!!python/object/apply:os.system ['true']", "is not valid YAML"),
    ],
)
def test_faults_name_file_and_key(written, text, message):
    path = written(text)
    with pytest.raises(RecipeError, match=message) as raised:
        load_playbook(path)
    assert "plays.yaml" in str(raised.value)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "latin.yaml").write_bytes(b"Champions: {goal: \xe9t\xe9}")
    for name in ("missing.yaml", "latin.yaml", "."):
        with pytest.raises(RecipeError, match="cannot be read"):
            load_playbook(tmp_path / name)
