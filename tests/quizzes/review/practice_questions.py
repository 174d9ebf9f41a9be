"""A lesson with three questions about its first objective and one about its second.

objective 1: true (easy), source, sees (with two variants)      objective 2: way
"""

from __future__ import annotations

from uuid import uuid4

from lessons.models import Learner, Lesson
from quizzes.models import PracticeAnswer, Quiz
from quizzes.review import practice
from tests.quizzes.factories import RESPONSES, make_quiz, posted

OBJECTIVES = {"true": (1, 1), "source": (1, 2), "sees": (1, 3), "way": (2, 2)}


def make_practice_quiz() -> Quiz:
    quiz = make_quiz()
    quiz.lesson.objectives = ["Say what is true.", "Order the hops."]
    quiz.lesson.save()
    for question in quiz.questions.all():
        question.objective, question.difficulty = OBJECTIVES[question.slug]
        if question.slug == "sees":
            prompt = "What does the client see, [[name]]?"
            question.spec = question.spec | {"prompt": prompt, "variants": [{"name": "Ada"}, {"name": "Grace"}]}
        question.save()
    return quiz


def form(asked: PracticeAnswer, which: int = 0) -> dict[str, list[str]]:
    """0: the right answer, 1: a wrong one."""
    slug = asked.revision.slug
    return posted(practice.stand_in(asked), RESPONSES[slug][which])


def practiced(learner: Learner, lesson: Lesson, which: int = 0, objective: int = 1) -> PracticeAnswer:
    asked = practice.ask(learner, lesson, objective)
    practice.answer(asked.pk, form(asked, which), uuid4())
    practice.perform(asked.pk)
    asked.refresh_from_db()
    return asked
