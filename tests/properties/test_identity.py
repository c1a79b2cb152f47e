"""Who is who after a refit owes nothing to the numbers of labels or the order of rows."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.runs import Profiles, match_segments, renumbered


@st.composite
def refits(draw):
    n, j, k = draw(st.integers(0, 40)), draw(st.integers(1, 5)), draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    means = random.normal(size=(j, 2)).round(3), random.normal(size=(k, 2)).round(3)
    before, now = random.integers(-1, j, n), random.integers(-1, k, n)
    old = Profiles(tuple(range(j)), tuple(random.integers(0, 50, j).tolist()), means[0])
    new = Profiles(tuple(range(k)), tuple(random.integers(0, 50, k).tolist()), means[1])
    return before, now, old, new


def renamed(labels, profiles, names, order):
    found = np.array([-1 if label < 0 else names[label] for label in labels.tolist()], dtype=np.int64)
    ids = tuple(names[profiles.ids[row]] for row in order)
    return found, Profiles(ids, tuple(profiles.sizes[row] for row in order), profiles.means[list(order)])


@settings(deadline=None)
@given(refits(), st.data())
def test_labels_and_order_change_nothing(refit, data):
    before, now, old, new = refit
    rows = np.array(data.draw(st.permutations(range(len(before)))), dtype=np.int64)
    shuffled = []
    for labels, profiles in ((before, old), (now, new)):
        names = data.draw(st.permutations(range(20)))
        order = data.draw(st.permutations(range(len(profiles.ids))))
        shuffled.append((*renamed(labels[rows], profiles, names, order), names))
    (before_2, old_2, old_names), (now_2, new_2, new_names) = shuffled
    first = match_segments(before, now, old, new, scale=np.ones(2))
    again = match_segments(before_2, now_2, old_2, new_2, scale=np.ones(2))
    assert [
        (old_names[pair.old], new_names[pair.new], pair.overlap, pair.distance, pair.strength) for pair in first.pairs
    ] == [(pair.old, pair.new, pair.overlap, pair.distance, pair.strength) for pair in again.pairs]
    assert [new_names[birth.id] for birth in first.births] == [birth.id for birth in again.births]
    assert [old_names[death.id] for death in first.deaths] == [death.id for death in again.deaths]
    assert [new_names[merge.id] for merge in first.merges] == [merge.id for merge in again.merges]
    assert [old_names[split.id] for split in first.splits] == [split.id for split in again.splits]
    assert first.needs_confirmation == again.needs_confirmation


@settings(deadline=None)
@given(refits(), st.sets(st.integers(0, 30)))
def test_everything_is_accounted_for_and_every_id_is_one_groups(refit, used):
    before, now, old, new = refit
    found = match_segments(before, now, old, new, scale=np.ones(2))
    assert sorted([pair.old for pair in found.pairs] + [death.id for death in found.deaths]) == list(old.ids)
    assert sorted([pair.new for pair in found.pairs] + [birth.id for birth in found.births]) == list(new.ids)
    ids = renumbered(found, used)
    assert sorted(ids) == list(new.ids)
    assert len(set(ids.values())) == len(ids)
    assert not {ids[birth.id] for birth in found.births} & (used | set(old.ids))
    assert all(0.25 <= pair.strength <= 1 for pair in found.pairs)
    assert len(found.sentences(dict.fromkeys(old.ids, "old"), dict.fromkeys(new.ids, "new"))) >= len(ids)


@settings(deadline=None)
@given(refits())
def test_a_segmentation_is_itself(refit):
    before, _, old, _ = refit
    found = match_segments(before, before, old, old, scale=np.ones(2))
    present = set(before.tolist()) - {-1}
    assert {pair.old: pair.new for pair in found.pairs} == {label: label for label in old.ids}
    assert all(pair.strength == 1 for pair in found.pairs if pair.old in present)
    assert not found.splits
    assert not found.merges
