"""What the shop does when Stripe says that money came. dj-stripe calls this inside the transaction that stores the event."""
import logging

from django.utils import timezone
from djstripe.event_handlers import djstripe_receiver

from .pay_order import pay_order

log = logging.getLogger("shop")


@djstripe_receiver("checkout.session.completed")
def session_completed(sender, event, **kwargs):
    session = event.data["object"]
    if session["payment_status"] == "paid":
        settle(event, session["metadata"], session["id"], session["payment_intent"], session["amount_total"], session["currency"])


@djstripe_receiver("payment_intent.succeeded")
def intent_succeeded(sender, event, **kwargs):
    intent = event.data["object"]
    settle(event, intent["metadata"], None, intent["id"], intent["amount_received"], intent["currency"])


def settle(event, metadata, provider_order, provider_payment, amount, currency):
    mark = metadata.get("payonce_payment_id")
    outcome = pay_order(event, mark, provider_order, provider_payment, amount, currency.upper(), timezone.now())
    log.info('{"event": "%s", "type": "%s", "outcome": "%s"}', event.id, event.type, outcome)
