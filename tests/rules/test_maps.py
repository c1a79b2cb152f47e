"""Maps are partitions, and what is none is named cell by cell."""

import json
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.core.errors import RecipeError
from segmentry.rules import MAPS, SegmentMap, check, load_map
from segmentry.rules.patterns import expand

CELLS = ["".join(cell) for cell in product("123", repeat=2)]


@pytest.mark.parametrize("name", MAPS)
def test_the_packaged_maps_are_partitions(name):
    found = load_map(name)
    codes = [one for patterns in found.segments.values() for pattern in patterns for one in expand(pattern)]
    every = ["".join(digits) for digits in product("12345", repeat=len(found.measures))]
    assert sorted(codes) == every  # each once: nothing twice, nothing missing
    assert check(found) == []
    assert len(found.segments) == int(name.split("-")[1])


def test_known_cells():
    grid, listed = load_map("rf-10"), load_map("rfm-11")
    assert grid.assign(np.array(["55", "11", "15", "33", "51", None], dtype=object)).tolist() == [
        "Champions", "Hibernating", "Can't Lose Them", "Need Attention", "New Customers", None,
    ]  # fmt: skip
    assert listed.assign(np.array(["555", "111", "525", "215"], dtype=object)).tolist() == [
        "Champions", "Lost", "Promising", "Can't Lose Them",
    ]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from([*CELLS, "41", "99"]), max_size=9), min_size=1, max_size=4))
def test_faults_are_found_as_by_counting_cells(parts):
    found = check(SegmentMap("x", ("a", "b"), (3, 3), {f"s{i}": tuple(part) for i, part in enumerate(parts)}))
    homes = {cell: [f"s{i}" for i, part in enumerate(parts) if cell in part] for cell in CELLS}
    assert {one for fault in found if fault.kind == "gap" for one in fault.codes} == {c for c in CELLS if not homes[c]}
    shared = {one: fault.segments for fault in found if fault.kind == "overlap" for one in fault.codes}
    assert shared == {cell: tuple(names) for cell, names in homes.items() if len(names) > 1}
    beyond = {(fault.segments[0], one) for fault in found if fault.kind == "unreachable" for one in fault.codes}
    assert beyond == {(f"s{i}", one) for i, part in enumerate(parts) for one in part if one not in homes}


@pytest.mark.parametrize("pattern", ["", "5x", "[", "5[", "[]", "[5-]", "5-4", "[5-4]", "5.4"])
def test_what_is_no_pattern_is_an_error(pattern):
    with pytest.raises(RecipeError, match="no pattern of codes"):
        expand(pattern)


@pytest.mark.parametrize("pattern", ["", "5..3", ".5", "5.", "123.1", "[1,].2", "[3-2].1"])
def test_what_is_no_dotted_pattern_is_an_error(pattern):
    with pytest.raises(RecipeError, match="no pattern of codes"):
        expand(pattern, dotted=True)


def test_any_number_of_levels():
    found = load_map({"measures": ["R", "nav"], "levels": {"R": 12, "nav": 2}, "segments": {
        "new": {"R": "11-12"}, "old and small": [{"R": [1, "2-10"], "nav": 1}], "old": ["[1-5,6-10].2"],
    }})  # fmt: skip
    assert check(found) == []
    assert found.assign(np.array(["12.1", "2.1", "2.2", "10.2"], dtype=object)).tolist() == [
        "new", "old and small", "old", "old",
    ]  # fmt: skip
    assert len(list(found.codes())) == 24


def test_ranges_are_the_same_as_codes():
    by_ranges = {"Champions": {"R": "4-5", "F": "4-5"}, "Rest": [{"R": "1-3"}, {"R": [4, 5], "F": "1 - 3"}]}
    found = load_map({"measures": ["R", "F"], "levels": 5, "segments": by_ranges})
    assert check(found) == []
    champions = [code for code in found.codes() if found.assign(np.array([code]))[0] == "Champions"]
    assert champions == ["44", "45", "54", "55"]


