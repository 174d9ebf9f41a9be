"""The calibration plot: where its points, lines and labels stand. The table beside it has the same numbers."""

from __future__ import annotations

from typing import Any

from django import template

from lessons.experiments.calibration import Calibration

register = template.Library()

WIDTH, HEIGHT = 360, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 340, 24, 206
LEAST_SURE, MOST_SURE = 40, 100
SMALLEST, LARGEST, GROWTH = 5.0, 13.0, 1.2


@register.simple_tag
def calibration_plot(calibration: Calibration) -> dict[str, Any]:
    """Coordinates in units of the view box, as texts that do not depend on the language."""
    points = [_point(level.confidence, level.share, level.count, level.right) for level in calibration.levels]
    points = [point for point, level in zip(points, calibration.levels, strict=True) if level.count]
    ideal = (_x(LEAST_SURE), _y(LEAST_SURE / 100), _x(MOST_SURE), _y(1))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": RIGHT,
        "label_x": LEFT - 8,
        "foot_y": BOTTOM + 24,
        "ticks": [{"y": _text(_y(share / 100)), "text": f"{share} %"} for share in (0, 25, 50, 75, 100)],
        "feet": [{"x": _text(_x(level.confidence)), "text": f"{level.confidence} %"} for level in calibration.levels],
        "ideal": [_text(value) for value in ideal],
        "points": points,
        "line": " ".join(f"{point['x']},{point['y']}" for point in points),
    }


def _point(confidence: int, share: float, count: int, right: int) -> dict[str, str]:
    radius = min(LARGEST, SMALLEST + GROWTH * count)
    y = _y(share)
    above = y - radius - 6 > TOP - 14
    return {
        "x": _text(_x(confidence)),
        "y": _text(y),
        "radius": _text(radius),
        "text": f"{right}/{count}",
        "text_y": _text(y - radius - 6 if above else y + radius + 16),
    }


def _x(confidence: float) -> float:
    return LEFT + (RIGHT - LEFT) * (confidence - LEAST_SURE) / (MOST_SURE - LEAST_SURE)


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _text(value: float) -> str:
    return f"{value:g}"
