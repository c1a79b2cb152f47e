"""Drawing charts: an interpreter of the part of Vega-Lite that our charts are written in, from specification to SVG.

In, a specification with its data inside; out, the content of an SVG (:func:`draw`). Whatever is outside the part
stops with :class:`Unsupported`, which names the key and the value: nothing is drawn that Vega-Lite would draw
differently (tests/charts compares the two, mark by mark).

The part: layers and rows or columns of plots (``layer``, ``hconcat``, ``vconcat``, ``concat``); the marks area, bar,
line, point, rect, rule, text and tick; linear, log, band and point scales; colours as they are, by name, or along a
ramp; stacked bars; axes, and legends of colour names; field predicates as filters; the theme as ``config``. Label
rules are :class:`Expression`, text for Vega and function for Python in one.

Two fields of a record have a meaning of ours: every mark of a record with a whole number ``segment`` gets
``data-segment``, and so does an axis label that equals the ``label`` of such a record. The channel ``description``
becomes ``aria-label``.

From specification to picture: ``layers`` (and ``stacks``) read, ``scaling`` chooses ``scales``, ``axes``, ``marks``
(with ``bars``, ``paths``, ``symbols``) and ``legends`` draw with ``paint``, ``text`` and ``svg``, ``views`` puts a plot
together and ``layout`` the whole.
"""

from __future__ import annotations

from .expressions import Expression
from .layout import Drawing, draw
from .numerals import formatted
from .subset import Unsupported

__all__ = ["Drawing", "Expression", "Unsupported", "draw", "formatted"]
