"""Settings, from the environment; docs/operate.md lists every variable."""

import os

from csp.constants import NONE, SELF

from avots.config import env
from avots.core import frozen

BASE_DIR = env.BASE_DIR
DEMO = env.flag("AVOTS_DEMO")
VAR_DIR = env.VAR_DIR
if DEMO:
    os.environ.setdefault("AVOTS_DEMO_AHEAD", env.demo_ahead())
PLAIN_HTTP = env.flag("AVOTS_PLAIN_HTTP", default=DEMO)
DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
AUDIT_KEY = env.secret("AUDIT_KEY")
LINK_KEYS = [env.secret("LINK_KEY"), *env.words("LINK_KEY_FALLBACKS")]
REGISTRATION_KEYS = [env.secret("REGISTRATION_KEY"), *env.words("REGISTRATION_KEY_FALLBACKS")]
ALLOWED_HOSTS = env.words("AVOTS_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("AVOTS_ORIGINS")

INSTALLED_APPS = [
    "avots.office",  # first: its migrate command adds the triggers
    "avots.config",
    "avots.core",
    "avots.ui",
    "avots.outbox",
    "avots.meters",
    "avots.customers",
    "avots.tariffs",
    "avots.readings",
    "avots.ledger",
    "avots.usage",
    "avots.coupons",
    "avots.service",
    "avots.billing",
    "avots.payments",
    "avots.reminders",
    "avots.intake",
    "avots.portal",
    "avots.demo",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "avots.office.apps.ReadOnlyAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "avots.config.gate.Gate",
]

ROOT_URLCONF = "avots.config.urls"
WSGI_APPLICATION = "avots.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "avots.ui.context.installation",
                "avots.portal.contact.contact",
            ],
            "builtins": ["avots.ui.templatetags.avots", "django.templatetags.i18n"],
        },
    }
]

DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Rows that never change: the value is "" (every row) or a condition on OLD.
FROZEN_TABLES = {
    "core_auditentry": "",
    "core_auditseal": "",
    "core_sealedentry": "",
    "ledger_ledgeraccount": "",
    "ledger_posting": "",
    "billing_invoice": "OLD.state = 'issued'",
    "usage_buildingmonth": "OLD.final",
    "usage_bookedcorrection": "",
    "payments_payment": "",
    "payments_paymentreversal": "",
    "payments_cashreceipt": "",
    "payments_deskday": "OLD.state = 'closed'",
}
# The litres of an issued month: what is put right is added, and another may answer for them (ADR 6).
OF_MONTH = frozen.PartOf("building_month_id", "usage_buildingmonth", "final", grows=True, free="account_id")
# Rows frozen with the row they belong to; as a rule none is added to it either.
FROZEN_PARTS = {
    "usage_usage": OF_MONTH,
    "usage_differenceshare": OF_MONTH,
    "billing_invoiceline": frozen.PartOf("invoice_id", "billing_invoice", "state = 'issued'"),
    "billing_keptinputs": frozen.PartOf("place_id", "billing_buildingrun", "state = 'issued'"),
}
# Tables to which no row of a closed month is added.
FROZEN_MONTHS = {"ledger_posting": frozen.ClosedBy("booked_on", "ledger_closedmonth", "first_day")}

AUTH_USER_MODEL = "customers.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"avots.customers.passwords.{rule}"} for rule in ("LengthValidator", "ContextValidator")
] + [
    {"NAME": f"django.contrib.auth.password_validation.{rule}"}
    for rule in ("CommonPasswordValidator", "UserAttributeSimilarityValidator")
]
ACCOUNT_ADAPTER = "avots.portal.signin.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# The second step of signing in: passkey or code of an app; staff must, where the installation says so.
MFA_ADAPTER = "avots.portal.factors.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PLAIN_HTTP
MFA_TOTP_TOLERANCE = 1
STAFF_SECOND_FACTOR = env.flag("AVOTS_STAFF_SECOND_FACTOR", default=not DEMO)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "sessionid" if PLAIN_HTTP else "__Host-session"
CSRF_COOKIE_NAME = "csrftoken" if PLAIN_HTTP else "__Host-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PLAIN_HTTP
CSRF_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = not PLAIN_HTTP
SECURE_HSTS_SECONDS = 0 if PLAIN_HTTP else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not PLAIN_HTTP
BEHIND_PROXY = env.flag("AVOTS_BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(BEHIND_PROXY)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "lv"
LANGUAGES = [(code, {"lv": "Latviešu", "en": "English"}[code]) for code in env.words("AVOTS_LANGUAGES", "lv")]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Riga"

STATIC_URL = "/static/"
STATIC_ROOT = env.VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "avots" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024

# Plain SMTP; without a host nothing leaves and messages wait in the outbox. The demo keeps its mail.
EMAIL_HOST = env.text("SMTP_HOST")
EMAIL_PORT = int(env.text("SMTP_PORT", "587"))
EMAIL_HOST_USER = env.text("SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", default=True)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = f"django.core.mail.backends.{'dummy' if DEMO else 'smtp'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("AVOTS_FROM", "Ventas ūdens <klienti@ventas-udens.example>")
EMAIL_READY = DEMO or bool(EMAIL_HOST)

# The utility that runs this installation.
AVOTS_UTILITY = {
    "name": env.text("AVOTS_NAME", "SIA „Ventas ūdens”"),
    "short_name": env.text("AVOTS_SHORT_NAME", "Ventas ūdens"),
    "registration_number": env.text("AVOTS_REGISTRATION_NUMBER", "49999999034"),
    "vat_number": env.text("AVOTS_VAT_NUMBER", "LV49999999034"),
    "address": env.text("AVOTS_ADDRESS", "Krasta iela 2, Ventmala, LV-3699"),
    "iban": env.text("AVOTS_IBAN", "LV22PARA0000123456789"),
    "bank": env.text("AVOTS_BANK", "Parauga banka"),
    "phone": env.text("AVOTS_PHONE", "6000 0000"),
    "phone_href": env.text("AVOTS_PHONE_HREF", "+37160000000"),
    "week": env.text("AVOTS_WEEK", "8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;;"),
    "email": env.text("AVOTS_EMAIL", "klienti@ventas-udens.example"),
    "portal_url": env.text("AVOTS_PORTAL_URL", "http://localhost:8000"),
    "invoice_prefix": env.text("AVOTS_INVOICE_PREFIX", "VU"),
    "receipt_prefix": env.text("AVOTS_RECEIPT_PREFIX", "KV"),
}
# On paper: the retailers' barcode (code128, itf; off by "none"), and a payment square for apps that read EPC codes.
INVOICE_BARCODE = env.text("AVOTS_BARCODE", "code128")
INVOICE_PAY_QR = env.flag("AVOTS_PAY_QR")
# Made files; each can be made again, so they are no part of a backup.
FILES_DIR = env.VAR_DIR / "files"
# Who hands the outbox a file that a message names: (reference) -> bytes.
OUTBOX_ATTACHMENTS = {"invoice": "avots.billing.documents.original_of"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "avots.core.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.text("AVOTS_LOG", "WARNING")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
