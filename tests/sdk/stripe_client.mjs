// Stripe's SDK as a client of the fake Stripe: it must read its answers and errors as the real ones.
import assert from 'node:assert/strict';
import { ask, hear, refusal, sdk, tell } from './dialogue.mjs';

const Stripe = sdk('stripe');
const { key, port } = await hear();
const options = { host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false };
const stripe = new Stripe(key, options);
const now = Math.floor(Date.now() / 1000);
const order = {
  mode: 'payment',
  client_reference_id: 'payment-1',
  customer_email: 'mira@example.com',
  expires_at: now + 3600,
  line_items: [{
    quantity: 2,
    price_data: { currency: 'inr', unit_amount: 74_950, product_data: { name: 'Frost tea & “Malgudi Days”' } },
  }],
  metadata: { payonce_payment_id: 'payment-1', 'odd key': 'a&b=c+d %' },
  payment_intent_data: { metadata: { payonce_payment_id: 'payment-1' } },
  success_url: 'https://foxglove.example/thanks?session={CHECKOUT_SESSION_ID}',
};

// A session, opened once whatever is repeated.
const session = await stripe.checkout.sessions.create(order, { idempotencyKey: 'open-1' });
assert.equal(session.object, 'checkout.session');
assert.match(session.id, /^cs_test_/);
assert.deepEqual([session.amount_total, session.currency, session.status], [149_900, 'inr', 'open']);
assert.deepEqual(session.metadata, order.metadata);
assert.equal(session.payment_intent, null);
assert.match(session.url, /^https:\/\/checkout\.stripe\.com\//);
assert.equal(session.lastResponse.idempotencyKey, 'open-1');
assert.match(session.lastResponse.requestId, /^req_/);
const again = await stripe.checkout.sessions.create(order, { idempotencyKey: 'open-1' });
assert.equal(again.id, session.id);
assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
const other = await refusal(
  stripe.checkout.sessions.create({ ...order, locale: 'en' }, { idempotencyKey: 'open-1' }));
assert.deepEqual([other.type, other.rawType, other.statusCode], ['StripeIdempotencyError', 'idempotency_error', 400]);
assert.equal((await stripe.checkout.sessions.retrieve(session.id)).id, session.id);

// What Stripe refuses.
const refused = async (changes) => {
  const error = await refusal(stripe.checkout.sessions.create({ ...order, ...changes }, { idempotencyKey: 'refused' }));
  assert.deepEqual([error.type, error.statusCode], ['StripeInvalidRequestError', 400], JSON.stringify(changes));
  return [error.code ?? null, error.param];
};
const item = (price) => ({ line_items: [{ quantity: 1, price_data: { product_data: { name: 'x' }, ...price } }] });
const amount = 'line_items[0][price_data][unit_amount]';
assert.deepEqual(await refused({ success_url: undefined }), ['parameter_missing', 'success_url']);
assert.deepEqual(await refused({ expires_at: now + 1700 }), [null, 'expires_at']);
assert.deepEqual(await refused({ expires_at: now + 86_500 }), [null, 'expires_at']);
assert.deepEqual(await refused({ made_up: 1 }), ['parameter_unknown', 'made_up']);
assert.deepEqual(await refused(item({ currency: 'inr', unit_amount: 0 })), ['amount_too_small', 'line_items']);
assert.deepEqual(await refused(item({ currency: 'inr', unit_amount: -5 })), ['parameter_invalid_integer', amount]);
assert.deepEqual(await refused(item({ currency: 'inr', unit_amount: 9.5 })), ['parameter_invalid_integer', amount]);
assert.deepEqual(await refused(item({ currency: 'kwd', unit_amount: 5124 })), [null, amount]);
assert.deepEqual(await refused(item({ currency: 'isk', unit_amount: 1050 })), [null, amount]);
assert.deepEqual(
  await refused(item({ currency: 'xyz', unit_amount: 500 })), [null, 'line_items[0][price_data][currency]']);
const stranger = await refusal(new Stripe('sk_test_stranger', options).checkout.sessions.list());
assert.deepEqual([stranger.type, stranger.statusCode], ['StripeAuthenticationError', 401]);
const unknown = await refusal(stripe.checkout.sessions.retrieve('cs_test_none'));
assert.deepEqual([unknown.type, unknown.code, unknown.statusCode], ['StripeInvalidRequestError', 'resource_missing', 404]);

// The key of a refused request is free: the corrected one is another.
const second = await stripe.checkout.sessions.create(order, { idempotencyKey: 'refused' });
assert.notEqual(second.id, session.id);

// Lists: newest first, by time, by cursor.
for (const n of [3, 4, 5]) await stripe.checkout.sessions.create(order, { idempotencyKey: `open-${n}` });
const page = await stripe.checkout.sessions.list({ limit: 2, created: { gte: now - 60 } });
assert.deepEqual([page.object, page.data.length, page.has_more], ['list', 2, true]);
const all = await stripe.checkout.sessions.list({ limit: 2 }).autoPagingToArray({ limit: 100 });
assert.deepEqual([all.length, new Set(all.map(({ id }) => id)).size], [5, 5]);
assert.equal(all.at(-1).id, session.id);
assert.equal((await stripe.checkout.sessions.list({ created: { gte: now + 60 } })).data.length, 0);

// An open session can be expired, once.
assert.equal((await stripe.checkout.sessions.expire(second.id)).status, 'expired');
const over = await refusal(stripe.checkout.sessions.expire(second.id));
assert.deepEqual([over.type, over.statusCode], ['StripeInvalidRequestError', 400]);

// Paid: the intent carries the marks, and what it holds can go back once.
const intent = await ask('buyer_pays', session.id);
const paid = await stripe.checkout.sessions.retrieve(session.id);
assert.deepEqual([paid.status, paid.payment_status, paid.payment_intent, paid.url], ['complete', 'paid', intent, null]);
const money = await stripe.paymentIntents.retrieve(intent);
assert.deepEqual([money.status, money.amount_received], ['succeeded', 149_900]);
assert.deepEqual(money.metadata, { payonce_payment_id: 'payment-1' });
const part = { payment_intent: intent, amount: 50_000, reason: 'requested_by_customer', metadata: { ours: '1' } };
const refund = await stripe.refunds.create(part, { idempotencyKey: 'refund-1' });
assert.deepEqual([refund.object, refund.status, refund.amount, refund.metadata.ours], ['refund', 'succeeded', 50_000, '1']);
assert.equal((await stripe.refunds.create(part, { idempotencyKey: 'refund-1' })).id, refund.id);
const tooMuch = await refusal(stripe.refunds.create({ payment_intent: intent, amount: 99_901 }));
assert.deepEqual([tooMuch.type, tooMuch.param, tooMuch.statusCode], ['StripeInvalidRequestError', 'amount', 400]);
await stripe.refunds.create({ charge: refund.charge });
const nothing = await refusal(stripe.refunds.create({ payment_intent: intent, amount: 1 }));
assert.deepEqual([nothing.type, nothing.code], ['StripeInvalidRequestError', 'charge_already_refunded']);
assert.deepEqual(
  (await stripe.refunds.list({ payment_intent: intent })).data.map((one) => one.amount), [99_900, 50_000]);

// Events: what was not taken was not delivered.
const undelivered = await stripe.events.list({ delivery_success: false });
assert.equal(undelivered.data.at(-1).type, 'checkout.session.expired');
const told = await ask('events');
assert.deepEqual(told.map((body) => JSON.parse(body).type), [
  'checkout.session.expired', 'payment_intent.succeeded', 'checkout.session.completed',
  'refund.created', 'charge.refunded', 'refund.created', 'charge.refunded',
]);
assert.equal((await stripe.events.list({ delivery_success: false })).data.length, 0);
assert.equal((await stripe.events.list({ type: 'charge.refunded' })).data.length, 2);
await ask('sells', 'price_tea', 45_000, 'inr');
const price = await stripe.prices.retrieve('price_tea');
assert.deepEqual([price.object, price.unit_amount, price.currency], ['price', 45_000, 'inr']);

// Webhook endpoints: the secret is shown once.
const wanted = { url: 'https://pay.example/', enabled_events: ['charge.refunded'], metadata: { made: 'here' } };
const endpoint = await stripe.webhookEndpoints.create(wanted);
assert.match(endpoint.secret, /^whsec_/);
const wider = await stripe.webhookEndpoints.update(endpoint.id, { enabled_events: ['charge.refunded', '*'], disabled: true });
assert.deepEqual([wider.status, wider.enabled_events, wider.secret], ['disabled', ['charge.refunded', '*'], undefined]);
const shown = await stripe.webhookEndpoints.retrieve(endpoint.id);
assert.deepEqual([shown.object, shown.url, shown.metadata, shown.secret], ['webhook_endpoint', wanted.url, { made: 'here' }, undefined]);
assert.deepEqual((await stripe.webhookEndpoints.list()).data.map((one) => one.id), [endpoint.id]);
assert.equal((await stripe.webhookEndpoints.del(endpoint.id)).deleted, true);
assert.equal((await refusal(stripe.webhookEndpoints.retrieve(endpoint.id))).statusCode, 404);

// Failures, and what an idempotency key makes of them.
const open = (idempotencyKey, retries = 0) =>
  stripe.checkout.sessions.create(order, { idempotencyKey, maxNetworkRetries: retries });
const sessions = () => ask('sessions');
const before = await sessions();
await ask('plan', 1, 'POST /v1/checkout', { fail_after: 500 });
const failed = await refusal(open('after'));
assert.deepEqual([failed.type, failed.statusCode], ['StripeAPIError', 500]);
const replayed = await refusal(open('after'));
assert.deepEqual([replayed.statusCode, replayed.headers['idempotent-replayed'], await sessions()], [500, 'true', before + 1]);
await ask('plan', 1, 'POST /v1/checkout', { fail_before: 503 });
assert.equal((await refusal(open('before'))).statusCode, 503);
assert.equal((await open('before')).status, 'open');
assert.equal(await sessions(), before + 2);
await ask('plan', 1, '/v1/checkout', { fail_before: 429 });
assert.equal((await refusal(open('busy'))).type, 'StripeRateLimitError');
// A closed connection is retried by the SDK itself: with the key, that makes one session, not two.
await ask('plan', 1, 'POST /v1/checkout', { drop_after: true });
assert.equal((await open('dropped', 1)).lastResponse.headers['idempotent-replayed'], 'true');
assert.equal(await sessions(), before + 3);
await ask('plan', 2, 'POST /v1/checkout', { drop_before: true });
assert.equal((await refusal(open('never'))).type, 'StripeConnectionError');
assert.equal(await sessions(), before + 3);
await ask('plan', 1, 'POST /v1/checkout', { slow_after: 1000 });
const [slow, twin] = await Promise.allSettled([
  open('twins'), new Promise((done) => setTimeout(done, 150)).then(() => open('twins')),
]);
assert.deepEqual([slow.status, twin.reason.statusCode, twin.reason.code], ['fulfilled', 409, 'idempotency_key_in_use']);
assert.equal(await sessions(), before + 4);

tell('done');
process.exit(0);
