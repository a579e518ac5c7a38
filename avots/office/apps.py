from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "avots.office"
    default_auto_field = "django.db.models.BigAutoField"
