"""The engine's sentences as messages: the engine knows no Django, so what it says is marked for translation here.

`ALL` are phrases, see lessons.phrases. The engine writes each with values for the {placeholders}; a test plays the
shipped course, and another reads the engine's source, so that a sentence without its phrase is noticed.
"""

from __future__ import annotations

from lessons.engine_words.ends import ENDS
from lessons.engine_words.http import HTTP
from lessons.engine_words.policies import POLICIES
from lessons.engine_words.programs import PROGRAMS
from lessons.engine_words.refusals import REFUSALS
from lessons.engine_words.settings import SETTINGS
from lessons.engine_words.steps import STEPS

ALL = (*STEPS, *ENDS, *PROGRAMS, *POLICIES, *HTTP, *REFUSALS, *SETTINGS)
