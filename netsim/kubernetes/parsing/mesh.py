"""PeerAuthentication, as security/v1/peer_authentication.proto of istio/api has it."""

from __future__ import annotations

from netsim.kubernetes.mesh import MtlsMode, PeerAuthentication
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_labels, read_meta
from netsim.kubernetes.selectors import LabelSelector

SECURITY_GROUP = "security.istio.io"


def read_peer_authentication(root: Field) -> PeerAuthentication:
    spec = root["spec"]
    selector = LabelSelector(read_labels(spec["selector"]["matchLabels"])) if spec["selector"].present else None
    if spec["portLevelMtls"].present and selector is None:
        raise spec["portLevelMtls"].error("needs a selector: ports are those of a workload")
    return PeerAuthentication(
        meta=read_meta(root),
        selector=selector,
        mode=spec["mtls"]["mode"].choice(MtlsMode, MtlsMode.UNSET),
        ports={_port(key, value): value["mode"].choice(MtlsMode) for key, value in spec["portLevelMtls"].items()},
        created=root["metadata"]["creationTimestamp"].string(""),
    )


def _port(key: str, field: Field) -> int:
    if not key.isdecimal() or not 1 <= int(key) <= 65535:
        raise field.error(f"{key!r} is not a port number")
    return int(key)
