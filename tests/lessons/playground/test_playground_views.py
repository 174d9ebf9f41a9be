"""The playground's pages: the address holds the state, all works without JavaScript, errors are told in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import netsim
from lessons import rate_limits
from lessons.models import Lesson, SimulationRun
from lessons.playground import playing as playground
from lessons.playground import policies as playground_policies
from lessons.playground import terminal as playground_terminal
from lessons.rate_limits import Limit
from lessons.runs import answers, simulations
from tests.lessons.factories import SCENE, make_lesson
from tests.lessons.playgrounds import DENY, PLAYGROUND, SEND, make_playground

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run is done as soon as it is asked for, as if a worker stood by."""

    def request_run(kind: str, question: answers.Asked) -> SimulationRun:
        run, created = SimulationRun.objects.get_or_create(
            key=question.key(kind),
            defaults={"kind": kind, "request": question.request(kind), "enqueued_at": "2026-01-01T00:00Z"},
        )
        if created:
            simulations.perform(run.key)
        return SimulationRun.objects.get(key=run.key)

    monkeypatch.setattr(simulations, "request_run", request_run)


@pytest.fixture
def lesson(worker: None) -> Lesson:
    return make_playground()


def url(lesson: Lesson, name: str = "playground") -> str:
    return reverse(name, args=[lesson.course.slug, lesson.slug])


def page(client: Client, lesson: Lesson, values: Mapping[str, str] | None = None, **headers: Any) -> str:
    response = client.get(url(lesson), values or {}, **headers)
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_offers_the_first_packet_and_sends_nothing(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson)
    assert "<html" in html
    assert 'value="svc/app/api" selected' in html
    assert 'data-state="ask"' in html
    assert not SimulationRun.objects.filter(kind="trace").exists()


def test_a_visitor_gets_no_session_for_playing(client: Client, lesson: Lesson) -> None:
    page(client, lesson, SEND)
    assert "sessionid" not in client.cookies


def test_any_pair_can_be_sent(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, {"from": "node/n2", "to": "pod/app/one", "port": "8080", "sent": "1"})
    assert 'data-state="shown"' in html
    assert "The client sees: connected" in html


def test_a_typed_address_stays_chosen(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"to-typed": "10.244.2.99"})
    assert '<option value="10.244.2.99" selected' in html
    assert "The client sees: unreachable" in html


def test_htmx_gets_the_fragment_and_the_address_to_show(client: Client, lesson: Lesson) -> None:
    response = client.get(url(lesson), SEND, **HTMX)
    assert "<html" not in response.content.decode()
    assert response["HX-Push-Url"] == f"{url(lesson)}?from=pod%2Fops%2Fclient&to=svc%2Fapp%2Fapi&port=80&sent=1"


def test_in_a_lesson_the_address_stays_the_lessons(client: Client, lesson: Lesson) -> None:
    here = f"http://testserver{lesson.get_absolute_url()}?from=node%2Fn1&to=svc%2Fapp%2Fapi"
    response = client.get(url(lesson), SEND, **HTMX, HTTP_HX_CURRENT_URL=here)
    assert response["HX-Push-Url"].startswith(f"{lesson.get_absolute_url()}?from=pod")
    assert response["HX-Push-Url"].endswith("#playground")
    assert "On a page of its own" in response.content.decode()


def test_undo_leads_to_the_state_before(client: Client, lesson: Lesson) -> None:
    before = f"http://testserver{url(lesson)}?from=node%2Fn1&to=svc%2Fapp%2Fapi&port=80"
    html = page(client, lesson, SEND, **HTMX, HTTP_HX_CURRENT_URL=before)
    assert "?from=node%2Fn1&amp;to=svc%2Fapp%2Fapi&amp;port=80" in html
    same = f"http://testserver{url(lesson)}?from=pod/ops/client&to=svc/app/api&port=80&sent=1"
    assert "Undo" not in page(client, lesson, SEND, **HTMX, HTTP_HX_CURRENT_URL=same)


def test_a_random_choice_can_be_made_again(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND)
    assert "chance of this way" in html
    assert "seed=1&amp;sent=1" in html


