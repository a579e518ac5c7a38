from django.apps import AppConfig
from django.contrib.admin import apps as admin


class OfficeConfig(AppConfig):
    name = "avots.office"
    default_auto_field = "django.db.models.BigAutoField"


class ReadOnlyAdminConfig(admin.AdminConfig):
    default = False
    default_site = "avots.office.site.Site"
