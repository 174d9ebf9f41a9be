"""``status``: what controllers say of Ingresses, Gateways and routes."""

from __future__ import annotations

import argparse

from netsim.commands.command import Command, add_files, add_json, as_json, cluster_of
from netsim.l7.status import every_status, status_document

EXAMPLES = """\
examples:
  %(prog)s shop.yaml
  kubectl get ns,pods,svc,endpointslices,ingress,ingressclass,gateways,httproutes -A -o yaml | %(prog)s - --json
"""


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    add_json(parser)


def _run(options: argparse.Namespace) -> str:
    statuses = every_status(cluster_of(options))
    if options.json:
        return as_json({"statuses": [status_document(each) for each in statuses]})
    return "".join(f"{each.text}\n" for each in statuses)


COMMAND = Command(
    "status", "what controllers say of Ingresses, Gateways and routes", EXAMPLES, _add_arguments, _run
)  # fmt: skip
