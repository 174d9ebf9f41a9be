"""What a fault is: a change of objects, of Pods or of a kernel's state, and how its options name what is to break."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from netsim.errors import InputError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.ingress import Ingress
from netsim.kubernetes.objects import KubernetesObject, Node, Pod, Service, Source
from netsim.kubernetes.parsing import Manifests
from netsim.kubernetes.policies import NetworkPolicy
from netsim.kubernetes.settings import Fault
from netsim.network import Network

AnyObject = TypeVar("AnyObject", bound=KubernetesObject)


@dataclass(frozen=True, slots=True)
class Choice:
    """The options of one fault as written; what they leave open is chosen from what the cluster has."""

    fault: Fault
    path: str
    source: Source

    def error(self, key: str, message: str) -> InputError:
        """The error for the option ``key``, or for the fault itself where that is ""."""
        return self.source.error(f"{self.path}.{key}" if key else self.path, f"{self.fault.name}: {message}")

    def text(self, key: str, default: str) -> str:
        value = self.fault.options.get(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"must be text, not {value!r}")
        return value

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        value = self.fault.options.get(key, default)
        if type(value) is not int or not lowest <= value <= highest:
            raise self.error(key, f"must be a number from {lowest} to {highest}, not {value!r}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.fault.options.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"must be true or false, not {value!r}")
        return value

    def service(self, services: Iterable[Service], suits: Callable[[Service], bool]) -> Service:
        """The Service that ``service: NAMESPACE/NAME`` names, else the first that suits outside kube-system."""
        return self._object("service", "Service", services, suits)

    def pod(self, pods: Iterable[Pod], suits: Callable[[Pod], bool]) -> Pod:
        """The Pod that ``pod: NAMESPACE/NAME`` names, else the first that suits outside kube-system."""
        return self._object("pod", "Pod", pods, suits)

    def policy(self, policies: Iterable[NetworkPolicy], suits: Callable[[NetworkPolicy], bool]) -> NetworkPolicy:
        """The NetworkPolicy that ``policy: NAMESPACE/NAME`` names, else the first that suits."""
        return self._object("policy", "NetworkPolicy", policies, suits)

    def ingress(self, ingresses: Iterable[Ingress]) -> Ingress:
        """The Ingress that ``ingress: NAMESPACE/NAME`` names, else the first."""
        return self._object("ingress", "Ingress", ingresses, lambda _: True)

    def node(self, nodes: Iterable[Node], default: int = 0) -> Node:
        """The Node that ``node: NAME`` names, else the one at index ``default``, or the last where there are fewer."""
        known = list(nodes)
        if "node" not in self.fault.options:
            if not known:
                raise self.error("", "the cluster has no Node that it could break")
            return known[min(default, len(known) - 1)]
        name = self.text("node", "")
        found = next((node for node in known if node.name == name), None)
        if found is None:
            raise self.error("node", f"no Node {name!r}; there are {', '.join(node.name for node in known) or 'none'}")
        return found

    def _object(
        self, key: str, kind: str, objects: Iterable[AnyObject], suits: Callable[[AnyObject], bool]
    ) -> AnyObject:
        known = list(objects)
        fitting = [each for each in known if suits(each)]
        if key in self.fault.options:
            wanted = self.text(key, "")
            found = next((each for each in known if "/".join(each.key) == wanted), None)
            if found is None:
                listed = ", ".join("/".join(each.key) for each in known) or "none"
                raise self.error(key, f"no {kind} {wanted!r}; there are {listed}")
            if found not in fitting:
                raise self.error(key, f"{kind} {wanted} has nothing that this fault could break")
            return found
        if not fitting:
            raise self.error("", f"the cluster has no {kind} that it could break")
        return next((each for each in fitting if each.namespace != "kube-system"), fitting[0])


EditObjects = Callable[[Manifests, Choice], Manifests]
EditPods = Callable[[tuple[Pod, ...], Choice], tuple[Pod, ...]]
AmendNetwork = Callable[[Network, Cluster, Choice], None]
ProxyView = Callable[[Cluster, Choice], tuple[str, Cluster]]
"""(Node, the cluster as its kube-proxy saw it last)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One entry of the catalogue.

    ``number`` is its place in the course's catalogue; ``options`` says what each option names. One of the last four
    fields does the damage: to the objects as written, to the Pods once they are placed and have addresses, to the
    kernels' state once that is planned, or to what a node's kube-proxy knows.
    """

    number: int
    name: str
    title: str
    symptom: str
    remedy: str
    options: Mapping[str, str] = field(default_factory=dict)
    edit_objects: EditObjects | None = None
    edit_pods: EditPods | None = None
    amend_network: AmendNetwork | None = None
    proxy_view: ProxyView | None = None
