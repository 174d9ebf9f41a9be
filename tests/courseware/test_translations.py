"""Every text of the interface can be translated, and the languages that were begun are whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from courseware import translations

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
SCRIPTS = sorted(path for path in (PROJECT / "static" / "js").glob("*.js") if not path.stem.startswith("admin_"))
CATALOGS = translations.catalogs(PROJECT)
SAME_EVERYWHERE = {
    "Hop by Hop", "UTC", "TTL", "search", "ndots",  # the brand, and words of files and headers
    "netfilter", "flannel.1", "eth0", "cni0 bridge", "underlay", "ops/probe", "shop/web-1",  # names in a picture
    "10.96.0.1, web.shop",
}  # fmt: skip
TRANSLATED = re.compile(r"{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}", re.DOTALL)
NO_TEXT = re.compile(
    r"{#.*?#}|<script\b.*?</script>|{% block (?:main_class|title_suffix) %}.*?{% endblock %}|<meta [^>]*>", re.DOTALL
)
MARKUP = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = re.compile(r'\b(?:aria-label|aria-description|title|placeholder|alt)="([^"]*)"')
TAG = re.compile(r"<[^<>]*>")
WORDS = re.compile(r"[A-Za-z]{2}")
NOT_FOR_PAGES = re.compile(r"/(?:management|migrations)/")
NOT_FOR_READERS = {
    "lessons/content/course_files.py",  # what import_course says at a terminal
    "quizzes/models/grades.py",  # what the database says as well, to whoever programs
}
INTERNAL = {"EncodingError", "NotImplementedError", "TypeError", "ValueError in given", "ValueError in _web_address"}
"""Errors that are caught and said otherwise, or that only a mistake of ours raises."""
ATTRIBUTE = re.compile(r"^data-[\w-]+=\"\"$")  # a template that is an attribute of another's element
SENTENCE = re.compile(r"""(["'`])((?:(?!\1).)*[a-z] [a-z](?:(?!\1).)*)\1""")
PLACEHOLDERS = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|{\w+}|</?\w+[^>]*>")


def texts(template: str) -> list[str]:
    """What of a template is shown or spoken without passing gettext."""
    bare = MARKUP.sub("", NO_TEXT.sub("", TRANSLATED.sub("", template)))
    found = [unescape(text) for text in (*SPOKEN.findall(bare), *TAG.sub("\n", bare).splitlines())]
    return [text.strip(" ·:|,\t") for text in found if WORDS.search(text) and not ATTRIBUTE.match(text.strip())]


def identified(catalog: Catalog) -> dict[object, Message]:
    return {(message.context, message.id): message for message in catalog if message.id}


def forms(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(PROJECT / "templates")))
def test_no_text_of_a_template_misses_translation(path: Path) -> None:
    assert [text for text in texts(path.read_text()) if text not in SAME_EVERYWHERE] == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Nothing yet.</p>",
        '<button aria-label="Close">x</button>',
        '{% translate "Yes" %} or no',
        "<p>{{ count }} lessons</p>",
    ],
    ids=["text", "label", "beside a translation", "around a value"],
)
def test_a_text_that_misses_translation_is_found(template: str) -> None:
    assert texts(template) != []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_sentences(path: Path) -> None:
    code = re.sub(r"(?m)//.*$|^import .*$", "", path.read_text())
    said = [text for _, text in SENTENCE.findall(code) if re.match(r"[A-Z][a-z]+ [a-z]|.*[.:] ", text)]
    assert [text for text in said if "${" not in text or re.search(r"\b[a-z]{3,} \$\{", text)] == []


