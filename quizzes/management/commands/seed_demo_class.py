from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from classes import enrolling
from classes.models import CourseClass, Role
from lessons.learners import learner_of
from lessons.models import Course
from quizzes.demo import seeding

DEVELOPMENT = "courseware.settings.development"


class Command(BaseCommand):
    help = (
        "Makes a class of made-up learners who took the course's quizzes and predicted its experiments, to look at "
        "gradebooks and statistics. The same seed makes the same class. --remove takes it away again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--course", help="slug; may be left out where there is one course only")
        parser.add_argument("--learners", type=int, default=200)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--instructor", help="user name of somebody who shall teach the class")
        parser.add_argument("--remove", action="store_true", help="delete the class of this seed, with its learners")
        parser.add_argument("--yes", action="store_true", help="needed where the site is not a development one")

    def handle(self, *args: Any, learners: int, seed: int, yes: bool, remove: bool, **options: Any) -> None:
        if not yes and settings.SETTINGS_MODULE != DEVELOPMENT:
            raise CommandError("This site may be a real one. Give --yes to put made-up learners into it.")
        if remove:
            self.stdout.write(f"Took away {seeding.remove_class(seed)} learners and their class.")
            return
        if learners < 1:
            raise CommandError(f"--learners {learners}: a class needs one at least.")
        title = seeding.title_of(seed)
        if CourseClass.objects.filter(title=title).exists():
            raise CommandError(f"There is a “{title}” already. Give another --seed, or --remove it first.")
        course, instructor = self._course(options["course"]), self._instructor(options["instructor"])
        course_class, counts = seeding.seed_class(course, learners, seed)
        if instructor is not None:
            enrolling.enrol(course_class, learner_of(instructor), role=Role.INSTRUCTOR)
        for number in counts:
            self.stdout.write(f"\r{number} of {learners} learners", ending="")
            self.stdout.flush()
        self.stdout.write(f"\n{title} is at {course_class.get_absolute_url()}")

    def _course(self, slug: str | None) -> Course:
        courses = list(Course.objects.filter(slug=slug) if slug else Course.objects.all())
        if len(courses) != 1:
            known = ", ".join(Course.objects.values_list("slug", flat=True)) or "none; import one first"
            raise CommandError(f"Name one course with --course. There are: {known}.")
        return courses[0]

    def _instructor(self, name: str | None) -> User | None:
        found = User.objects.filter(username=name).first() if name else None
        if name and found is None:
            raise CommandError(f"There is no user “{name}”.")
        return found
