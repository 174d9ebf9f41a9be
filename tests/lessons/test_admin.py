"""An instructor's forms: a mistake is named beside its field, nothing typed is lost, only what works is published."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from lessons.admin.editing import SEEN
from lessons.models import Course, Experiment, Lesson, Scene, SimulationRun
from tests.lessons.factories import SCENE, WITHOUT_ENDPOINTS, make_experiment, make_instructor, make_lesson, make_user
from tests.lessons.playgrounds import CONTENT, make_playground

pytestmark = pytest.mark.django_db
OTHER_PORT = WITHOUT_ENDPOINTS.replace("port: 80", "port: 81")

NOBODY = {"probe": {"from": "pod/ops/nobody", "to": "svc/app/api"}}
DEMO_PACKETS = "packets: [{slug: a, label: A, probe: {from: a, to: b}}]"
ACTION = "probe: {from: pod/ops/client, to: svc/app/api}"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(make_instructor())
    return client


@pytest.fixture
def experiment() -> Experiment:
    return make_experiment()


def change_url(row: Any) -> str:
    return reverse(f"admin:lessons_{row._meta.model_name}_change", args=[row.pk])


def form_of(client: Client, url: str) -> dict[str, Any]:
    """What the browser would post back unchanged, inlines included."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return data


def post(client: Client, url: str, **changes: Any) -> Any:
    return client.post(url, form_of(client, url) | changes, follow=True)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def errors_of(response: Any, field: str) -> list[str]:
    return list(response.context["adminform"].form.errors.get(field, []))


def test_an_unchanged_form_changes_nothing(admin: Client, experiment: Experiment) -> None:
    """Browsers post line ends as CR LF."""
    Experiment.objects.update(changes="# one\n# two", intro="One.\n\nTwo.")
    for row in rows_of(experiment):
        before = type(row).objects.filter(pk=row.pk).values().get()
        url = change_url(row)
        data = {name: re.sub("\n", "\r\n", str(value)) for name, value in form_of(admin, url).items()}
        response = admin.post(url, data, follow=True)
        assert "was changed successfully" in messages_of(response)[0]
        assert type(row).objects.filter(pk=row.pk).values().get() == before


def rows_of(experiment: Experiment) -> list[Any]:
    return [experiment, experiment.lesson, experiment.lesson.scene, experiment.lesson.course]


def test_who_saves_second_is_told_what_the_first_changed_and_keeps_what_was_typed(
    admin: Client, experiment: Experiment
) -> None:
    for row in rows_of(experiment):
        url = change_url(row)
        mine = form_of(admin, url) | {"title": "Mine"}
        type(row).objects.filter(pk=row.pk).update(title="Theirs")
        refused = admin.post(url, mine)
        assert "and changed: Title." in errors_of(refused, "__all__")[0]
        assert type(row).objects.get(pk=row.pk).title == "Theirs"
        assert refused.context["adminform"].form["title"].value() == "Mine"
        shown = refused.context["adminform"].form["seen"].value()
        assert "was changed successfully" in messages_of(admin.post(url, mine | {"seen": shown}, follow=True))[0]
        assert type(row).objects.get(pk=row.pk).title == "Mine"


