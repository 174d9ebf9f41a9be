"""What the player draws and plays, apart from the page: loaded when its bench comes near, and kept by the browser."""

from __future__ import annotations

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from lessons.models import SimulationRun
from lessons.templatetags.playback import picture, playback

KEPT_SECONDS = 3600


@require_safe
@cache_control(private=True, max_age=KEPT_SECONDS)
@vary_on_cookie  # where the chosen language is
def playback_data(request: HttpRequest, key: str) -> JsonResponse:
    """{picture, stops, rows} of a finished run; a picture alone has no stops and no rows."""
    result = get_object_or_404(SimulationRun, key=key, state=SimulationRun.State.DONE).result or {}
    if "diagram" not in result:
        raise Http404(gettext("This run drew no picture."))
    return JsonResponse({"picture": picture(result["diagram"]), **playback(result)})
