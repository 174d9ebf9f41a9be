"""Which rules hold: for a learner who looks at a quiz, and for an attempt that was started.

They come from the learner's newest class that has this quiz assigned, else from the quiz's own policy; a quiz without
one is free. What was granted to the learner is applied last, so that it wins over every window.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from classes.models import Enrolment, Role
from lessons.models import Learner
from quizzes.models import Assignment, Attempt, Extension, Policy, Quiz
from quizzes.policies.rules import Moment, Rules


def rules_for(quiz: Quiz, learner: Learner | None) -> Rules:
    """What holds for an attempt that this learner starts now; `enrolment` is the class that it counts for."""
    enrolment = None if learner is None else class_of(quiz, learner)
    return granted(class_rules(quiz, enrolment), quiz)


def rules_of(attempt: Attempt) -> Rules:
    """What holds for this attempt: the rules that it was started with, and whatever came later that adds time.

    When feedback and key show is not the attempt's, but the policy's as it is now.
    """
    kept, enrolment = Rules.of_document(attempt.rules, attempt.enrolment), attempt.enrolment
    if attempt.learner.stand_in_of_id is not None:
        return kept
    now = class_rules(attempt.quiz, enrolment)
    kept = replace(kept, feedback=now.feedback, key=now.key)
    if enrolment is None:
        return kept
    closes_at = None if None in (kept.closes_at, now.closes_at) else latest(kept.closes_at, now.closes_at)
    late_until = latest(kept.late_until, now.late_until) if closes_at else None
    return granted(replace(kept, closes_at=closes_at, late_until=late_until), attempt.quiz)


def base_document(quiz: Quiz, rules: Rules) -> dict[str, object]:
    """What an attempt keeps: the class's rules, without what was granted, which is always looked up."""
    return class_rules(quiz, rules.enrolment).document()


def class_of(quiz: Quiz, learner: Learner) -> Enrolment | None:
    """The newest class that this learner is in as one and that has this quiz assigned."""
    mine = Enrolment.objects.active().filter(learner=learner, role=Role.LEARNER, course_class__assignments__quiz=quiz)
    return mine.select_related("course_class").order_by("-joined_at", "-pk").first()


def class_rules(quiz: Quiz, enrolment: Enrolment | None) -> Rules:
    """As everybody in the class has them, or everybody who is in none."""
    if enrolment is None:
        return policy_rules(quiz.policy)
    assignment = Assignment.objects.filter(course_class=enrolment.course_class_id, quiz=quiz).select_related("policy")
    given = assignment.first()
    if given is None:
        return replace(policy_rules(quiz.policy), enrolment=enrolment)
    return replace(
        policy_rules(given.policy or quiz.policy),
        opens_at=given.opens_at,
        closes_at=given.closes_at,
        late_until=given.late_until,
        enrolment=enrolment,
    )


def policy_rules(policy: Policy | None) -> Rules:
    if policy is None:
        return Rules()
    minutes = policy.time_limit_minutes
    return Rules(
        max_attempts=policy.max_attempts,
        penalty_percent=policy.penalty_percent,
        cooldown=timedelta(minutes=policy.cooldown_minutes),
        time_limit=None if minutes is None else timedelta(minutes=minutes),
        grace=timedelta(seconds=policy.grace_seconds),
        late_penalty_percent=policy.late_penalty_percent,
        shuffle=policy.shuffle_questions,
        feedback=Moment(policy.feedback),
        key=Moment(policy.key),
    )


def granted(rules: Rules, quiz: Quiz) -> Rules:
    """With the learner's extra time, and an extension of this quiz."""
    enrolment = rules.enrolment
    if enrolment is None:
        return rules
    extension = Extension.objects.filter(enrolment=enrolment, quiz=quiz).first() or Extension()
    return rules.granted(enrolment.time_factor, extension.extra_minutes, extension.extra_attempts, extension.closes_at)


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
