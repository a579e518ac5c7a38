"""The office's addresses; each says who may enter."""

from django.urls import path

from avots.office.access import CLERKS, DECIDERS, HOUSES, LEAD, MONEY, STAFF, TELLERS, TILL
from avots.office.views import (
    announcements,
    buildings,
    customers,
    desk,
    held,
    invoices,
    month,
    payments,
    run,
    terms,
    till,
    utility,
)
from avots.ui.who import who

app_name = "office"
urlpatterns = [
    path("", who(*STAFF)(month.month), name="month"),
    path("menesis/<str:month>/", who(*STAFF)(month.month), name="month_of"),
    path("aizturetie/", who(*CLERKS)(held.held), name="held"),
    path("aizturetie/<int:pk>/lemt/", who(*CLERKS)(held.decide), name="held_decide"),
    path("klienti/", who(*STAFF)(customers.search), name="search"),
    path("klienti/<str:number>/", who(*STAFF)(customers.customer), name="customer"),
    path("klienti/<str:number>/rekini/<str:invoice>/", who(*STAFF)(invoices.invoice), name="invoice"),
    path("klienti/<str:number>/radijumi/", who(*CLERKS)(customers.phone), name="phone"),
    path("klienti/<str:number>/piegade/", who(*CLERKS)(customers.delivery), name="delivery"),
    path("majas/", who(*HOUSES)(buildings.buildings), name="buildings"),
    path("majas/<str:code>/", who(*HOUSES)(buildings.building), name="building"),
    path("pazinojumi/", who(*TELLERS)(announcements.announcements), name="announcements"),
    path("pazinojumi/<int:pk>/atsaukt/", who(*TELLERS)(announcements.withdraw), name="withdraw"),
    path("kontakti/", who(*DECIDERS)(desk.desk), name="desk"),
    path("kontakti/mainit/", who(*DECIDERS)(desk.change), name="desk_change"),
    path("kontakti/diena/", who(*DECIDERS)(desk.special), name="desk_special"),
    path("termini/", who(*STAFF)(terms.terms), name="terms"),
    path("termini.csv", who(*STAFF)(terms.terms_csv), name="terms_csv"),
    path("ievads/", who(*CLERKS)(utility.intake_sheet), name="intake_sheet"),
    path("rekini/", who(*MONEY)(run.run), name="run"),
    path("rekini/<str:month>/", who(*MONEY)(run.run), name="run_of"),
    path("rekini/<str:month>/sakt/", who(*MONEY)(run.start), name="run_start"),
    path("rekini/<str:month>/maja/<int:pk>/", who(*MONEY)(run.retry), name="run_retry"),
    path("rekini/<str:month>/rekins/<int:pk>/", who(*MONEY)(run.accept), name="run_accept"),
    path("rekini/<str:month>/lugt/", who(*MONEY)(run.ask), name="run_ask"),
    path("rekini/<str:month>/apstiprinat/", who(*MONEY)(run.approve), name="run_approve"),
    path("rekini/<str:month>/izrakstit/", who(*MONEY)(run.issue), name="run_issue"),
    path("maksajumi/", who(*MONEY)(payments.payments), name="payments"),
    path("kase/", who(*TILL)(till.tills), name="tills"),
    path("kase/jauna/", who(LEAD)(till.register), name="till_register"),
    path("kase/slegumi/", who(*MONEY)(till.closings), name="till_closings"),
    path("kase/<str:desk>/", who(*CLERKS)(till.till), name="till"),
    path("kase/<str:desk>/atvert/", who(*CLERKS)(till.open_day), name="till_open"),
    path("kase/<str:desk>/maksa/<str:number>/", who(*CLERKS)(till.pay), name="till_pay"),
    path("kase/<str:desk>/slegt/", who(*CLERKS)(till.close), name="till_close"),
    path("kase/<str:desk>/diena/<str:day>/", who(*TILL)(till.sheet), name="till_sheet"),
    path("kvitis/<str:receipt>/", who(*TILL)(till.receipt), name="receipt"),
    path("kvitis/<str:receipt>/pdf/", who(*TILL)(till.receipt_paper), name="receipt_pdf"),
    path("kvitis/<str:receipt>/storno/", who(*CLERKS)(till.storno), name="receipt_storno"),
]
