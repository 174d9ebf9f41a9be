"""Text as a tree with lines, and the bounds that refuse hostile text early."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from netsim.errors import InputError
from netsim.kubernetes.parsing.yaml_source import Limits, YamlMapping, YamlScalar, child_path, read_documents
from netsim.loading import load_cluster
from tests.netsim.kubernetes.manifests import parse

DOUBLING = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(12)
)

HOSTILE = {
    "billion laughs": (LAUGHS, "more than 550,000 values, with aliases expanded"),
    "doubling aliases": (DOUBLING, "more than 550,000 values, with aliases expanded"),
    "alias of itself": ("a: &a [*a]", "the alias *a contains itself"),
    "alias of itself as a merge": ("a: &a\n  <<: *a\n", "the alias *a contains itself"),
    "five million brackets": ("[" * 5_000_000, "nested deeper than 64 levels"),
    "two million braces": ("{a: " * 2_000_000, "nested deeper than 64 levels"),
    "four million dashes": ("- " * 4_000_000, "nested deeper than 64 levels"),
    "a staircase": ("\n".join(" " * n + "a:" for n in range(3000)), "nested deeper than 64 levels"),
    "many list elements": ("- a\n" * 2_400_000, "more lines and list elements than 550,000 values can have"),
    "many keys": ("".join(f"k{n}: 1\n" for n in range(700_000)), "more lines and list elements"),
    "many anchors": ("- &a x\n" * 1_100_000, "more lines and list elements"),
    "many documents": ("--- 1\n" * 500_000, "more than 30,000 documents in one file"),
    "many empty documents": ("---\n" * 2_400_000, "more lines and list elements"),
    "many complex keys": ("? " * 4_000_000, "a key must be a simple value"),
    "too long": ("a" * 20_000_001, "20,000,001 characters are more than the 20,000,000 that one file may have"),
    "unclosed escapes": ('"\\' * 3_000_000, "not valid YAML"),
    "a Python object": ("a: !!python/object/apply:os.system [id]", "the tag tag:yaml.org,2002:python/object"),
    "a tag of its own": ("a: !secret x", "the tag !secret is not supported; write the value without it"),
    "binary data": ("a: !!binary aGVsbG8=", "the tag tag:yaml.org,2002:binary is not supported"),
}


@pytest.mark.parametrize(("text", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_within_two_seconds(text: str, message: str) -> None:
    started = time.process_time()
    with pytest.raises(InputError) as caught:
        load_cluster([("hostile.yaml", text)])
    assert time.process_time() - started < 2
    assert message in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("name", ["billion laughs", "many list elements", "five million brackets"])
def test_hostile_text_takes_little_memory(name: str) -> None:
    text, _ = HOSTILE[name]
    tracemalloc.start()
    with pytest.raises(InputError):
        read_documents("hostile.yaml", text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000_000


SYNTAX = {
    "tab": ("a:\n\tb: 1\n", "x.yaml:2: not valid YAML: the line is indented with a tab; use spaces"),
    "unclosed quote": (
        'a: 1\nb: "two\n',
        "x.yaml:3: not valid YAML: found unexpected end of stream (while scanning a quoted scalar that starts on line",
    ),
    "two colons": ("a: b: c\n", "x.yaml:1: not valid YAML: mapping values are not allowed in this context"),
    "control character": ("a: 1\nb: \0\n", "x.yaml:2: not a text file: control characters are not allowed"),
    "half a surrogate pair": ("a: 1\nb: \ud800\n", "x.yaml:2: not a text file: it holds half of a surrogate pair"),
    "unknown alias": ("a: *b\n", "x.yaml:1: a: the alias *b has no &b before it"),
    "alias of another document": ("a: &b 1\n---\nc: *b\n", "x.yaml:3: c: the alias *b has no &b before it"),
    "repeated key": ("a:\n- b: 1\n  b: 2\n", "x.yaml:3: a[0].b: the key is repeated; it is already on line 2"),
    "key a list": ("a:\n  ? [x]\n  : 1\n", "x.yaml:2: a: a key must be a simple value, not a list or a mapping"),
    "key a mapping through an alias": ("a: &a {x: 1}\n*a : 2\n", "x.yaml:2: a key must be a simple value"),
    "merge of a list of numbers": ("a:\n  <<: [1]\n", "x.yaml:2: a: << must name a mapping or a list of mappings"),
}


@pytest.mark.parametrize(("text", "message"), SYNTAX.values(), ids=SYNTAX.keys())
def test_a_mistake_in_the_syntax_is_placed(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_documents("x.yaml", text)
    assert str(caught.value).startswith(message)


def test_documents_that_are_empty_or_comments_are_left_out() -> None:
    assert len(read_documents("x.yaml", "---\n# nothing\n---\na: 1\n---\n~\n---\nb: 2\n...\n")) == 2


def test_no_text_is_no_document() -> None:
    assert read_documents("x.yaml", "") == []


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    (document,) = read_documents("x.yaml", "\ufeffa: 1\r\nb: 2\r\n")
    assert isinstance(document, YamlMapping)
    assert document.key_lines == {"a": 1, "b": 2}


def test_a_merge_key_adds_what_is_not_set_beside_it() -> None:
    (document,) = read_documents("x.yaml", "base: &base {x: 1, y: 2}\nown:\n  <<: *base\n  y: 3\n")
    assert isinstance(document, YamlMapping)
    own = document.entries["own"]
    assert isinstance(own, YamlMapping)
    assert {key: value.text for key, value in own.entries.items() if isinstance(value, YamlScalar)} == {
        "y": "3",
        "x": "1",
    }


@pytest.mark.parametrize(
    "text",
    [
        '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}',
        '{\n\t"apiVersion": "v1",\n\t"kind": "Namespace",\n\t"metadata": {"name": "shop"}\n}\n',
        '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "sh\\u006fp"}}',
    ],
    ids=["compact", "indented with tabs", "with an escape"],
)
def test_json_is_read_like_yaml(text: str) -> None:
    assert [namespace.name for namespace in parse(text).namespaces] == ["shop"]


def test_depth_counts_what_aliases_bring_with_them() -> None:
    text = "a: &a [[[x]]]\nb: [[*a]]\n"
    assert read_documents("x.yaml", text, Limits(depth=6))
    with pytest.raises(InputError, match="with its aliases expanded, nested deeper than 5 levels"):
        read_documents("x.yaml", text, Limits(depth=5))


@pytest.mark.parametrize(
    ("path", "key", "expected"),
    [
        ("", "spec", "spec"),
        ("spec", "ports", "spec.ports"),
        ("spec.ports", 0, "spec.ports[0]"),
        ("metadata.labels", "app.kubernetes.io/name", 'metadata.labels["app.kubernetes.io/name"]'),
    ],
    ids=["root", "key", "index", "label"],
)
def test_a_path_is_written_as_people_write_it(path: str, key: str | int, expected: str) -> None:
    assert child_path(path, key) == expected
