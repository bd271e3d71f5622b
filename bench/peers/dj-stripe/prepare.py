"""Makes the tables of Django, dj-stripe and the shop, and what a project sets up once: account, key, webhook endpoint."""
import os, pathlib

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from djstripe.models import Account, APIKey, WebhookEndpoint  # noqa: E402

call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
account, _ = Account.objects.get_or_create(id="acct_bench", defaults={"livemode": False})
APIKey.objects.get_or_create(
    secret=settings.STRIPE_TEST_SECRET_KEY, defaults={"type": "secret", "livemode": False, "name": "bench", "djstripe_owner_account": account}
)
WebhookEndpoint.objects.get_or_create(
    id="we_bench",
    defaults={
        "djstripe_uuid": "11111111-1111-4111-8111-111111111111", "secret": os.environ["STRIPE_WEBHOOK_SECRET"], "livemode": False,
        "url": "https://peer.example/", "enabled_events": ["*"], "status": "enabled", "djstripe_owner_account": account,
    },
)
with connection.cursor() as cursor:
    cursor.execute(pathlib.Path(__file__).with_name("seed.sql").read_text())
