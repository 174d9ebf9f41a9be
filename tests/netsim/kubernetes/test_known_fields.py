"""A field that Kubernetes does not have is refused, as kubectl does by default; one that it has may stand anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from netsim.errors import InputError
from netsim.kubernetes.parsing import READERS
from netsim.kubernetes.parsing.known_fields import FIELDS
from netsim.kubernetes.parsing.yaml_source import YamlMapping, YamlNode, YamlSequence, read_documents
from netsim.kubernetes.parsing.yaml_text import write_documents
from netsim.kubernetes.writing import write_objects
from netsim.kubernetes.writing.values import Manifest
from tests.netsim.kubernetes.manifests import parse, pod, service, workload
from tests.netsim.kubernetes.test_wrong_values import GOOD, Path, with_value

INGRESS = "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: a}"
ROUTE = "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}"
ISTIO_POLICY = "{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: a}"

MISSPELT = {
    "a Service's target port": (
        service("web", ports="[{port: 80, targetport: 8080}]"),
        "spec.ports[0].targetport: unknown key (did you mean targetPort?)",
    ),
    "a Service's traffic policy": (
        service("web", spec="externaltrafficpolicy: Local"),
        "spec.externaltrafficpolicy: unknown key (did you mean externalTrafficPolicy?)",
    ),
    "metadata": (
        service("web", metadata="namespaces: shop"),
        "metadata.namespaces: unknown key (did you mean namespace?)",
    ),
    "the object itself": (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, dada: {}}",
        "dada: unknown key (did you mean data?)",
    ),
    "a container's port": (
        pod("web", ports="[{containerport: 80}]"),
        "spec.containers[0].ports[0].containerport: unknown key (did you mean containerPort?)",
    ),
    "the template of a workload": (
        workload("Deployment", "web", template="container: [{name: app}]"),
        "spec.template.spec.container: unknown key (did you mean containers?)",
    ),
    "a requirement of a selector": (
        workload("Deployment", "web").replace("matchLabels: {app: web}", "matchExpressions: [{valeus: [a]}]"),
        "spec.selector.matchExpressions[0].valeus: unknown key (did you mean values?)",
    ),
    "an Ingress of the old form": (
        f"{INGRESS}, spec: {{defaultBackend: {{serviceName: web, servicePort: 80}}}}}}",
        "spec.defaultBackend.serviceName: unknown key (did you mean service?)",
    ),
    "a route of Gateway API": (
        f"{ROUTE}, spec: {{rules: [{{backendRefs: [{{name: web, port: 80, wheight: 1}}]}}]}}}}",
        "spec.rules[0].backendRefs[0].wheight: unknown key (did you mean weight?)",
    ),
    "a policy of Istio": (
        f"{ISTIO_POLICY}, spec: {{rules: [{{from: [{{source: {{principal: [a]}}}}]}}]}}}}",
        "spec.rules[0].from[0].source.principal: unknown key (did you mean principals?)",
    ),
    "old Endpoints": (
        "{apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: [{address: []}]}",
        "subsets[0].address: unknown key (did you mean addresses?)",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISSPELT.values(), ids=MISSPELT.keys())
def test_a_misspelt_field_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert f"{error.value.path}: {error.value.message}".startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            service("web", ports="[{port: 80, protocl: UDP}]"),
            "unknown key (did you mean protocol?); known keys: appProtocol, name, nodePort, port, protocol, targetPort",
            id="few: all of them",
        ),
        pytest.param(
            service("web", spec="selectors: {app: web}"), "unknown key (did you mean selector?)", id="many: the nearest"
        ),
    ],
)
def test_the_keys_that_are_known_are_named(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert error.value.message == message


ALLOWED = {
    "a field that Kubernetes has and the engine does not read": service("web", spec="loadBalancerIP: 192.0.2.1"),
    "anything below such a field": pod("web", spec="volumes: [{name: data, emptydir: {}}]"),
    "labels and selectors, whose keys are the author's": service("web", spec="selector: {targetport: a}"),
    "a field of the version of the cluster that printed the object": service(
        "web", metadata="uid: 1b", spec="topologyKeys: ['*']"
    ),
    "a kind that is not modelled": "{apiVersion: v1, kind: Secret, metadata: {name: a}, dada: {}}",
}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
def test_no_other_field_is_refused(text: str) -> None:
    parse(text)


OPEN = (
    "labels",
    "annotations",
    "matchLabels",
    "nodeSelector",
    "data",
    "portLevelMtls",
    "options",
    "Service.spec.selector",
)
"""The ends of paths of mappings whose keys are the author's own."""
UNCHECKED = ("unknown", "portLevelMtls", "conditions", "containerStatuses", "capacity", "allocatable")
"""A peer that only a later version knows, what lies in a mapping of ports, and parts of a status."""


def mappings(node: YamlNode, path: Path = ()) -> Iterator[Path]:
    if isinstance(node, YamlMapping):
        yield path
        for key, each in node.entries.items():
            yield from mappings(each, (*path, key))
    elif isinstance(node, YamlSequence):
        for index, each in enumerate(node.items):
            yield from mappings(each, (*path, index))


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_every_mapping_that_is_read_is_checked(text: str) -> None:
    (document,) = write_objects(parse(text))
    document["metadata"].pop("uid", None)
    (root,) = read_documents("good.yaml", write_documents([document]))
    checked = [path for path in mappings(root) if not is_open((document["kind"], *path))]
    assert [path for path in checked if is_read(with_value(document, (*path, "zzz"), "?"))] == []


def is_open(path: Path) -> bool:
    return ".".join(map(str, path)).endswith(OPEN) or any(part in path for part in UNCHECKED)


def is_read(document: Manifest) -> bool:
    try:
        parse(write_documents([document]))
    except InputError:
        return False
    return True


@pytest.mark.parametrize("kind", sorted({kind for _, kind in READERS}))
def test_the_fields_of_every_kind_that_is_read_are_known(kind: str) -> None:
    assert {"apiVersion", "kind", "metadata"} <= FIELDS[kind].keys()


def test_every_type_that_a_field_names_is_known() -> None:
    named = {below for fields in FIELDS.values() for below in fields.values() if below}
    assert named <= FIELDS.keys()


def test_no_type_is_left_that_no_field_names() -> None:
    named = {below for fields in FIELDS.values() for below in fields.values()}
    assert FIELDS.keys() - named == {kind for _, kind in READERS} | {"Endpoints"}
