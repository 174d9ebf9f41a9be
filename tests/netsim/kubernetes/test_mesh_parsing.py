"""PeerAuthentication as it is written."""

from __future__ import annotations

import pytest

from netsim.errors import InputError
from netsim.kubernetes.mesh import MtlsMode
from tests.netsim.kubernetes.manifests import load


def peers(spec: str) -> str:
    return f"{{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {{name: one}}, spec: {{{spec}}}}}"


def test_modes_are_read_for_the_workload_and_its_ports():
    spec = "selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}"
    (found,) = load(peers(spec)).peer_authentications
    assert (found.mode, dict(found.ports)) == (MtlsMode.STRICT, {8080: MtlsMode.DISABLE})
    assert found.selector.matches({"app": "a"})


def test_without_a_mode_it_inherits():
    assert load(peers("")).peer_authentications[0].mode is MtlsMode.UNSET


REFUSED = {
    "a mode that is none": (
        "mtls: {mode: strict}",
        "spec.mtls.mode: must be one of UNSET, DISABLE,",
    ),
    "ports without a selector": (
        "portLevelMtls: {80: {mode: STRICT}}",
        "spec.portLevelMtls: needs a selector: ports are those of a workload",
    ),
    "a port by name": (
        "selector: {matchLabels: {a: b}}, portLevelMtls: {http: {mode: STRICT}}",
        "spec.portLevelMtls.http: 'http' is not a port number",
    ),
}


@pytest.mark.parametrize(("spec", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_istio_would_refuse_is_an_error_with_its_place(spec, message):
    with pytest.raises(InputError) as error:
        load(peers(spec))
    assert str(error.value).startswith(f"test.yaml:1: {message}")
