"""XML of strangers as a small tree whose elements know their line. Declarations of types and entities are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser
from django.utils.translation import gettext

from quizzes.exchange.items import UnreadableFileError

DEEPEST = 30
MOST_ELEMENTS = 50_000


@dataclass(slots=True)
class Element:
    tag: str
    attributes: dict[str, str]
    line: int
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without that of its children."""
        return "".join(self.pieces)

    def all(self, tag: str) -> Iterator[Element]:
        return (child for child in self.children if child.tag == tag)

    def first(self, *path: str) -> Element | None:
        """The first child of that name, and so on down the path."""
        found: Element | None = self
        for tag in path:
            found = next(found.all(tag), None) if found else None
        return found

    def value(self, *path: str, default: str = "") -> str:
        """The text at the end of the path, without white space around; the default where there is nothing."""
        found = self.first(*path)
        return (found.text.strip() if found else "") or default

    def walk(self) -> Iterator[Element]:
        """Itself and everything below it."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


class TooMuchError(Exception):
    """More elements, or deeper ones, than any question needs."""


class Builder(ContentHandler):
    """Builds the tree of a text that begins `first_line` lines into its file."""

    def __init__(self, first_line: int) -> None:
        super().__init__()
        self.first_line = first_line
        self.root = Element("", {}, 1)
        self.path = [self.root]
        self.count = 0
        self.locator: Locator | None = None

    @property
    def line(self) -> int:
        return ((self.locator.getLineNumber() if self.locator else None) or 1) + self.first_line

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802
        self.locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self.count += 1
        if len(self.path) > DEEPEST or self.count > MOST_ELEMENTS:
            raise TooMuchError(
                gettext("more than {most} elements, or more than {deepest} in each other").format(
                    most=f"{MOST_ELEMENTS:,}", deepest=DEEPEST
                )
            )
        element = Element(name, dict(attrs.items()), self.line)
        self.path[-1].children.append(element)
        self.path.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802
        self.path.pop()

    def characters(self, content: str) -> None:
        self.path[-1].pieces.append(content)


def parse(text: str, file: str) -> Element:
    """The outermost element. Raises UnreadableFileError that names the line."""
    xml = text.lstrip("\ufeff \t\r\n")
    builder = Builder(text.count("\n", 0, len(text) - len(xml)))
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(builder)
    try:
        parser.parse(StringIO(xml))
    except SAXParseException as error:
        line = (error.getLineNumber() or 1) + builder.first_line
        raise UnreadableFileError(
            gettext("{file}:{line}: is no well-formed XML: {problem}").format(
                file=file, line=line, problem=error.getMessage()
            )
        ) from error
    except DefusedXmlException as error:
        reason = gettext(
            "declares a document type or entities, which a file of questions does not need and which could harm"
        )
        raise UnreadableFileError(f"{file}:{builder.line}: {reason}") from error
    except TooMuchError as error:
        raise UnreadableFileError(
            gettext("{file}:{line}: has {problem}").format(file=file, line=builder.line, problem=error)
        ) from error
    return builder.root.children[0]
