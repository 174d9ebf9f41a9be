"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format."""

from quizzes.exchange.moodle_xml.reader import read
from quizzes.exchange.moodle_xml.writer import losses, write

__all__ = ["losses", "read", "write"]
