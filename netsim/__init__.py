"""netsim: a deterministic simulator of Kubernetes networking, down to the rule that decides.

    cluster = netsim.load_cluster([("cluster.yaml", text)])
    exchange = netsim.Simulation(cluster).trace(netsim.Probe("pod/ops/probe", "svc/shop/web", 80))
    exchange.client_sees, exchange.seen_by_server.source, netsim.exchange_document(exchange)

Questions of several packets: ``send_request`` (HTTP through Ingress, Gateway and mesh), ``Resolver`` (DNS),
``Terminal`` (ping, curl, tcpdump …), ``Session`` (what kernels remember). Without a packet: ``Reachability`` and
``explain``.

Read next: ``packet`` and ``linux`` (what a kernel knows), ``network`` (kernels and cables), ``forwarding`` (what
happens to a packet), ``trace`` (how that is told). From manifests ``kubernetes`` makes a cluster, and ``build`` lets
``underlay``, ``cni``, ``proxy``, ``policy``, ``l7`` and ``faults`` program its kernels.
"""

from netsim.cni.protocol import Attachment
from netsim.dumping import manifests_of
from netsim.errors import InputError, NetsimError
from netsim.kubernetes.cluster import Cluster
from netsim.kubernetes.dns.message import RecordType
from netsim.kubernetes.settings import Fault
from netsim.l7.routing_objects import RoutingObject, RoutingRule, routing_objects
from netsim.l7.status import every_status
from netsim.loading import load_cluster
from netsim.network import Network
from netsim.policy.explanation import Explanation, explain
from netsim.policy.reachability import Reachability, reach_question
from netsim.probe import Probe
from netsim.requests import HttpExchange, HttpProbe, request_branches, request_document, send_request
from netsim.requests.probe import public_address
from netsim.resolver import Resolution, Resolver
from netsim.serialize import exchange_document
from netsim.simulation import Session, Simulation
from netsim.terminal import Terminal
from netsim.tools.cni import run_commands, runs_document
from netsim.tools.explaintext import explanation_document
from netsim.tools.reachtext import reach_document
from netsim.tools.resolutions import resolution_document
from netsim.tools.show import show
from netsim.trace import Exchange

ENGINE_VERSION = "0.3.1"
"""Part of the key under which results are kept: it changes whenever a trace could."""

__all__ = [
    "ENGINE_VERSION",
    "Attachment",
    "Cluster",
    "Exchange",
    "Explanation",
    "Fault",
    "HttpExchange",
    "HttpProbe",
    "InputError",
    "NetsimError",
    "Network",
    "Probe",
    "Reachability",
    "RecordType",
    "Resolution",
    "Resolver",
    "RoutingObject",
    "RoutingRule",
    "Session",
    "Simulation",
    "Terminal",
    "every_status",
    "exchange_document",
    "explain",
    "explanation_document",
    "load_cluster",
    "manifests_of",
    "public_address",
    "reach_document",
    "reach_question",
    "request_branches",
    "request_document",
    "resolution_document",
    "routing_objects",
    "run_commands",
    "runs_document",
    "send_request",
    "show",
]
