"""Settings of the registry. Every value that differs between installations comes from the environment (``registry.env``).

With no ``DATABASE_URL`` and no ``REDIS_URL`` the project uses its own PostgreSQL and Valkey (``registry.local``), so that
the same code runs on a laptop and in production.
"""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from registry import env, local
from registry.openapi import SPECTACULAR_SETTINGS  # noqa: F401 - read by drf-spectacular
from registry.timetable import CELERY_BEAT_SCHEDULE  # noqa: F401 - read by Celery

BASE_DIR = Path(__file__).resolve().parent.parent

# --- what kind of installation this is ------------------------------------------------------------------------------
DEBUG = env.flag("REGISTRY_DEBUG")
PRODUCTION = env.flag("REGISTRY_PRODUCTION")
OFFICIAL = env.flag("REGISTRY_OFFICIAL")

SECRET_KEY = env.text("REGISTRY_SECRET_KEY")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured(
            "REGISTRY_SECRET_KEY (or REGISTRY_SECRET_KEY_FILE) must be set in production."
        )
    SECRET_KEY = local.secret_key()
# Signed with until yesterday, still believed: a new key then ends nobody's session.
SECRET_KEY_FALLBACKS = env.words("REGISTRY_SECRET_KEY_FALLBACKS")
METRICS_TOKEN = env.text("REGISTRY_METRICS_TOKEN")

BASE_URL = env.address(
    "REGISTRY_BASE_URL",
    f"http://localhost:{env.integer('PORT', 8000, least=1, most=65535)}",
    schemes=("http", "https"),
).rstrip("/")
ALLOWED_HOSTS = env.words("REGISTRY_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("REGISTRY_TRUSTED_ORIGINS")

# What a government site must print about itself; empty until the ministry fills it in.
SITE = {
    "organiser": env.text("REGISTRY_ORGANISER"),
    "contact": env.text("REGISTRY_CONTACT"),
    "site_code": env.text("REGISTRY_SITE_CODE"),
    "icp": env.text("REGISTRY_ICP"),
    "psb": env.text("REGISTRY_PSB_RECORD"),
    "mark": env.text("REGISTRY_PARTY_GOVERNMENT_MARK"),
}

DATA_LICENCE = env.address("REGISTRY_DATA_LICENCE", schemes=("http", "https"))  # without one none is claimed

# When the telephone is answered; said in elder mode.
CONTACT_HOURS = env.text("REGISTRY_CONTACT_HOURS")

# --- applications ---------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # its templates, which FORM_RENDERER looks up next to ours
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "registry",
    "platforms",
    "cultivation",
]

