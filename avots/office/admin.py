"""Reference data for administrators: everything can be seen, nothing changed past its action."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest

ROOMS = "core meters customers tariffs readings usage coupons service billing ledger payments outbox intake".split()


class ReadOnly(admin.ModelAdmin[Any]):
    """A table to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


for room in ROOMS:
    for model in apps.get_app_config(room).get_models():
        admin.site.register(model, ReadOnly)
