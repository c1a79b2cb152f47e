"""Conditions: read back as written, the same in memory and in the engine, and faults with their place."""

import duckdb
import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.core.errors import RecipeError, UnknownColumn
from segmentry.rules import Condition, Conditions
from segmentry.rules.syntax import (
    All,
    Among,
    Any,
    Arithmetic,
    Between,
    Comparison,
    Missing,
    Name,
    Negative,
    Not,
    Number,
    Text,
)

NUMBERS = ("nav", "monetary", "net asset value")
TEXTS = ("Tier", 'odd "name"')
numbers = st.sampled_from([0.0, 1.0, -1.0, 2.5, 0.1, 0.30000000000000004, 3.0, 1e9, 5e8, 1e-320, 1.7e308, -250000000.0])
some_text = st.sampled_from(["Gold", "", "it's", '"', "DROP TABLE x; --", "ü", "None", "%", "\\"])
column = st.sampled_from(NUMBERS).map(Name)


def arithmetic(part):
    def fold(node):  # what the grammar does with constants and signs
        if isinstance(node, Negative) and isinstance(node.operand, Number):
            return node.operand
        if isinstance(node, Arithmetic) and isinstance(node.right, Number):
            constant = isinstance(node.left, Number) or (node.operator == "/" and node.right.value == 0)
            return node.left if constant else node
        return node

    sign = st.sampled_from("+-*/")
    return st.one_of(st.builds(Negative, part), st.builds(Arithmetic, part, sign, part)).map(fold)


value = st.recursive(st.one_of(column, numbers.map(Number)), arithmetic, max_leaves=5)
about = value.filter(lambda node: not isinstance(node, Number))
text_column = st.sampled_from(TEXTS).map(Name)
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
test = st.one_of(
    st.builds(Comparison, about, operators, value),
    st.builds(Comparison, text_column, st.sampled_from(["=", "!="]), st.one_of(some_text.map(Text), text_column)),
    st.builds(Between, about, value, value, st.booleans()),
    st.builds(Among, about, st.lists(numbers.map(Number), min_size=1, unique=True).map(tuple), st.booleans()),
    st.builds(Among, text_column, st.lists(some_text.map(Text), min_size=1, unique=True).map(tuple), st.booleans()),
    st.builds(Missing, st.one_of(about, text_column), st.booleans()),
)


def joined(part):
    def flat(kind, parts):
        return kind(tuple(one for node in parts for one in (node.operands if isinstance(node, kind) else (node,))))

    parts = st.lists(part, min_size=2, max_size=3)
    return st.one_of(st.builds(Not, part), parts.map(lambda p: flat(All, p)), parts.map(lambda p: flat(Any, p)))


conditions = st.recursive(test, joined, max_leaves=6).map(Condition)
cell = st.one_of(numbers, st.just(np.nan), st.just(np.inf))
row = st.tuples(*[cell] * len(NUMBERS), *[st.one_of(some_text, st.none())] * len(TEXTS))


@given(conditions)
@settings(deadline=None, max_examples=150)
def test_a_condition_reads_back_as_written(condition):
    assert Condition.read(condition.text) == condition
    assert Condition.read(condition.text).text == condition.text


