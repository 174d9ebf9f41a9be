"""What is stored: courses (written by instructors), learning (made by learners), simulations (made by the engine)."""

from lessons.models.bookmarks import Bookmark
from lessons.models.certificates import Certificate
from lessons.models.courses import Course, Experiment, Lesson, PredictionOption, Scene, Status
from lessons.models.learning import CheckAnswer, Confidence, Learner, LessonProgress, Prediction
from lessons.models.simulations import SimulationRun
from lessons.models.traces import TraceAnswer, TraceExercise
from lessons.models.versions import LessonVersion

__all__ = [
    "Bookmark",
    "Certificate",
    "CheckAnswer",
    "Confidence",
    "Course",
    "Experiment",
    "Learner",
    "Lesson",
    "LessonProgress",
    "LessonVersion",
    "Prediction",
    "PredictionOption",
    "Scene",
    "SimulationRun",
    "Status",
    "TraceAnswer",
    "TraceExercise",
]
