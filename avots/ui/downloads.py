"""Files a person downloads."""

from django.http import HttpResponse


def pdf(content: bytes, name: str) -> HttpResponse:
    """Return a PDF under its name (ASCII), never kept by a shared cache."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
