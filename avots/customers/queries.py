"""Questions about people, accounts and who may act for whom."""

from datetime import date
from typing import Any

from avots.customers.models import RoleGrant, User


def roles_of(user: User | Any, *, on: date) -> frozenset[str]:
    """Return the staff roles a person holds on a day; an administrator account of Django's has that one."""
    if not user.is_active:
        return frozenset()
    granted = RoleGrant.objects.valid(on=on).filter(user=user).values_list("role", flat=True)
    django_admin = {str(RoleGrant.Role.ADMINISTRATOR)} if user.is_superuser else set()
    return frozenset(granted) | django_admin
