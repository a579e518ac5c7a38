"""The resident's addresses; each says who may enter."""

from django.urls import path

from avots.portal.proof import lately
from avots.portal.views import building, capability, contacts, home, invoices, own, people, register, report
from avots.ui.who import ANYONE, SIGNED_IN, who

app_name = "portal"
urlpatterns = [
    path("", who(SIGNED_IN)(home.home), name="home"),
    path("radijumi/", who(SIGNED_IN)(report.report), name="report"),
    path("radijumi/<str:reference>/", who(SIGNED_IN)(report.receipt), name="receipt"),
    path("r/", who(ANYONE)(report.link_report), name="link_report"),
    path("r/apstiprinajums/<str:token>/", who(ANYONE)(report.link_receipt), name="link_receipt"),
    path("r/<str:token>/", who(ANYONE)(report.enter_link), name="link"),
    path("rekini/", who(SIGNED_IN)(invoices.invoices), name="invoices"),
    path("rekini/<str:number>/", who(SIGNED_IN)(invoices.invoice), name="invoice"),
    path("rekini/<str:number>/pdf/", who(SIGNED_IN)(invoices.document), name="invoice_pdf"),
    path("maja/", who(SIGNED_IN)(building.building), name="building"),
    path("skaititaji/", who(SIGNED_IN)(home.meters), name="meters"),
    path("iestatijumi/", who(SIGNED_IN)(home.settings), name="settings"),
    path("dati/skatijumi/", who(SIGNED_IN)(contacts.looks), name="looks"),
    path("kontakti/", who(ANYONE)(contacts.contacts), name="contacts"),
    path("iestatijumi/cilveki/", who(SIGNED_IN)(people.people), name="people"),
    path("iestatijumi/cilveki/<int:pk>/beigt/", who(SIGNED_IN)(people.end), name="people_end"),
    path("iestatijumi/cilveki/aicinats/<int:pk>/", who(SIGNED_IN)(people.withdraw), name="people_withdraw"),
    path("iestatijumi/prombutne/", who(SIGNED_IN)(people.absence), name="absence"),
    path("iestatijumi/prombutne/<int:pk>/", who(SIGNED_IN)(people.back), name="absence_end"),
    path("iestatijumi/epasts/", who(SIGNED_IN)(lately(own.email)), name="email"),
    path("iestatijumi/epasts/kods/", who(SIGNED_IN)(lately(own.email_confirm)), name="email_confirm"),
    path("iestatijumi/ierices/", who(SIGNED_IN)(own.devices), name="devices"),
    path("iestatijumi/dati/", who(SIGNED_IN)(own.data), name="data"),
    path("iestatijumi/dati/mani-dati.json", who(SIGNED_IN)(lately(own.data_json)), name="data_json"),
    path("iestatijumi/dati/lapa/", who(SIGNED_IN)(lately(own.data_page)), name="data_page"),
    path("iestatijumi/dati/dzest/", who(SIGNED_IN)(lately(own.erase)), name="erase"),
    path("apliecinat/", who(SIGNED_IN)(own.prove), name="prove"),
    path("registreties/", who(ANYONE)(register.register), name="register"),
    path("registreties/epasts/", who(ANYONE)(register.email), name="register_email"),
    path("registreties/apstiprinat/", who(ANYONE)(register.confirm), name="register_confirm"),
    path("registreties/jauns-kods/", who(ANYONE)(register.ask), name="register_ask"),
    path("saite/<str:purpose>/<str:token>/", who(ANYONE)(capability.capability), name="capability"),
    path("valoda/", who(ANYONE)(own.language), name="language"),
    path("lapa/<str:name>/", who(ANYONE)(home.page), name="page"),
]
