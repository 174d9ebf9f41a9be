"""Faults of Ingresses and Gateways: classes that nobody serves, ports that do not exist, grants that are missing."""

from __future__ import annotations

from dataclasses import replace

from netsim.faults.kinds import Choice, FaultKind
from netsim.kubernetes.ingress import Ingress, IngressBackend, IngressRule
from netsim.kubernetes.parsing import Manifests

INGRESS = {"ingress": "the Ingress to break, as NAMESPACE/NAME"}
WRONG_PORT = 8081


def _with(manifests: Manifests, broken: Ingress, changed: Ingress) -> Manifests:
    ingresses = tuple(changed if each is broken else each for each in manifests.ingresses)
    return replace(manifests, ingresses=ingresses)


def _name_foreign_class(manifests: Manifests, choice: Choice) -> Manifests:
    broken = choice.ingress(manifests.ingresses)
    return _with(manifests, broken, replace(broken, class_name=choice.text("class", "nobodys")))


def _mistake_port(manifests: Manifests, choice: Choice) -> Manifests:
    broken = choice.ingress(manifests.ingresses)
    default = None if broken.default_backend is None else _elsewhere(broken.default_backend)
    rules = tuple(_rule_elsewhere(rule) for rule in broken.rules)
    return _with(manifests, broken, replace(broken, default_backend=default, rules=rules))


def _rule_elsewhere(rule: IngressRule) -> IngressRule:
    return replace(rule, paths=tuple(replace(path, backend=_elsewhere(path.backend)) for path in rule.paths))


def _elsewhere(backend: IngressBackend) -> IngressBackend:
    return replace(backend, port=WRONG_PORT) if backend.service else backend


def _take_grants_back(manifests: Manifests, choice: Choice) -> Manifests:
    if not manifests.reference_grants:
        raise choice.error("", "the cluster has no ReferenceGrant")
    return replace(manifests, reference_grants=())


FAULTS = (
    FaultKind(
        number=22, name="ingress-class-missing", title="An Ingress names a class that nobody serves",
        symptom="404 from the controller's default backend; the Ingress has no address",
        remedy="name the class of a controller that runs, or mark one as default",
        options={**INGRESS, "class": "the class that nobody serves"}, edit_objects=_name_foreign_class,
    ),
    FaultKind(
        number=23, name="ingress-backend-port", title="An Ingress names a port that the Service does not have",
        symptom="503 from the controller, while the Service works inside", remedy="the Service's port or its name",
        options=INGRESS, edit_objects=_mistake_port,
    ),
    FaultKind(
        number=25, name="reference-grant-missing", title="A route's backend in another namespace is not granted",
        symptom="500 for its share of requests; the route says RefNotPermitted",
        remedy="a ReferenceGrant in the backend's namespace", edit_objects=_take_grants_back,
    ),
)  # fmt: skip
