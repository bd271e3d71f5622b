"""The whole effect of a paid order. Rows are locked in one order: payment, order, stock, promotion, customer."""
from django.db.models import F

from .models import AuditEntry, Capture, CustomerTotals, Inventory, Mail, Order, Payment, Promotion, Redemption, StockMovement


def pay_order(event, mark, provider_order, provider_payment, amount, currency, now):
    """Applies money that came for an order and says in one word what became of it. What does not fit is rolled back."""
    payment = Payment.objects.select_for_update(no_key=True).get(pk=mark)
    if Capture.objects.filter(pk=provider_payment).exists():
        return "already_captured"
    if (payment.amount_minor, payment.currency, payment.livemode) != (amount, currency, event.livemode):
        raise ValueError(f"payment {payment.id} is {payment.amount_minor} {payment.currency}, not {amount} {currency}")
    order = Order.objects.select_for_update(no_key=True).get(pk=payment.order_id)
    if order.payment_status not in ("pending", "failed") or order.status not in ("new", "expired"):
        raise ValueError(f"order {order.id} is {order.status}, {order.payment_status}")

    held = order.hold == "held"
    order.status, order.payment_status, order.paid_at = "confirmed", "paid", now
    order.hold = "used" if held else order.hold
    order.save(update_fields=["status", "payment_status", "paid_at", "hold"])
    sell(order, held, now)
    if order.promotion_id:
        redeem(order, held, now)
    CustomerTotals.objects.get_or_create(customer_id=order.customer_id, currency=order.currency)
    CustomerTotals.objects.filter(customer_id=order.customer_id, currency=order.currency).update(
        orders=F("orders") + 1, spent_minor=F("spent_minor") + order.total_minor
    )
    Capture.objects.create(
        provider_payment=provider_payment, payment=payment, order=order, amount_minor=amount, currency=currency, captured_at=now
    )
    payment.status, payment.updated_at = "paid", now
    payment.provider_order = payment.provider_order or provider_order
    payment.save(update_fields=["status", "provider_order", "updated_at"])
    AuditEntry.objects.create(
        action="order.paid", actor="stripe", resource_type="order", resource_id=order.id, event_id=event.id, created_at=now,
        detail={"payment": str(payment.id), "amount_minor": amount, "currency": currency},
    )
    Mail.objects.create(
        idempotency_key=f"receipt:{order.id}", email_type="order_receipt", recipient=order.customer.email, order=order, created_at=now
    )
    return "order_paid"


def sell(order, held, now):
    """Takes the lines of an order off the shelf, each with its movement."""
    items = {item.inventory_id: item for item in order.items.all()}
    shelf = Inventory.objects.select_for_update(no_key=True).filter(pk__in=items).order_by("product", "variant")
    movements = []
    for stock in shelf:
        item = items[stock.pk]
        if stock.stock - (0 if held else stock.held) < item.qty:
            raise ValueError(f"{stock.product} {stock.variant} is out of stock")
        stock.stock -= item.qty
        stock.held -= item.qty if held else 0
        stock.save(update_fields=["stock", "held"])
        movements.append(
            StockMovement(inventory=stock, delta=-item.qty, reason="sale", order_item=item, actor="stripe", created_at=now)
        )
    StockMovement.objects.bulk_create(movements)


def redeem(order, held, now):
    """Counts the promotion of an order as used."""
    Promotion.objects.filter(pk=order.promotion_id).update(
        usage_count=F("usage_count") + 1, held_count=F("held_count") - (1 if held else 0)
    )
    # Its key is the order's: created, not looked for first.
    Redemption(
        order=order, promotion_id=order.promotion_id, customer_id=order.customer_id, discount_minor=order.discount_minor, created_at=now
    ).save(force_insert=True)
