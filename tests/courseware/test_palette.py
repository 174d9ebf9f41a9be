"""The figures of docs/design.md about colors are those of static/css/tokens.css.

Contrast is WCAG 2.2's ratio. Color blindness is simulated in linear RGB with the matrices for severity 1 of Machado,
Oliveira and Fernandes (“A Physiologically-based Model for Simulation of Color Vision Deficiency”, 2009); how much two
colors differ is ΔE*ab (CIE 1976) under D65.
"""

from __future__ import annotations

import math
import re
from itertools import combinations
from operator import mul
from pathlib import Path

import pytest
from django.conf import settings

Color = tuple[float, float, float]
"""Red, green and blue as linear light, 0 to 1."""

ROOT = Path(settings.BASE_DIR)
TOKENS = {
    name: {"light": light, "dark": dark}
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", (ROOT / "static/css/tokens.css").read_text()
    )
}
ROWS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/design.md").read_text().splitlines()
    if line.startswith("|")
]
THEMES = ("light", "dark")
BACKGROUNDS = ("canvas", "surface", "surface-sunk")
MEANINGS = ("link-layer", "ip-layer", "encapsulation", "workload", "translation")
TEXTS = ("text", "muted", "accent", *MEANINGS)
VISIONS: dict[str, tuple[Color, Color, Color]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
TO_XYZ: tuple[Color, Color, Color] = (
    (0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041),
)  # fmt: skip
WHITE: Color = (0.95047, 1.0, 1.08883)


def linear(hexadecimal: str) -> Color:
    red, green, blue = (int(hexadecimal[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))  # type: ignore[return-value]


def times(matrix: tuple[Color, Color, Color], vector: Color) -> Color:
    return tuple(sum(map(mul, row, vector)) for row in matrix)  # type: ignore[return-value]


def contrast(one: str, other: str, theme: str) -> float:
    lighter, darker = sorted((times(TO_XYZ, linear(TOKENS[name][theme]))[1] for name in (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lab(color: Color) -> Color:
    x, y, z = (
        math.cbrt(part / white) if part / white > (6 / 29) ** 3 else part / white * (29 / 6) ** 2 / 3 + 4 / 29
        for part, white in zip(times(TO_XYZ, color), WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(name: str, theme: str, vision: str) -> Color:
    """In CIE L*a*b*."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in times(VISIONS[vision], linear(TOKENS[name][theme])))
    return lab((red, green, blue))


def closest(theme: str, vision: str) -> tuple[float, set[str]]:
    """The smallest difference between two meanings, and which two."""
    pairs = {pair: math.dist(*(seen(name, theme, vision) for name in pair)) for pair in combinations(MEANINGS, 2)}
    pair = min(pairs, key=lambda each: pairs[each])
    return pairs[pair], set(pair)


def rows_of_contrast() -> list[list[str]]:
    return [row for row in ROWS if row[0].startswith("--") and row[1].startswith("#")]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("row", rows_of_contrast(), ids=lambda row: row[0])
def test_a_color_and_its_contrast_are_as_documented(row: list[str], theme: str) -> None:
    name, *on = re.findall(r"--([\w-]+)", row[0])
    value, figures = row[1:3] if theme == "light" else row[3:5]
    assert value == TOKENS[name][theme]
    computed = [contrast(name, background, theme) for background in on or BACKGROUNDS]
    assert [float(figure) for figure in figures.split(",")] == [pytest.approx(ratio, abs=0.06) for ratio in computed]


def test_every_color_that_says_something_is_documented() -> None:
    assert {row[0].strip("`").removeprefix("--") for row in rows_of_contrast()} >= {*TEXTS, "line-strong"}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("background", [*BACKGROUNDS, "surface-raised"])
def test_text_and_borders_of_controls_can_be_seen(background: str, theme: str) -> None:
    assert min(contrast(name, background, theme) for name in TEXTS) >= 4.5
    assert contrast("line-strong", background, theme) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("meaning", MEANINGS)
def test_a_color_and_text_can_be_read_on_its_tint(meaning: str, theme: str) -> None:
    assert round(contrast(meaning, f"{meaning}-tint", theme), 1) >= 4.7
    assert round(contrast("text", f"{meaning}-tint", theme), 1) >= 11.6


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", VISIONS)
def test_the_closest_meanings_are_as_documented(vision: str, theme: str) -> None:
    (row,) = (row for row in ROWS if row[0] == vision)
    figure, pair = row[1:3] if theme == "light" else row[3:5]
    difference, names = closest(theme, vision)
    assert difference == pytest.approx(float(figure), abs=0.06)
    assert {name.strip().lower().replace(" ", "-") for name in pair.split(",")} == names