@pytest.mark.parametrize(
    "name", ["'; DROP TABLE x; --", "<script>alert(1)</script>", "=1+1", "a\nb", "None", "ü {x}", " "]
)
def test_hostile_names_of_segments_are_only_names(name):
    found = load_map({"measures": ["F"], "levels": 2, "segments": {name: [1], "other": [2]}})
    assert found.assign(np.array(["1", "2"], dtype=object)).tolist() == [name, "other"]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"measures": [f"m{i}" for i in range(9)], "levels": 9, "segments": {}}, "387,420,489 codes"),
        (
            {"measures": [f"m{i}" for i in range(16)], "levels": 2, "segments": {"a": ["[0-9]" * 16]}},
            "more than 100,000",
        ),
        ({"measures": ["a", "a"], "levels": 2, "segments": {}}, "each once"),
        ({"measures": ["a"], "levels": {"b": 2}, "segments": {}}, "'b' is not one of its measures"),
        ({"measures": ["a"], "levels": True, "segments": {}}, "from 2 to 99, not True"),
        ({"measures": ["a"], "levels": 100, "segments": {}}, "from 2 to 99"),
        ({"measures": ["a"], "levels": 2, "segments": {"x": {"b": 1}}}, "'b' is not one of its measures"),
        ({"measures": ["a"], "levels": 2, "segments": {"x": {"a": None}}}, "A level"),
        ({"measures": ["a"], "levels": 2, "segments": {"x": {"a": "low"}}}, "no pattern"),
        ({"measures": ["a"], "levels": 2, "segments": {"x": "1"}}, "list of codes; 'x' has '1'"),
        ({"measures": ["a"], "levels": 2, "segments": {}, "less_is_better": ["b"]}, "'b' is not one"),
        ({}, "measures has to be a list"),
    ],
)
def test_an_impossible_map_is_an_error(document, words):
    with pytest.raises(RecipeError, match=words):
        load_map(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "no mapping"),
        ("measures: [a]\nlevels: 1\nsegments: {}", "from 2 to 99"),
        ("measures: a\nlevels: 3\nsegments: {}", "list of features"),
        ("measures: [a]\nlevels: 3\nsegments: {x: 1}", "list of codes"),
        ("measures: [a]\nlevels: 3\nsegments: {x: [12]}", "there are 1 measures"),
        ("measures: [a]\nlevels: 3\nsegments: {}\nmeasure: 1", "'measure' is not a key"),
        ("{", "cannot be read"),
    ],
)
def test_a_bad_file_is_an_error_that_says_so(tmp_path, text, words):
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(RecipeError, match=words):
        load_map(str(tmp_path / "map.yaml"))


def test_an_unknown_map_names_the_known_ones():
    with pytest.raises(RecipeError, match="no map 'rfm-10'"):
        load_map("rfm-10")


def test_the_command_proves_or_names(tmp_path, capsys, monkeypatch):
    from segmentry.cli.app import main

    def answer(*words):
        monkeypatch.setattr("sys.argv", ["segmentry", "rules", "check", *words])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, capsys.readouterr().out

    assert answer("rfm-11") == (0, "rfm-11 is a partition: each of its 125 codes is in one of 11 segments.\n")
    (tmp_path / "own.yaml").write_text("measures: [frequency]\nlevels: 3\nsegments: {low: ['[1-2]'], high: [2, 4]}")
    status, text = answer(str(tmp_path / "own.yaml"))
    assert status == 1
    assert "gap: no segment has 3" in text
    assert "overlap: low and high both have 2" in text
    assert "unreachable: high: no customer can have 4" in text
    status, text = answer(str(tmp_path / "own.yaml"), "--json")
    assert status == 1
    assert [fault["kind"] for fault in json.loads(text)["faults"]] == ["unreachable", "gap", "overlap"]
