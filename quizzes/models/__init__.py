"""What is stored of quizzes, in layers that are never merged.

content     Quiz and Question are what instructors edit; a Pool draws some of a quiz's questions
policies    how a quiz is taken: Policy, Assignment to a class, Extension for one learner
attempts    a QuestionRevision is a question as it was when someone was asked, and never changes;
            an Attempt holds Answers, which are drafts until it is submitted
grades      a Grade and its Marks are added, never changed; a ManualGrade stands beside; a Regrade adds grades
reports     a ProblemReport is what a learner says about a question
review      ReviewCards and PracticeAnswers, which never count
accounts    an AccountDeletion is an account that is about to go; a DataExport is a copy of somebody's data
"""

from quizzes.models.accounts import AccountDeletion, DataExport
from quizzes.models.attempts import Answer, Attempt, QuestionRevision
from quizzes.models.content import Pool, Question, Quiz
from quizzes.models.grades import Grade, ManualGrade, Mark, Regrade, RegradeChange
from quizzes.models.policies import Assignment, Extension, Policy
from quizzes.models.reports import ProblemReport
from quizzes.models.review import PracticeAnswer, ReviewCard

__all__ = [
    "AccountDeletion",
    "Answer",
    "Assignment",
    "Attempt",
    "DataExport",
    "Extension",
    "Grade",
    "ManualGrade",
    "Mark",
    "Policy",
    "Pool",
    "PracticeAnswer",
    "ProblemReport",
    "Question",
    "QuestionRevision",
    "Quiz",
    "Regrade",
    "RegradeChange",
    "ReviewCard",
]
