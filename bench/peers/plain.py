"""Taking two readings the way the Django tutorial writes views: a form, objects, save().

It does what ours does: who may act for the home, where its meters stood, the same judgement, two
readings, a receipt with its e-mail promised, an audit row. It leaves out late and repeated
submissions, coupons, photos and questions.
"""

import os
import secrets
from itertools import pairwise
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.plain_settings"

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path

application = get_wsgi_application()

from avots.core import clock
from avots.core.dates import local_day
from avots.core.models import AuditEntry
from avots.customers.models import Access, Occupancy
from avots.meters.models import MeterInstallation, Premise
from avots.outbox.models import Message
from avots.readings.models import Reading, Receipt, Round
from avots.readings.queries.judging import limits_of
from avots.readings.rules.doctor import Shown
from avots.readings.rules.judgement import judge_sheet


class ReadingForm(forms.Form):
    def __init__(self, installations: list[MeterInstallation], *args: Any) -> None:
        super().__init__(*args)
        for installation in installations:
            self.fields[f"m{installation.pk}"] = forms.IntegerField(min_value=0)


def shown(installation: MeterInstallation, round: Round, litres: int) -> Shown:
    """Return a value with the meter's past months, each a query's row."""
    rows = Reading.objects.filter(
        installation=installation, state="accepted", round__first_day__lt=round.first_day
    ).order_by("round__first_day")
    stood = [installation.start_litres, *(row.litres for row in rows)]
    register = installation.meter.register
    return Shown(
        litres,
        stood[-1],
        tuple(b - a for a, b in pairwise(stood))[-13:],
        register.digits_before,
        installation.usage_point.commodity,
        digits_after=register.digits_after,
    )


@login_required
def report(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    round = get_object_or_404(Round, opens_at__lte=now, closes_at__gt=now)
    access = Access.objects.filter(user=request.user).first()
    occupancy = get_object_or_404(Occupancy, account=access.account)
    premise = occupancy.premise
    with transaction.atomic():
        Premise.objects.select_for_update().get(pk=premise.pk)
        installations = list(MeterInstallation.objects.filter(usage_point__premise=premise, removed_on=None))
        form = ReadingForm(installations, request.POST)
        if not form.is_valid():
            return HttpResponse(str(form.errors), status=422)
        typed = {one.pk: form.cleaned_data[f"m{one.pk}"] for one in installations}
        verdicts = judge_sheet(
            {one.pk: shown(one, round, typed[one.pk]) for one in installations}, limits_of(round.month.last_day)
        )
        if any(verdict.findings for verdict in verdicts.values()):
            return HttpResponse("odd", status=422)
        receipt = Receipt.objects.create(
            reference=secrets.token_hex(6),
            round=round,
            premise=premise,
            account=access.account,
            submitted_at=now,
            by=f"user:{request.user.pk}",
        )
        for installation in installations:
            Reading.objects.filter(installation=installation, round=round, state="accepted").update(
                state="superseded"
            )
            Reading.objects.create(
                installation=installation,
                round=round,
                receipt=receipt,
                litres=typed[installation.pk],
                read_on=local_day(now),
                received_at=now,
                source="portal",
                source_key=f"{receipt.reference}:{installation.pk}",
                state="accepted",
                by=receipt.by,
            )
        AuditEntry.objects.create(at=now, by=receipt.by, verb="record_readings", subject=f"premise:{premise.pk}")
        words = {"receipt": receipt, "readings": receipt.reading_set.all(), "premise": premise, "round": round}
        words |= {"utility": settings.AVOTS_UTILITY, "language": "lv", "url": f"/radijumi/{receipt.reference}/"}
        text, html = (render_to_string(f"mail/receipt/body.{kind}", words) for kind in ("txt", "html"))
        Message.objects.create(
            key=f"reading-receipt:{receipt.reference}",
            to=request.user.email,
            subject="Rādījumi",
            text=text,
            html=html,
            template="receipt",
            language="lv",
            content_hash=secrets.token_hex(32),
            queued_at=now,
            next_try_at=now,
        )
    return redirect(f"/radijumi/{receipt.reference}/")


urlpatterns = [path("radijumi/", report)]
