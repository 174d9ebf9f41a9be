"""ConfigMap."""

from __future__ import annotations

from netsim.kubernetes.objects import ConfigMap
from netsim.kubernetes.parsing.fields import Field
from netsim.kubernetes.parsing.metadata import read_meta


def read_config_map(root: Field) -> ConfigMap:
    return ConfigMap(meta=read_meta(root), data=root["data"].string_map())
