"""Django's settings, all derived from `base.config`."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from ischia.base.config import config

_config = config()
# The compiled kernels are kept beside the data; the package's own folder may not be writable.
os.environ.setdefault("NUMBA_CACHE_DIR", str(_config.folder("cache") / "numba"))

DEBUG = False
SECRET_KEY = _config.secret("django.key").hex()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", urlsplit(_config.base_url).hostname or "localhost"]
CSRF_TRUSTED_ORIGINS = [_config.base_url]
ROOT_URLCONF = "ischia.urls"
AUTH_USER_MODEL = "base.Person"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "ischia.console",  # Before allauth, whose templates it replaces.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "ischia.base",
    "ischia.ledger",
    "ischia.segments",
    "ischia.content",
    "ischia.banks",
    "ischia.policies",
    "ischia.decisions",
    "ischia.review",
    "ischia.screening",
    "ischia.api",
    "ischia",
]

MIDDLEWARE = [
    "ischia.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "ischia.console.csp.csp_middleware",
    "ischia.console.compression.StaticCompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "ischia.base.addresses.nul_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ischia.console.accounts.middleware.SignInMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ischia.console.frame.frame",
                "ischia.console.accounts.context.access",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    """One SQLite file that survives power loss (WAL, FULL, write lock taken at BEGIN), or PostgreSQL by its URL."""
    if _config.embedded:
        _config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _config.data / "ischia.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
                "PRAGMA mmap_size=268435456;",
            },
            "TEST": {"NAME": _config.data / "test.sqlite3"},
        }
    url = urlsplit(_config.database)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database() | {"CONN_MAX_AGE": None}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ar", _("Arabic"))]
LOCALE_PATHS = [Path(__file__).parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = urlsplit(_config.base_url).scheme == "https"
CSRF_FAILURE_VIEW = "ischia.console.views.errors.csrf_denied"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = (
    "same-origin"  # With "no-referrer" browsers send forms with `Origin: null`, which CSRF refuses.
)
SECURE_CONTENT_TYPE_NOSNIFF = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

# Signing in: one-time link or e-mail and password, then a second factor (docs/operate/people.md).
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 12 * 3600
ACCOUNT_ADAPTER = "ischia.console.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "ischia.console.accounts.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Ischia"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "activate_totp": "ischia.console.accounts.forms.EnrolForm",
    "authenticate": "ischia.console.accounts.forms.CodeForm",
    "reauthenticate": "ischia.console.accounts.forms.RepeatCodeForm",
}
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["ip_address", "username"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "ischia.console.accounts.adapters.attempted_address"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
LOGGING_CONFIG = None
DATA_UPLOAD_MAX_MEMORY_SIZE = _config.body_limit
FILE_UPLOAD_MAX_MEMORY_SIZE = 2**20
FILE_UPLOAD_TEMP_DIR = _config.folder("tmp")  # Emptied at each start, so that no upload outlives a killed process.
DATA_UPLOAD_MAX_NUMBER_FILES = 100
