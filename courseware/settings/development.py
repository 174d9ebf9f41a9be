"""The default: everything on this machine, nothing to configure. DEBUG=1 adds error pages with tracebacks."""

from courseware.secret import read_or_create
from courseware.settings.base import *  # noqa: F403
from courseware.settings.base import ENVIRONMENT, VAR_DIR

DEBUG = ENVIRONMENT.boolean("DEBUG", False)
SECRET_KEY = ENVIRONMENT.text("SECRET_KEY", "") or read_or_create(VAR_DIR / "secret-key")
ALLOWED_HOSTS = list(ENVIRONMENT.words("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]")))
WHITENOISE_AUTOREFRESH = DEBUG
