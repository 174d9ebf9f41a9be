"""Brings a course from files into the database: idempotent, and careful with what was edited in the admin.

Each lesson remembers the digest of what was imported last. When the database holds something else, somebody edited the
lesson in the admin, and it is left alone unless `force` is given. Predictions are never deleted.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from django.db import transaction

import netsim
from lessons import demo
from lessons.content import authoring
from lessons.content.action_schema import Action, FaultSpec, Variant
from lessons.content.content_schema import (
    CheckContent,
    ExperimentContent,
    GlossaryTerm,
    LessonContent,
    MythContent,
    OptionContent,
    ShowSpec,
    SourceLink,
)
from lessons.content.course_files import CourseFiles, course_folders, read_course
from lessons.content.differences import differences, parts_of, written
from lessons.content.lesson_bundle import LessonBundle
from lessons.content.manifests import ManifestError
from lessons.content.schema import ContentError
from lessons.models import Course, Experiment, Lesson, Scene, SimulationRun, Status
from lessons.playground import authoring as playground_authoring
from lessons.playground.schema import PlaygroundContent
from lessons.runs import simulations
from lessons.signals import lesson_imported
from lessons.traces import importing as trace_importing

Report = Callable[[str], None]


def import_courses(root: Path, *, force: bool, report: Report) -> None:
    """Imports every course under root; report gets one line for each change, and for each lesson left alone.

    Raises ContentError, naming file and key, before anything of that course is changed.
    """
    for folder in course_folders(root):
        _import_course(read_course(folder), force=force, report=report)


@transaction.atomic
def _import_course(files: CourseFiles, *, force: bool, report: Report) -> None:
    course = _import_course_row(files, force=force, report=report)
    for folder, bundle in files.lessons:
        lesson = Lesson.objects.filter(course=course, slug=bundle.lesson.slug).first()
        if _may_write(lesson, bundle, force=force, report=report):
            lesson = _write_lesson(course, bundle, report)
            _check_lesson(lesson, folder)
        lesson_imported.send(sender=Lesson, lesson=lesson, folder=folder, force=force, report=report)
    _check_demo(course)
    slugs = [bundle.lesson.slug for _, bundle in files.lessons]
    for lesson in course.lessons.exclude(slug__in=slugs).exclude(imported_digest=""):
        report(f"Lesson {lesson.slug}: is no longer among the files; kept. Delete it in the admin if that is meant.")


def _import_course_row(files: CourseFiles, *, force: bool, report: Report) -> Course:
    content = files.content
    values = {"title": content.title, "summary": content.summary, **content.extras()}
    digest = _digest({"slug": content.slug, **values})
    course = Course.objects.filter(slug=content.slug).first()
    if course is None:
        report(f"Course {content.slug}: created.")
        course = Course(slug=content.slug, status=Status.PUBLISHED)
    else:
        stored = {name: getattr(course, name) for name in values}
        current = _digest({"slug": course.slug, **stored})
        if current == digest:
            return course
        changed = differences(stored, values)
        if course.imported_digest != current and not force:
            report(f"Course {content.slug}: was edited in the admin; left alone (--force overwrites {changed}).")
            return course
        report(f"Course {content.slug}: updated {changed}.")
    for name, value in values.items():
        setattr(course, name, value)
    course.imported_digest = digest
    course.save()
    return course


def _check_demo(course: Course) -> None:
    """Sends the packets of the home page, which also stores their results. Raises ContentError."""
    try:
        for packet in demo.packets(course):
            simulations.solve(demo.scenario(course, packet))
    except (ContentError, ManifestError, netsim.NetsimError) as error:
        raise ContentError("course.yaml", (f"demo: {error}",)) from error


def _may_write(lesson: Lesson | None, bundle: LessonBundle, *, force: bool, report: Report) -> bool:
    if lesson is None:
        report(f"Lesson {bundle.lesson.slug}: created.")
        return True
    stored = stored_bundle(lesson)
    current = bundle_digest(stored)
    if current == bundle_digest(bundle):
        return False
    changed = differences(parts_of(stored), parts_of(bundle))
    if lesson.imported_digest != current and not force:
        report(f"Lesson {lesson.slug}: was edited in the admin; left alone (--force overwrites {changed}).")
        return False
    report(f"Lesson {lesson.slug}: updated {changed}.")
    return True


def _write_lesson(course: Course, bundle: LessonBundle, report: Report) -> Lesson:
    content = bundle.lesson
    title = f"Scene of “{content.title}”"[:200]
    scene, _ = Scene.objects.update_or_create(
        course=course,
        slug=content.slug,
        defaults={"manifests": bundle.scene},
        create_defaults={
            "manifests": bundle.scene,
            "title": title,
        },
    )
    values = content.model_dump(exclude={"slug"}, mode="json") | {
        "scene": scene,
        "playground": bundle.playground.document() if bundle.playground else {},
    }
    lesson, _ = Lesson.objects.update_or_create(
        course=course, slug=content.slug, defaults=values, create_defaults=values | {"status": Status.PUBLISHED}
    )
    for position, experiment in enumerate(bundle.experiments, start=1):
        _write_experiment(lesson, position, experiment)
    _remove_experiments(lesson, bundle, report)
    trace_importing.write(lesson, bundle.traces, report)
    lesson.imported_digest = bundle_digest(stored_bundle(lesson))
    lesson.save(update_fields=["imported_digest"])
    return lesson


def _write_experiment(lesson: Lesson, position: int, content: ExperimentContent) -> None:
    values = {
        "position": position,
        "title": content.title,
        "intro": content.intro,
        "changes": content.changes,
        "faults": [fault.document() for fault in content.faults],
        "action": content.action_document(),
        "compare": [variant.document() for variant in content.compare],
        "show": content.show.document(),
        "question": content.question,
        "check_question": content.check.model_dump(mode="json") if content.check else None,
        "myth": content.myth.model_dump(mode="json") if content.myth else None,
        "takeaway": content.takeaway,
    }
    experiment, _ = Experiment.objects.update_or_create(lesson=lesson, slug=content.slug, defaults=values)
    numbered = enumerate(content.options, start=1)
    experiment.set_options([option.model_dump(mode="json") | {"position": number} for number, option in numbered])


def _remove_experiments(lesson: Lesson, bundle: LessonBundle, report: Report) -> None:
    """Deletes experiments that the files no longer hold; one that somebody predicted on is kept."""
    slugs = [experiment.slug for experiment in bundle.experiments]
    for experiment in lesson.experiments.exclude(slug__in=slugs):
        if experiment.predictions.exists():
            report(f"Experiment {experiment.slug}: is no longer among the files; kept, because it has predictions.")
        else:
            report(f"Experiment {experiment.slug}: deleted.")
            experiment.delete()


def _check_lesson(lesson: Lesson, folder: Path) -> None:
    """Runs each experiment, which also stores its result for learners. Raises ContentError."""
    if problems := authoring.places_problems(lesson):
        raise ContentError(str(folder / "lesson.md"), problems)
    for index, experiment in enumerate(lesson.experiments.select_related("lesson__scene")):
        scenario = experiment.scenario()
        place = f"[{index}] ({experiment.slug})"
        try:
            exchange = simulations.solve(scenario)["exchange"]
            simulations.solve(scenario, SimulationRun.Kind.DIAGRAM)
        except ManifestError as error:
            raise ContentError(str(folder / "scene.yaml"), (str(error),)) from error
        except netsim.NetsimError as error:
            kind = ", ".join(experiment.action)
            raise ContentError(str(folder / "experiments.yaml"), (f"{place}.{kind}: {error}",)) from error
        if problems := authoring.experiment_problems(experiment, exchange):
            raise ContentError(str(folder / "experiments.yaml"), tuple(f"{place}.{problem}" for problem in problems))
    if problems := playground_authoring.problems(lesson):
        raise ContentError(str(folder / "playground.yaml"), problems)
    trace_importing.check(lesson, folder)


def stored_bundle(lesson: Lesson) -> LessonBundle:
    """The lesson as the database holds it, in the form of its files."""
    content = LessonContent(
        title=lesson.title,
        slug=lesson.slug,
        position=lesson.position,
        summary=lesson.summary,
        minutes=lesson.minutes,
        objectives=tuple(lesson.objectives),
        sources=tuple(SourceLink(**source) for source in lesson.sources),
        glossary=tuple(GlossaryTerm(**term) for term in lesson.glossary),
        key_points=tuple(lesson.key_points),
        kubernetes=lesson.kubernetes,
        body=lesson.body,
    )
    experiments = tuple(_stored_experiment(row) for row in lesson.experiments.prefetch_related("options"))
    playground = PlaygroundContent.model_validate(lesson.playground) if lesson.playground else None
    scene = lesson.scene.manifests if lesson.scene else ""
    return LessonBundle(content, scene, experiments, playground, trace_importing.stored(lesson))


def _stored_experiment(row: Experiment) -> ExperimentContent:
    return ExperimentContent.model_construct(
        slug=row.slug,
        title=row.title,
        intro=row.intro,
        changes=row.changes,
        faults=tuple(FaultSpec.model_validate(fault) for fault in row.faults),
        **dict(Action.model_validate(row.action)),
        compare=tuple(Variant.model_validate(variant) for variant in row.compare),
        show=ShowSpec.model_validate(row.show),
        question=row.question,
        options=tuple(
            OptionContent.model_construct(text=option.text, when=option.when, explanation=option.explanation)
            for option in row.options.all()
        ),
        check=CheckContent.model_validate(row.check_question) if row.check_question else None,
        myth=MythContent.model_validate(row.myth) if row.myth else None,
        takeaway=row.takeaway,
    )


def bundle_digest(bundle: LessonBundle) -> str:
    """sha256 over a lesson's content, 64 hexadecimal digits."""
    parts: Iterable[object] = (
        written(bundle.lesson),
        bundle.scene,
        [written(experiment) for experiment in bundle.experiments],
        bundle.playground.document() if bundle.playground else None,
        [written(trace) for trace in bundle.traces],
    )
    return _digest(list(parts))


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
