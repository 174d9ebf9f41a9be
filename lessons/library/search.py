"""Search over lessons, section by section, their experiments and the glossary. No index is stored: a course is small.

    search(documents, "refused connection") → hits, best first; every word of the query begins a word or a part of one
    with_some_words(documents, "dns not working") → hits for a query that no place answers as a whole

Words count more in a title than in a text, and rare words more than common ones (BM25, Robertson and Zaragoza 2009).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lessons.content import rendering
from lessons.library import glossary
from lessons.models import Experiment, Lesson

WORD = re.compile(r"[\w.:/-]*\w")
TITLE_WEIGHT = 5
SATURATION, LENGTH_PENALTY = 1.4, 0.6
SIMILARITY, TYPED_TOO_MANY = 0.75, 2
SNIPPET = 180
MOST_HITS = 30
MOST_WITH_SOME_WORDS = 8
LONGEST_QUERY = 100
WRITTEN_OUT = {
    "cnp": "clusternetworkpolicy",
    "ds": "daemonset",
    "gw": "gateway",
    "lb": "loadbalancer",
    "netpol": "networkpolicy",
    "ns": "namespace",
    "svc": "service",
}
"""What people type for short, most of it kubectl's short names, where no prefix of the word itself."""

FILLERS = (
    "a an and are can cannot cant do does for from how i in is it my no not of on or the to what when where why with "
    "work working works auf das dem den der die ein eine es fur geht ich im ist kein keine mein mit nicht und von "
    "warum wie wieso zu zum"
)
"""Words of a sentence that say nothing of its subject, without accents, in English and German."""


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """Something to find: `kind` in words, `context` says where it is."""

    kind: str
    title: str
    context: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """`title` and `snippet` are HTML with the found words marked."""

    document: SearchDocument
    title: SafeString
    snippet: SafeString


def documents(user: AbstractBaseUser | AnonymousUser) -> tuple[SearchDocument, ...]:
    """Everything that this visitor may read. Of an experiment only what is shown before a prediction."""
    lessons = tuple(Lesson.objects.visible_to(user).select_related("course"))
    experiments = Experiment.objects.filter(lesson__in=lessons).select_related("lesson__course")
    return (
        *(document for lesson in lessons for document in _lesson_documents(lesson)),
        *(_experiment_document(experiment) for experiment in experiments),
        *(
            SearchDocument(_("Word"), entry.word, _("Glossary"), entry.url, rendering.plain(entry.meaning))
            for entry in glossary.entries(lessons)
        ),
    )


def search(found: Sequence[SearchDocument], query: str) -> tuple[Hit, ...]:
    """At most MOST_HITS. An empty query finds nothing."""
    wanted = _wanted(query)
    ranked = _ranked(found, wanted, at_least=len(wanted))
    return tuple(_hit(document, wanted) for document in ranked[:MOST_HITS])


def with_some_words(found: Sequence[SearchDocument], query: str) -> tuple[Hit, ...]:
    """At most MOST_WITH_SOME_WORDS. Rare words of the query say more than those that are everywhere."""
    wanted = tuple(word for word in _wanted(query) if word not in FILLERS.split())
    return tuple(_hit(document, wanted) for document in _ranked(found, wanted, at_least=1)[:MOST_WITH_SOME_WORDS])


def _wanted(query: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words(query[:LONGEST_QUERY])))


def _ranked(found: Sequence[SearchDocument], wanted: Sequence[str], at_least: int) -> list[SearchDocument]:
    """What has so many of the words, best first."""
    if not wanted:
        return []
    counts = [_weighted(document) for document in found]
    average = sum(count.total() for count in counts) / max(1, len(counts))
    matchers = {word: _beginning(word) for word in wanted}
    rarity = {word: _rarity(begins, counts) for word, begins in matchers.items()}
    scored = []
    for document, count in zip(found, counts, strict=True):
        length = 1 - LENGTH_PENALTY + LENGTH_PENALTY * count.total() / (average or 1)
        tallies = {w: sum(n for other, n in count.items() if begins.search(other)) for w, begins in matchers.items()}
        if sum(n > 0 for n in tallies.values()) >= at_least:
            parts = (rarity[w] * n * (SATURATION + 1) / (n + SATURATION * length) for w, n in tallies.items())
            scored.append((sum(parts), document))
    scored.sort(key=lambda each: -each[0])
    return [document for _score, document in scored]


