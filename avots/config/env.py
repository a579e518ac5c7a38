"""What the environment says, with defaults that suit one machine."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(os.environ.get("AVOTS_VAR", BASE_DIR / "var"))


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str) -> str:
    """Return a secret from the environment, or one made once and kept in a private file."""
    if name in os.environ:
        return os.environ[name]
    path = VAR_DIR / name.lower()
    if not path.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def demo_ahead() -> str:
    """Return how far the demo town's clock is ahead of ours, as `manage.py demo` left it."""
    path = VAR_DIR / "demo_ahead"
    return path.read_text() if path.exists() else "0"


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a database address; empty means SQLite in the var folder.

    >>> database("postgresql://anna:s%40fe@db:5433/avots")["NAME"]
    'avots'
    """
    parts = urlsplit(url)
    if parts.scheme.startswith("postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or "") or unquote(parts.query.removeprefix("host=")),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    path = url.removeprefix("sqlite:///") if url else str(VAR_DIR / "avots.sqlite3")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
    pragmas += "PRAGMA recursive_triggers=ON;"  # REPLACE deletes a frozen row silently without it
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 60,  # a new connection reads the whole schema again
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas},
    }
