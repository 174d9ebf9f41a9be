"""The tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from classes.spreadsheets import csv_text
from quizzes.statistics.items import ItemStatistics, QuizStatistics
from quizzes.statistics.predicting import ExperimentStatistics, Predictions

ITEM_COLUMNS = (
    "question",
    "kind",
    "what",
    "text",
    "right",
    "first_attempts",
    "count",
    "share",
    "facility",
    "discrimination",
    "median_seconds",
    "unanswered",
    "p_variants_equal",
    "findings",
)
PREDICTION_COLUMNS = (
    "lesson",
    "experiment",
    "option",
    "right",
    "first_predictions",
    "count",
    "share",
    "mean_confidence",
)


def items_csv(found: QuizStatistics) -> str:
    """A row for each question, and after it one for each of its answers or parts, and of its variants."""
    return csv_text(ITEM_COLUMNS, (row for item in found.items for row in item_rows(item)))


def item_rows(item: ItemStatistics) -> Iterable[tuple[object, ...]]:
    head = (item.slug, item.kind)
    if not item.enough:
        yield (*head, "question", item.prompt, "", item.count, *[""] * 8)
        return
    yield (
        *(*head, "question", item.prompt, "", item.count, item.right, number(item.right / item.count)),
        *(number(item.facility), number(item.discrimination), number(item.median_seconds, 1), item.unanswered),
        *(number(item.p, 6), " ".join(map(str, item.findings))),
    )
    for choice in item.choices:
        what = "part" if item.of_parts else "answer"
        right = "yes" if choice.right else "no"
        yield (*head, what, choice.text, right, item.count, choice.count, number(choice.share), *[""] * 6)
    for each in item.variants:
        share = number(each.right / each.count)
        yield (*head, "variant", each.name, "", each.count, each.right, share, number(each.facility), *[""] * 5)


def predictions_csv(found: Predictions) -> str:
    return csv_text(PREDICTION_COLUMNS, (row for each in found.experiments for row in prediction_rows(each)))


def prediction_rows(each: ExperimentStatistics) -> Iterable[tuple[object, ...]]:
    """A row for each option that somebody chose; none where too few predicted."""
    if not each.enough:
        return
    lesson, sure = each.experiment.lesson.slug, number(each.mean_confidence)
    for choice in each.choices:
        right = "yes" if choice.right else "no"
        yield (lesson, each.experiment.slug, choice.text, right, each.count, choice.count, number(choice.share), sure)


def number(value: float | None, digits: int = 3) -> object:
    return "" if value is None else round(value, digits)
