from django.apps import AppConfig


class CouponsConfig(AppConfig):
    name = "avots.coupons"
    default_auto_field = "django.db.models.BigAutoField"
