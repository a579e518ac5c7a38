from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "avots.portal"
    default_auto_field = "django.db.models.BigAutoField"
