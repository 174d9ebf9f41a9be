"""A quiz with one question of each kind, on the small cluster of tests.lessons.factories.

right() and wrong() give a form's answers to it; its points are 1 + 2 + 1 + 2 = 6.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from lessons.models import Learner, Lesson, Status
from quizzes.attempts import taking
from quizzes.models import Attempt, Policy, Question, Quiz
from quizzes.questions.specifications import kind_of, specification
from tests.lessons.factories import make_experiment, make_lesson

TO_TWO = {"probe": {"from": "pod/ops/client", "to": "pod/app/two", "port": 8080}}
WAY_TO_TWO = [
    ("n1", "n1", "cni0", "in", "bridge of n1"),
    ("n1", "n1", "flannel.1", "out", "tunnel of n1"),
    ("n2", "n2", "flannel.1", "in", "tunnel of n2"),
    ("n2", "app/two", "eth0", "in", "the server"),
]
SPECS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "sees": (
        "single_choice",
        1,
        {
            "prompt": "What does the client see?",
            "experiment": "first",
            "options": [
                {"text": "A refusal", "when": {"client_sees": "refused"}, "explanation": "Somebody listens."},
                {"text": "A timeout", "when": {"client_sees": "timeout"}, "explanation": "Nothing is lost."},
                {"text": "A connection", "when": {"client_sees": "connected"}, "explanation": "A Pod answers."},
            ],
        },
    ),
    "true": (
        "multiple_choice",
        2,
        {
            "prompt": "What is true?",
            "explanation": "General words.",
            "options": [
                {"text": "Rules translate", "correct": True, "explanation": "They do."},
                {"text": "The address answers ARP", "correct": False, "explanation": "It is on no interface."},
                {"text": "Every node has the rules", "correct": True, "explanation": "Each kube-proxy does."},
            ],
        },
    ),
    "source": (
        "ip_address",
        1,
        {
            "prompt": "Which source does the server see?",
            "explanation": "Pods see each other's addresses.",
            "scene": TO_TWO,
            "answer": {"path": "seen_by_server.source_ip"},
            "mistakes": [{"value": "10.244.1.1", "explanation": "cni0 does not masquerade."}],
        },
    ),
    "way": (
        "order_hops",
        2,
        {
            "prompt": "In which order?",
            "scene": TO_TWO,
            "hops": [
                {
                    "node": node,
                    "netns": netns,
                    "interface": interface,
                    "direction": to,
                    "label": label,
                    "explanation": "Here.",
                }
                for node, netns, interface, to, label in reversed(WAY_TO_TWO)
            ],
        },
    ),
}
RESPONSES: dict[str, tuple[Any, Any]] = {
    "sees": ({"chosen": [2]}, {"chosen": [0]}),
    "true": ({"chosen": [0, 2]}, {"chosen": [1]}),
    "source": ({"text": "10.244.1.2"}, {"text": "10.244.1.1"}),
    "way": ({"positions": [4, 3, 2, 1]}, {"positions": [1, 2, 3, 4]}),
}
MAX_SCORE = 6
PAGE = UUID(int=1)


def make_quiz(lesson: Lesson | None = None, *, slugs: tuple[str, ...] = tuple(SPECS), **values: Any) -> Quiz:
    """A published quiz of a published lesson that has the experiment `first`."""
    lesson = lesson or make_lesson()
    if not lesson.experiments.exists():
        make_experiment(lesson)
    quiz = Quiz.objects.create(lesson=lesson, **({"title": "Rules", "status": Status.PUBLISHED} | values))
    for position, slug in enumerate(slugs, start=1):
        kind, points, spec = SPECS[slug]
        Question.objects.create(quiz=quiz, slug=slug, position=position, kind=kind, points=points, spec=spec)
    return quiz


def make_policy(**values: Any) -> Policy:
    return Policy.objects.create(**({"name": f"Policy {Policy.objects.count() + 1}"} | values))


def make_attempt(quiz: Quiz | None = None, learner: Learner | None = None) -> Attempt:
    return taking.start(quiz or make_quiz(), learner or Learner.objects.create())


def right(attempt: Attempt, *slugs: str) -> dict[str, list[str]]:
    return filled(attempt, 0, slugs)


def wrong(attempt: Attempt, *slugs: str) -> dict[str, list[str]]:
    return filled(attempt, 1, slugs)


def filled(attempt: Attempt, which: int, slugs: tuple[str, ...]) -> dict[str, list[str]]:
    """The form as a browser posts it: the values that stand for a response in the order shown to this attempt."""
    form: dict[str, list[str]] = {}
    for answer in attempt.answers.select_related("revision", "attempt"):
        slug = answer.revision.slug
        if slugs and slug not in slugs:
            continue
        form[f"{slug}.version"] = [str(answer.version)]
        form |= posted(answer, RESPONSES[slug][which])
    return form


def posted(answer: Any, response: Any) -> dict[str, list[str]]:
    slug, spec = answer.revision.slug, specification(answer.revision)
    view = kind_of(answer.revision).present(spec, response, answer.seed)
    if "options" in view:
        return {slug: [str(option["value"]) for option in view["options"] if option["chosen"]]}
    if "items" in view:
        return {f"{slug}.{item['value']}": [str(item["position"])] for item in view["items"]}
    return {slug: [view["text"]]}


def submit(attempt: Attempt, form: dict[str, list[str]], page: UUID | None = None) -> taking.Submission:
    return taking.submit(attempt.pk, form, page or uuid4(), unanswered_confirmed=True)
