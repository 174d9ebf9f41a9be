"""The instructor's side: quizzes and questions to edit, attempts and grades to read."""

from quizzes.admin.attempts import AttemptAdmin, GradeAdmin
from quizzes.admin.policies import AssignmentAdmin, ExtensionAdmin, PolicyAdmin
from quizzes.admin.questions import QuestionAdmin
from quizzes.admin.quizzes import QuizAdmin

__all__ = [
    "AssignmentAdmin",
    "AttemptAdmin",
    "ExtensionAdmin",
    "GradeAdmin",
    "PolicyAdmin",
    "QuestionAdmin",
    "QuizAdmin",
]