def test_changes_are_listed_with_what_they_did_and_a_way_back(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"dp": "calico-vxlan", "on": "typo"})
    assert "The client sees: refused" in html
    for text in ("Calico, VXLAN", "A typo", "take back", "What it changed on 2 nodes", "vxlan.calico", "device gone"):
        assert text in html


def test_a_cluster_that_cannot_be_is_explained_and_the_scene_stays(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"dp": "cilium-vxlan", "proxy": "ipvs"})
    assert "This cluster cannot be: spec.proxy.mode: Cilium replaces kube-proxy" in html
    assert "changes.yaml" not in html
    assert "data-canvas" in html


def test_a_packet_that_cannot_be_sent_is_explained_and_kept(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"to-typed": "no.such.name"})
    assert "This packet cannot be sent: " in html
    assert '<option value="no.such.name" selected' in html


def test_what_does_not_fit_the_address_is_told(client: Client, lesson: Lesson) -> None:
    assert "no switch “lever”" in page(client, lesson, SEND | {"on": "lever"})


def test_two_clusters_stand_side_by_side(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"b-dp": "calico-vxlan", "b-on": "typo"})
    for text in ("A: now", "1410 bytes", "only in A", "differs", "Reply: the way back", "· Calico, VXLAN · A typo"):
        assert text in html
    assert "connected" in html
    assert "refused" in html


def test_a_pinned_packet_is_compared_with_the_next_one(client: Client, lesson: Lesson) -> None:
    response = client.get(url(lesson), SEND)
    pinned = response.context["page"].pinned.query()
    state = dict(pair.split("=") for pair in pinned.split("&"))
    assert state["b-to"] == "svc%2Fapp%2Fapi"
    html = client.get(f"{url(lesson)}?{pinned}&to-typed=10.244.1.3&port=8080").content.decode()
    assert "A: now" in html


def test_the_matrix_recolors_when_a_policy_is_switched_on(client: Client, lesson: Lesson) -> None:
    assert "6 allowed" in page(client, lesson)
    html = page(client, lesson, {"dp": "calico-vxlan", "on": "deny"})
    assert ("2 allowed" in html, "4 denied" in html) == (True, True)


def test_a_cell_says_what_decided_it_and_sends_its_packet(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, {"dp": "calico-vxlan", "on": "deny", "why": "ops/client app/one"})
    assert "Ingress: NetworkPolicy app/deny isolates the Pod for ingress, and no rule allows it." in html
    assert "to=pod%2Fapp%2Fone" in html
    assert "Watch this packet" in html


def test_an_unknown_port_name_of_the_matrix_is_told(client: Client, lesson: Lesson) -> None:
    assert "no Pod has a port named" in page(client, lesson, {"m-port": "nothing"})


EDIT = {"dp": "calico-vxlan", "from": "pod/ops/client", "to": "svc/app/api", "port": "80"}


def test_edited_policies_are_used_and_stand_in_the_address(client: Client, lesson: Lesson) -> None:
    response = client.post(url(lesson, "policies"), EDIT | {"policies": DENY.replace("\n", "\r\n")})
    assert response.status_code == 302
    html = client.get(response["Location"].partition("#")[0]).content.decode()
    assert "4 denied" in html
    assert "name: deny" in html
    assert client.post(url(lesson, "policies"), EDIT | {"policies": DENY}, **HTMX)["HX-Push-Url"].count("np=") == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(DENY.replace("podSelector", "podSelektor"), "line 4: spec.podSelektor: unknown key", id="key"),
        pytest.param("kind: [", "line 1", id="no YAML"),
        pytest.param("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n", "not Pod", id="other kind"),
        pytest.param("# " + "x" * 9000, "9002 characters; 8000 fit", id="too long"),
    ],
)
def test_policies_that_are_refused_are_kept_with_the_reason(
    client: Client, lesson: Lesson, text: str, problem: str
) -> None:
    response = client.post(url(lesson, "policies"), EDIT | {"policies": text}, **HTMX)
    html = response.content.decode()
    assert response.status_code == 422
    assert problem in html
    assert text.splitlines()[-1].strip()[:60] in html
    assert "HX-Push-Url" not in response


