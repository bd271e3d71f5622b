// The whole effect of a paid order, inside the transaction that stored its event. Rows are locked in one order: payment,
// order, stock by (product, variant), promotion, customer.
import { randomUUID } from 'node:crypto';

import { conclude } from './inbox.mjs';

const first = async (client, sql, values) => (await client.query(sql, values)).rows[0];

/** Applies money that came for an order and says in one word what became of it. What does not fit is rolled back. */
export async function payOrder(client, event, eventId, money, now) {
  const payment = await first(
    client,
    `select id, order_id, amount_minor, currency, livemode from payonce.payments
     where id = $1 and ($2::text is null or provider_order_id = $2) for no key update`,
    [money.mark, money.providerOrder],
  );
  if (!payment) throw new Error(`payment ${money.mark} is not stored`);
  if (payment.livemode !== event.livemode) throw new Error(`payment ${payment.id} is of another mode`);

  const told = await first(
    client,
    `select verdict from payonce.captures where provider = 'stripe' and provider_payment_id = $1`,
    [money.providerPayment],
  );
  if (told) return conclude(client, event, 'already_captured');
  if (Number(payment.amount_minor) !== money.amount || payment.currency !== money.currency) {
    throw new Error(`payment ${payment.id} is ${payment.amount_minor} ${payment.currency}, not ${money.amount} ${money.currency}`);
  }

  const order = await first(
    client,
    `select o.id, o.customer_id, o.status, o.payment_status, o.currency, o.total_minor, o.discount_minor, o.promo_code, o.hold
     from payonce.orders o where o.id = $1 for no key update`,
    [payment.order_id],
  );
  if (!['pending', 'failed'].includes(order.payment_status) || !['new', 'expired'].includes(order.status)) {
    throw new Error(`order ${order.id} is ${order.status}, ${order.payment_status}`);
  }
  await client.query(
    `update payonce.orders set status = 'confirmed', payment_status = 'paid', paid_at = $2,
       hold = case hold when 'held' then 'used' else hold end where id = $1`,
    [order.id, now],
  );
  await sell(client, order, now);
  if (order.promo_code) await redeem(client, order, now);
  await client.query(
    `insert into payonce.customer_totals as t (customer_id, currency, orders, spent_minor) values ($1, $2, 1, $3)
     on conflict (customer_id, currency) do update set orders = t.orders + 1, spent_minor = t.spent_minor + excluded.spent_minor`,
    [order.customer_id, order.currency, order.total_minor],
  );
  await client.query(
    `insert into payonce.captures (provider, provider_payment_id, payment_id, order_id, amount_minor, currency,
       expected_minor, expected_currency, verdict, captured_at)
     values ('stripe', $1, $2, $3, $4, $5, $4, $5, 'settled', $6)`,
    [money.providerPayment, payment.id, order.id, money.amount, money.currency, now],
  );
  await client.query(
    `update payonce.payments set status = 'paid', provider_order_id = coalesce(provider_order_id, $2), updated_at = $3 where id = $1`,
    [payment.id, money.providerOrder, now],
  );
  await client.query(
    `insert into payonce.billing_audit_log (action, actor, resource_type, resource_id, event_id, detail, created_at)
     values ('order.paid', 'stripe', 'order', $1, $2, $3, $4)`,
    [order.id, eventId, { payment: payment.id, amount_minor: money.amount, currency: money.currency }, now],
  );
  await oweReceipt(client, order, now);
  return 'order_paid';
}

/** Takes the lines of an order off the shelf, each with its movement. */
async function sell(client, order, now) {
  const { rows: lines } = await client.query(
    `select i.line, i.product_slug, i.variant, i.qty, v.stock, v.held from payonce.order_items i
     join payonce.inventory v on v.product_slug = i.product_slug and v.variant = i.variant
     where i.order_id = $1 order by v.product_slug, v.variant for no key update of v`,
    [order.id],
  );
  const held = order.hold === 'held';
  for (const { line, product_slug, variant, qty, stock, held: heldByAll } of lines) {
    if (BigInt(stock) - (held ? 0n : BigInt(heldByAll)) < BigInt(qty)) {
      throw new Error(`${product_slug} ${variant} is out of stock`);
    }
    await client.query(
      `update payonce.inventory set stock = stock - $3, held = held - $4 where product_slug = $1 and variant = $2`,
      [product_slug, variant, qty, held ? qty : 0],
    );
    await client.query(
      `insert into payonce.stock_movements (product_slug, variant, delta, reason, order_id, line, actor, created_at)
       values ($1, $2, -$3::bigint, 'sale', $4, $5, 'stripe', $6)`,
      [product_slug, variant, qty, order.id, line, now],
    );
  }
}

/** Counts the promotion of an order as used. */
async function redeem(client, order, now) {
  const held = order.hold === 'held';
  const promotion = await first(
    client,
    `update payonce.promotions set usage_count = usage_count + 1, held_count = held_count - $2 where code = $1
     returning usage_count, held_count, usage_limit, per_customer_limit`,
    [order.promo_code, held ? 1 : 0],
  );
  const { used } = await first(
    client,
    `select count(*)::integer as used from payonce.promo_redemptions where code = $1 and customer_id = $2`,
    [order.promo_code, order.customer_id],
  );
  const { usage_count, held_count, usage_limit, per_customer_limit } = promotion;
  const over =
    !held &&
    ((usage_limit !== null && usage_count + held_count > usage_limit) ||
      (per_customer_limit !== null && used >= per_customer_limit));
  await client.query(
    `insert into payonce.promo_redemptions (order_id, code, customer_id, discount_minor, over_limit, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [order.id, order.promo_code, order.customer_id, order.discount_minor, over, now],
  );
}

/** The receipt's mail, as a row: who sends it comes later. */
async function oweReceipt(client, order, now) {
  const customer = await first(client, `select email from payonce.customers where id = $1`, [order.customer_id]);
  await client.query(
    `insert into payonce.email_logs (id, idempotency_key, email_type, recipient, ref_type, ref_id, created_at)
     values ($1, $2, 'order_receipt', $3, 'order', $4, $5)`,
    [randomUUID(), `receipt:${order.id}`, customer.email, order.id, now],
  );
}
