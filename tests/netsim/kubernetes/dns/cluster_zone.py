"""Harbour with what only names show: a StatefulSet behind a headless Service, several ports, two address families.

shop/web     10.96.41.80   http 80            web-0 10.244.1.5, web-1 10.244.2.6
shop/api     10.96.77.7    unnamed 80
shop/db      headless      unnamed 5432       db-0 10.244.2.8, db-1 10.244.3.9
shop/pay     ExternalName  pay.example.net
store/cache  headless      redis 6379, metrics 9121, gossip 7946/UDP     cache-0, cache-1 (not ready)
store/two    10.96.5.5 and fd00:96::5, http 80 and https 443
"""

from __future__ import annotations

import netsim
from netsim.kubernetes.dns import outside
from netsim.kubernetes.dns.coredns import CoreDns
from netsim.kubernetes.dns.corefile import ForwardPlugin, corefile_of
from netsim.kubernetes.dns.message import Question, RecordType, Response
from tests.netsim.harbour import SCENE

STORE = """
apiVersion: v1
kind: Pod
metadata: {name: cache-0, namespace: store, labels: {app: cache}}
spec: {nodeName: n1, hostname: cache-0, subdomain: cache, containers: [{name: c}]}
status: {podIP: 10.244.1.20}
---
apiVersion: v1
kind: Pod
metadata: {name: cache-1, namespace: store, labels: {app: cache}, annotations: {netsim.dev/ready: "false"}}
spec: {nodeName: n2, hostname: cache-1, subdomain: cache, containers: [{name: c}]}
status: {podIP: 10.244.2.20}
---
apiVersion: v1
kind: Service
metadata: {name: cache, namespace: store}
spec:
  clusterIP: None
  selector: {app: cache}
  ports:
    - {name: redis, port: 6379}
    - {name: metrics, port: 9121}
    - {name: gossip, port: 7946, protocol: UDP}
---
apiVersion: v1
kind: Service
metadata: {name: two, namespace: store}
spec:
  ipFamilyPolicy: RequireDualStack
  ipFamilies: [IPv4, IPv6]
  clusterIP: 10.96.5.5
  clusterIPs: [10.96.5.5, "fd00:96::5"]
  selector: {app: two}
  ports: [{name: http, port: 80}, {name: https, port: 443}]
---
apiVersion: netsim.dev/v1
kind: ClusterNetwork
metadata: {name: harbour}
spec:
  podCIDR: 10.244.0.0/16,fd00:10::/56
  serviceCIDR: 10.96.0.0/16,fd00:96::/112
  underlay:
    subnets: [{name: rack-a, cidr: 172.20.1.0/24}, {name: rack-b, cidr: 172.20.2.0/24}]
"""


def corefile(text: str) -> str:
    """A ConfigMap with this Corefile."""
    indented = "".join(f"    {line}\n" for line in text.strip().splitlines())
    return (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\n"
        f"data:\n  Corefile: |\n{indented}"
    )


def cluster(*changes: str) -> netsim.Cluster:
    _, _, objects = SCENE.read_text().partition("---\n")
    sources = [(SCENE.name, objects), ("store", STORE)]
    return netsim.load_cluster(sources, [(f"change {n}", text) for n, text in enumerate(changes)])


def answer(world: netsim.Cluster, name: str, wanted: str) -> Response:
    """What CoreDNS answers, where everything that it forwards is answered by the world outside."""

    def ask_outside(question: Question, forward: ForwardPlugin) -> Response:
        return outside.answer(question, world.settings.external_client)

    return CoreDns(world, corefile_of(world), ask_outside).answer(Question(name, RecordType(wanted)))


def data(response: Response) -> list[str]:
    """The records' data, or what the answer says instead."""
    return [record.data for record in response.answers] or [response.outcome]
