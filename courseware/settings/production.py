"""Production: every secret and address comes from the environment, and HTTPS is assumed."""

from pathlib import Path

from courseware.environment import BROKER_SCHEMES, CACHE_SCHEMES
from courseware.settings.base import *  # noqa: F403
from courseware.settings.base import BASE_DIR, ENVIRONMENT, MIDDLEWARE, STORAGES, VAR_DIR

SECRET_KEY = ENVIRONMENT.text("SECRET_KEY")
ALLOWED_HOSTS = list(ENVIRONMENT.words("ALLOWED_HOSTS"))
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.words("CSRF_TRUSTED_ORIGINS", ()))
ENVIRONMENT.text("DATABASE_URL")
DATABASES = {"default": ENVIRONMENT.database("DATABASE_URL", VAR_DIR)}
ENVIRONMENT.url("BROKER_URL", BROKER_SCHEMES)
ENVIRONMENT.url("CACHE_URL", CACHE_SCHEMES)

HTTPS = ENVIRONMENT.boolean("HTTPS", True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = ENVIRONMENT.integer("HSTS_SECONDS", 31_536_000 if HTTPS else 0, minimum=0, maximum=63_072_000)
# Whether other subdomains of the host are HTTPS only is not this site's to say (W005, W021).
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
if ENVIRONMENT.boolean("TRUST_PROXY_HEADERS", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE = ["courseware.middleware.client_address", *MIDDLEWARE]

STATIC_ROOT = Path(ENVIRONMENT.text("STATIC_ROOT", str(BASE_DIR / "build" / "static")))
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "courseware.storage.ManifestStaticFilesStorage"}}
WHITENOISE_USE_FINDERS = False
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"/static/(vendor/[^/]+@[^/]+/.+|.+\.[0-9a-f]{12}\..+)$"
