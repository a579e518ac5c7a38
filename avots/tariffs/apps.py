from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "avots.tariffs"
    default_auto_field = "django.db.models.BigAutoField"
