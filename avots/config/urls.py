"""Every address; each page says who may enter."""

from allauth.mfa.webauthn.views import add_webauthn
from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from avots.portal.proof import lately

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("avots.portal.urls")),
    path("konts/", include("allauth.account.urls")),
    path("konts/otrais-solis/webauthn/add/", lately(add_webauthn), name="mfa_add_webauthn"),
    path("konts/otrais-solis/", include("allauth.mfa.urls")),
    path("birojs/", include("avots.office.urls")),
    path("birojs/ienakosie/", include("avots.intake.urls")),
    path("birojs/dati/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("avots.demo.urls")))
