"""Tables like payonce's, as Django's ORM has them."""
from django.db import models
from django.db.models import F, Q


class Customer(models.Model):
    email = models.TextField(unique=True)
    name = models.TextField(default="")


class CustomerTotals(models.Model):
    customer = models.ForeignKey(Customer, models.PROTECT)
    currency = models.CharField(max_length=3)
    orders = models.IntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("customer", "currency", name="totals_once")]


class Inventory(models.Model):
    product = models.TextField()
    variant = models.TextField(default="")
    stock = models.BigIntegerField()
    held = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("product", "variant", name="inventory_once"),
            models.CheckConstraint(condition=Q(held__gte=0, held__lte=F("stock")), name="inventory_held_on_the_shelf"),
        ]


class Promotion(models.Model):
    code = models.TextField(primary_key=True)
    usage_limit = models.IntegerField(null=True)
    usage_count = models.IntegerField(default=0)
    held_count = models.IntegerField(default=0)


class Order(models.Model):
    id = models.TextField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT)
    status = models.TextField(default="new")
    payment_status = models.TextField(default="pending")
    currency = models.CharField(max_length=3)
    subtotal_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)
    total_minor = models.BigIntegerField()
    promotion = models.ForeignKey(Promotion, models.PROTECT, null=True)
    hold = models.TextField(default="none")
    livemode = models.BooleanField()
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor=F("subtotal_minor") - F("discount_minor")), name="order_adds_up"),
            models.CheckConstraint(condition=~Q(payment_status="paid") | Q(paid_at__isnull=False), name="order_paid_has_time"),
        ]


class OrderItem(models.Model):
    order = models.ForeignKey(Order, models.PROTECT, related_name="items")
    inventory = models.ForeignKey(Inventory, models.PROTECT)
    qty = models.BigIntegerField()
    unit_price_minor = models.BigIntegerField()
    line_total_minor = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("order", "inventory", name="item_product_once")]


class StockMovement(models.Model):
    inventory = models.ForeignKey(Inventory, models.PROTECT)
    delta = models.BigIntegerField()
    reason = models.TextField()
    order_item = models.ForeignKey(OrderItem, models.PROTECT, null=True)
    actor = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("order_item", condition=Q(reason="sale"), name="sold_once")]


class Redemption(models.Model):
    order = models.OneToOneField(Order, models.PROTECT, primary_key=True)
    promotion = models.ForeignKey(Promotion, models.PROTECT)
    customer = models.ForeignKey(Customer, models.PROTECT)
    discount_minor = models.BigIntegerField()
    created_at = models.DateTimeField()


class Payment(models.Model):
    id = models.UUIDField(primary_key=True)
    order = models.ForeignKey(Order, models.PROTECT)
    provider_order = models.TextField(null=True, db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    status = models.TextField(default="created")
    updated_at = models.DateTimeField(null=True)


class Capture(models.Model):
    provider_payment = models.TextField(primary_key=True)
    payment = models.ForeignKey(Payment, models.PROTECT)
    order = models.OneToOneField(Order, models.PROTECT)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    captured_at = models.DateTimeField()


class AuditEntry(models.Model):
    action = models.TextField()
    actor = models.TextField()
    resource_type = models.TextField()
    resource_id = models.TextField()
    event_id = models.TextField()
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index("resource_type", "resource_id", name="audit_resource")]


class Mail(models.Model):
    idempotency_key = models.TextField(unique=True)
    email_type = models.TextField()
    recipient = models.TextField()
    order = models.ForeignKey(Order, models.PROTECT)
    status = models.TextField(default="queued")
    created_at = models.DateTimeField()
