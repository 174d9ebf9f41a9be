"""The instructor's side: courses, lessons, scenes and experiments to edit, learners' work to read."""

from lessons.admin.courses import CourseAdmin, LessonAdmin, SceneAdmin
from lessons.admin.experiments import ExperimentAdmin
from lessons.admin.learning import LearnerAdmin, LessonProgressAdmin, PredictionAdmin, SimulationRunAdmin

__all__ = [
    "CourseAdmin",
    "ExperimentAdmin",
    "LearnerAdmin",
    "LessonAdmin",
    "LessonProgressAdmin",
    "PredictionAdmin",
    "SceneAdmin",
    "SimulationRunAdmin",
]
