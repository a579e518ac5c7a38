"""Every address; each page says who may enter."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from avots.ui.who import ANYONE, who

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("avots.portal.urls")),
    path("valoda/", who(ANYONE)(set_language), name="set_language"),
    path("konts/", include("allauth.account.urls")),
    path("konts/otrais-solis/", include("allauth.mfa.urls")),
    path("birojs/", include("avots.office.urls")),
    path("birojs/ienakosie/", include("avots.intake.urls")),
    path("birojs/dati/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("avots.demo.urls")))
