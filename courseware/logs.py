"""Logging: one line for each event, tracebacks included, so that every line of a log stands for itself."""

from __future__ import annotations

import logging


class OneLineFormatter(logging.Formatter):
    """Formats as logging.Formatter does and writes line breaks as a visible backslash-n."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\r", "").replace("\n", "\\n")
