"""GIFT, the text format of Moodle: https://docs.moodle.org/en/GIFT_format."""

from quizzes.exchange.gift.reader import read
from quizzes.exchange.gift.writer import losses, write

__all__ = ["losses", "read", "write"]
