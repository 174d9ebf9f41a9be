"""What every way of running shares. The environment is read here and in production.py, once, at start."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from courseware import broker
from courseware.environment import BROKER_SCHEMES, CACHE_SCHEMES, Environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = Environment(os.environ)
VAR_DIR = Path(ENVIRONMENT.text("VAR_DIR", str(BASE_DIR / "var"))).absolute()
VENDOR_DIR = BASE_DIR / "build" / "vendor"
CONTENT_DIR = BASE_DIR / "content"

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "courseware.urls"
WSGI_APPLICATION = "courseware.wsgi.application"

INSTALLED_APPS = [
    "courseware",
    "lti",  # before lti_tool, whose command rotate_keys it replaces
    "lti_tool",
    "quizzes",
    "classes",
    "lessons",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
]

MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "courseware.middleware.permissions_policy",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "courseware.compression.brotli_pages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "lessons.time_zones.local_time",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "classes.middleware.viewing_as_learner",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "courseware.templatetags.icons",
                "courseware.templatetags.languages",
                "lessons.templatetags.moments",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Widgets of our own are templates like all others.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Database
DATABASES = {"default": ENVIRONMENT.database("DATABASE_URL", VAR_DIR / "hop-by-hop.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = True
AXES_VERBOSE = False

# E-mail: without EMAIL_URL nothing is sent, and instructors pass the links of invitations on by hand.
MAIL = ENVIRONMENT.mail("EMAIL_URL")
SENDS_EMAIL = MAIL is not None
DEFAULT_FROM_EMAIL = ENVIRONMENT.text("EMAIL_FROM", "hop-by-hop@localhost")
EMAIL_TIMEOUT = 10  # seconds
if MAIL is None:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
else:
    EMAIL_HOST, EMAIL_PORT = MAIL.host, MAIL.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL.user, MAIL.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL.starttls, MAIL.tls

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files: our own, and the browser libraries that `manage.py vendor_assets` copied.
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VENDOR_DIR)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False

# Queue and cache: one server, databases 0 and 1
EMBEDDED_BROKER_SOCKET = broker.socket_path(VAR_DIR)
BROKER_URL = ENVIRONMENT.url("BROKER_URL", BROKER_SCHEMES, broker.queue_url(EMBEDDED_BROKER_SOCKET))
CACHE_URL = ENVIRONMENT.url("CACHE_URL", CACHE_SCHEMES, broker.cache_url(EMBEDDED_BROKER_SOCKET))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "hop",
        "TIMEOUT": 24 * 3600,
        "OPTIONS": {  # shorter than the queue's: a click that meets both of them silent still answers in 2 s
            "socket_timeout": 0.3,
            "socket_connect_timeout": 0.3,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}

# Celery. No result backend: results are rows of our own. A publish fails within about a second when the broker is
# down (all of the retry and timeout settings are needed for that). A task is acknowledged after it ran, so a worker
# that dies does not lose it; it is delivered again after the visibility timeout, which must exceed the time limit.
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,
    "socket_connect_timeout": 0.7,
    "socket_timeout": 0.7,
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 20
CELERY_TASK_TIME_LIMIT = 30
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TIMEZONE = TIME_ZONE
# Sweepers and other periodic work: {"name": {"task": "app.tasks.name", "schedule": seconds}}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "sweep-simulations": {
        "task": "lessons.tasks.sweep_simulations",
        "schedule": 15.0,
        "options": {"expires": 10},  # sweeps do not pile up while no worker runs
    },
    "forget-simulations": {
        "task": "lessons.tasks.forget_simulations",
        "schedule": 600.0,
        "options": {"expires": 300},
    },
    "sweep-attempts": {
        "task": "quizzes.tasks.sweep_attempts",
        "schedule": 15.0,
        "options": {"expires": 10},
    },
    "close-expired-attempts": {
        "task": "quizzes.tasks.close_expired_attempts",
        "schedule": 15.0,
        "options": {"expires": 10},
    },
    "sweep-practice": {
        "task": "quizzes.tasks.sweep_practice",
        "schedule": 30.0,
        "options": {"expires": 20},
    },
    "sweep-regrades": {
        "task": "quizzes.tasks.sweep_regrades",
        "schedule": 30.0,
        "options": {"expires": 20},
    },
    "sweep-exports": {
        "task": "quizzes.tasks.sweep_exports",
        "schedule": 30.0,
        "options": {"expires": 20},
    },
    "apply-retention": {
        "task": "quizzes.tasks.apply_retention",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
    "sweep-scores": {
        "task": "lti.tasks.sweep_scores",
        "schedule": 30.0,
        "options": {"expires": 20},
    },
    "forget-launches": {
        "task": "lti.tasks.forget_launches",
        "schedule": 3600.0,
        "options": {"expires": 1800},
    },
}

# Practice: the share of objectives that a learner should still master when they come back (FSRS), and how many of the
# newest answers to different questions have to be right before an objective counts as mastered: 4 of 5.
REVIEW_RETENTION = 0.9
REVIEW_MASTERY = (4, 5)

# Privacy (docs/privacy.md), in days. None keeps for good. An account that was to be deleted, or that nobody used for
# so long, is deleted after the grace; whoever signs in before keeps it.
ACCOUNT_DELETION_GRACE_DAYS = 14
RETENTION_GUEST_DAYS: int | None = 365
RETENTION_INACTIVE_DAYS: int | None = None
DATA_EXPORT_DAYS = 7  # how long a copy of somebody's data waits for them

# Security headers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000

LOG_LEVEL = ENVIRONMENT.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "courseware.logs.OneLineFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "axes": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "celery.task": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
