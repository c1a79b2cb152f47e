"""Numbers as d3-format writes them, for the specifiers that charts use: ``d``, ``,f``, ``.2~g``, ``.3~s``, ``.1%``.

Source: https://d3js.org/d3-format (formatSpecifier, formatPrefixAuto, formatTrim, precisionFixed). The minus is U+2212.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from .subset import Unsupported

_SPECIFIER = re.compile(r"(\+?)(,?)(?:\.(\d+))?(~?)([dfgs%]?)$")
_PREFIXES = ("y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")


def formatted(value: float, specifier: str) -> str:
    """Return *value* as the d3 format *specifier* writes it. Raises Unsupported for a specifier not known here.

    >>> formatted(1234567, ".3~s"), formatted(-0.25, ".2~g"), formatted(1234.5, ",.1f")
    ('1.23M', '−0.25', '1,234.5')
    """
    found = _SPECIFIER.match(specifier)
    if found is None:
        raise Unsupported("number format", "format", specifier, ["[+][,][.precision][~] and one of d f g s %"])
    plus, comma, precision, trim, kind = found.groups()
    digits = None if precision is None else int(precision)
    if kind == "" and digits is not None:
        raise Unsupported("number format", "format", specifier, ["a precision with one of f g s %"])
    size, ending = _WRITERS[kind](abs(value), digits)
    size = _trimmed(size) if trim else size
    below = value < 0 and float(size) != 0
    if comma:
        whole, point, rest = size.partition(".")
        size = f"{int(whole):,}{point}{rest}"
    return f"{'−' if below else plus}{size}{ending}"


def for_step(step: float) -> str:
    """Return the format of axis labels that lie *step* apart: so many decimals that they differ.

    >>> for_step(0.25), for_step(5000)
    (',.1f', ',.0f')
    """
    return f",.{max(0, -_exponent(abs(step)))}f" if step and math.isfinite(step) else ",.0f"


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2]) if value else 0


def _fixed(value: float, digits: int) -> str:
    # JavaScript's toFixed takes the larger of two equally near numbers, Python's format the even one.
    return str(Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _rounded(value: float, digits: int) -> tuple[str, int]:
    """Return the first *digits* digits of *value*, rounded, and the power of ten of the first one."""
    exact = Decimal(value)
    power = exact.adjusted() if exact else 0
    cut = exact.scaleb(-power).quantize(Decimal(1).scaleb(1 - digits), ROUND_HALF_UP) if exact else Decimal(0)
    if cut >= 10:  # 9.99 became 10.0
        power += 1
    return f"{int((cut if cut < 10 else cut / 10).scaleb(digits - 1)):0{digits}d}", power


def _general(value: float, digits: int | None) -> tuple[str, str]:
    digits = max(1, 6 if digits is None else digits)
    text, power = _rounded(value, digits)
    if power < -6 or power >= digits:
        return f"{text[0]}.{text[1:]}".rstrip(".") + f"e{power:+d}", ""
    if power < 0:
        return f"0.{'0' * (-power - 1)}{text}", ""
    return f"{text[: power + 1]}.{text[power + 1 :]}".rstrip("."), ""


def _with_prefix(value: float, digits: int | None) -> tuple[str, str]:
    digits = max(1, 6 if digits is None else digits)
    text, power = _rounded(value, digits)
    third = max(-8, min(8, power // 3))
    before = power - third * 3 + 1
    if before <= 0:  # smaller than the smallest prefix
        text = f"0.{'0' * -before}{_rounded(value, max(1, digits + before - 1))[0]}"
    elif before >= len(text):
        text += "0" * (before - len(text))
    else:
        text = f"{text[:before]}.{text[before:]}"
    return text, _PREFIXES[third + 8]


def _trimmed(text: str) -> str:
    """Return *text* without zeros at the end of its fraction, and without a point that nothing follows."""
    number, mark, power = text.partition("e")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + mark + power


_WRITERS: dict[str, Callable[[float, int | None], tuple[str, str]]] = {
    "d": lambda value, _: (str(math.floor(value + 0.5)), ""),
    "f": lambda value, digits: (_fixed(value, 6 if digits is None else digits), ""),
    "%": lambda value, digits: (_fixed(value * 100, 6 if digits is None else digits), "%"),
    "g": _general,
    "s": _with_prefix,
    "": lambda value, _: (_trimmed(_general(value, 12)[0]), ""),
}
