"""The plain baseline: the registry's database and models, everything else as Django and its REST framework ship."""

from pathlib import Path

from registry.settings import *  # noqa: F403
from registry.settings import DATABASES, INSTALLED_APPS

ROOT_URLCONF = "tests.load.plain.urls"
WSGI_APPLICATION = None
INSTALLED_APPS = [app for app in INSTALLED_APPS if app not in ("axes", "csp")]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",  # the models belong to an installation that has it
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
REST_FRAMEWORK = {
    "DEFAULT_PAGINATION_CLASS": "tests.load.plain.pages.Pages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
