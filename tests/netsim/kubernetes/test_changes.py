"""Manifests applied on top of others, as an experiment changes the cluster of its lesson."""

from __future__ import annotations

import pytest

from netsim import InputError, load_cluster

WEB = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.80, selector: {app: web}, ports: [{port: 80}]}
"""
API = WEB.replace("web", "api").replace("0.80", "0.81")
LISTED = "apiVersion: v1\nkind: List\nitems:\n" + "".join(
    "- " + text.strip().replace("\n", "\n  ") + "\n" for text in (WEB, API)
)
TYPO = WEB.replace("app: web", "app: wbe")


@pytest.mark.parametrize("base", [WEB + "---" + API, LISTED], ids=["documents", "items of a List"])
def test_an_object_of_the_same_name_is_replaced_in_its_place(base: str) -> None:
    cluster = load_cluster([("scene.yaml", base)], changes=[("changes.yaml", TYPO)])
    assert [(s.name, dict(s.selector)) for s in cluster.services] == [("web", {"app": "wbe"}), ("api", {"app": "api"})]


def test_any_other_object_is_added() -> None:
    cluster = load_cluster([("scene.yaml", WEB)], changes=[("changes.yaml", API)])
    assert [service.name for service in cluster.services] == ["web", "api"]


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    other = TYPO.replace("namespace: shop", "namespace: lab").replace("0.80", "0.82")
    cluster = load_cluster([("scene.yaml", WEB)], changes=[("changes.yaml", other)])
    assert [service.key for service in cluster.services] == [("shop", "web"), ("lab", "web")]


def test_no_changes_change_nothing() -> None:
    assert load_cluster([("scene.yaml", WEB)], changes=[("changes.yaml", "")]) == load_cluster([("scene.yaml", WEB)])


def test_an_error_in_a_change_names_its_own_file_and_line() -> None:
    with pytest.raises(InputError, match=r"changes\.yaml:5: spec\.ports\[0\]\.port"):
        load_cluster([("scene.yaml", WEB)], changes=[("changes.yaml", TYPO.replace("port: 80", "port: 0"))])


def test_two_changes_of_one_object_are_refused() -> None:
    with pytest.raises(InputError, match="is already at changes.yaml"):
        load_cluster([("scene.yaml", WEB)], changes=[("changes.yaml", TYPO + "---" + TYPO)])
