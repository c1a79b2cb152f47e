"""Colours: fixed by meaning, apart for every kind of eye, readable in light and dark."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from segmentry.charts import theme

# Machado, Oliveira & Fernandes (2009), severity 1.0.
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour, vision):
    srgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(vision) @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION.keys())
def test_first_colours_of_all_tones_and_the_two_of_value_are_apart_for_every_eye(vision):
    shown = [palette[0] for palette in theme.TONES.values()] + [theme.TONES["valuable"][1], theme.TONES["fading"][1]]
    for one, other in combinations(shown, 2):
        # 12 is about five just noticeable differences in CIE 1976.
        assert np.linalg.norm(lab(one, vision) - lab(other, vision)) > 12, (one, other)


def test_shades_within_a_tone_are_distinct_even_past_the_palettes_end():
    for tone in theme.TONES:
        count = 12 if tone != "noise" else 3  # only outliers that were set apart are noise: one segment
        assert len({theme.shade(tone, position) for position in range(count)}) == count


def test_colours_do_not_depend_on_the_order_of_segments_or_on_other_tones():
    segments = [
        SimpleNamespace(id=number, tone=tone, shade=None)
        for number, tone in enumerate(("valuable", "fading", "valuable", "lost"))
    ]
    colours = theme.segment_colours(segments)
    assert colours == theme.segment_colours(segments[::-1])
    assert colours[0] == theme.TONES["valuable"][0]
    assert colours[2] == theme.TONES["valuable"][1]
    assert theme.segment_colours(segments[1:2]) == {1: colours[1]}


@pytest.mark.parametrize("colours", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_text_has_the_contrast_that_wcag_aa_asks_for(colours):
    for name in ("ink", "muted", "accent"):
        assert theme.contrast(colours[name], colours["paper"]) >= 4.5, name


def test_contrast_agrees_with_the_published_examples():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", sorted({theme.shade(tone, at) for tone in theme.TONES for at in range(12)}))
def test_words_on_a_segment_colour_can_be_read(colour):
    assert theme.contrast(theme.readable_on(colour), colour) >= 4.3


def test_the_page_overrides_each_theme_colour_once_and_no_segment_colour():
    css = theme.style_sheet()
    for name, value in theme.LIGHT.items():
        assert css.count(f'[fill="{value}"]{{fill:var(--{name})}}') == 1
    assert len(set(theme.LIGHT.values())) == len(theme.LIGHT)
    segment_colours = {theme.shade(tone, at) for tone in theme.TONES for at in range(12)}
    assert not segment_colours & set(theme.LIGHT.values())
