"""Who may enter: every URL declares it, and the gate in ``config`` holds it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

ANYONE = "anyone"
SIGNED_IN = "signed_in"

View = Callable[..., Any]


def who(*roles: str) -> Callable[[View], View]:
    """Return a decorator, used in ``urls.py``, that declares which roles may enter a page.

    >>> sorted(who("clerk", "lead")(print).who)
    ['clerk', 'lead']
    """

    def declared(view: View) -> View:
        @wraps(view)
        def page(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        page.who = frozenset(str(role) for role in roles)  # type: ignore[attr-defined]
        return page

    return declared


def roles_in(request: Any) -> frozenset[str]:
    """Return the staff roles with which the gate let a signed-in person enter; it asked for them."""
    roles: frozenset[str] = request.roles
    return roles