def bare_words(node: ast.AST) -> Iterator[str]:
    """The literal parts below a node of at least two words that pass no gettext."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in translations.KEYWORDS:
        return
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"[A-Za-z]{2} [a-z]{2}", node.value)
    ):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from bare_words(child)


def english_refusals(code: str) -> list[str]:
    """What the errors that a module raises say in English to everybody."""
    found = []
    for function in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.FunctionDef)):
        for node in ast.walk(function):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                error = ast.unparse(node.exc.func)
                if not {error, f"{error} in {function.name}"} & INTERNAL:
                    found += [text for part in (*node.exc.args, *node.exc.keywords) for text in bare_words(part)]
    return found


@pytest.mark.parametrize("app", ["classes", "lessons", "lti", "quizzes"])
def test_what_is_refused_is_said_by_messages(app: str) -> None:
    modules = {str(path.relative_to(PROJECT)): path for path in (PROJECT / app).rglob("*.py")}
    read = (name for name in modules if name not in NOT_FOR_READERS and not NOT_FOR_PAGES.search(name))
    found = {name: english_refusals(modules[name].read_text()) for name in read}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "raised", ['ContentError("", ("is no mapping",))', 'InvalidSpecError(f"{key}: must be a list")'], ids=["plain", "f"]
)
def test_a_refusal_in_english_for_everybody_is_found(raised: str) -> None:
    assert english_refusals(f"def parse(key):\n    raise {raised}\n") != []


def test_a_refusal_that_passes_gettext_is_none_in_english() -> None:
    assert english_refusals('def parse():\n    raise ContentError("", (gettext("is no mapping"),))\n') == []


@pytest.fixture(scope="module")
def extracted() -> Catalog:
    return translations.extract(PROJECT)


def test_german_was_begun() -> None:
    assert [path.parent.parent.name for path in CATALOGS] == ["de"]


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parent.parent.name)
class TestCatalog:
    def test_has_the_messages_of_the_code_and_no_others(self, path: Path, extracted: Catalog) -> None:
        """When this fails: manage.py update_translations, then translate what is new."""
        assert identified(translations.read(path)).keys() == identified(extracted).keys()

    def test_has_every_message_translated(self, path: Path) -> None:
        messages = identified(translations.read(path)).values()
        assert [m.id for m in messages if m.fuzzy or not all(forms(m.string))] == []

    def test_keeps_placeholders_and_tags(self, path: Path) -> None:
        messages = identified(translations.read(path)).values()
        changed = [
            (original, text)
            for message in messages
            for original, text in zip(forms(message.id), forms(message.string), strict=True)
            if sorted(PLACEHOLDERS.findall(original)) != sorted(PLACEHOLDERS.findall(text))
        ]
        assert changed == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one template, one module and a catalog that is behind."""
    for folder in ("courseware", "lessons", "classes", "quizzes", "lti", "templates", "locale/de/LC_MESSAGES"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "templates" / "page.html").write_text(
        '{% load i18n %}<p>\n    {% translate "Kept" %}</p>\n'
        "  {% blocktranslate count count=all|length %}One\n  more{% plural %}{{ count }} more{% endblocktranslate %}"
    )
    (tmp_path / "lessons" / "words.py").write_text('WORD = gettext_noop("New")\nOTHER = pgettext("verb", "Set")\n')
    catalog = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    catalog += 'msgid "Kept"\nmsgstr "Behalten"\n\nmsgid "Gone"\nmsgstr "Weg"\n'
    (tmp_path / "locale/de/LC_MESSAGES/django.po").write_text(catalog)
    return tmp_path


def test_messages_are_found_in_templates_and_in_code(project: Path) -> None:
    found = {(None, "Kept"), (None, ("One\n  more", "%(count)s more")), (None, "New"), ("verb", "Set")}
    assert identified(translations.extract(project)).keys() == found


def test_an_update_adds_what_is_new_drops_what_is_gone_and_keeps_translations(project: Path) -> None:
    translations.update(project)
    [path] = translations.catalogs(project)
    told = {identity[1]: message.string for identity, message in identified(translations.read(path)).items()}
    assert (told["Kept"], told["New"], "Gone" in path.read_text()) == ("Behalten", "", False)


def test_an_update_without_anything_new_changes_nothing(project: Path) -> None:
    [path] = translations.update(project)
    before = path.read_bytes()
    translations.update(project)
    assert path.read_bytes() == before


def test_catalogs_are_compiled_beside_their_sources(project: Path) -> None:
    [written] = translations.compile_catalogs(project)
    assert (written.name, b"Behalten" in written.read_bytes()) == ("django.mo", True)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('#, python-format\nmsgid "%(count)s steps"\nmsgstr "Schritte %(zahl)s"\n', "count"),
        ("nonsense\n", "django.po"),
    ],
    ids=["lost placeholder", "syntax"],
)
def test_a_catalog_that_cannot_be_used_is_named(project: Path, broken: str, told: str) -> None:
    path = project / "locale/de/LC_MESSAGES/django.po"
    path.write_text(path.read_text() + "\n" + broken)
    with pytest.raises(translations.TranslationError, match=told):
        translations.compile_catalogs(project)


def test_compiled_catalogs_are_not_committed() -> None:
    assert "*.mo" in (PROJECT / ".gitignore").read_text().split()
