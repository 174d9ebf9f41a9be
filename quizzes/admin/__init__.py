"""The instructor's side: quizzes and questions to edit, attempts and grades to read."""

from quizzes.admin.attempts import AttemptAdmin, GradeAdmin
from quizzes.admin.quizzes import QuestionAdmin, QuizAdmin

__all__ = ["AttemptAdmin", "GradeAdmin", "QuestionAdmin", "QuizAdmin"]
