"""Settings, all from the environment (config/env.py); the defaults run a local machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dotenv import load_dotenv

from config import openapi
from config.env import Environment
from config.service_urls import database_from_url, mail_from_url, s3_from_url

BASE_DIR = Path(__file__).resolve().parent.parent
load_dotenv(BASE_DIR / ".env")
env = Environment()

# --- What and where -----------------------------------------------------------------------
DEBUG = env.flag("COUNTERMARK_DEBUG", False)
SECRET_KEY = env.text("COUNTERMARK_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("COUNTERMARK_SECRET_KEY_FALLBACKS", "")
# Of RapidAPI's proxy; more than one while it is being changed. None: its headers are not read.
RAPIDAPI_SECRETS = env.words("COUNTERMARK_RAPIDAPI_SECRET", "")
API_KEY_PEPPER = env.text(
    "COUNTERMARK_API_KEY_PEPPER",
    hashlib.sha256(f"api-key-pepper:{SECRET_KEY}".encode()).hexdigest(),
)
PUBLIC_URL = env.text("COUNTERMARK_PUBLIC_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.words("COUNTERMARK_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
DATA_DIR = Path(env.text("COUNTERMARK_DATA_DIR", str(BASE_DIR / "var"))).resolve()
BLOB_DIR = DATA_DIR / "blobs"
# Empty: the objects lie in BLOB_DIR. Uploads are staged there in any case.
S3 = s3_from_url(
    env.text("COUNTERMARK_BLOB_URL", ""),
    access_key=env.text("COUNTERMARK_S3_ACCESS_KEY", ""),
    secret_key=env.text("COUNTERMARK_S3_SECRET_KEY", ""),
)
ACCEL_PREFIX = env.text("COUNTERMARK_ACCEL_PREFIX", "")
METRICS_TOKEN = env.text("COUNTERMARK_METRICS_TOKEN", "")
SECURE = PUBLIC_URL.startswith("https://")

# Other front ends, by their origins; they show tokens or keys, never our cookies.
CORS_ORIGINS = frozenset(env.words("COUNTERMARK_CORS_ORIGINS", ""))

# --- Limits ---------------------------------------------------------------------------------
MAX_UPLOAD_BYTES = env.integer("COUNTERMARK_MAX_UPLOAD_BYTES", 512 * 1024 * 1024, minimum=1)
MAX_EVENT_STREAMS = env.integer("COUNTERMARK_MAX_EVENT_STREAMS", 200, minimum=1)
MAX_EVENT_SOCKETS = env.integer("COUNTERMARK_MAX_EVENT_SOCKETS", 20, minimum=1)
# What new workspaces begin with; "none": this server has no plans, only limits that staff set.
DEFAULT_PLAN = env.text("COUNTERMARK_DEFAULT_PLAN", "free")
# Who issues invoices; without a name nobody does, and nothing is billed here.
SELLER = {
    "name": env.text("COUNTERMARK_SELLER_NAME", ""),
    # Lines apart by "|" or by ends of lines.
    "address": env.text("COUNTERMARK_SELLER_ADDRESS", "").replace("|", "\n"),
    "tax_id": env.text("COUNTERMARK_SELLER_TAX_ID", ""),
    "email": env.text("COUNTERMARK_SELLER_EMAIL", ""),
}
TAX_NAME = env.text("COUNTERMARK_TAX_NAME", "VAT")
# In basis points: 1900 are 19 %.
TAX_RATE = env.integer("COUNTERMARK_TAX_RATE", 0)
INVOICE_SERIES = env.text("COUNTERMARK_INVOICE_SERIES", "INV")
CREDIT_NOTE_SERIES = env.text("COUNTERMARK_CREDIT_NOTE_SERIES", "CN")
INVOICE_DUE_DAYS = env.integer("COUNTERMARK_INVOICE_DUE_DAYS", 14)
INVOICE_NOTE = env.text("COUNTERMARK_INVOICE_NOTE", "").replace("|", "\n")
JOB_LEASE_SECONDS = env.integer("COUNTERMARK_JOB_LEASE_SECONDS", 30, minimum=1)
JOB_MAX_SECONDS = env.integer("COUNTERMARK_JOB_MAX_SECONDS", 60, minimum=1)
OFFICE_PROGRAM = env.text("COUNTERMARK_OFFICE_PROGRAM", "soffice")
SANDBOX_LEVEL = env.choice(
    "COUNTERMARK_SANDBOX_LEVEL",
    "limits_only",
    ("limits_only", "landlock_only", "seccomp_only", "full"),
)
# How late a process may notice that a key was revoked; A1 promises five seconds.
API_KEY_RECHECK_SECONDS = env.integer("COUNTERMARK_API_KEY_RECHECK_SECONDS", 2, maximum=4)
REQUEST_LOG_DAYS = env.integer("COUNTERMARK_REQUEST_LOG_DAYS", 7, maximum=90)
SYNC_THREADS = env.integer("COUNTERMARK_SYNC_THREADS", 8, minimum=1)

# --- Webhooks -------------------------------------------------------------------------------
WEBHOOK_SCHEDULE = env.numbers(
    "COUNTERMARK_WEBHOOK_SCHEDULE", "0,5,300,1800,7200,18000,36000,50400,72000,86400"
)
WEBHOOK_TIMEOUT_SECONDS = env.integer("COUNTERMARK_WEBHOOK_TIMEOUT_SECONDS", 15, minimum=1)
WEBHOOK_CONCURRENCY = env.integer("COUNTERMARK_WEBHOOK_CONCURRENCY", 64, minimum=2)
WEBHOOK_PORTS = env.numbers("COUNTERMARK_WEBHOOK_PORTS", "443,8443")
WEBHOOK_TRUSTED_NETWORKS = env.networks("COUNTERMARK_WEBHOOK_TRUSTED_NETWORKS", "")

# --- Payments -------------------------------------------------------------------------------
PAYMENT_PROVIDER = env.choice("COUNTERMARK_PAYMENT_PROVIDER", "local", ("local", "stripe"))
PAYMENT_GRACE_DAYS = env.integer("COUNTERMARK_PAYMENT_GRACE_DAYS", 7, maximum=60)
STRIPE_SECRET_KEY = env.text("COUNTERMARK_STRIPE_SECRET_KEY", "")
# More than one while the endpoint's secret is being rolled.
STRIPE_WEBHOOK_SECRETS = env.words("COUNTERMARK_STRIPE_WEBHOOK_SECRET", "")
STRIPE_API_URL = env.text("COUNTERMARK_STRIPE_API_URL", "https://api.stripe.com").rstrip("/")
STRIPE_TIMEOUT_SECONDS = env.integer("COUNTERMARK_STRIPE_TIMEOUT_SECONDS", 10, minimum=1)
STRIPE_TAX = env.flag("COUNTERMARK_STRIPE_TAX", False)

# --- Read by the launcher and gunicorn only; declared here so that a misspelling is noticed --
PORT = env.integer("COUNTERMARK_PORT", 8000, minimum=1)
BIND_ADDRESS = env.text("COUNTERMARK_BIND_ADDRESS", "127.0.0.1")
WEB_WORKERS = env.integer("COUNTERMARK_WEB_WORKERS", 1, minimum=1)
WORKER_CONCURRENCY = env.integer("COUNTERMARK_WORKER_CONCURRENCY", 2, minimum=1)
DEMO_PASSWORD = env.text("COUNTERMARK_DEMO_PASSWORD", "")

# --- Services ---------------------------------------------------------------------------------
DATABASES = {
    "default": database_from_url(
        env.text("DATABASE_URL"), env.integer("COUNTERMARK_DATABASE_POOL", 0)
    )
}
# Who owns the tables: told to the process that migrates, and to no other.
OWNER_URL = env.text("DATABASE_OWNER_URL", "")
DATABASE_OWNER = database_from_url(OWNER_URL, 0) if OWNER_URL else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.url("REDIS_URL", ("redis", "rediss"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
CHANNEL_PREFIX = env.text("COUNTERMARK_CHANNEL_PREFIX", "countermark")
# For consumers whose groups hear little; a job's progress goes by documents/hub.py (decision 6).
CHANNEL_LAYERS = {
    "default": {
        # Not channels_redis.core: with redis-py 8 its idle sockets die after five seconds.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_timeout": None, "socket_keepalive": True}],
            "prefix": CHANNEL_PREFIX,
        },
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = f"{CHANNEL_PREFIX}.jobs"

# --- Application ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config",
    "accounts",
    "billing",
    "documents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "config.middleware.walled",
    "config.middleware.request_log",
    "accounts.middleware.noted",
    "config.middleware.security_headers",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.api_trailing_slash",
    "accounts.middleware.caller",
    "documents.api.hot.hot_reads",
    "config.upload_form.staged_upload",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.principal",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.api.problems.RefusalsBecomeAnswers",
]
ROOT_URLCONF = "config.urls"
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
                "config.context.site",
                "accounts.support_banner.support_banner",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    # Documents live in the blob store (documents/storage), never in Django's file storage.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads go through the upload lane; anything else that sends a file is refused.
FILE_UPLOAD_HANDLERS = ["config.upload_form.RefuseFiles"]

# --- Accounts ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# One backend (it extends Django's): a second would hash every wrong password twice.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "documents:dashboard"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetails"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "accounts.two_factor.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Countermark"
MFA_TOTP_TOLERANCE = 1  # steps of 30 seconds: clocks differ
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "accounts.two_factor.AuthenticateForm",
    "reauthenticate": "accounts.two_factor.ReauthenticateForm",
    "activate_totp": "accounts.two_factor.ActivateForm",
}
# Failed attempts are counted by accounts/services/attempts.py, in the database.
ACCOUNT_RATE_LIMITS = dict.fromkeys(("login", "login_failed", "signup", "reset_password"))
globals().update(mail_from_url(env.text("COUNTERMARK_EMAIL_URL", "console:")))
DEFAULT_FROM_EMAIL = env.text("COUNTERMARK_FROM_EMAIL", "Countermark <noreply@localhost>")

# --- API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.CredentialThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.AnswerInJson",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "EXCEPTION_HANDLER": "config.api.problems.handle_exception",
}
# Does what a POST asks for once for each Idempotency-Key.
API_POST_ANSWERER = "accounts.api.idempotency.answer_once"
SPECTACULAR_SETTINGS = openapi.SPECTACULAR_SETTINGS

# --- Security ---------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = env.flag("COUNTERMARK_SSL_REDIRECT", SECURE)
SECURE_REDIRECT_EXEMPT = [r"^health$", r"^ready$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
CSRF_FAILURE_VIEW = "config.api.problems.csrf_failure"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
BEHIND_PROXY = env.flag("COUNTERMARK_BEHIND_PROXY", False)
TRUSTED_PROXIES = env.networks("COUNTERMARK_TRUSTED_PROXIES", "")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

# --- Logs -------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("COUNTERMARK_LOG_FORMAT", "json", ("json", "console"))
LOG_LEVEL = env.choice("COUNTERMARK_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING_CONFIG = "config.log.configure"
LOGGING = {"format": LOG_FORMAT, "level": LOG_LEVEL}

env.refuse_unknown()
