"""Puts on every request whether its user looks at the site as a learner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from classes import viewing

View = Callable[[Any], HttpResponseBase]


def viewing_as_learner(get_response: View) -> View:
    """Sets request.viewing and, while it lasts, request.learner_stand_in and request.user.views_as_learner."""

    def middleware(request: Any) -> HttpResponseBase:
        request.viewing = None
        if _says_so(request):
            request.viewing = viewing.current(request)
            if request.viewing:
                request.learner_stand_in = request.viewing.learner
                request.user.views_as_learner = True
            else:
                viewing.end(request)
                messages.warning(request, _("You no longer view the site as a learner. What you do is your own now."))
        return get_response(request)

    return middleware


def _says_so(request: Any) -> bool:
    """Whether the session speaks of a view. A look that finds nothing leaves no `Vary: Cookie` behind: pages that are
    the same for everybody stay so for caches. A visitor without a session costs nothing."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    accessed = request.session.accessed
    found = bool(request.session.get(viewing.SESSION_KEY))
    request.session.accessed = accessed or found
    return found
