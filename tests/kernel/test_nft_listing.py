"""nft itself loads what netsim prints, and lists it back letter by letter."""

from __future__ import annotations

import os
import shutil
import subprocess
from ipaddress import ip_network
from typing import Any

import pytest

from netsim import load_cluster
from netsim.build import build_network
from netsim.kubernetes.objects import Service, SessionAffinity
from netsim.kubernetes.settings import LocalDetector, ProxySettings
from netsim.tools.nft_list import nft_list
from tests.kernel.lab import SEARCH_PATH, isolated, why_not
from tests.kernel.scenario import cluster_file
from tests.netsim.proxy.one_node import endpoints_of, planned, web

pytestmark = pytest.mark.kernel

PREFIX = LocalDetector.INTERFACE_NAME_PREFIX
EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
MANY = tuple(web(number, version) for version in (4, 6) for number in range(50))


def of_cluster(name: str) -> str:
    return nft_list(build_network(load_cluster([cluster_file(f"{name} in nftables mode")])).namespaces["n1"])


def of_services(*services: Service, endpoints: int = 2, **proxy: Any) -> str:
    slices = tuple(endpoints_of(service, endpoints, node="n1") for service in services)
    return nft_list(planned(services, slices, ProxySettings(**proxy)))


TEXTS = {
    "the Services of one rack": of_cluster("one-rack"),
    "every feature of Services": of_cluster("features"),
    "both IP versions": of_services(web(0), web(0, version=6)),
    "a hundred Services": of_services(*MANY),
    "three hundred endpoints": of_services(web(0), web(0, version=6), endpoints=300),
    "masqueradeAll": of_services(web(), masquerade_all=True),
    "node ports on every address": of_services(web(0), web(0, version=6), node_port_addresses=EVERYWHERE),
    "Pods told by the name of their device": of_services(web(), local_detector=PREFIX, pod_interface="cali+"),
    "Pods told by nothing": of_services(web(), local_detector=LocalDetector.NONE),
    "clients remembered for a day and a second": of_services(
        web(session_affinity=SessionAffinity.CLIENT_IP, session_affinity_timeout=86401)
    ),
}


def loaded_and_listed(text: str) -> str:
    done = subprocess.run(
        isolated(["sh", "-ec", "nft -f - && nft list ruleset"]),
        input=text, env={**os.environ, "PATH": SEARCH_PATH}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def needs_nft() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    version = subprocess.run([shutil.which("nft", path=SEARCH_PATH) or "nft", "--version"], capture_output=True)
    if b" v1.0.6 " not in version.stdout:
        pytest.skip(f"netsim prints as nft 1.0.6 does, this machine has {version.stdout.decode().strip()}")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_nft_lists_what_netsim_prints(text: str) -> None:
    assert loaded_and_listed(text) == text