def session(client: Client, lesson: Lesson, *lines: tuple[str, str], do: str = "run") -> str:
    data = SEND | {"at": [at for at, _ in lines], "line": [line for _, line in lines], "do": do}
    response = client.post(url(lesson, "terminal"), data, **HTMX)
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_session_remembers_what_its_lines_did(client: Client, lesson: Lesson) -> None:
    html = session(client, lesson, ("pod/ops/client", "curl -s http://10.96.0.50"), ("node/n1", "conntrack -L"))
    assert "dst=10.96.0.50" in html
    assert html.count('name="line"') == 3


def test_kubectl_is_typed_on_ones_own_machine_and_its_exec_is_seen_on_a_node(client: Client, lesson: Lesson) -> None:
    lines = (("operator", "kubectl exec client -n ops -- curl -s http://10.96.0.50"), ("node/n1", "conntrack -L"))
    assert "dst=10.96.0.50" in session(client, lesson, *lines)
    assert '<option value="operator" selected>' in session(client, lesson, *lines[:1])


def test_after_a_line_every_machine_can_still_be_chosen(client: Client, lesson: Lesson) -> None:
    page(client, lesson)
    html = session(client, lesson, ("node/n1", "hostname"))
    assert '<option value="node/n1" selected>' in html
    assert '<option value="pod/ops/client">' in html


def test_ones_own_machine_can_be_chosen(client: Client, lesson: Lesson) -> None:
    html = client.post(url(lesson, "terminal"), SEND | {"at": ["operator"], "line": ["help"]}).content.decode()
    assert '<option value="operator"' in html
    assert "<pre>Programs: kubectl" in html


def test_the_last_line_can_be_forgotten_and_the_session_cleared(client: Client, lesson: Lesson) -> None:
    lines = (("node/n1", "ip route"), ("node/n1", "hostname"))
    assert session(client, lesson, *lines, do="undo").count('name="line"') == 2
    assert session(client, lesson, *lines, do="clear").count('name="line"') == 1


def test_a_session_has_an_end_and_keeps_the_line(client: Client, lesson: Lesson) -> None:
    html = session(client, lesson, *[("node/n1", "hostname")] * 50, ("node/n1", "ip neigh"))
    assert "at most 50 lines" in html
    assert 'value="ip neigh"' in html


def test_a_line_that_is_too_long_or_on_no_machine_is_kept_with_the_reason(client: Client, lesson: Lesson) -> None:
    assert "at most 1000 characters" in session(client, lesson, ("node/n1", "x" * 1001))
    assert "no Node n9" in session(client, lesson, ("node/n9", "ip route"))


def test_without_javascript_the_terminal_comes_with_the_whole_page(client: Client, lesson: Lesson) -> None:
    html = client.post(url(lesson, "terminal"), SEND | {"at": ["node/n1"], "line": ["hostname"]}).content.decode()
    assert "<html" in html
    assert "<pre>n1" in html


def test_the_cluster_can_be_taken_along(client: Client, lesson: Lesson) -> None:
    response = client.get(url(lesson, "manifests"), {"dp": "calico-vxlan", "on": "typo,deny"})
    text = response.content.decode()
    assert response["Content-Disposition"] == 'attachment; filename="scene.yaml"'
    cluster = netsim.load_cluster([("scene.yaml", text)])
    assert (cluster.settings.cni.plugin, [p.name for p in cluster.network_policies]) == ("calico", ["deny"])
    assert "python -m netsim trace scene.yaml --from pod/ops/client --to svc/app/api:80" in page(client, lesson)


def inspect(client: Client, lesson: Lesson, **values: Any) -> Any:
    run = client.get(url(lesson), SEND).context["page"].trace.run
    return client.get(reverse("device", args=[run.key]), values)


def test_a_device_shows_the_rule_that_hit(client: Client, lesson: Lesson) -> None:
    html = inspect(client, lesson, element="netfilter:n1:").content.decode()
    assert "<html" in html
    assert "lines used by this packet" in html
    assert "--to-destination 10.244." in html


def test_a_device_that_is_not_there_is_told(client: Client, lesson: Lesson) -> None:
    assert "is no part of the picture" in inspect(client, lesson, element="shelf:n1").content.decode()
    assert "Pick a part of the picture" in inspect(client, lesson).content.decode()