@given(st.lists(conditions, min_size=1, max_size=3), st.lists(row, min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_memory_and_engine_agree(tried, rows):
    columns = list(zip(*rows, strict=True))
    values = {name: np.array(columns[i], dtype=np.float64) for i, name in enumerate(NUMBERS)}
    words = {name: np.array(columns[len(NUMBERS) + i], dtype=object) for i, name in enumerate(TEXTS)}
    rules = Conditions((*((f"s{i}", condition) for i, condition in enumerate(tried)),))
    schema = dict.fromkeys(NUMBERS, "float64") | dict.fromkeys(TEXTS, "string") | {"row": "int64"}
    table = ibis.table(schema, name="people")
    asked = {f"h{i}": condition.expression(table) for i, condition in enumerate(tried)}
    sql = ibis.to_sql(
        table.select("row", first=rules.expression(table), **asked).order_by("row"), dialect="duckdb", pretty=False
    )
    with duckdb.connect() as connection:
        names = ", ".join('"' + name.replace('"', '""') + '"' for name in schema)
        types = ["DOUBLE"] * len(NUMBERS) + ["VARCHAR"] * len(TEXTS) + ["BIGINT"]
        defined = ", ".join(f"{name} {kind}" for name, kind in zip(names.split(", "), types, strict=True))
        connection.execute(f"CREATE TABLE people ({defined})")
        # Half of the missing numbers are null and half NaN: an engine may have either.
        nulls = [[None if str(number) == "nan" and i % 2 else number for number in line] for i, line in enumerate(rows)]
        connection.executemany(
            f"INSERT INTO people VALUES ({', '.join('?' * len(schema))})", [[*line, i] for i, line in enumerate(nulls)]
        )
        found = connection.execute(sql).fetchall()
    for i, condition in enumerate(tried):
        assert condition.holds(values, words).tolist() == [line[2 + i] is True for line in found], condition.text
    assert rules.assign(values, words).tolist() == rules.named([line[1] for line in found]).tolist()


def holds(text, **columns):
    values = {
        name: np.array(c, dtype=np.float64) for name, c in columns.items() if not any(isinstance(v, str) for v in c)
    }
    words = {name: np.array(column, dtype=object) for name, column in columns.items() if name not in values}
    return Condition.read(text).holds(values, words).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nav >= 10", [True, False, False]),
        ("not nav >= 10", [False, True, False]),  # unknown stays unknown
        ("nav >= 10 or orders >= 2", [True, False, True]),
        ("nav >= 10 and orders >= 2", [False, False, False]),
        ("not (nav >= 10 and orders >= 2)", [True, True, False]),
        ("nav is missing", [False, False, True]),
        ("NAV is missing OR nav IS NOT NULL".replace("NAV", "nav"), [True, True, True]),
        ("nav / (orders - 1) > 0", [False, False, False]),
        ("nav / (orders - 1) is missing", [True, True, True]),
        ("nav between 3 and 10", [True, True, False]),
        ("nav not between 4 and 20", [False, True, False]),
        ("nav in (3, 7)", [False, True, False]),
        ("nav not in (3, 7)", [True, False, False]),
        ("tier = 'A'", [True, False, False]),
        ("tier != 'A'", [False, False, True]),
        ("tier in ('B', 'C') and 1 < orders", [False, False, True]),
        ("-nav + 2 * orders == -8", [True, False, False]),
    ],
)
def test_by_hand(text, expected):
    assert holds(text, nav=[10, 3, np.nan], orders=[1, 1, 2], tier=["A", None, "B"]) == expected


def test_thresholds_are_found_and_exchanged():
    condition = Condition.read("5 <= nav / 10 and (tier = 'A' or not monetary not between 2 and 1e9) or nav in (1, 2)")
    found = condition.thresholds()
    assert [(one.column, one.operator, one.value) for one in found] == [
        ("nav / 10", ">=", 5.0), ("monetary", "<", 2.0), ("monetary", ">", 1e9),
    ]  # fmt: skip
    other = condition.with_threshold(found[2].place, 7)
    assert other.text == "nav / 10 >= 5 and (tier = 'A' or not monetary not between 2 and 7) or nav in (1, 2)"
    assert [one.value for one in other.thresholds()] == [5, 2, 7]
    assert condition.columns == ("nav", "tier", "monetary")
    for place, number in (((0,), 1.0), (found[0].place, float("nan"))):
        with pytest.raises(ValueError, match="finite number at the place"):
            condition.with_threshold(place, number)