def test_who_may_only_look_sees_no_marks(client: Client, experiment: Experiment) -> None:
    reader = make_user("rita", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(reader)
    pages = [client.get(change_url(row)) for row in rows_of(experiment)]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert [page for page in pages if f"field-{SEEN}" in page.content.decode()] == []


def test_options_that_somebody_else_changed_are_not_replaced(admin: Client, experiment: Experiment) -> None:
    url = change_url(experiment)
    mine = form_of(admin, url)
    experiment.options.update(explanation="Theirs.")
    assert "and changed: options." in errors_of(admin.post(url, mine), "__all__")[0]
    assert experiment.options.filter(explanation="Theirs.").exists()


@pytest.mark.parametrize(
    ("manifests", "error"),
    [
        pytest.param(
            SCENE.replace("port: 80,", "port: 80000,"), "scene.yaml:40: spec.ports[0].port: must be", id="a bad value"
        ),
        pytest.param(
            SCENE.replace("{app: api}\n  ports", "[]\n  ports"), "scene.yaml:39: spec.selector", id="no mapping"
        ),
        pytest.param("a: [1", "scene.yaml:2: not valid YAML", id="no YAML"),
    ],
)
def test_a_mistake_in_a_scene_names_line_and_key_and_keeps_the_text(
    admin: Client, experiment: Experiment, manifests: str, error: str
) -> None:
    scene = experiment.lesson.scene
    response = post(admin, change_url(scene), manifests=manifests, title="A better title")
    assert error in errors_of(response, "manifests")[0]
    html = response.content.decode()
    assert "A better title" in html
    assert manifests.splitlines()[0] in html
    assert Scene.objects.get().manifests == SCENE


def test_a_scene_that_breaks_a_published_lesson_is_saved_with_a_warning(admin: Client, experiment: Experiment) -> None:
    response = post(admin, change_url(experiment.lesson.scene), manifests=SCENE.replace("name: client", "name: other"))
    assert any("used by the published lesson “Services”" in message for message in messages_of(response))


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        pytest.param("action", "probe:\n  from: [", "line 2, column", id="action: no YAML"),
        pytest.param("action", "probe: {from: x}", "probe.to: is missing", id="action: a key is missing"),
        pytest.param("action", "probe: {from: a, to: b, prot: 80}", "prot: no such key here", id="key"),
        pytest.param("faults", "[selector-typos]", "faults[0].name: selector-typos: no such fault; did", id="fault"),
        pytest.param("action", "probe: {from: pod/ops/nobody, to: svc/app/api}", "no Pod ops/nobody", id="no such Pod"),
        pytest.param("action", "probe: {from: a, to: b}\ncni: {}", "cni.conflist: is missing", id="two"),
        pytest.param("faults", "[no-such-fault]", "no-such-fault", id="no such fault"),
        pytest.param("check_question", "question: Saw?\noptions: []", "at least 2", id="check: no options"),
        pytest.param("action", "- from", "must be keys with values", id="action: a list"),
        pytest.param("show", "nodes: n1", "nodes: must be a list, such as", id="show: not a list"),
        pytest.param("changes", "kind: Service", "changes.yaml:1: apiVersion", id="changes"),
    ],
)
def test_a_mistake_in_an_experiment_is_named_beside_its_field_and_the_text_stays(
    admin: Client, experiment: Experiment, field: str, text: str, error: str
) -> None:
    response = post(admin, change_url(experiment), **{field: text})
    assert error in " ".join(errors_of(response, field))
    assert response.context["adminform"].form[field].value() == text


def test_structured_fields_are_edited_as_text(admin: Client, experiment: Experiment) -> None:
    post(admin, change_url(experiment), action="probe: {from: pod/ops/client, to: svc/app/api, port: 80, seed: 3}")
    experiment.refresh_from_db()
    assert experiment.action == {"probe": {"from": "pod/ops/client", "to": "svc/app/api", "port": 80, "seed": 3}}


@pytest.mark.parametrize(
    ("when", "error"),
    [("client_sees: refused", "by the engine none is"), ("client_sees: [connected, refused]", "")],
    ids=["no option is right", "one option is right"],
)
def test_options_of_a_published_lesson_must_single_out_one(
    admin: Client, experiment: Experiment, when: str, error: str
) -> None:
    response = post(admin, change_url(experiment), **{"options-0-when": when})
    formsets = response.context.get("inline_admin_formsets", [])
    found = [str(problem) for inline in formsets for problem in inline.formset.non_form_errors()]
    assert error in " ".join(found)
    assert bool(found) is bool(error)


def test_options_of_a_draft_may_be_unfinished(admin: Client, experiment: Experiment) -> None:
    Lesson.objects.update(status="draft")
    response = post(admin, change_url(experiment), **{"options-0-when": "client_sees: refused"})
    assert any("not ready to publish" in message for message in messages_of(response))
    assert experiment.options.all()[0].when == {"client_sees": "refused"}


@pytest.mark.parametrize("status", ["draft", "published"])
def test_options_that_nobody_could_tell_apart_are_refused(admin: Client, experiment: Experiment, status: str) -> None:
    Lesson.objects.update(status=status)
    first, second, *_ = experiment.options.all()
    response = post(admin, change_url(experiment), **{"options-1-text": first.text})
    (inline,) = response.context["inline_admin_formsets"]
    assert inline.formset.forms[1].errors["text"] == [f"used more than once: {first.text}"]
    second.refresh_from_db()
    assert second.text != first.text


def test_a_condition_that_is_no_mapping_is_named(admin: Client, experiment: Experiment) -> None:
    response = post(admin, change_url(experiment), **{"options-0-when": "refused"})
    (inline,) = response.context["inline_admin_formsets"]
    assert "must be keys with values" in " ".join(inline.formset.forms[0].errors["when"])


