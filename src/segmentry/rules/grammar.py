"""From the text of a condition to its tree, or to words that say where and what is wrong with it.

::

    condition  = and-part { or and-part }          and-part = not-part { and not-part }
    not-part   = not not-part | comparison
    comparison = value [ = != < <= > >= value | [not] between value and value | [not] in ( constants )
                       | is [not] missing ]
    value      = product { + or - product }        product  = signed { * or / signed }
    signed     = - signed | number | 'text' | column | "column" | `column` | ( condition or value )

Words are read in any case, ``==``, ``<>`` and ``null`` as ``=``, ``!=`` and ``missing``. Constants on the left of a
comparison move to the right, and arithmetic on constants is done at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from ..core.errors import RecipeError, did_you_mean
from .syntax import (
    KEYWORDS,
    All,
    Among,
    Any,
    Arithmetic,
    Between,
    Comparison,
    Missing,
    Name,
    Negative,
    Node,
    Not,
    Number,
    Test,
    Text,
    Value,
    children,
    leaves,
)

MOST_CHARACTERS = 100_000
MOST_DEPTH = 40  # of brackets, nots and signs in one another, and of the tree: chains of arithmetic nest too
TOKEN = re.compile(
    r"""(?P<blank>\s+)
    | (?P<number>(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+"|`(?:[^`]|``)+`)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign><=|>=|!=|<>|==|[=<>()+\-*/,])""",
    re.VERBOSE,
)
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
SAME = {"==": "=", "<>": "!="}
A_VALUE = "a column, a number or a 'text'"
TESTS = (Comparison, Between, Among, Missing, Not, All, Any)


class Token(NamedTuple):
    """One word or sign: its kind (``number``, ``text``, ``quoted``, ``word``, ``keyword``, ``sign``, ``end``), its text
    and where it begins.
    """

    kind: str
    text: str
    start: int


def parse(text: str) -> Test:
    """Return the tree of the condition *text*. Raises RecipeError, naming the place and what was expected there.

    >>> parse("1e9 <= nav")
    Comparison(left=Name(column='nav'), operator='>=', right=Number(value=1000000000.0))
    """
    return _Parser(text).condition()


class _Parser:
    """A reader of one text, word by word, with one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) > MOST_CHARACTERS:
            raise RecipeError(
                f"A condition has {len(text):,} characters.",
                possible=f"At most {MOST_CHARACTERS:,}.",
                action="Put what it lists into a column of the data.",
            )
        self._tokens = self._read()
        self._next = 0
        self._nested = 0

    def condition(self) -> Test:
        found = self._test(self._or())
        if self._now.kind != "end":
            self._fail("'and', 'or' or the end")
        if _depth(found) > MOST_DEPTH:
            self._too_deep()
        return found

    # Words and signs

    def _read(self) -> list[Token]:
        tokens, end = [], 0
        while end < len(self._text):
            found = TOKEN.match(self._text, end)
            if found is None:
                self._fail_at(end, self._stray(end), "")
            kind = found.lastgroup or ""
            if kind == "word" and found[0].lower() in KEYWORDS:
                tokens.append(Token("keyword", found[0].lower(), end))
            elif kind != "blank":
                tokens.append(Token(kind, SAME.get(found[0], found[0]), end))
            end = found.end()
        return [*tokens, Token("end", "", len(self._text))]

    def _stray(self, place: int) -> str:
        sign = self._text[place]
        if sign in "'\"`":
            return f"the quote {sign} is never closed" if self._text[place + 1 : place + 2] != sign else "an empty name"
        if sign.isdigit() or (sign == "." and self._text[place + 1 : place + 2].isdigit()):
            return f"{self._text[place:].split(maxsplit=1)[0][:40]!r} is no number"
        meant = {"&": " (write: and)", "|": " (write: or)", "!": " (write: not, or !=)", "%": " (write 0.05 for 5 %)"}
        return f"{sign!r} means nothing here{meant.get(sign, '')}"

    @property
    def _now(self) -> Token:
        return self._tokens[self._next]

    def _take(self, *texts: str, kind: str = "sign") -> str | None:
        """Return the text of the present word where it is one of *texts* of *kind*, and go on; None otherwise."""
        token = self._now
        if token.kind == kind and token.text in texts:
            self._next += 1
            return token.text
        return None

    def _word(self, *texts: str) -> str | None:
        return self._take(*texts, kind="keyword")

    def _demand(self, text: str, *, kind: str = "sign") -> None:
        if self._take(text, kind=kind) is None:
            self._fail(repr(text))

    # Rules

    def _or(self) -> Node:
        first = self._and()
        if not (self._now.kind == "keyword" and self._now.text == "or"):
            return first
        parts = [self._test(first)]
        while self._word("or"):
            parts.append(self._test(self._and()))
        return Any(tuple(part for one in parts for part in (one.operands if isinstance(one, Any) else (one,))))

    def _and(self) -> Node:
        first = self._not()
        if not (self._now.kind == "keyword" and self._now.text == "and"):
            return first
        parts = [self._test(first)]
        while self._word("and"):
            parts.append(self._test(self._not()))
        return All(tuple(part for one in parts for part in (one.operands if isinstance(one, All) else (one,))))

    def _not(self) -> Node:
        if self._word("not") is None:
            return self._comparison()
        self._deeper()
        found = Not(self._test(self._not()))
        self._nested -= 1
        return found

    def _comparison(self) -> Node:
        start = self._now.start
        left = self._sum()
        if (operator := self._take(*FLIPPED)) is not None:
            found = self._compared(self._value(left), operator, self._value(self._sum()), start)
            if self._now.text in FLIPPED and self._now.kind == "sign":
                self._fail("'and' or 'or'", hint="Write: between LOW and HIGH.")
            return found
        if self._word("is"):
            negated = self._word("not") is not None
            if self._word("missing", "null") is None:
                self._fail("'missing'")
            return self._about(Missing(self._value(left), negated), start)
        negated = self._word("not") is not None
        if self._word("between"):
            return self._between(self._value(left), negated=negated, start=start)
        if self._word("in"):
            return self._among(self._value(left), negated=negated, start=start)
        if negated:
            self._fail("'between' or 'in'")
        return left

    def _compared(self, left: Value, operator: str, right: Value, start: int) -> Test:
        if isinstance(left, Number | Text) and not isinstance(right, Number | Text):
            left, operator, right = right, FLIPPED[operator], left
        found = self._about(Comparison(left, operator, right), start)
        if isinstance(right, Text):
            if operator not in {"=", "!="}:
                self._fail_at(start, f"texts are not compared by {operator}", "'=', '!=' or 'in'")
            if not isinstance(left, Name):
                self._fail_at(start, "a number is compared with a text", "a column = 'text'")
        return found

    def _between(self, operand: Value, *, negated: bool, start: int) -> Test:
        low = self._value(self._sum())
        self._demand("and", kind="keyword")
        high = self._value(self._sum())
        if isinstance(low, Text) or isinstance(high, Text) or isinstance(operand, Text):
            self._fail_at(start, "texts are not compared by between", "numbers")
        return self._about(Between(operand, low, high, negated), start)

    def _among(self, operand: Value, *, negated: bool, start: int) -> Test:
        self._demand("(")
        options: list[Number | Text] = []
        while not options or self._take(","):
            begin, option = self._now.start, self._value(self._sum())
            if not isinstance(option, Number | Text) or isinstance(option, Text) != isinstance(
                options[0] if options else option, Text
            ):
                self._fail_at(begin, "a list has numbers only, or texts only", "a number or a 'text'")
            options.append(option)
        self._demand(")")
        if isinstance(options[0], Text) and not isinstance(operand, Name):
            self._fail_at(start, "a number is compared with texts", "a column in ('text', …)")
        return self._about(Among(operand, tuple(dict.fromkeys(options)), negated), start)

    def _sum(self) -> Node:
        return self._chain(self._product, "+", "-")

    def _product(self) -> Node:
        return self._chain(self._signed, "*", "/")

    def _chain(self, part: Callable[[], Node], *operators: str) -> Node:
        start = self._now.start
        found = part()
        while (operator := self._take(*operators)) is not None:
            left, right = self._number(found, start), self._number(part(), start)
            found = self._computed(Arithmetic(left, operator, right), start)
        return found

    def _signed(self) -> Node:
        start = self._now.start
        if self._take("-") is None:
            return self._single()
        self._deeper()
        operand = self._number(self._signed(), start)
        self._nested -= 1
        return Number(-operand.value + 0.0) if isinstance(operand, Number) else Negative(operand)

    def _single(self) -> Node:
        kind, text, start = self._now
        if kind in {"number", "text", "quoted", "word"}:
            self._next += 1
            return self._constant(kind, text, start)
        if self._take("(") is None:
            self._fail(A_VALUE)
        self._deeper()
        found = self._or()
        self._nested -= 1
        self._demand(")")
        return found

    def _constant(self, kind: str, text: str, start: int) -> Value:
        if kind == "word":
            return Name(text)
        if kind != "number":
            inside = text[1:-1].replace(text[0] * 2, text[0])
            if not inside.isprintable() and any("\ud800" <= sign <= "\udfff" for sign in inside):
                self._fail_at(start, "half a character", "text")
            return Text(inside) if kind == "text" else Name(inside)
        value = float(text.replace("_", ""))
        if math.isinf(value):
            self._fail_at(start, "a number beyond 1.8e308", "a smaller one")
        return Number(value)

    # What may stand where

    def _test(self, node: Node) -> Test:
        if not isinstance(node, TESTS):
            self._fail("a comparison such as >= 3, = 'text', in (…), between … and … or is missing")
        return node

    def _value(self, node: Node) -> Value:
        if isinstance(node, TESTS):
            self._fail("a value on either side of a comparison, not a condition")
        return node

    def _number(self, node: Node, start: int) -> Value:
        found = self._value(node)
        if isinstance(found, Text):
            self._fail_at(start, "there is no arithmetic with texts", "numbers")
        return found

    def _computed(self, node: Arithmetic, start: int) -> Value:
        """Return *node*, or the number it comes to where it is made of constants."""
        left, right = node.left, node.right
        if isinstance(right, Number) and right.value == 0 and node.operator == "/":
            self._fail_at(start, "a division by 0", "another number")
        if not (isinstance(left, Number) and isinstance(right, Number)):
            return node
        value = ARITHMETIC[node.operator](left.value, right.value)
        if not math.isfinite(value):
            self._fail_at(start, "a number beyond 1.8e308", "a smaller one")
        return Number(value + 0.0)

    def _about(self, test: Test, start: int) -> Test:
        """Return *test*, which has to be about some column."""
        if not any(isinstance(part, Name) for part in leaves(test)):
            self._fail_at(start, "a comparison of constants, the same for every customer", "a column")
        return test

    # Faults

    def _deeper(self) -> None:
        self._nested += 1
        if self._nested > MOST_DEPTH:
            self._too_deep()

    def _too_deep(self) -> NoReturn:
        raise RecipeError(
            f"The condition {self._shown()} is nested too deeply.",
            possible=f"At most {MOST_DEPTH} levels.",
            action="Compute a column beforehand, or leave out brackets.",
        )

    def _fail(self, expected: str, hint: str = "") -> NoReturn:
        kind, text, start = self._now
        near = did_you_mean(text, KEYWORDS) if kind == "word" and not hint else ""
        self._fail_at(start, "it ends" if kind == "end" else f"{text!r}", expected, hint or near)

    def _fail_at(self, start: int, found: str, expected: str, hint: str = "") -> NoReturn:
        raise RecipeError(
            f"The condition {self._shown()} cannot be read, at character {start + 1}: {found}.",
            possible=f"Expected there: {expected}." if expected else "",
            action=hint,
        )

    def _shown(self) -> str:
        return repr(self._text if len(self._text) <= 200 else self._text[:200] + "…")


def _depth(node: Node) -> int:
    """Return how many levels *node* has; no recursion, since it is asked of trees that may be too deep for it."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in children(one))
    return deepest


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}
