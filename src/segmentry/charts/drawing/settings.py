"""The ``config`` of a specification over Vega-Lite's own defaults, as far as they are drawn here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .subset import Spec, Unsupported, one_of, only

AXIS: Mapping[str, Any] = {
    "domain": True, "domainColor": "#888", "format": None, "gridColor": "#ddd",
    "labelAngle": None, "labelColor": "#000", "labelExpr": None, "labelFlush": None, "labelFontSize": 10,
    "labelLimit": 180, "labelOffset": 0, "labelOverlap": None, "labelPadding": 2, "labels": True, "orient": None,
    "tickColor": "#888", "tickCount": None, "tickSize": 5, "ticks": True, "titleColor": "#000", "titleFontSize": 11,
    "titleFontWeight": "bold", "titleLimit": 200, "titlePadding": 4, "values": None,
}  # fmt: skip
AXIS_KEYS = {*AXIS, "grid", "title"}  # these two have no default of their own: it depends on the field
LEGEND: Mapping[str, Any] = {
    "labelColor": "#000", "labelFontSize": 10, "labelLimit": 160, "labelOffset": 4, "offset": 18, "rowPadding": 2,
    "symbolSize": 100, "symbolStrokeWidth": 1.5, "titleColor": "#000", "titleFontSize": 11,
    "titleFontWeight": "bold", "titleLimit": 180, "titlePadding": 5,
}  # fmt: skip
TITLE: Mapping[str, Any] = {
    "anchor": "middle", "color": "#000", "fontSize": 13, "fontWeight": "bold", "frame": None, "limit": None,
    "offset": 4,
}  # fmt: skip
_SUBTITLE = {"subtitleColor", "subtitleFontSize"}  # of the chart's own title, which is not drawn here
_FILLED = {"fill": None, "stroke": None, "color": "#4c78a8", "filled": True}
_STROKED = {"fill": None, "stroke": None, "color": "#4c78a8", "filled": False}
_COMMON: Mapping[str, Any] = {
    "aria": True, "fillOpacity": None, "opacity": None, "strokeDash": None, "strokeOpacity": None, "strokeWidth": None,
}  # fmt: skip
MARKS: Mapping[str, Mapping[str, Any]] = {
    "area": {**_COMMON, **_FILLED, "orient": None},
    "bar": {**_COMMON, **_FILLED, "cornerRadius": 0, "height": None, "width": None},
    "line": {**_COMMON, **_STROKED, "orient": None, "strokeWidth": 2},
    "point": {**_COMMON, **_STROKED, "opacity": 0.7, "shape": "circle", "size": 30, "strokeWidth": 2},
    "rect": {**_COMMON, **_FILLED, "cornerRadius": 0, "height": None, "width": None},
    "rule": {**_COMMON, **_STROKED, "color": "black"},
    "text": {
        **_COMMON, **_FILLED, "align": "center", "baseline": "middle", "color": "black", "dx": 0, "dy": 0,
        "fontSize": 11, "fontWeight": "normal", "lineBreak": None, "strokeJoin": None,
    },
    "tick": {**_COMMON, **_FILLED, "height": None, "opacity": 0.7, "thickness": 1, "width": None},
}  # fmt: skip
_TOP = {"axis", "background", "font", "legend", "padding", "title", "view", *MARKS}


class Settings:
    """What holds unless a part of the specification says otherwise: of axes, legends, titles and each kind of mark."""

    def __init__(self, config: Spec) -> None:
        only(config, _TOP, "config")
        if config.get("view", {}).get("stroke", "#ddd") is not None:
            raise Unsupported("config.view", "stroke", config.get("view", {}).get("stroke", "#ddd"), [None])
        only(config.get("view", {}), {"stroke"}, "config.view")
        self.axis = self._over(AXIS, config, "axis", AXIS_KEYS)
        self.legend = self._over(LEGEND, config, "legend", set(LEGEND))
        self.title = self._over(TITLE, config, "title", {*TITLE, *_SUBTITLE})
        self._marks = {kind: self._over(known, config, kind, set(known)) for kind, known in MARKS.items()}

    @staticmethod
    def _over(defaults: Mapping[str, Any], config: Spec, name: str, known: set[str]) -> Spec:
        own = config.get(name, {})
        only(own, known, f"config.{name}")
        return {**defaults, **own}

    def mark(self, definition: str | Spec, where: str) -> Spec:
        """Return all properties of a mark: its own over those of the configuration."""
        own: Spec = {"type": definition} if isinstance(definition, str) else definition
        kind = str(own.get("type"))
        if kind not in MARKS:
            raise Unsupported(where, "mark", kind, MARKS)
        only(own, {"type", *MARKS[kind]}, f"{where} ({kind})")
        return {**self._marks[kind], **own}


def uncut(properties: Spec, keys: tuple[str, ...], where: str) -> None:
    """Raise Unsupported where texts are to be cut at a width: limits must be 0, which means none."""
    for key in keys:
        one_of(properties, key, [0], where)


def is_bold(weight: object, where: str) -> bool:
    """Return whether a font weight is drawn by the bold face. Raises Unsupported for words other than two."""
    if isinstance(weight, str):
        return bool(one_of({"weight": weight}, "weight", ["normal", "bold"], where) == "bold")
    return isinstance(weight, int) and weight >= 600
