"""What an author meets who makes a mistake: file, line, key, and what to write instead."""

from __future__ import annotations

from textwrap import dedent

import pytest

from netsim.errors import InputError
from netsim.loading import load_cluster
from tests.netsim.kubernetes.manifests import load, service

SERVICE = """\
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      selector: {app: web}
      ports:
"""
POD = """\
    apiVersion: v1
    kind: Pod
    metadata:
      name: web
    spec:
      containers:
      - name: app
"""
DEPLOYMENT = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: app}]}
"""
NETWORK = """\
    apiVersion: netsim.dev/v1
    kind: ClusterNetwork
    spec:
"""
NODE = """\
    apiVersion: v1
    kind: Node
    metadata:
      name: node1
"""
SLICE = """\
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: web-1
"""

CASES = {
    "port out of range": (
        SERVICE + "      - port: 70000\n",
        "8: spec.ports[0].port: must be a whole number from 1 to 65535, not the number 70000",
    ),
    "port missing": (
        SERVICE + "      - name: http\n        targetPort: 80\n",
        "8: spec.ports[0].port: missing; it must be a whole number from 1 to 65535",
    ),
    "port in quotes": (
        SERVICE + '      - port: "80"\n',
        "8: spec.ports[0].port: must be a whole number from 1 to 65535 without quotes, not the string '80'",
    ),
    "port with a leading zero": (
        SERVICE + "      - port: 010\n",
        "8: spec.ports[0].port: must be a whole number from 1 to 65535 in plain decimal digits, not 010",
    ),
    "ports not a list": (
        SERVICE + "        port: 80\n",
        "7: spec.ports: must be a list, not a mapping",
    ),
    "port not a mapping": (
        SERVICE + "      - 80\n",
        "8: spec.ports[0]: must be a mapping, not the number 80",
    ),
    "protocol in lower case": (
        SERVICE + "      - port: 80\n        protocol: tcp\n",
        "9: spec.ports[0].protocol: must be one of TCP, UDP, SCTP, not 'tcp' (did you mean TCP?)",
    ),
    "two ports without names": (
        SERVICE + "      - port: 80\n      - port: 443\n",
        "8: spec.ports[0].name: missing; every port of a Service with several ports needs a name",
    ),
    "two ports with one name": (
        SERVICE + "      - {port: 80, name: a}\n      - {port: 443, name: a}\n",
        "9: spec.ports[1].name: another port of this Service is called 'a'",
    ),
    "two ports with one number": (
        SERVICE + "      - {port: 80, name: a}\n      - {port: 80, name: b}\n",
        "9: spec.ports[1].port: another port of this Service is 80/TCP",
    ),
    "targetPort a number in quotes": (
        SERVICE + '      - port: 80\n        targetPort: "8080"\n',
        '9: spec.ports[0].targetPort: must be the number 8080 without quotes; "8080" would be the name of a port',
    ),
    "targetPort not a name": (
        SERVICE + "      - port: 80\n        targetPort: my_port\n",
        (
            "9: spec.ports[0].targetPort: 'my_port' is not a port name: use at most 15 lower-case letters, digits and "
            "single '-', with at least one letter"
        ),
    ),
    "no ports": (
        SERVICE + "        []\n",
        "7: spec.ports: missing; a Service with a cluster IP needs at least one port",
    ),
    "node port on a ClusterIP Service": (
        SERVICE + "      - port: 80\n        nodePort: 30080\n",
        "9: spec.ports[0].nodePort: must be left out for a Service of type ClusterIP",
    ),
    "headless NodePort Service": (
        SERVICE + "      - port: 80\n      type: NodePort\n      clusterIP: None\n",
        "10: spec.clusterIP: must not be None for a Service of type NodePort",
    ),
    "service type misspelt": (
        SERVICE + "      - port: 80\n      type: Nodeport\n",
        (
            "9: spec.type: must be one of ClusterIP, NodePort, LoadBalancer, ExternalName, not 'Nodeport' "
            "(did you mean NodePort?)"
        ),
    ),
    "ExternalName without a name": (
        "    apiVersion: v1\n    kind: Service\n    metadata: {name: pay}\n    spec: {type: ExternalName}\n",
        "4: spec.externalName: missing; it must be a string",
    ),
    "cluster IP with leading zeros": (
        SERVICE + "      - port: 80\n      clusterIP: 10.096.0.9\n",
        "9: spec.clusterIP: '10.096.0.9' is not an IP address: numbers in it may not have leading zeros",
    ),
    "source range with host bits": (
        SERVICE + "      - port: 80\n      loadBalancerSourceRanges:\n      - 192.168.0.5/24\n",
        (
            "10: spec.loadBalancerSourceRanges[0]: '192.168.0.5/24' is not a CIDR: it has host bits set; "
            "did you mean 192.168.0.0/24?"
        ),
    ),
    "affinity too long": (
        SERVICE + "      - port: 80\n      sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}}\n",
        (
            "9: spec.sessionAffinityConfig.clientIP.timeoutSeconds: must be a whole number from 1 to 86400, "
            "not the number 90000"
        ),
    ),
    "service name not a label": (
        "    apiVersion: v1\n    kind: Service\n    metadata:\n      name: web.shop\n",
        (
            "4: metadata.name: 'web.shop' is not a DNS label: use at most 63 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit"
        ),
    ),
    "name in capitals": (
        "    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: Web\n",
        (
            "4: metadata.name: 'Web' is not a DNS name: use at most 253 lower-case letters, digits, '-' and '.', "
            "each part starting and ending with a letter or digit"
        ),
    ),
    "name missing": (
        "    apiVersion: v1\n    kind: Pod\n    metadata: {}\n",
        "3: metadata.name: missing; it must be a string",
    ),
    "generateName alone": (
        "    apiVersion: v1\n    kind: Pod\n    metadata:\n      generateName: web-\n",
        "3: metadata.name: missing; generateName is not enough here, because names must not change between runs",
    ),
    "kind missing": ("    apiVersion: v1\n    metadata: {name: x}\n", "1: kind: missing; it must be a string"),
    "apiVersion missing": ("    kind: Pod\n    metadata: {name: x}\n", "1: apiVersion: missing; it must be a string"),
    "document not a mapping": ("    hello\n", "1: must be a mapping, not the string 'hello'"),
    "kind misspelt": (
        "    apiVersion: apps/v1\n    kind: Deploymnt\n",
        "2: kind: no kind Deploymnt in apps/v1; did you mean Deployment in apps/v1?",
    ),
    "kind in the wrong group": (
        "    apiVersion: v1\n    kind: Deployment\n",
        "1: apiVersion: no kind Deployment in v1; did you mean Deployment in apps/v1?",
    ),
    "label a number": (
        "    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: web\n      labels:\n        version: 1.10\n",
        '6: metadata.labels.version: must be a string, not the number 1.10; write it in quotes: "1.10"',
    ),
    "label a truth value": (
        "    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: web\n      labels:\n        canary: yes\n",
        '6: metadata.labels.canary: must be a string, not yes; write it in quotes: "yes"',
    ),
    "label key with a blank": (
        "    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: web\n      labels:\n        my app: web\n",
        (
            "6: metadata.labels[\"my app\"]: 'my app' is not a label key: use [prefix/]name, the name at most 63 "
            "letters, digits, '-', '_' and '.', starting and ending with a letter or digit"
        ),
    ),
    "container port missing": (
        POD + "        ports:\n        - name: http\n",
        "9: spec.containers[0].ports[0].containerPort: missing; it must be a whole number from 1 to 65535",
    ),
    "two container ports with one name": (
        POD + "        ports:\n        - {containerPort: 80, name: http}\n        - {containerPort: 81, name: http}\n",
        "10: spec.containers[0].ports[1].name: another port of this container is called 'http'",
    ),
    "host port differs under hostNetwork": (
        POD + "        ports: [{containerPort: 80, hostPort: 81}]\n      hostNetwork: true\n",
        (
            "8: spec.containers[0].ports[0].hostPort: must equal containerPort (80), because the Pod uses the node's "
            "network"
        ),
    ),
    "no containers": (
        "    apiVersion: v1\n    kind: Pod\n    metadata: {name: web}\n    spec: {}\n",
        "4: spec.containers: missing; a Pod needs a list with at least one container",
    ),
    "unknown node": (
        POD + "      nodeName: node4\n",
        "8: spec.nodeName: there is no Node 'node4'; the nodes are node1, node2, node3",
    ),
    "node name a number": (
        POD + "      nodeName: 7\n",
        '8: spec.nodeName: must be a string, not the number 7; write it in quotes: "7"',
    ),
    "Pod address outside its node's range": (
        POD
        + "      nodeName: node2\n    status:\n      podIP: 10.9.0.7\n    ---\n"
        + NETWORK
        + "      podCIDR: 10.244.0.0/16\n",
        "10: status.podIP: 10.9.0.7 is not in the podCIDR of Node node2, which is 10.244.1.0/24",
    ),
    "Pod address of the gateway": (
        POD + "      nodeName: node1\n    status:\n      podIP: 10.244.0.1\n",
        "10: status.podIP: 10.244.0.1 is the network or gateway address of Node node1's range",
    ),
    "ready annotation not a truth value": (
        (
            "    apiVersion: v1\n    kind: Pod\n    metadata:\n      name: web\n      annotations:\n"
            "        netsim.dev/ready: 'no'\n    spec: {containers: [{name: app}]}\n"
        ),
        "6: metadata.annotations[\"netsim.dev/ready\"]: must be one of true, false, not 'no'",
    ),
    "selector missing": (
        DEPLOYMENT,
        "5: spec.selector: missing; it must be a label selector that matches the template's labels",
    ),
    "selector that does not match the template": (
        DEPLOYMENT + "      selector: {matchLabels: {app: wbe}}\n",
        "9: spec.selector: does not match the labels of the Pod template, which are app=web",
    ),
    "equality map in place of a label selector": (
        DEPLOYMENT + "      selector:\n        app: web\n",
        "10: spec.selector.app: unknown key; known keys: matchExpressions, matchLabels",
    ),
    "selector operator misspelt": (
        DEPLOYMENT + "      selector:\n        matchExpressions:\n        - {key: app, operator: in, values: [web]}\n",
        (
            "11: spec.selector.matchExpressions[0].operator: must be one of In, NotIn, Exists, DoesNotExist, not 'in' "
            "(did you mean In?)"
        ),
    ),
    "In without values": (
        DEPLOYMENT + "      selector:\n        matchExpressions:\n        - {key: app, operator: In}\n",
        "11: spec.selector.matchExpressions[0].values: must list at least one value for the operator In",
    ),
    "too many replicas": (
        DEPLOYMENT + "      selector: {matchLabels: {app: web}}\n      replicas: 2001\n",
        "10: spec.replicas: must be a whole number from 0 to 2000, not the number 2001",
    ),
    "taint effect misspelt": (
        NODE + "    spec:\n      taints:\n      - {key: a, effect: NoSchedul}\n",
        (
            "7: spec.taints[0].effect: must be one of NoSchedule, PreferNoSchedule, NoExecute, not 'NoSchedul' "
            "(did you mean NoSchedule?)"
        ),
    ),
    "node address not in the underlay": (
        NODE
        + "    status: {addresses: [{type: InternalIP, address: 172.20.3.1}]}\n    ---\n"
        + NETWORK
        + "      underlay: {cidr: 172.20.1.0/24}\n",
        "5: status.addresses: 172.20.3.1 is not in the underlay, which is 172.20.1.0/24",
    ),
    "node address of the router": (
        NODE + "    status: {addresses: [{type: InternalIP, address: 192.168.1.1}]}\n",
        "5: status.addresses: 192.168.1.1 is already the address of the router in subnet underlay",
    ),
    "node range outside the Pod range": (
        NODE + "    spec: {podCIDR: 10.9.1.0/24}\n    ---\n" + NETWORK + "      podCIDR: 10.244.0.0/16\n",
        "5: spec.podCIDR: 10.9.1.0/24 is not in the cluster's podCIDR, which is 10.244.0.0/16",
    ),
    "no room for the nodes' ranges": (
        NETWORK + "      podCIDR: 10.244.0.0/23\n",
        "4: spec.podCIDR: 10.244.0.0/23 has no /24 left for Node node3",
    ),
    "slice without an address type": (
        SLICE + "    endpoints: []\n",
        "1: addressType: missing; it must be a string",
    ),
    "slice with an address of the other family": (
        SLICE + "    addressType: IPv6\n    endpoints:\n    - addresses: [10.0.0.1]\n",
        "7: endpoints[0].addresses: must be IPv6 addresses, as addressType says",
    ),
    "unknown setting": (
        NETWORK + "      podCidr: 10.244.0.0/16\n",
        (
            "4: spec.podCidr: unknown key (did you mean podCIDR?); known keys: clusterDNS, clusterDomain, cni, "
            "externalClient, faults, podCIDR, policyEnforcement, proxy, serviceCIDR, underlay"
        ),
    ),
    "unknown plugin": (
        NETWORK + "      cni: {plugin: flanel}\n",
        (
            "4: spec.cni.plugin: must be one of bridge, flannel, calico, weave, cilium, not 'flanel' "
            "(did you mean flannel?)"
        ),
    ),
    "backend of another plugin": (
        NETWORK + "      cni: {plugin: flannel, backend: cross-subnet}\n",
        "4: spec.cni.backend: must be one of vxlan, host-gw, wireguard, ipip, not 'cross-subnet'",
    ),
    "backend where there is none": (
        NETWORK + "      cni:\n        plugin: bridge\n        backend: vxlan\n",
        "6: spec.cni.backend: must be left out: bridge has no choice of backends",
    ),
    "ranges that overlap": (
        NETWORK + "      podCIDR: 10.96.0.0/16\n",
        "4: spec.podCIDR: serviceCIDR 10.96.0.0/12 overlaps podCIDR 10.96.0.0/16",
    ),
    "subnets that overlap": (
        NETWORK + "      underlay:\n        subnets:\n        - {name: a, cidr: 10.1.0.0/16}\n"
        "        - {name: b, cidr: 10.1.2.0/24}\n",
        "7: spec.underlay.subnets[1].cidr: 10.1.2.0/24 overlaps 10.1.0.0/16 of subnet 'a'",
    ),
    "gateway outside its subnet": (
        NETWORK + "      underlay: {subnets: [{name: a, cidr: 10.1.0.0/16, gateway: 10.2.0.1}]}\n",
        "4: spec.underlay.subnets[0].gateway: must be an address in 10.1.0.0/16, not 10.2.0.1",
    ),
    "settings of another version": (
        "    apiVersion: netsim.dev/v2\n    kind: ClusterNetwork\n",
        "1: apiVersion: must be netsim.dev/v1, not netsim.dev/v2",
    ),
    "settings of another kind": (
        "    apiVersion: netsim.dev/v1\n    kind: ClusterNetwrk\n",
        "2: kind: netsim.dev has one kind, ClusterNetwork, not ClusterNetwrk",
    ),
    "settings twice": (
        NETWORK + "    ---\n" + NETWORK,
        "6: kind: there is already a ClusterNetwork, at test.yaml:1",
    ),
    "an object twice": (
        SERVICE + "      - port: 80\n    ---\n" + SERVICE + "      - port: 81\n",
        "13: metadata.name: Service default/web is already at test.yaml:1",
    ),
}


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES.keys())
def test_the_error_names_the_place_and_says_what_is_allowed(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load(dedent(text))
    assert str(caught.value) == f"test.yaml:{message}"


def test_the_error_carries_its_place_as_fields() -> None:
    good = "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"
    bad = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: Ops\n"
    with pytest.raises(InputError) as caught:
        load_cluster([("a.yaml", good), ("b.yaml", bad)])
    assert (caught.value.file, caught.value.line, caught.value.path) == ("b.yaml", 4, "metadata.name")


def test_objects_in_a_list_are_named_by_their_own_path_and_the_line_in_the_file() -> None:
    """A dump is one List; the path counts from the object, the line from the start of the file."""
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod}\n- apiVersion: v1\n  kind: Namespace\n"
    with pytest.raises(InputError, match=r"^dump\.yaml:4: metadata\.name: missing"):
        load_cluster([("dump.yaml", text)])


def test_a_list_with_something_else_in_it_is_refused() -> None:
    with pytest.raises(InputError, match="must be an object with apiVersion and kind, not the number 7"):
        load("{apiVersion: v1, kind: List, items: [7]}")


def test_an_error_found_while_completing_names_the_key_that_caused_it() -> None:
    second = """\
        apiVersion: v1
        kind: Service
        metadata: {name: api}
        spec:
          clusterIP: 10.96.0.20
          ports: [{port: 80}]
        """
    with pytest.raises(InputError) as caught:
        load(service("web", spec="clusterIP: 10.96.0.20"), second)
    assert str(caught.value) == (
        "test.yaml:7: spec.clusterIP: 10.96.0.20 is already the address of Service default/web (test.yaml:1)"
    )
