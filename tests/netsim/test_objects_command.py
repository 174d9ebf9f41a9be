"""``python -m netsim objects``: the completed cluster as manifests. The cluster is Harbour, see harbour.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from netsim import load_cluster
from netsim.__main__ import main
from netsim.commands.objects import KINDS
from netsim.kubernetes.parsing import READERS
from tests.netsim.harbour import SCENE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def objects(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command: (exit code, standard output, standard error)."""

    def command(*words: str) -> tuple[int, str, str]:
        code = main(["objects", str(SCENE), *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def names(text: str) -> list[str]:
    return [each["metadata"]["name"] for each in json.loads(text)["items"]]


def test_what_it_prints_loads_as_the_same_cluster(objects: Run) -> None:
    code, out, _ = objects()
    given = load_cluster([(SCENE.name, SCENE.read_text())])
    printed = load_cluster([("printed.yaml", out)])
    assert code == 0
    assert (printed.settings, printed.pods, printed.endpoint_slices) == (
        given.settings, given.pods, given.endpoint_slices,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["Service", "service", "services", "svc"])
def test_a_kind_is_written_as_for_kubectl(objects: Run, kind: str) -> None:
    _, out, _ = objects(kind, "--json")
    assert "web" in names(out)
    assert {each["kind"] for each in json.loads(out)["items"]} == {"Service"}


@pytest.mark.parametrize(
    ("kind", "form"),
    [("NetworkPolicy", "networkpolicies"), ("Ingress", "ingresses"), ("IngressClass", "ingressclasses"),
     ("Gateway", "gateways"), ("GatewayClass", "gc"), ("ClusterNetworkPolicy", "cnp"),
     ("ClusterNetwork", "clusternetwork")],
)  # fmt: skip
def test_plurals_and_short_names_mean_their_kind(kind: str, form: str) -> None:
    assert KINDS[form] == kind


def test_every_kind_that_is_read_can_be_asked_for() -> None:
    assert {kind for _, kind in READERS} <= set(KINDS.values())


def test_a_name_with_its_namespace_prints_one_object(objects: Run) -> None:
    _, out, _ = objects("po", "shop/web-0", "--json")
    assert json.loads(out)["status"]["podIP"] == "10.244.1.5"


def test_a_name_alone_is_looked_for_in_all_namespaces(objects: Run) -> None:
    _, out, _ = objects("pod", "probe")
    assert "namespace: ops" in out
    assert "---" not in out


def test_a_name_that_is_also_a_kind_is_a_name(objects: Run) -> None:
    code, _, err = objects("ns", "pods")
    assert (code, err) == (2, "no Namespace pods; there is default, kube-system, ops, shop\n")


def test_a_misspelt_name_is_answered_with_near_ones(objects: Run) -> None:
    code, out, err = objects("svc", "shop/wbe")
    assert (code, out) == (2, "")
    assert err.startswith("no Service shop/wbe; there is shop/web")


def test_a_kind_of_which_there_is_nothing_is_an_empty_list(objects: Run) -> None:
    assert objects("netpol") == (0, "", "")
    assert json.loads(objects("netpol", "--json")[1]) == {"apiVersion": "v1", "kind": "List", "items": []}
    assert objects("netpol", "web")[2] == "no NetworkPolicy web; the cluster has none\n"


def test_several_files_may_stand_before_the_kind(objects: Run, tmp_path: Path) -> None:
    more = tmp_path / "more.yaml"
    more.write_text("{apiVersion: v1, kind: Namespace, metadata: {name: lab}}")
    assert "lab" in names(objects(str(more), "ns", "--json")[1])


def test_a_word_that_is_no_kind_is_taken_for_a_file(objects: Run) -> None:
    assert objects("podz") == (2, "", "podz: No such file or directory\n")
