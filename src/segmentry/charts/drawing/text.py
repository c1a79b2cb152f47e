"""Text: how wide it is, how far it reaches, and its element. Widths are those of Helvetica, Arial and Liberation Sans.

They serve the layout only (room for labels); the reader's own font is drawn. Offsets from the baseline are Vega's
(vega-scenegraph, marks/text.js and util/text.js).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from .box import Box
from .subset import Unsupported
from .svg import attributes, escaped, number

# Advance widths in thousandths of the font size; a letter with an accent is as wide as without.
_REGULAR = {
    191: "'", 222: "ijlłſ‘’", 260: "|¦", 278: " !,./:;I[\\]ft·ıŧìíîï", 333: "()-`r“”", 334: "{}", 350: "•", 355: '"',
    389: "*", 400: "°", 469: "^", 500: "Jcksvxyzçĸ↑↓", 549: "±÷", 556: "#$0123456789?L_abdeghnopqu¢£¤¥§«»ðþđħŁŋ€–",
    576: "µ", 584: "+<=>~¬×−", 604: "○", 611: "FTZßøŦ", 667: "&ABEKPSVXYÞ", 722: "CDHNRUwÐĐĦŊ", 737: "©®", 778: "GOQØ",
    833: "Mm", 834: "¼½¾", 889: "%æ", 944: "Wœ", 1000: "ÆŒ—…™←→", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijlłſıìíîï‘’·", 280: "|¦", 333: "!()-:;[]`ftŧ", 350: "•", 389: "*r{}", 400: "°", 474: '"',
    500: "z“”↑↓", 549: "±÷", 556: "#$0123456789J_aceksvxyçĸ¢£¤¥§«»€–", 576: "µ", 584: "+<=>^~¬×−", 604: "○",
    611: "?FLTZbdghnopqußøðþđħŁŋŦ", 667: "EPSVXYÞ", 722: "&ABCDHKNRUÐĐĦŊ", 737: "©®", 778: "GOQwØ", 833: "M",
    834: "¼½¾", 889: "%mæ", 944: "Wœ", 975: "@", 1000: "ÆŒ—…™←→",
}  # fmt: skip
_WIDTHS = {
    bold: {letter: width for width, letters in table.items() for letter in letters}
    for bold, table in ((False, _REGULAR), (True, _BOLD))
}
_UNKNOWN = 600
_ANCHORS = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}
_SHARE = {"left": 0.0, "center": 0.5, "right": 1.0}
# Where the baseline lies below the named line, in font sizes.
_BASELINES = {"alphabetic": 0.0, "top": 0.79, "middle": 0.30, "bottom": -0.21}

Lines = Sequence[str]


@dataclass(frozen=True)
class Style:
    """Size in pixels, whether bold, and where a text hangs on its position; lines are one size and two pixels apart."""

    size: float = 11.0
    bold: bool = False
    align: str = "center"
    baseline: str = "middle"

    def __post_init__(self) -> None:
        if self.align not in _ANCHORS:
            raise Unsupported("text", "align", self.align, _ANCHORS)
        if self.baseline not in _BASELINES:
            raise Unsupported("text", "baseline", self.baseline, _BASELINES)

    @property
    def line_height(self) -> float:
        """Pixels from one line to the next."""
        return self.size + 2

    @property
    def drop(self) -> int:
        """Pixels from the position down to the first line's baseline."""
        return math.floor(_BASELINES[self.baseline] * self.size + 0.5)


def look(colour: str, size: float, weight: object = "normal") -> str:
    """Return the attributes of a group of texts."""
    weight = None if weight == "normal" else weight
    return attributes({"fill": colour, "font-size": f"{number(size)}px", "font-weight": weight})


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of *text* in pixels at *size* pixels.

    >>> width("Segment", 10), width("Segment", 10, bold=True)
    (40.02, 42.23)
    """
    table = _WIDTHS[bold]
    try:
        thousandths = sum([table[letter] for letter in text])
    except KeyError:
        thousandths = sum(table[letter] if letter in table else _other(letter, table) for letter in text)
    return thousandths * size / 1000


def _other(letter: str, table: dict[str, int]) -> int:
    """Return the width of a letter that has none of its own in *table*: a letter with accents, or of another script."""
    if unicodedata.combining(letter):
        return 0
    if unicodedata.east_asian_width(letter) in "WF":  # also emoji
        return 1000
    return table.get(unicodedata.normalize("NFD", letter)[0], _UNKNOWN)


def reach(lines: Lines, x: float, y: float, style: Style) -> Box:
    """Return the box of *lines* at (x, y); y is the position, not the baseline."""
    wide = max([width(line, style.size, bold=style.bold) for line in lines], default=0.0)
    left = x - wide * _SHARE[style.align]
    top = y + style.drop - math.floor(0.8 * style.size + 0.5)
    return Box(left, top, left + wide, top + style.size + style.line_height * (len(lines) - 1))


def element(lines: Lines, x: float, y: float, style: Style, own: str = "") -> str:
    """Return the text element of *lines* at (x, y) with the attributes *own*; further lines hang from the first."""
    place = f"translate({number(x)},{number(y + style.drop)})"
    return f'<text{own}{_ANCHORS[style.align]} transform="{place}">{_content(lines, style)}</text>'


def turned(lines: Lines, x: float, y: float, style: Style, angle: int) -> tuple[str, Box]:
    """Return the element and the box of *lines* at (x, y), turned by -90 or 90 degrees."""
    flat = reach(lines, 0.0, 0.0, style)
    side = 1 if angle > 0 else -1
    edges = sorted((-side * flat.top, -side * flat.bottom)), sorted((side * flat.left, side * flat.right))
    box = Box(x + edges[0][0], y + edges[1][0], x + edges[0][1], y + edges[1][1])
    place = f"translate({number(x)},{number(y)}) rotate({angle}) translate(0,{style.drop})"
    return f'<text{_ANCHORS[style.align]} transform="{place}">{_content(lines, style)}</text>', box


def _content(lines: Lines, style: Style) -> str:
    if len(lines) == 1:
        return escaped(lines[0])
    first, *others = (escaped(line) for line in lines)
    step = number(style.line_height)
    return f"<tspan>{first}</tspan>" + "".join(f'<tspan x="0" dy="{step}">{line}</tspan>' for line in others)
