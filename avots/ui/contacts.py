"""How the utility is reached on a day: one answer for pages, letters and invoices."""

from datetime import date

from django.conf import settings

from avots.core import policies


def on(day: date) -> dict[str, str]:
    """Return who runs this installation and how to reach it: the settings under the utility's dated decisions.

    ``week`` holds the opening hours of seven days, Monday first, between semicolons; empty is closed.
    """
    policy = policies.on(day)
    decided = {"phone": policy.contact_phone, "email": policy.contact_email, "week": policy.opening_week}
    if policy.contact_phone:
        decided["phone_href"] = "".join(char for char in policy.contact_phone if char.isdigit() or char == "+")
    return settings.AVOTS_UTILITY | {name: value for name, value in decided.items() if value}
