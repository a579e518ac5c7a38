"""How to reach the utility, and who of its staff looked at one's data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from avots.core import clock
from avots.core.dates import local_day
from avots.portal import access
from avots.service import queries
from avots.service.models import Look
from avots.ui import contacts as reached

DAYS = 60


@require_GET
def contacts(request: HttpRequest) -> HttpResponse:
    """Show phone, e-mail, address, the hours of the week, and the days with other hours."""
    today = local_day(clock.now())
    week = reached.on(today)["week"]
    days = queries.desk(today, week=week, days=DAYS)
    context = {
        "week_days": list(enumerate(week.split(";"))),
        "special": [day for day in days if not day.usual],
        "announcements": queries.announcements((), on=today),
        "query": "",
    }
    return render(request, "portal/contacts.html", context)


@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Show when staff opened this customer's page, and in which role."""
    held = access.own_account_of(request, clock.now())
    rows = Look.objects.filter(account=held.account).order_by("-at", "-pk")[:100]
    return render(
        request, "portal/looks.html", {"held": held, "rows": rows, "query": f"?konts={held.account.number}"}
    )