def test_lists_are_edited_one_entry_a_line(admin: Client, experiment: Experiment) -> None:
    post(
        admin,
        change_url(experiment.lesson),
        objectives="Name the rule.\n\nRead a trace.",
        sources="Docs | https://kubernetes.io/docs/\nA book",
        glossary="Service | A name | and an address.",
    )
    lesson = Lesson.objects.get()
    assert lesson.objectives == ["Name the rule.", "Read a trace."]
    assert lesson.sources == [{"title": "Docs", "url": "https://kubernetes.io/docs/"}, {"title": "A book", "url": ""}]
    assert lesson.glossary == [{"term": "Service", "meaning": "A name | and an address."}]


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        (
            "sources",
            "Docs | https://kubernetes.io/docs/\nEvil | javascript:alert(1)",
            "Line 2: url must begin with https://",
        ),
        ("glossary", "Service", "Line 1: meaning is missing: write term | meaning."),
    ],
)
def test_a_mistake_in_a_list_names_its_line(
    admin: Client, experiment: Experiment, field: str, text: str, error: str
) -> None:
    assert error in " ".join(errors_of(post(admin, change_url(experiment.lesson), **{field: text}), field))


def test_experiments_are_put_in_order_on_the_lessons_page(admin: Client, experiment: Experiment) -> None:
    make_experiment(experiment.lesson, slug="second", position=2)
    post(admin, change_url(experiment.lesson), **{"experiments-0-position": "3"})
    assert [row.slug for row in experiment.lesson.experiments.all()] == ["second", "first"]


def test_a_new_course_lesson_scene_and_experiment_can_be_made(admin: Client) -> None:
    post(admin, reverse("admin:lessons_course_add"), title="New", slug="new", summary="Short.")
    course = Course.objects.get()
    assert course.status == "draft"
    scene = {"course": course.pk, "title": "Small", "slug": "small", "manifests": SCENE}
    post(admin, reverse("admin:lessons_scene_add"), **scene)
    lesson = {"course": course.pk, "scene": Scene.objects.get().pk, "title": "One", "slug": "one", "body": "Text."}
    post(admin, reverse("admin:lessons_lesson_add"), **lesson)
    url = f"{reverse('admin:lessons_experiment_add')}?lesson={Lesson.objects.get().pk}"
    values = {"title": "First", "slug": "first", "question": "What?", "action": ACTION}
    for number, sees in enumerate(("connected", "refused")):
        option = {"text": sees, "when": f"client_sees: {sees}", "explanation": "Why.", "position": str(number)}
        values |= {f"options-{number}-{name}": value for name, value in option.items()}
    post(admin, url, **values)
    assert Experiment.objects.get().options.count() == 2


def run_action(admin: Client, model: str, action: str, row: Any) -> Any:
    url = reverse(f"admin:lessons_{model}_changelist")
    return admin.post(url, {"action": action, "_selected_action": [row.pk]}, follow=True)


def test_a_lesson_that_works_is_published(admin: Client, experiment: Experiment) -> None:
    Lesson.objects.update(status="draft")
    run_action(admin, "lesson", "publish_lessons", experiment.lesson)
    assert Lesson.objects.get().status == "published"


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        pytest.param({"action": NOBODY}, "no Pod ops/nobody", id="probe"),
        pytest.param({"changes": OTHER_PORT}, "Exactly one option", id="options"),
    ],
)
def test_a_lesson_that_does_not_work_is_not_published_and_says_why(
    admin: Client, experiment: Experiment, break_it: dict[str, Any], why: str
) -> None:
    Lesson.objects.update(status="draft")
    Experiment.objects.update(**break_it)
    response = run_action(admin, "lesson", "publish_lessons", experiment.lesson)
    assert Lesson.objects.get().status == "draft"
    assert any(why in message for message in messages_of(response))


def test_publishing_in_the_form_is_checked_too(admin: Client) -> None:
    lesson = make_lesson(body="", status="draft")
    response = post(admin, change_url(lesson), status="published")
    assert Lesson.objects.get().status == "draft"
    assert any("it has no text" in message for message in messages_of(response))


@pytest.mark.parametrize("model", ["lesson", "course"])
def test_back_to_draft(admin: Client, experiment: Experiment, model: str) -> None:
    row = experiment.lesson if model == "lesson" else experiment.lesson.course
    run_action(admin, model, "make_draft", row)
    row.refresh_from_db()
    assert row.status == "draft"


