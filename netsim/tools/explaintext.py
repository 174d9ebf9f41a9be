"""An explanation of policies as text for people, and as a document of JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netsim.policy.evaluation import DirectionReport, Finding, Flow, RuleReport, Truth
from netsim.policy.explanation import Explanation

WORDS: dict[Truth, str] = {True: "allowed", False: "denied", None: "undefined"}
MARKS: dict[Truth, str] = {True: "matches", False: "does not match", None: "may match"}


def explanation_text(explanation: Explanation) -> str:
    """The verdict, what decided it, then both directions with every policy and rule."""
    lines = [f"{_flow_text(explanation.flow)}: {WORDS[explanation.allowed]}", f"  {explanation.decided_by}"]
    lines += [f"  note: {notice}" for notice in explanation.notices]
    for report in (explanation.egress, explanation.ingress):
        lines += ["", *_direction_lines(report)]
    if explanation.bystanders:
        lines += ["", "no say here:", *(f"  {each.text}" for each in explanation.bystanders)]
    return "\n".join(lines) + "\n"


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """The explanation as ``python -m netsim explain --json`` prints it."""
    flow = explanation.flow
    return {
        "from": flow.source.text,
        "to": flow.destination.text,
        "protocol": flow.protocol.lower() if flow.protocol else "icmp",
        "port": flow.port,
        "allowed": explanation.allowed,
        "decided_by": explanation.decided_by,
        "egress": _direction_document(explanation.egress),
        "ingress": _direction_document(explanation.ingress),
        "bystanders": [each.text for each in explanation.bystanders],
        "notices": list(explanation.notices),
    }


def _flow_text(flow: Flow) -> str:
    port = "ICMP" if flow.protocol is None else f"{flow.protocol} {flow.port}"
    return f"{flow.source.text} -> {flow.destination.text}, {port}"


def _direction_lines(report: DirectionReport) -> Iterator[str]:
    side = f"{report.direction.lower()} of {report.subject.text}"
    yield f"{side}: {WORDS[report.allowed]}: {report.decided_by}"
    for policy in report.policies:
        yield f"  {policy.policy.text} selects {policy.policy.subject.text}"
        if not policy.rules:
            yield "    it has no rules in this direction, so it allows nothing"
        for rule in policy.rules:
            yield f"    {rule.rule.text}, {rule.rule.action}: {MARKS[rule.matches]}"
            for finding in (*rule.peers, rule.ports):
                yield f"      {'+' if finding.matches else '-' if finding.matches is False else '?'} {finding.why}"


def _direction_document(report: DirectionReport) -> dict[str, Any]:
    return {
        "subject": report.subject.text,
        "allowed": report.allowed,
        "decided_by": report.decided_by,
        "policies": [
            {
                "policy": policy.policy.text,
                "tier": policy.policy.tier.value,
                "priority": policy.policy.priority,
                "selects": policy.policy.subject.text,
                "rules": [_rule_document(rule) for rule in policy.rules],
            }
            for policy in report.policies
        ],
    }


def _rule_document(report: RuleReport) -> dict[str, Any]:
    return {
        "place": report.rule.place,
        "name": report.rule.name,
        "action": report.rule.action.value,
        "matches": report.matches,
        "peers": [_finding_document(finding) for finding in report.peers],
        "ports": _finding_document(report.ports),
    }


def _finding_document(finding: Finding) -> dict[str, Any]:
    return {"matches": finding.matches, "why": finding.why}
