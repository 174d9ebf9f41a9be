"""Changes replace objects of a scene; errors keep the lines that the author sees."""

from __future__ import annotations

import pytest

from lessons.content import manifests
from tests.lessons.factories import SCENE, WITHOUT_ENDPOINTS

SERVICE_FIRST = "---\n".join(reversed(SCENE.split("---\n")))
BAD_PORT = SCENE.replace("port: 80,", "port: 80000,")
BAD_ADDRESS = SERVICE_FIRST.replace("podIP: 10.244.2.2", "podIP: nowhere")


def line_of(text: str, word: str) -> int:
    return text[: text.index(word)].count("\n") + 1


def test_a_scene_without_changes_is_loaded_as_it_is() -> None:
    assert [pod.name for pod in manifests.load(SCENE).pods] == ["client", "one", "two"]


def test_a_change_replaces_the_object_of_the_same_kind_namespace_and_name() -> None:
    (service,) = manifests.load(SCENE, (WITHOUT_ENDPOINTS,)).services
    assert manifests.load(SCENE, (WITHOUT_ENDPOINTS,)).slices_of(service)[0].endpoints == ()


def test_a_change_adds_what_the_scene_lacks() -> None:
    added = WITHOUT_ENDPOINTS.replace("name: api", "name: other").replace("10.96.0.50", "10.96.0.51")
    assert [service.name for service in manifests.load(SCENE, (added,)).services] == ["api", "other"]


def test_a_change_of_the_cluster_network_replaces_it_whatever_its_name() -> None:
    change = "apiVersion: netsim.dev/v1\nkind: ClusterNetwork\nmetadata: {name: other}\nspec: {clusterDomain: hop.test}"
    assert manifests.load(SCENE, (change,)).settings.cluster_domain == "hop.test"


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        pytest.param(BAD_PORT, "", f"scene.yaml:{line_of(BAD_PORT, '80000')}: spec.ports[0].port", id="bad value"),
        pytest.param(SCENE + "---\n{", "", "scene.yaml:", id="no YAML"),
        pytest.param(SCENE, "kind: Service\nmetadata: [", "changes.yaml:3", id="changes that are no YAML"),
        pytest.param(
            BAD_ADDRESS,
            WITHOUT_ENDPOINTS,
            f"scene.yaml:{line_of(BAD_ADDRESS, 'nowhere')}: status.podIP",
            id="a bad value after a replaced object keeps its line",
        ),
        pytest.param("x" * (manifests.MAX_BYTES + 1), "", "256 kB are allowed", id="too long"),
        pytest.param(SCENE, "#" * (manifests.MAX_BYTES + 1), "changes.yaml: is 256 kB long", id="changes too long"),
    ],
)
def test_what_the_engine_refuses_is_an_error_with_its_place(text: str, changes: str, expected: str) -> None:
    with pytest.raises(manifests.ManifestError) as caught:
        manifests.load(text, (changes,))
    assert expected in str(caught.value)