@given(conditions, numbers)
@settings(deadline=None, max_examples=60)
def test_only_the_threshold_changes(condition, number):
    for one in condition.thresholds():
        changed = condition.with_threshold(one.place, number)
        assert [t.value for t in changed.thresholds()] == [
            number if t.place == one.place else t.value for t in condition.thresholds()
        ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "character 1: it ends. Expected there: a column, a number or a 'text'"),
        ("nav", "character 4: it ends. Expected there: a comparison"),
        ("nav >=", "character 7: it ends. Expected there: a column"),
        ("nav > 1 adn orders > 2", "character 9: 'adn'. Expected there: 'and', 'or' or the end. Did you mean 'and'"),
        ("1 < nav < 5", "character 9: '<'.* Write: between LOW and HIGH"),
        ("nav > 1 && orders > 2", "'&' means nothing here .write: and."),
        ("nav > 5%", "write 0.05 for 5 %"),
        ("nav > 'abc", "the quote ' is never closed"),
        ('nav > ""', "an empty name"),
        ("nav > 3x", "'3x' is no number"),
        ("nav > 1e999", "beyond"),
        ("nav > 1e308 * 10", "beyond"),
        ("nav / 0 > 1", "division by 0"),
        ("1 < 2", "comparison of constants"),
        ("'a' = 'a'", "constants"),
        ("nav + 1 = 'x'", "a number is compared with a text"),
        ("tier < 'x'", "texts are not compared by <"),
        ("tier between 'a' and 'b'", "not compared by between"),
        ("nav in (1, 'a')", "numbers only, or texts only"),
        ("nav in (orders)", "numbers only, or texts only"),
        ("nav in ()", "Expected there: a column"),
        ("nav in 3", "Expected there: '\\('"),
        ("(nav > 1", "Expected there: '\\)'"),
        ("(nav > 1) > 2", "not a condition"),
        ("nav + (a > 1) > 2", "not a condition"),
        ("nav not 5", "'between' or 'in'"),
        ("nav is 5", "'missing'"),
        ("tier * 'a' > 1", "no arithmetic with texts"),
        ("nav > 1; drop table x", "';' means nothing here"),
        ("__import__('os').system('ls')", "'.' means nothing here"),
        ("nav = '\ud800'", "half a character"),
        ("(" * 5000 + "nav > 1" + ")" * 5000, "nested too deeply"),
        ("not " * 5000 + "nav > 1", "nested too deeply"),
        ("-" * 5000 + "nav > 1", "nested too deeply"),
        ("+".join(["nav"] * 5000) + " > 1", "nested too deeply"),
        ("nav > 1 or " * 20000, "220,000 characters"),
    ],
)
def test_what_cannot_be_read_says_where_and_why(text, words):
    with pytest.raises(RecipeError, match=words) as error:
        Condition.read(text)
    assert len(str(error.value)) < 600


def test_a_long_list_of_alternatives_is_read_and_runs():
    text = " or ".join(f"nav = {i}" for i in range(1000))
    rules = Conditions.read([("some", text)])
    values = {"nav": np.array([5.0, 999, 1000, np.nan])}
    expected = ["some", "some", None, None]
    assert rules.assign(values, {}).tolist() == expected
    with duckdb.connect() as connection:
        connection.register("people", values)
        table = ibis.table({"nav": "float64"}, name="people")
        sql = ibis.to_sql(table.select(first=rules.expression(table)), dialect="duckdb")
        assert rules.named([line[0] for line in connection.execute(sql).fetchall()]).tolist() == expected


def test_columns_have_to_be_there_and_of_the_right_kind():
    with pytest.raises(UnknownColumn, match=r"'nva' is not a column.*Did you mean 'nav'"):
        holds("nva > 1", nav=[1])
    with pytest.raises(RecipeError, match="'tier' holds texts, but 'tier > 1' takes it for numbers"):
        holds("tier > 1", tier=["a"])
    with pytest.raises(RecipeError, match=r"'nav' holds numbers, but .* takes it for texts"):
        holds("nav in ('a')", nav=[1])
    with pytest.raises(RecipeError, match="'tier' holds texts"):
        holds("tier = nav", tier=["a"], nav=[1])
    assert holds("tier = other", tier=["a", "b"], other=["a", None]) == [True, False]


def test_the_first_condition_that_holds_decides():
    rules = Conditions.read([("A", "nav > 5"), ("B", "nav > 3"), ("C", "nav < 2")])
    values = {"nav": np.array([6.0, 4, 1, 2, np.nan])}
    assert rules.assign(values, {}).tolist() == ["A", "B", "C", None, None]
    assert rules.segments == ("A", "B", "C")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], "no conditions"),
        ([("A", "x > 1"), ("A", "x > 2")], "'A' has two conditions"),
        ([("A", None), ("B", "x > 2")], "'B' comes after 'A', which takes all the rest"),
        ([(" ", "x > 1")], "no name"),
        ([("A", "x >")], "Segment 'A': The condition 'x >' cannot be read"),
    ],
)
def test_an_impossible_order_is_refused(rules, words):
    with pytest.raises(RecipeError, match=words):
        Conditions.read(rules)


@pytest.mark.parametrize("name", ["'; DROP TABLE x; --", "<script>alert(1)</script>", "=1+1", "a\nb", "None", "ü {x}"])
def test_hostile_names_of_segments_and_columns_are_only_names(name):
    quoted = '"' + name.replace('"', '""') + '"'
    rules = Conditions.read([(name, f"{quoted} >= 2")])
    values = {name: np.array([1.0, 2.0])}
    assert rules.assign(values, {}).tolist() == [None, name]
    table = ibis.table({name: "float64"}, name="people")
    sql = ibis.to_sql(table.select(first=rules.expression(table)), dialect="duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE people AS SELECT unnest([1.0, 2.0]::DOUBLE[]) AS {quoted}")
        assert connection.execute(sql).fetchall() == [(None,), (0,)]
