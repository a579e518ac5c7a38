"""What every page knows: the languages, and whether this is the demo."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables common to all pages."""
    return {
        "languages": settings.LANGUAGES if len(settings.LANGUAGES) > 1 else [],
        "demo": settings.DEMO,
    }
