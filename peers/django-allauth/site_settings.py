"""A Django site with nothing of its own: accounts, social logins, sessions, the admin's log."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

_AT = urlsplit(os.environ["DATABASE_URL"])
_QUERY = parse_qs(_AT.query)
SECRET_KEY = "only for tests"  # noqa: S105
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sites",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
]
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
SILENCED_SYSTEM_CHECKS = ["admin.E403"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _AT.path.lstrip("/"),
        "USER": unquote(_AT.username or ""),
        "PASSWORD": unquote(_AT.password or ""),
        "HOST": _AT.hostname or _QUERY.get("host", [""])[0],
        "PORT": str(_AT.port or ""),
    }
}
