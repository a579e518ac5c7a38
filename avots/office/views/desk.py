"""How the utility is reached, as dated decisions: phone, e-mail, hours, and days with other hours."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.models import PolicyChange
from avots.customers.queries import names_of
from avots.office.forms import day_of
from avots.office.views.common import attempt, by_staff
from avots.service import actions
from avots.service.models import SpecialDay
from avots.ui import contacts

NAMES = ("contact_phone", "contact_email", "opening_week")


@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What holds today, what was decided for which day, and forms to decide anew."""
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    typed = request.POST.dict()
    today = local_day(clock.now())
    reached = contacts.on(today)
    changes = list(PolicyChange.objects.filter(name__in=NAMES).order_by("-valid_from", "name")[:30])
    context = {
        "reached": reached,
        "days": [(at, typed.get(f"day{at}", hours)) for at, hours in enumerate(reached["week"].split(";"))],
        "typed": typed,
        "changes": changes,
        "names": names_of(one.decided_by for one in changes),
        "special": SpecialDay.objects.filter(on__gte=today).order_by("on"),
        "today": today,
    }
    return render(request, "office/desk.html", context, status=status)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Decide phone, e-mail and the week's hours from a day on."""
    data = request.POST.dict()

    def act() -> None:
        actions.change_contacts(
            phone=data.get("phone", ""),
            email=data.get("email", ""),
            week=[data.get(f"day{number}", "") for number in range(7)],
            valid_from=day_of(data, "valid_from"),
            basis=data.get("basis", ""),
            now=clock.now(),
            by=by_staff(request),
        )

    return redirect("office:desk") if attempt(request, _("Saglabāts."), act) else _page(request, status=422)


@require_POST
def special(request: HttpRequest) -> HttpResponse:
    """Decide other hours for one day, or let it be as its weekday again."""
    data, now, by = request.POST.dict(), clock.now(), by_staff(request)

    def act() -> None:
        on = day_of(data, "on")
        if data.get("step") == "clear":
            actions.clear_special_day(on, now=now, by=by)
        else:
            actions.set_special_day(on, hours=data.get("hours", ""), note=data.get("note", ""), now=now, by=by)

    return redirect("office:desk") if attempt(request, _("Saglabāts."), act) else _page(request, status=422)
