"""Tests. Each test process has its own folder for the database file and the broker's socket, thrown away at the end.

Worker processes that a test starts inherit VAR_DIR and so see the same database and broker.
"""

import atexit
import os
import shutil
import tempfile

XDIST_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
if not os.environ.get("VAR_DIR", "").endswith(f"-{XDIST_WORKER}"):
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="hop-test-", suffix=f"-{XDIST_WORKER}")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from courseware.settings.base import *  # noqa: E402, F403
from courseware.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS, DATABASES, VAR_DIR  # noqa: E402

SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
WHITENOISE_AUTOREFRESH = (
    True  # static files are looked up when asked for; listing them all costs each test client 50 ms
)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {
    "visibility_timeout": 60,
    "unacked_restore_interval": 1,
}