def suggestion(found: Sequence[SearchDocument], query: str) -> str:
    """The query with each word that is nowhere replaced by the most similar one that is; "" where none is similar."""
    known = sorted({word for document in found for word in _weighted(document)})
    meant = [_similar(word, known) for word in words(query[:LONGEST_QUERY])]
    return " ".join(meant) if all(meant) and meant != words(query) else ""


def words(text: str) -> list[str]:
    """Small letters without accents."""
    return [match[0] for match in WORD.finditer(_folded(text))]


def _lesson_documents(lesson: Lesson) -> Iterable[SearchDocument]:
    about = " ".join([lesson.summary, *lesson.objectives, *lesson.key_points])
    url = lesson.get_absolute_url()
    yield SearchDocument(_("Lesson"), lesson.title, lesson.course.title, url, rendering.plain(about))
    for section in rendering.sections(lesson.body):
        title = section.title or lesson.title
        address = f"{url}#{section.anchor}" if section.anchor else url
        yield SearchDocument(pgettext("of a lesson", "Section"), title, lesson.title, address, section.text)


def _experiment_document(experiment: Experiment) -> SearchDocument:
    claim = experiment.myth["claim"] if experiment.myth else ""
    text = rendering.plain("\n\n".join((claim, experiment.intro, experiment.question)))
    return SearchDocument(
        _("Experiment"), experiment.title, experiment.lesson.title, experiment.get_absolute_url(), text
    )


@lru_cache(maxsize=4096)
def _weighted(document: SearchDocument) -> Counter[str]:
    count = Counter(words(document.text))
    for word in words(document.title):
        count[word] += TITLE_WEIGHT
    return count


def _similar(word: str, known: Sequence[str]) -> str:
    """The word itself where something begins with it."""
    begins = _beginning(word)
    if any(begins.search(other) for other in known):
        return word
    near = [other for other in known if abs(len(other) - len(word)) <= TYPED_TOO_MANY]
    return next(iter(get_close_matches(word, near, n=1, cutoff=SIMILARITY)), "")


def _beginning(*wanted: str) -> re.Pattern[str]:
    """Of a word, or of a part of one: kube-proxy is found as proxy, nf_conntrack_max as conntrack."""
    either = {*wanted, *(WRITTEN_OUT[word] for word in wanted if word in WRITTEN_OUT)}
    return re.compile(rf"(?:^|[._:/-])(?:{'|'.join(map(re.escape, sorted(either)))})")


def _rarity(begins: re.Pattern[str], counts: Sequence[Counter[str]]) -> float:
    having = sum(any(begins.search(other) for other in count) for count in counts)
    return math.log(1 + (len(counts) - having + 0.5) / (having + 0.5))


def _folded(text: str) -> str:
    """Of the same length as the text, so that places in one are places in the other."""
    return "".join(unicodedata.normalize("NFD", letter)[0].lower()[0] for letter in text)


def _hit(document: SearchDocument, wanted: Sequence[str]) -> Hit:
    return Hit(document, _marked(document.title, wanted), _marked(_snippet(document.text, wanted), wanted))


def _snippet(text: str, wanted: Sequence[str]) -> str:
    """The part of the text around the first word found."""
    begins = _beginning(*wanted)
    first = next((m.start() for m in WORD.finditer(_folded(text)) if begins.search(m[0])), 0)
    start = 0 if first < SNIPPET // 3 else text.find(" ", first - SNIPPET // 3) + 1
    end = start + SNIPPET
    cut = text[start:end].rsplit(" ", 1)[0] if end < len(text) else text[start:]
    return f"{'… ' if start else ''}{cut}{' …' if end < len(text) else ''}"


def _marked(text: str, wanted: Sequence[str]) -> SafeString:
    parts, place, begins = [], 0, _beginning(*wanted)
    for match in WORD.finditer(_folded(text)):
        if begins.search(match[0]):
            start, end = match.span()
            parts += [escape(text[place:start]), "<mark>", escape(text[start:end]), "</mark>"]
            place = end
    return mark_safe("".join([*parts, escape(text[place:])]))  # noqa: S308
