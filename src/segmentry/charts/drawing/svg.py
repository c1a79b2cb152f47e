"""Writing SVG: short numbers, escaped words, attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .subset import Record

# A line feed in an attribute would become a space, so it is written as a reference; XML cannot hold the last group.
_SPECIAL = re.compile(r"""[&<>"\n\t\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]""")
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#xA;", "\t": "&#x9;", "\r": "&#xD;"}


def number(value: float) -> str:
    """Return *value* with at most two decimals: a hundredth of a pixel cannot be seen.

    >>> number(3.14159), number(100.0), number(-0.001)
    ('3.14', '100', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def escaped(text: str) -> str:
    """Return *text* for an attribute or an element; characters that XML cannot hold are left out.

    >>> escaped('<b> & "q"' + chr(10)), escaped("a" + chr(0) + "b")
    ('&lt;b&gt; &amp; &quot;q&quot;&#xA;', 'ab')
    """
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _REFERENCES.get(found.group(), ""), text)


def attributes(values: Mapping[str, object]) -> str:
    """Return *values* as attributes, each with a space before it; None is left out.

    >>> attributes({"fill": "red", "stroke": None, "rx": 2.0})
    ' fill="red" rx="2"'
    """
    parts = []
    for name, value in values.items():
        if value is not None:
            shown = escaped(value) if isinstance(value, str) else number(float(str(value)))
            parts.append(f' {name}="{shown}"')
    return "".join(parts)


def moved(x: float, y: float) -> str:
    """Return the attribute that moves an element to (x, y) pixels."""
    return f' transform="translate({number(x)},{number(y)})"'


def group(content: str, style: str = "") -> str:
    """Return *content* in a group with the attributes *style*; nothing for nothing."""
    return f"<g{style}>{content}</g>" if content else ""


def owner(record: Record) -> str:
    """Return the attribute that says which segment *record* belongs to: its whole number ``segment``, if it has one."""
    segment = record.get("segment")
    return f' data-segment="{segment}"' if isinstance(segment, int) and not isinstance(segment, bool) else ""
