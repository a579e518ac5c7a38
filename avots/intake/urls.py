"""Addresses for files that come in."""

from django.urls import path

from avots.intake import views
from avots.ui.who import who

app_name = "intake"
KEEPERS = ("lead", "administrator")
urlpatterns = [
    path("", who(*KEEPERS)(views.upload), name="upload"),
    path("paraugs.xlsx", who(*KEEPERS)(views.template), name="template"),
    path("<int:pk>/", who(*KEEPERS)(views.item), name="item"),
    path("<int:pk>/pielietot/", who(*KEEPERS)(views.apply), name="apply"),
    path("<int:pk>/noraiditas.xlsx", who(*KEEPERS)(views.rejected_workbook), name="rejected"),
    path("<int:pk>/noraiditas.csv", who(*KEEPERS)(views.rejected_csv), name="rejected_csv"),
]