def test_forms_link_to_the_page_that_learners_see(admin: Client, experiment: Experiment) -> None:
    response = admin.get(change_url(experiment.lesson))
    view_on_site = response.context["absolute_url"]
    assert admin.get(view_on_site).url.endswith(experiment.lesson.get_absolute_url())


def test_the_text_is_edited_beside_its_preview(admin: Client, experiment: Experiment) -> None:
    html = admin.get(change_url(experiment.lesson)).content.decode()
    assert f'data-markdown-preview="{reverse("markdown_preview")}"' in html
    assert 'js/admin_preview.js" type="module"' in html


@pytest.mark.parametrize("model", ["learner", "prediction", "lessonprogress", "simulationrun"])
def test_what_learners_and_the_engine_made_can_only_be_read(admin: Client, model: str) -> None:
    assert admin.get(reverse(f"admin:lessons_{model}_changelist")).status_code == 200
    assert admin.get(reverse(f"admin:lessons_{model}_add")).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_failed_run_can_be_started_again(admin: Client, experiment: Experiment) -> None:
    scenario = experiment.scenario()
    run = SimulationRun.objects.create(
        key=scenario.key("trace"), kind="trace", request={}, state="failed", enqueued_at="2026-11-21T00:00Z"
    )
    response = run_action(admin, "simulationrun", "run_again", run)
    run.refresh_from_db()
    assert (run.state, messages_of(response)) == ("queued", ["1 sent to a worker."])


def test_learners_do_not_get_in(client: Client, experiment: Experiment) -> None:
    client.force_login(make_user())
    assert client.get(change_url(experiment)).status_code == 302


def test_a_playground_is_edited_as_yaml_and_an_unchanged_one_stays(admin: Client) -> None:
    lesson = make_playground()
    url = reverse("admin:lessons_lesson_change", args=[lesson.pk])
    assert "changes: |\n" in str(admin.get(url).context["adminform"].form["playground"].value())
    post(admin, url, title="Renamed")
    lesson.refresh_from_db()
    assert (lesson.title, lesson.playground) == ("Renamed", CONTENT.document())


def test_a_mistake_in_a_playground_names_its_key_and_what_the_engine_refuses_makes_a_draft(admin: Client) -> None:
    lesson = make_playground(body="Text.")
    url = reverse("admin:lessons_lesson_change", args=[lesson.pk])
    response = post(admin, url, playground="start: {from: pod/ops/client}")
    assert errors_of(response, "playground") == ["start.to: is missing"]
    response = post(admin, url, playground="start: {from: pod/ops/nobody, to: svc/app/api}")
    assert any("Playground: start: no Pod ops/nobody" in message for message in messages_of(response))
    lesson.refresh_from_db()
    assert lesson.status == "draft"
    response = post(admin, url, status="draft", playground="start: {from: pod/ops/somebody, to: svc/app/api}")
    assert any("not ready to publish: Playground: start: no Pod ops/somebody" in text for text in messages_of(response))


def test_the_summary_and_the_checked_version_of_a_lesson_are_edited(admin: Client) -> None:
    lesson = make_lesson(key_points=["A rule decides."], kubernetes="1.36")
    url = reverse("admin:lessons_lesson_change", args=[lesson.pk])
    response = post(admin, url, kubernetes="latest")
    assert errors_of(response, "kubernetes") == ["Write the minor version, such as 1.37."]
    post(admin, url, key_points="A rule decides.\nA route follows.", kubernetes="1.37")
    lesson.refresh_from_db()
    assert (lesson.key_points, lesson.kubernetes) == (["A rule decides.", "A route follows."], "1.37")


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        pytest.param("demo", f"lesson: gone\n{DEMO_PACKETS}", "no lesson 'gone'"),
        pytest.param("demo", f"lesson: services\n{DEMO_PACKETS}", "probe: "),
        pytest.param("demo", "lesson: services", "packets: is missing"),
        pytest.param("parts", "- {title: A}", "first: is missing"),
    ],
    ids=["no such lesson", "a packet that does not fit", "no packets", "a part without a start"],
)
def test_what_would_break_the_home_page_or_the_map_is_refused_beside_its_field(
    admin: Client, experiment: Experiment, field: str, text: str, error: str
) -> None:
    response = post(admin, change_url(experiment.lesson.course), **{field: text})
    assert error in " ".join(errors_of(response, field))
    assert response.context["adminform"].form[field].value() == text
