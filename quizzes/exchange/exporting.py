"""Questions as a file for another system, and what of them the file does not hold.

export_quiz(quiz, format)          the questions of one quiz
export_quizzes(quizzes, format)    those of several, one category each
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from quizzes.errors import InvalidSpecError, UngradableQuestionError
from quizzes.exchange import outgoing
from quizzes.exchange.formats import Format
from quizzes.exchange.items import Item, Loss, NotCarriedError
from quizzes.exchange.outgoing import Asked
from quizzes.models import Question, Quiz
from quizzes.questions.specifications import exchange_of, scenario_for
from quizzes.questions.variants import Variant, parse_variants


@dataclass(frozen=True, slots=True)
class Export:
    """`count`: how many questions the file holds; each variant is one of its own."""

    text: str
    count: int
    losses: tuple[Loss, ...]


def export_quiz(quiz: Quiz, form: Format) -> Export:
    return export_quizzes([quiz], form)


def export_quizzes(quizzes: Iterable[Quiz], form: Format) -> Export:
    """Runs the engine for every question that asks it."""
    items: list[Item] = []
    losses: list[Loss] = []
    for quiz in quizzes:
        for question in quiz.questions.select_related("quiz__lesson__course", "quiz__lesson__scene"):
            items.extend(written(question, form, losses))
    return Export(form.write(items), len(items), tuple(losses))


def written(question: Question, form: Format, losses: list[Loss]) -> Iterator[Item]:
    """The question's variants as items that the format can hold; what is lost is appended to `losses`."""
    lesson = question.quiz.lesson
    category: tuple[str, ...] = (lesson.course.slug, lesson.slug)
    place = "/".join(category)
    try:
        outgoing.require_counterpart(question.kind)
        variants = parse_variants(question.kind, question.spec)
    except (NotCarriedError, InvalidSpecError) as error:
        losses.append(Loss(question.slug, place, str(error), whole=True))
        return
    if len(variants) > 1:
        category = (*category, question.slug)
        losses.append(
            Loss(
                question.slug,
                place,
                gettext("its variants become questions of their own, in one category"),
                whole=False,
            )
        )
    for variant in variants:
        name = f"{question.slug}-{variant.index + 1}" if len(variants) > 1 else question.slug
        try:
            asked = asked_of(question, variant)
            item = outgoing.item(asked, name, category, question.points)
            form.write([item])
        except (NotCarriedError, InvalidSpecError, UngradableQuestionError) as error:
            losses.append(Loss(name, place, str(error), whole=True))
            continue
        losses.extend(
            Loss(name, place, reason, whole=False) for reason in (*outgoing.losses(asked), *form.losses(item))
        )
        yield item


def asked_of(question: Question, variant: Variant) -> Asked:
    """Raises InvalidSpecError and UngradableQuestionError."""
    exchange = exchange_of(scenario_for(variant.spec, question.quiz.lesson))
    return Asked(question.kind, variant.spec, exchange)
