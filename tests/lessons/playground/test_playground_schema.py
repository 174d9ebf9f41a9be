"""playground.yaml: what an author may write, and that an import refuses what the engine refuses, by file and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from lessons.content.importing import import_courses
from lessons.content.schema import ContentError, parse
from lessons.models import Lesson, SimulationRun
from lessons.playground.data_planes import DATA_PLANES, PROXIES
from lessons.playground.schema import PlaygroundContent
from tests.lessons.factories import SCENE

SMALL: dict[str, Any] = {"start": {"from": "pod/ops/client", "to": "svc/app/api"}}
TOGGLE = {"slug": "typo", "label": "A typo", "faults": ["selector-typo"]}
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: app}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""


def test_a_document_holds_what_was_written_and_reads_back_the_same() -> None:
    content = parse(PlaygroundContent, SMALL | {"toggles": [TOGGLE], "data_planes": ["calico-bgp"]})
    assert set(content.document()) == {"start", "toggles", "data_planes"}
    assert parse(PlaygroundContent, content.document()) == content


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        pytest.param({"data_planes": ["calico-x"]}, "data_planes: 'calico-x' is not one of flannel-vxlan", id="plane"),
        pytest.param({"proxies": ["userspace"]}, "proxies: 'userspace' is not one of iptables", id="proxy"),
        pytest.param({"proxies": ["ipvs", "ipvs"]}, "proxies: used more than once: ipvs", id="proxy twice"),
        pytest.param({"toggles": [TOGGLE, TOGGLE]}, "toggles: used more than once: typo", id="switch twice"),
        pytest.param({"toggles": [{"slug": "x", "label": "X"}]}, "toggles[0]: needs changes or faults", id="nothing"),
        pytest.param({"tools": ["hammer"]}, "tools[0]: ", id="tool"),
        pytest.param({"start": {"from": "pod/ops/client"}}, "start.to: is missing", id="no destination"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContentError) as caught:
        parse(PlaygroundContent, SMALL | values, "playground.yaml")
    assert f"playground.yaml: {problem}" in str(caught.value)


SERVICE = next(part for part in SCENE.split("---\n") if "kind: Service" in part)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    (tmp_path / "course.yaml").write_text("slug: c\ntitle: C\nsummary: S\n")
    folder = tmp_path / "01-lesson"
    folder.mkdir()
    (folder / "lesson.md").write_text("---\ntitle: L\nslug: l\nposition: 1\n---\n\nText.\n")
    (folder / "scene.yaml").write_text(SCENE)
    (folder / "experiments.yaml").write_text("[]\n")
    return tmp_path


def load(course: Path, **values: Any) -> list[str]:
    (course / "01-lesson" / "playground.yaml").write_text(yaml.safe_dump(SMALL | values))
    told: list[str] = []
    import_courses(course, force=False, report=told.append)
    return told


@pytest.mark.django_db
def test_an_import_stores_the_playground_and_what_a_learner_sees_first(course: Path) -> None:
    load(course, tools=["inspect", "matrix"], toggles=[TOGGLE])
    assert Lesson.objects.get().playground["toggles"][0]["slug"] == "typo"
    assert set(SimulationRun.objects.values_list("kind", "state")) == {
        ("stage", "done"), ("trace", "done"), ("matrix", "done"),
    }  # fmt: skip


@pytest.mark.django_db
def test_loading_again_changes_nothing_until_the_playground_changes(course: Path) -> None:
    assert load(course) == ["Course c: created.", "Lesson l: created."]
    assert load(course) == []
    assert load(course, title="Yours") == ["Lesson l: updated playground."]


@pytest.mark.django_db
def test_every_data_plane_and_proxy_works_on_the_small_scene(course: Path) -> None:
    load(course, data_planes=list(DATA_PLANES), proxies=list(PROXIES), toggles=[TOGGLE | {"changes": DENY}])
    assert Lesson.objects.get().playground["data_planes"] == list(DATA_PLANES)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        pytest.param({"start": SMALL["start"] | {"from": "pod/ops/nobody"}}, "start: no Pod ops/nobody", id="start"),
        pytest.param({"show": {"nodes": ["n9"]}}, "show: no Node n9", id="picture"),
        pytest.param(
            {"toggles": [TOGGLE | {"faults": ["selector-tipo"]}]},
            "toggles[0] (typo): scene.yaml:4: spec.faults[0].name: selector-tipo: no such fault", id="fault",
        ),
        pytest.param(
            {"toggles": [TOGGLE | {"changes": DENY.replace("podSelector", "podSelektor")}]},
            "toggles[0] (typo): changes.yaml:4: spec.podSelektor", id="changes",
        ),
        pytest.param(
            {"toggles": [{"slug": "same", "label": "The same", "changes": SERVICE}]},
            "toggles[0] (same): changes nothing in this scene", id="no change",
        ),
    ],
)  # fmt: skip
def test_an_import_refuses_what_the_engine_refuses(course: Path, values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ContentError) as caught:
        load(course, **values)
    assert "01-lesson/playground.yaml: " in str(caught.value)
    assert problem in str(caught.value)
    assert not Lesson.objects.exists()
