"""One quiz, question by question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from quizzes.models import QuestionRevision, Quiz
from quizzes.questions.variants import variant_name
from quizzes.statistics import measures
from quizzes.statistics.choices import OF_PARTS, Choice, choices_of, results_of
from quizzes.statistics.first_attempts import Answered, answered
from quizzes.statistics.scopes import Scope

CHANCE = 0.05
HARD, EASY, WEAK = 0.2, 0.95, 0.1
Finding = str | Promise
NEGATIVE: Finding = gettext_lazy("Who does well elsewhere does badly here: check the key.")
TOO_HARD: Finding = gettext_lazy("Very hard: is it taught, is it clear?")
TOO_EASY: Finding = gettext_lazy("Nearly everybody is right: it tells little.")
TELLS_LITTLE: Finding = gettext_lazy("It hardly tells strong from weak attempts.")
UNEQUAL: Finding = gettext_lazy("Its variants differ in difficulty by more than chance.")


@dataclass(frozen=True, slots=True)
class VariantStatistics:
    """`facility` is a fraction of the points; `right` counts who earned them all."""

    name: str
    count: int
    right: int
    facility: float

    @property
    def counts(self) -> tuple[int, int]:
        return self.right, self.count - self.right


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """One question. What cannot be said is None: see measures. `p` is of the variants being equally hard."""

    number: int
    slug: str
    kind: str
    prompt: str
    count: int
    facility: float
    right: int
    unanswered: int
    discrimination: float | None
    median_seconds: float | None
    choices: tuple[Choice, ...]
    variants: tuple[VariantStatistics, ...]
    p: float | None
    findings: tuple[Finding, ...] = ()

    @property
    def enough(self) -> bool:
        return self.count >= measures.ENOUGH

    @property
    def of_parts(self) -> bool:
        return self.kind in OF_PARTS


@dataclass(frozen=True, slots=True)
class QuizStatistics:
    """`scores`: the fraction of the points that each first attempt earned, before deductions."""

    quiz: Quiz
    scores: tuple[float, ...]
    items: tuple[ItemStatistics, ...]

    @property
    def count(self) -> int:
        return len(self.scores)

    @property
    def enough(self) -> bool:
        return self.count >= measures.ENOUGH

    @property
    def mean(self) -> float:
        return fmean(self.scores)

    @property
    def median(self) -> float:
        return median(self.scores)


def quiz_statistics(scope: Scope, quiz: Quiz) -> QuizStatistics:
    """Four queries, however many attempts there are."""
    rows = answered(scope, quiz)
    totals: dict[int, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for row in rows:
        earned, points = totals[row.attempt]
        totals[row.attempt] = (earned + row.earned, points + row.points)
    revisions = QuestionRevision.objects.select_related("question").in_bulk({row.revision for row in rows})
    results = results_of(rows)
    by_slug: dict[str, list[Answered]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.position, row.slug)):
        by_slug[row.slug].append(row)
    items = [
        item_statistics(number, group, totals, revisions, results)
        for number, group in enumerate(by_slug.values(), start=1)
    ]
    scores = tuple(earned / points for earned, points in totals.values())
    return QuizStatistics(quiz, scores, with_findings(items))


def item_statistics(
    number: int,
    rows: Sequence[Answered],
    totals: Mapping[int, tuple[float, int]],
    revisions: Mapping[int, QuestionRevision],
    results: Mapping[int, Any],
) -> ItemStatistics:
    shown = revisions[rows[-1].revision]
    times = [row.seconds for row in rows if row.seconds is not None]
    variants = variants_of(rows, revisions)
    tested = [each.counts for each in variants if each.count >= measures.ENOUGH_IN_A_VARIANT]
    return ItemStatistics(
        number=number,
        slug=shown.slug,
        kind=shown.kind,
        prompt=shown.spec["prompt"],
        count=len(rows),
        facility=fmean(row.fraction for row in rows),
        right=sum(row.earned == row.points for row in rows),
        unanswered=sum(row.verdict == "not answered" for row in rows),
        discrimination=measures.item_rest_correlation(list(with_rests(rows, totals))),
        median_seconds=median(times) if len(times) >= measures.ENOUGH else None,
        choices=choices_of(shown.kind, rows, results),
        variants=variants,
        p=measures.homogeneity(tested),
    )


def with_rests(rows: Sequence[Answered], totals: Mapping[int, tuple[float, int]]) -> list[tuple[float, float]]:
    """(fraction of this question, fraction of all others in the same attempt), where there are others."""
    pairs = []
    for row in rows:
        earned, points = totals[row.attempt]
        if points > row.points:
            pairs.append((row.fraction, (earned - row.earned) / (points - row.points)))
    return pairs


def variants_of(
    rows: Sequence[Answered], revisions: Mapping[int, QuestionRevision]
) -> tuple[VariantStatistics, ...]:  # fmt: skip
    """In their author's order; none for a question without variants."""
    groups: dict[tuple[int, str], list[Answered]] = defaultdict(list)
    for row in rows:
        if variant := revisions[row.revision].variant:
            groups[variant["index"], variant_name(variant["index"], variant["parameters"])].append(row)
    return tuple(
        VariantStatistics(
            name=name,
            count=len(group),
            right=sum(row.earned == row.points for row in group),
            facility=fmean(row.fraction for row in group),
        )
        for (_index, name), group in sorted(groups.items())
    )


def with_findings(items: Sequence[ItemStatistics]) -> tuple[ItemStatistics, ...]:
    """The chance of a false alarm about variants is shared by all questions that are tested (Bonferroni)."""
    tested = sum(item.p is not None for item in items)
    return tuple(replace(item, findings=findings(item, CHANCE / max(tested, 1))) for item in items)


def findings(item: ItemStatistics, chance: float) -> tuple[Finding, ...]:
    if not item.enough:
        return ()
    sharp = item.discrimination
    unsure = 2 / item.count**0.5  # about two standard errors of a correlation near 0
    said = (
        (sharp is not None and sharp < -unsure, NEGATIVE),
        (item.facility < HARD, TOO_HARD),
        (item.facility > EASY, TOO_EASY),
        (sharp is not None and -unsure <= sharp < WEAK and item.facility <= EASY, TELLS_LITTLE),
        (item.p is not None and item.p < chance, UNEQUAL),
    )
    return tuple(words for holds, words in said if holds)
