"""The settings of the tests: our own, read from an environment of their own."""

import os
import tempfile

os.environ.update(
    AVOTS_VAR=os.environ.get("AVOTS_TEST_VAR") or tempfile.mkdtemp(prefix="avots-test-"),
    AVOTS_PLAIN_HTTP="1",
    AVOTS_DEMO="1",
    AVOTS_DEMO_AHEAD="0",
    AVOTS_LANGUAGES="lv,en",
    SECRET_KEY="test-secret",
    AUDIT_KEY="test-audit",
    LINK_KEY="test-link",
    REGISTRATION_KEY="test-registration",
    DATABASE_URL=os.environ.get("AVOTS_TEST_DATABASE", ""),
)

from avots.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
