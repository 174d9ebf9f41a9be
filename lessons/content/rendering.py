"""Markdown to sanitised HTML. Authors are trusted to teach, not to inject: raw HTML is text, and nh3 has the last word.

A lesson's body is cut into blocks at its places, which are lines of their own: `::experiment[the-first-packet]`,
`::trace[the-way-there]`, `::playground`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from lessons.content.term_links import Term, term_links

PLACE = re.compile(r"^::(?:(?P<named>experiment|trace)\[(?P<slug>[a-z0-9-]+)\]|(?P<only>playground))\s*$")
INLINE_TAGS = {"a", "abbr", "br", "code", "del", "em", "kbd", "s", "strong", "sub", "sup"}
TAGS = INLINE_TAGS | {
    *("blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "h2", "h3", "h4", "hr", "img", "li", "ol", "p"),
    *("pre", "section", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {
    "a": {"href", "title", "class", "id"},
    "abbr": {"title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start", "class"},
    "th": {"class"},
    "td": {"class"},
    "section": {"class"},
    **{tag: {"id"} for tag in ("h2", "h3", "h4")},
    **{tag: {"id", "class"} for tag in ("li", "sup")},
}
CLASSES = re.compile(r"^(language-[a-z0-9-]+|align-(left|center|right)|footnote-?[a-z]+|footnotes|term)$")
OWN_ID = re.compile(r"^(section-[\w-]+|fn(ref)?[\w:-]+)$")
# Reachable by keyboard, because long lines and wide tables scroll.
SCROLLABLE = {"<pre>": '<pre tabindex="0">', "<table>": '<table tabindex="0">'}
# A browser breaks a line beside code, which is a box in it, even where a comma follows.
TOUCHED_CODE = re.compile(r"[(“]<code>[^<]*</code>[^\s<]*|<code>[^<]*</code>[,.;:!?)”’]+")
ALIGNMENT = re.compile(r"text-align:\s*(left|center|right)")
# Texts whose HTML a process keeps. The shipped course has about 900; of more, the one used longest ago is made anew.
REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Text:
    html: SafeString


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: an experiment or a trace with this slug, or the playground, of which there is one."""

    kind: str
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Plain text from one heading to the next; the text before the first one has neither anchor nor title."""

    anchor: str
    title: str
    text: str


def blocks(body: str, terms: tuple[Term, ...] = ()) -> tuple[Text | Place, ...]:
    """The body in order: sanitised HTML, and the places between. Text without content is left out.

    Each of the terms is linked where the body uses it first.
    """
    return _blocks(body, terms)


def html(text: str, terms: tuple[Term, ...] = ()) -> SafeString:
    """Markdown with paragraphs, lists, tables and code, sanitised. Lines that place something are left out."""
    return mark_safe("".join(block.html for block in _blocks(text, terms) if isinstance(block, Text)))  # noqa: S308


def plain(text: str) -> str:
    """Markdown without its marks, as one line."""
    return " ".join(section.text for section in sections(text))


@lru_cache(maxsize=REMEMBERED)
def sections(body: str) -> tuple[Section, ...]:
    """The words of a body, cut at its headings; code blocks are left out."""
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    tokens = _MARKDOWN.parse(body, {})
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "inline":
            continue
        words = "".join(child.content or " " for child in token.children or ())
        if before is not None and before.type == "heading_open":
            found.append((str(before.attrs.get("id", "")), words, []))
        else:
            found[-1][2].append(words)
    return tuple(Section(anchor, title, " ".join(texts)) for anchor, title, texts in found if title or texts)


@lru_cache(maxsize=REMEMBERED)
def inline_html(text: str) -> SafeString:
    """Markdown inside one paragraph: code, emphasis, links. Sanitised."""
    return mark_safe(_sanitised(_MARKDOWN.renderInline(text), INLINE_TAGS))  # noqa: S308


@lru_cache(maxsize=REMEMBERED)
def _blocks(body: str, terms: tuple[Term, ...]) -> tuple[Text | Place, ...]:
    env: dict[str, object] = {"terms": terms}
    found: list[Text | Place] = []
    waiting: list[Token] = []
    for token in _MARKDOWN.parse(body, env):
        if token.type != "place":
            waiting.append(token)
            continue
        found.extend(_text(waiting, env))
        waiting = []
        found.append(Place(**token.meta))
    return (*found, *_text(waiting, env))


def _text(tokens: Sequence[Token], env: dict[str, object]) -> tuple[Text, ...]:
    rendered = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, env)
    clean = _sanitised(rendered, TAGS)
    for plain, reachable in SCROLLABLE.items():
        clean = clean.replace(plain, reachable)
    clean = TOUCHED_CODE.sub(r'<span class="whole">\g<0></span>', clean)
    return (Text(mark_safe(clean)),) if clean.strip() else ()  # noqa: S308


def _accept_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if CLASSES.match(word)) or None
    if name == "id":
        return value if OWN_ID.match(value) else None
    if name == "src":
        return value if value.startswith("/static/") else None
    return value


def _sanitised(markup: str, tags: set[str]) -> str:
    return nh3.clean(
        markup,
        tags=tags,
        attributes={tag: names for tag, names in ATTRIBUTES.items() if tag in tags},
        attribute_filter=_accept_attribute,
        url_schemes={"http", "https", "mailto"},
    )


def _place_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Block rule: a line of its own at the outermost level."""
    if state.level or state.is_code_block(start):
        return False
    match = PLACE.match(state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]])
    if match is None:
        return False
    if not silent:
        token = state.push("place", "", 0)
        token.meta = {"kind": match["named"] or match["only"], "slug": match["slug"] or ""}
        token.map = [start, start + 1]
        state.line = start + 1
    return True


def _without_inline_styles(state: StateCore) -> None:
    """Table alignment as a class: the page's security policy forbids style attributes."""
    for token in state.tokens:
        if match := ALIGNMENT.search(str(token.attrs.get("style", ""))):
            del token.attrs["style"]
            token.attrJoin("class", f"align-{match[1]}")


def _headings_below_title(state: StateCore) -> None:
    """The page's title is its h1, so `#` in a body is an h2."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = {"h1": "h2", "h2": "h2", "h3": "h3"}.get(token.tag, "h4")


def _slug(title: str) -> str:
    words = re.sub(r"[^\w\s-]", "", title.lower()).split()
    return "section-" + "-".join(words)


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable(["table", "strikethrough"])
    parser.use(deflist_plugin).use(footnote_plugin).use(anchors_plugin, max_level=4, slug_func=_slug)
    parser.block.ruler.before("paragraph", "place", _place_rule, {"alt": ["paragraph"]})
    parser.core.ruler.push("without_inline_styles", _without_inline_styles)
    parser.core.ruler.push("headings_below_title", _headings_below_title)
    return parser.use(term_links)


_MARKDOWN = _markdown()