def test_only_what_has_devices_can_be_looked_into(client: Client, lesson: Lesson) -> None:
    page(client, lesson)
    matrix = SimulationRun.objects.get(kind="matrix")
    response = client.get(reverse("device", args=[matrix.key]), {"element": "node:n1"})
    assert "nothing to look into" in response.content.decode()
    assert client.get(reverse("device", args=["0" * 64])).status_code == 404


@pytest.mark.parametrize("name", ["playground", "manifests"])
def test_a_lesson_without_a_playground_has_no_such_page(client: Client, worker: None, name: str) -> None:
    assert client.get(url(make_lesson(), name)).status_code == 404


@pytest.mark.parametrize("name", ["policies", "terminal"])
def test_nothing_can_be_posted_to_a_lesson_without_a_playground(client: Client, worker: None, name: str) -> None:
    assert client.post(url(make_lesson(), name)).status_code == 404


def test_a_draft_has_no_playground_for_learners(client: Client, lesson: Lesson) -> None:
    Lesson.objects.update(status="draft")
    assert client.get(url(lesson)).status_code == 404


def test_tools_that_the_lesson_does_not_offer_are_left_out(client: Client, worker: None) -> None:
    html = page(client, make_playground(tools=["inspect"]))
    assert 'id="matrix"' not in html
    assert 'id="terminal"' not in html
    assert "data-inspector" in html


def test_a_lesson_places_its_playground_where_the_text_says_else_at_the_end(client: Client, worker: None) -> None:
    lesson = make_playground()
    Lesson.objects.filter(pk=lesson.pk).update(body="before\n\n::playground\n\nafter")
    html = client.get(lesson.get_absolute_url()).content.decode()
    places = [html.index(text) for text in ("before", 'id="playground"', "after")]
    assert places == sorted(places)
    Lesson.objects.filter(pk=lesson.pk).update(body="before")
    html = client.get(lesson.get_absolute_url()).content.decode()
    assert html.index("before") < html.index('id="playground"')
    assert not SimulationRun.objects.exists()


def test_too_many_requests_are_told_to_wait(client: Client, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limits.LIMITS, "playground", {"address": Limit(1, 60), "learner": Limit(1, 60)})
    page(client, lesson)
    assert client.get(url(lesson)).status_code == 429


def test_while_the_simulator_works_the_page_says_so_and_asks_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (playground, playground_policies, playground_terminal):
        monkeypatch.setattr(module, "WAIT_SECONDS", 0.0)
    lesson = make_playground()
    html = page(client, lesson, SEND)
    assert "The simulator is at work." in html
    assert "n=1" in html
    assert "Show the result" in html


def test_a_sender_that_is_not_there_is_told_beside_the_picture(client: Client, lesson: Lesson) -> None:
    html = page(client, lesson, SEND | {"from": "pod/ops/nobody"})
    assert "This packet cannot be sent: no Pod ops/nobody" in html
    assert "data-canvas" in html


@pytest.mark.parametrize(
    ("to", "line"),
    [
        ("svc/app/api", "curl -s http://api.app"),
        ("pod/app/two", "ping -c 1 10.244.2.2"),
        ("web.example", "dig web.example"),
        ("pod/app/nobody", "ip route"),
    ],
)
def test_the_terminal_suggests_lines_for_the_destination(client: Client, lesson: Lesson, to: str, line: str) -> None:
    assert f'data-suggest="{line}"' in page(client, lesson, SEND | {"to": to})


def test_a_session_keeps_suggesting(client: Client, lesson: Lesson) -> None:
    page(client, lesson, SEND)
    assert 'data-suggest="dig api.app"' in session(client, lesson, ("node/n1", "hostname"))


def test_a_policy_of_the_scene_is_removed_by_a_switch_on_either_side_and_taken_back(
    client: Client, worker: None
) -> None:
    lesson = make_lesson(manifests=f"{SCENE}---\n{DENY}", playground=PLAYGROUND)
    sent = SEND | {"dp": "calico-vxlan"}
    html = page(client, lesson, sent | {"off": "app/deny", "b-off": ""})
    assert 'name="off" value="app/deny" id="pg-off-1" checked' in html
    assert 'name="b-off" value="app/deny">' in html
    assert "<span>Without the policy app/deny</span>" in html
    assert "6 allowed" in html
    assert "4 denied" in page(client, lesson, sent)
