"""A course as files: course.yaml, and a folder for each lesson with lesson.md, scene.yaml and more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lessons.content.content_schema import CourseContent, ExperimentList, LessonContent
from lessons.content.lesson_bundle import LessonBundle
from lessons.content.schema import ContentError, parse, read_yaml
from lessons.playground.schema import PlaygroundContent
from lessons.traces.schema import TraceContent, TraceList

FRONT_MATTER = re.compile(r"\A---\r?\n(?P<yaml>.*?\n)---\r?\n(?P<body>.*)\Z", re.DOTALL)
LARGEST_FILE = 512 * 1024


@dataclass(frozen=True, slots=True)
class CourseFiles:
    content: CourseContent
    lessons: tuple[tuple[Path, LessonBundle], ...]


def course_folders(root: Path) -> tuple[Path, ...]:
    """root itself if it is a course, else the courses in it. Raises ContentError when there is none."""
    if (root / "course.yaml").is_file():
        return (root,)
    folders = tuple(sorted(path.parent for path in root.glob("*/course.yaml")))
    if not folders:
        raise ContentError(str(root), ("holds no course.yaml, and no folder in it does.",))
    return folders


def read_course(folder: Path) -> CourseFiles:
    """Everything in a course's folder, validated. Raises ContentError that names file and key."""
    file = folder / "course.yaml"
    lessons = tuple((path, read_lesson(path)) for path in _lesson_folders(folder))
    slugs = [bundle.lesson.slug for _, bundle in lessons]
    if repeated := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        raise ContentError(str(folder), (f"two lessons have the slug {', '.join(repeated)}.",))
    return CourseFiles(parse(CourseContent, read_yaml(read_text(file), str(file)), str(file)), lessons)


def read_lesson(folder: Path) -> LessonBundle:
    """One lesson's folder. Raises ContentError that names file and key."""
    file, experiments = folder / "lesson.md", folder / "experiments.yaml"
    match = FRONT_MATTER.match(read_text(file))
    if match is None:
        raise ContentError(str(file), ("must begin with front matter: YAML between two lines of three dashes.",))
    front_matter = read_yaml("\n" + match["yaml"], str(file))  # so that lines count from the file's first
    if not isinstance(front_matter, dict):
        raise ContentError(str(file), ("the front matter must be a mapping of keys to values.",))
    lesson = parse(LessonContent, {**front_matter, "body": match["body"]}, str(file))
    listed = {"experiments": read_yaml(read_text(experiments), str(experiments)) or ()}
    return LessonBundle(
        lesson=lesson,
        scene=read_text(folder / "scene.yaml"),
        experiments=parse(ExperimentList, listed, str(experiments)).experiments,
        playground=_playground(folder / "playground.yaml"),
        traces=_traces(folder / "traces.yaml"),
    )


def _playground(file: Path) -> PlaygroundContent | None:
    return parse(PlaygroundContent, read_yaml(read_text(file), str(file)), str(file)) if file.exists() else None


def _traces(file: Path) -> tuple[TraceContent, ...]:
    listed = {"traces": read_yaml(read_text(file), str(file)) or ()} if file.exists() else {"traces": ()}
    return parse(TraceList, listed, str(file)).traces


def _lesson_folders(folder: Path) -> Iterator[Path]:
    return (path.parent for path in sorted(folder.glob("*/lesson.md")))


def read_text(file: Path) -> str:
    """Raises ContentError for a file that is missing, too large or not UTF-8."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise ContentError(str(file), (f"is larger than {LARGEST_FILE // 1024} kB.",))
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ContentError(str(file), ("is missing.",)) from None
    except UnicodeDecodeError as error:
        raise ContentError(str(file), (f"is not UTF-8 text (byte {error.start}).",)) from error
