"""Template tags for what an experiment found, beyond a packet's steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.translation import gettext as _

from lessons import comparison
from lessons.action_words import WORDS, ActionWords
from lessons.models import Experiment

register = template.Library()


@register.filter
def action_words(experiment: Experiment) -> ActionWords:
    return WORDS[experiment.action_kind]


@register.filter
def pretty(value: Any) -> str:
    """JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def reach_lines(exchange: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The matrix of a reach document, a line for each source: {source, cells: [{kind: yes|no|open, word}]}."""
    words = {True: ("yes", _("yes")), False: ("no", _("no")), None: ("open", _("undefined"))}
    lines = []
    for source in exchange["pods"]:
        answers = [words[exchange["to"][destination]["from"][source]] for destination in exchange["pods"]]
        lines.append({"source": source, "cells": [{"kind": kind, "word": word} for kind, word in answers]})
    return lines


@register.simple_tag
def comparison_table(experiment: Experiment, result: Mapping[str, Any]) -> dict[str, Any]:
    """The experiment's own cluster and its variants, see lessons.comparison.table."""
    return comparison.table(experiment.action_kind, *_clusters(experiment, result))


@register.simple_tag
def comparison_outputs(experiment: Experiment, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a command printed in the experiment's own cluster and its variants, see lessons.comparison.outputs."""
    return comparison.outputs(*_clusters(experiment, result))


def _clusters(experiment: Experiment, result: Mapping[str, Any]) -> tuple[list[str], list[tuple[Any, Any]]]:
    """Their labels, and what was found in each."""
    variants = result["compare"]
    another = any(variant.get("instead") for variant in experiment.compare)
    labels = [_("The first packet") if another else _("This cluster"), *(variant["label"] for variant in variants)]
    results = [(result["exchange"], result["rows"]), *((each["exchange"], each["rows"]) for each in variants)]
    return labels, results
