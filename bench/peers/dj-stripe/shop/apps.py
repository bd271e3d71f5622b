"""The app."""
from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Registers the handlers of Stripe's events."""

    name = "shop"

    def ready(self):
        from . import handlers  # noqa: F401
