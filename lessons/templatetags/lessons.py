"""Template tags: a lesson's benches, and authors' Markdown as sanitised HTML."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.safestring import SafeString

from lessons.content import rendering
from lessons.content.term_links import Term
from lessons.experiments.predictions import Bench
from lessons.traces.exercises import TraceBench

register = template.Library()


@register.inclusion_tag("lessons/_experiment.html", takes_context=True)
def bench(context: RequestContext, bench: Bench) -> dict[str, Any]:
    """An experiment's bench, with the context that its fragment gets."""
    return {"request": context.get("request"), **bench.context()}


@register.inclusion_tag("lessons/traces/_trace.html", takes_context=True)
def trace(context: RequestContext, bench: TraceBench) -> dict[str, Any]:
    """A trace exercise, with the context that its fragment gets."""
    return {"request": context.get("request"), **bench.context()}


@register.filter
def markdown(text: str) -> SafeString:
    return rendering.html(text)


@register.filter
def linked_markdown(text: str, terms: tuple[Term, ...]) -> SafeString:
    """Like markdown, with the terms linked to the glossary."""
    return rendering.html(text, terms)


@register.filter
def inline_markdown(text: str) -> SafeString:
    return rendering.inline_html(text)
