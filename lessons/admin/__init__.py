"""The instructor's side: courses, lessons, scenes and experiments to edit, learners' work to read."""

from lessons.admin.certificates import CertificateAdmin
from lessons.admin.courses import CourseAdmin, LessonAdmin, SceneAdmin
from lessons.admin.experiments import ExperimentAdmin
from lessons.admin.learning import (
    CheckAnswerAdmin,
    LearnerAdmin,
    LessonProgressAdmin,
    PredictionAdmin,
    SimulationRunAdmin,
    TraceAnswerAdmin,
)
from lessons.admin.traces import TraceExerciseAdmin

__all__ = [
    "CertificateAdmin",
    "CheckAnswerAdmin",
    "CourseAdmin",
    "ExperimentAdmin",
    "LearnerAdmin",
    "LessonAdmin",
    "LessonProgressAdmin",
    "PredictionAdmin",
    "SceneAdmin",
    "SimulationRunAdmin",
    "TraceAnswerAdmin",
    "TraceExerciseAdmin",
]