MIDDLEWARE = [
    "registry.variants.Variants",
    "registry.middleware.RequestStart",
    "registry.mirrored.Mirrored",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry.middleware.ContentSecurityPolicy",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "registry.middleware.BadInput",
    "registry.middleware.PublicReads",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "registry.middleware.LanguageOfAddress",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.middleware.DomainErrors",
    "registry.middleware.PrivatePages",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.context.site",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data -----------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.database(env.text("DATABASE_URL") or local.database_url())}
DATABASES["default"]["CONN_MAX_AGE"] = env.integer("REGISTRY_DB_MAX_AGE", 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"].setdefault(
    "options",
    "-c statement_timeout=15000 -c lock_timeout=3000 -c idle_in_transaction_session_timeout=30000 -c timezone=UTC -c jit=off",
)

REDIS_URL = env.address("REDIS_URL", schemes=("redis", "rediss", "unix"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.address("REGISTRY_CACHE_URL", schemes=("redis", "rediss", "unix"))
        or (REDIS_URL or local.cache_url()),
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

CELERY_BROKER_URL = env.address(
    "REGISTRY_BROKER_URL", schemes=("redis", "rediss", "redis+socket", "sentinel", "amqp", "amqps")
) or (REDIS_URL or local.broker_url())
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = False  # the Job row is the queue of record; a message is only a wake-up call
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A frozen broker must never hold a page: every publish gives up after two seconds and the sweeper finds the job.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 0}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

PGHISTORY_APPEND_ONLY = True

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "platforms.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
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
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]

# What 等保 asks beyond length (ADR 0008): character classes and no reuse, and a new password after so many days (0: never).
if env.flag("REGISTRY_PASSWORD_CLASSES", default=OFFICIAL):
    AUTH_PASSWORD_VALIDATORS += [
        {"NAME": f"platforms.passwords.{name}"} for name in ("CharacterClasses", "NotUsedBefore")
    ]
PASSWORD_MAX_DAYS = env.integer("REGISTRY_PASSWORD_MAX_DAYS", 90 if OFFICIAL else 0, most=3650)

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "registry.accounts.ClosedSignup"
ACCOUNT_FORMS = {"login": "registry.accounts.SignIn"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# An OpenID Connect issuer that may take the place of the password (ADR 0025); off unless REGISTRY_OIDC_ISSUER names one.
OIDC = env.openid(
    issuer=env.address("REGISTRY_OIDC_ISSUER", schemes=("https",)),
    name=env.text("REGISTRY_OIDC_NAME"),
    client_id=env.text("REGISTRY_OIDC_CLIENT_ID"),
    secret=env.text("REGISTRY_OIDC_CLIENT_SECRET"),
)
SOCIALACCOUNT_ADAPTER = "registry.single_sign_on.NobodyNew"
SOCIALACCOUNT_PROVIDERS = env.openid_apps(OIDC)
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "制造业中试平台名录"
REQUIRE_MFA = env.flag("REGISTRY_REQUIRE_MFA", default=OFFICIAL)

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = env.integer("REGISTRY_PROXY_COUNT", 0)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "registry.error_pages.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- words ----------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "registry" / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("REGISTRY_STATIC_ROOT") or BASE_DIR / "staticfiles")
if not PRODUCTION:
    # Files are found without being collected; whitenoise asks for the folder.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
STORED_FILES = Path(env.text("REGISTRY_FILES") or local.directory() / "files")
# Fonts that this office owns, preferred to the free ones that come with the program (platforms.printing).
FONT_DIR = env.text("REGISTRY_FONT_DIR")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STORED_FILES, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000
FILE_UPLOAD_PERMISSIONS = 0o640
IMPORT_MAX_BYTES = 10 * 1024 * 1024

# --- webhooks -------------------------------------------------------------------------------------------------------
# Calling addresses that others have written down is switched on by who runs the installation, not by default in production.
WEBHOOKS = env.flag("REGISTRY_WEBHOOKS", default=not PRODUCTION)
# Lets them reach this very machine, as tests do (``platforms.outbound``); refused by ``check --deploy``.
WEBHOOK_LOOPBACK = env.flag("REGISTRY_WEBHOOK_LOOPBACK")

# --- editions -------------------------------------------------------------------------------------------------------
EDITIONS = Path(env.text("REGISTRY_EDITIONS") or local.directory() / "editions")
# 32 bytes each, hexadecimal. In production they are kept apart from the database; elsewhere a checkout makes its own.
RELEASE_KEYS = {
    "release": env.text("REGISTRY_RELEASE_KEY")
    or ("" if PRODUCTION else local.secret_bytes("release_key").hex()),
    "clock": env.text("REGISTRY_CLOCK_KEY") or ("" if PRODUCTION else local.secret_bytes("clock_key").hex()),
}
# Keys used before: [{"name", "use", "public" (hexadecimal), "until" (ISO time)}], so that what they signed stays checkable.
RETIRED_RELEASE_KEYS = env.json_list("REGISTRY_RETIRED_KEYS")

# --- e-mail ---------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if env.text("REGISTRY_SMTP_HOST")
    else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST = env.text("REGISTRY_SMTP_HOST", "localhost")
EMAIL_PORT = env.integer("REGISTRY_SMTP_PORT", 25, least=1, most=65535)
EMAIL_HOST_USER = env.text("REGISTRY_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("REGISTRY_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("REGISTRY_SMTP_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("REGISTRY_FROM_EMAIL", "registry@localhost")

# --- headers --------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *env.openid_origins(OIDC)],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.flag("REGISTRY_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    if env.flag("REGISTRY_BEHIND_PROXY"):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "platforms.api.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["platforms.api.rendering.JSON"],
    "DEFAULT_PARSER_CLASSES": ["platforms.api.parsing.JSON"],
    "DEFAULT_PAGINATION_CLASS": "platforms.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "platforms.api.documentation.Described",
    "DEFAULT_THROTTLE_CLASSES": ["platforms.api.throttling.Rate"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.rate("REGISTRY_API_RATE_ANONYMOUS", "60/min"),
        "user": env.rate("REGISTRY_API_RATE_KEYED", "600/min"),
        "search_anon": env.rate("REGISTRY_API_RATE_SEARCH_ANONYMOUS"),
        "search_user": env.rate("REGISTRY_API_RATE_SEARCH_KEYED"),
    },
    "NUM_PROXIES": env.integer("REGISTRY_PROXY_COUNT", 0),
    "EXCEPTION_HANDLER": "platforms.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_VERSIONING_CLASS": None,
    "FORMAT_SUFFIX_KWARG": None,
    "URL_FORMAT_OVERRIDE": "format",
}

# --- logs -----------------------------------------------------------------------------------------------------------
LOGGING_CONFIG = "registry.logs.configure"
LOGGING = {"level": env.choice("REGISTRY_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))}

# Points where a test may make the program fail on purpose (``platforms.failpoints``); refused by ``check --deploy``.
FAILPOINTS = env.words("REGISTRY_FAILPOINTS")

# --- habits of the registry -----------------------------------------------------------------------------------------
JOB_LEASE_SECONDS = env.integer("REGISTRY_JOB_LEASE", 30, least=2)
JOB_MAX_ATTEMPTS = 3
# Moves the clock of notices and decisions forward for a rehearsal (``cultivation.clock``); refused by ``check --deploy``.
CLOCK_SHIFT_DAYS = env.integer("REGISTRY_CLOCK_SHIFT_DAYS", 0, most=366)
# Days after which the words and names of a letter are forgotten.
LETTER_KEEP_DAYS = env.integer("REGISTRY_LETTER_KEEP_DAYS", 180, least=1, most=3650)
# Days without an answer after which the people of a platform are reminded of a letter; after twice as many its authority is, too.
LETTER_REMIND_DAYS = env.integer("REGISTRY_LETTER_REMIND_DAYS", 5, least=1, most=365)
# A form without an account that is sent faster than this was filled in by a machine; 0 switches the guard off.
FORM_LEAST_SECONDS = env.integer("REGISTRY_FORM_LEAST_SECONDS", 2, least=0, most=60)
# Working days within which an objection is answered, counted from the day after it arrived.
OBJECTION_ANSWER_DAYS = env.integer("REGISTRY_OBJECTION_ANSWER_DAYS", 15, least=1, most=90)
