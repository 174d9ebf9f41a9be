"""All scenarios of the differential suite, one module a data plane."""

from __future__ import annotations

from dataclasses import replace

from tests.kernel.scenarios import bridge, calico, dual_stack, flannel, ip, ipv6, mesh, nftables, policy

FIRST_SOURCE_PORT = 41000
MODULES = (
    flannel,
    ip,
    ipv6,
    bridge,
    nftables,
    calico,
    dual_stack,
    mesh,
    policy,
)

SCENARIOS = tuple(
    replace(scenario, probe=replace(scenario.probe, source_port=port))
    for port, scenario in enumerate((one for module in MODULES for one in module.SCENARIOS), FIRST_SOURCE_PORT)
)
"""A source port each: a flow must not meet what its predecessor left behind in a server's kernel."""
