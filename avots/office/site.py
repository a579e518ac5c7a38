"""The read-only window on the tables: for the administrator's role, whatever flags a user has."""

from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest

from avots.core import clock
from avots.core.dates import local_day
from avots.customers.queries import roles_of
from avots.office.access import ADMINISTRATOR

# Columns nobody needs to look at: what opens doors stays closed.
SECRETS = ("password", "data", "key_data", "session_data")
HIDDEN = frozenset({"account.EmailConfirmation"})


FARTHEST = 10_000


class ShortPaginator(Paginator[Any]):
    """Pages of the latest rows: nobody turns farther, and counting millions takes longer than a page may."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by()[:FARTHEST].count())  # type: ignore[attr-defined]


class ReadOnly(admin.ModelAdmin[Any]):
    """A table to look at."""

    paginator = ShortPaginator
    show_full_result_count = False
    exclude = SECRETS
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Site(admin.AdminSite):
    """Every table is registered read-only, those of libraries too."""

    def has_permission(self, request: HttpRequest) -> bool:
        return ADMINISTRATOR in roles_of(request.user, on=local_day(clock.now()))

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register tables to look at; how their library would edit them does not matter here."""
        one = isinstance(model_or_iterable, type)
        models: list[type[Model]] = [model_or_iterable] if one else list(model_or_iterable)
        shown = [model for model in models if model._meta.label not in HIDDEN]
        super().register(shown, ReadOnly)
