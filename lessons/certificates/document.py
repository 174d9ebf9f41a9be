"""A certificate as PDF: one page, real text, fonts included.

    certificate_pdf(certificate, url) → bytes

The fonts are the site's own, as set-up put them into settings.VENDOR_DIR. fpdf2 reads TrueType of one weight, so the
web's compressed form of all weights is unpacked once, weight by weight, into settings.VAR_DIR.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from fpdf import FPDF

from lessons.models import Certificate

SCRIPTS = ("latin", "latin-ext", "cyrillic", "greek", "vietnamese")
WEIGHTS = {"": 420.0, "B": 680.0}
INK, MUTED, ACCENT, LINE = (19, 26, 43), (76, 88, 115), (27, 55, 193), (215, 222, 234)
WIDTH, HEIGHT, MARGIN = 297.0, 210.0, 22.0
"""A4 on its side, in millimeters."""


def certificate_pdf(certificate: Certificate, url: str) -> bytes:
    """`url` is the public page that confirms the certificate."""
    page = _page(certificate)
    _text(page, 30, 12, ACCENT, "Hop by Hop", bold=True)
    _text(page, 44, 27, INK, _("Certificate of completion"), bold=True)
    _text(page, 66, 12, MUTED, _("This is to certify that"))
    _text(page, 74, 25, INK, certificate.name, bold=True)
    _text(page, 90, 12, MUTED, _("has completed every lesson, experiment and quiz of the course"))
    _text(page, 98, 17, INK, certificate.course_title, bold=True)
    facts = f"{extent(certificate)} · {date_format(certificate.issued_at, 'DATE_FORMAT')}"
    _text(page, 109, 12, MUTED, facts)
    page.set_xy(MARGIN, 124)
    page.set_font("Inter", "", 9)
    page.set_text_color(*MUTED)
    page.multi_cell(WIDTH - 2 * MARGIN, 5, " · ".join(certificate.lessons), align="L")
    page.set_draw_color(*LINE)
    page.line(MARGIN, 176, WIDTH - MARGIN, 176)
    _text(page, 180, 10, INK, _("Verification code: %s") % certificate.code, bold=True)
    page.set_xy(MARGIN, 187)
    page.set_font("Inter", "", 10)
    page.set_text_color(*ACCENT)
    page.cell(text=url, link=url)
    return bytes(page.output())


def extent(certificate: Certificate) -> str:
    """How much the course is, in words."""
    lessons, hours = len(certificate.lessons), certificate.hours
    parts = (
        ngettext("%(count)d lesson", "%(count)d lessons", lessons) % {"count": lessons},
        ngettext("about %(count)d hour", "about %(count)d hours", hours) % {"count": hours},
    )
    return ", ".join(parts)


def unwritable(name: str) -> str:
    """The letters of a name that the fonts do not have, each once."""
    known = set().union(*(_letters(script) for script in SCRIPTS))
    return "".join(dict.fromkeys(letter for letter in name if ord(letter) not in known))


def _scripts(text: str) -> tuple[str, ...]:
    """The first, and each other one with letters of the text that none before it has: unpacking a font takes 0.5 s."""
    missing, found = {ord(letter) for letter in text} - _letters(SCRIPTS[0]), [SCRIPTS[0]]
    for script in SCRIPTS[1:]:
        if missing & _letters(script):
            found.append(script)
            missing -= _letters(script)
    return tuple(found)


def _page(certificate: Certificate) -> FPDF:
    page = FPDF(orientation="landscape", format="A4")
    page.set_auto_page_break(False)
    page.set_title(f"{certificate.course_title}: {certificate.name}")
    page.set_author("Hop by Hop")
    page.set_lang(get_language() or "en")
    page.add_page()
    scripts = _scripts("".join((certificate.name, certificate.course_title, *certificate.lessons)))
    for script in scripts:
        for style, weight in WEIGHTS.items():
            page.add_font(_family(script), style, _unpacked(script, weight))
    page.set_fallback_fonts([_family(script) for script in scripts[1:]], exact_match=True)
    page.set_draw_color(*ACCENT)
    page.set_line_width(1.2)
    page.rect(10, 10, WIDTH - 20, HEIGHT - 20, round_corners=True, corner_radius=4)
    page.set_line_width(0.3)
    return page


def _text(page: FPDF, top: float, size: float, color: tuple[int, int, int], text: str, *, bold: bool = False) -> None:
    """One line at the left margin, made smaller where it would not fit."""
    page.set_text_color(*color)
    page.set_font("Inter", "B" if bold else "", size)
    while page.get_string_width(text) > WIDTH - 2 * MARGIN:
        size -= 0.5
        page.set_font("Inter", "B" if bold else "", size)
    page.set_xy(MARGIN, top)
    page.cell(text=text)


def _family(script: str) -> str:
    return "Inter" if script == "latin" else f"Inter {script}"


def _source(script: str) -> Path:
    (found,) = Path(settings.VENDOR_DIR).glob(f"@fontsource-variable/inter@*/files/inter-{script}-wght-normal.woff2")
    return found


@cache
def _unpacked(script: str, weight: float) -> Path:
    target = Path(settings.VAR_DIR) / "fonts" / f"{_source(script).stem}-{weight:.0f}.ttf"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        font = TTFont(_source(script))
        font.flavor = None
        instantiateVariableFont(font, {"wght": weight}, inplace=True)
        fresh = target.with_suffix(f".{os.getpid()}")
        font.save(fresh)
        fresh.replace(target)
    return target


@cache
def _letters(script: str) -> frozenset[int]:
    return frozenset(TTFont(_source(script)).getBestCmap())
