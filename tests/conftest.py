"""Settings for tests, the network guard, and the fixed town."""

import os
import socket
import tempfile

DATABASE = os.environ.get("AVOTS_TEST_DATABASE", "")
os.environ.update(
    AVOTS_VAR=os.environ.get("AVOTS_TEST_VAR") or tempfile.mkdtemp(prefix="avots-test-"),
    AVOTS_PLAIN_HTTP="1",
    AVOTS_DEMO="1",
    AVOTS_LANGUAGES="lv,en",
    SECRET_KEY="test-secret",
    AUDIT_KEY="test-audit",
    LINK_KEY="test-link",
    DATABASE_URL=DATABASE,
)

import pytest  # noqa: E402
from django.test import Client  # noqa: E402

from tests.page import CheckedClient  # noqa: E402
from tests.town import Town, build  # noqa: E402


def _is_here(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else ""
    return isinstance(address, (str, bytes)) or host in {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Only this machine can be reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if not _is_here(address):
            raise RuntimeError(f"a test reached for the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = connect


@pytest.fixture(autouse=True)
def plain_settings(settings):
    """Quick password hashes and static files without a manifest; demo off unless asked for."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def town(db) -> Town:
    return build()


@pytest.fixture
def sign_in():
    """Return a client signed in as a user, which checks every page it visits."""

    def signed_in(user: object) -> Client:
        client = CheckedClient()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def visitor() -> Client:
    return CheckedClient()
