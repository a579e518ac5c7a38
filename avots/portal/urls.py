"""The resident's addresses; each says who may enter."""

from django.urls import path

from avots.portal.views import building, contacts, home, invoices, report
from avots.ui.who import ANYONE, SIGNED_IN, who

app_name = "portal"
urlpatterns = [
    path("", who(SIGNED_IN)(home.home), name="home"),
    path("radijumi/", who(SIGNED_IN)(report.report), name="report"),
    path("radijumi/<str:reference>/", who(SIGNED_IN)(report.receipt), name="receipt"),
    path("r/", who(ANYONE)(report.link_report), name="link_report"),
    path("r/apstiprinajums/<str:reference>/", who(ANYONE)(report.link_receipt), name="link_receipt"),
    path("r/<str:token>/", who(ANYONE)(report.enter_link), name="link"),
    path("rekini/", who(SIGNED_IN)(invoices.invoices), name="invoices"),
    path("rekini/<str:number>/", who(SIGNED_IN)(invoices.invoice), name="invoice"),
    path("rekini/<str:number>/pdf/", who(SIGNED_IN)(invoices.document), name="invoice_pdf"),
    path("maja/", who(SIGNED_IN)(building.building), name="building"),
    path("skaititaji/", who(SIGNED_IN)(home.meters), name="meters"),
    path("iestatijumi/", who(SIGNED_IN)(home.settings), name="settings"),
    path("dati/skatijumi/", who(SIGNED_IN)(contacts.looks), name="looks"),
    path("kontakti/", who(ANYONE)(contacts.contacts), name="contacts"),
    path("lapa/<str:name>/", who(ANYONE)(home.page), name="page"),
]
