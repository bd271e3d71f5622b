// Razorpay's SDK as a client of the fake Razorpay: it must read its answers and errors as the real ones.
import assert from 'node:assert/strict';
import { ask, hear, refusal, sdk, tell } from './dialogue.mjs';

const Razorpay = sdk('razorpay');
const { validatePaymentVerification } = sdk('razorpay/dist/utils/razorpay-utils');
const { key_id, key_secret, base } = await hear();
const client = (secret) => {
  const razorpay = new Razorpay({ key_id, key_secret: secret });
  // The SDK has no option for it.
  razorpay.api.rq.defaults.baseURL = base;
  return razorpay;
};
const razorpay = client(key_secret);
const order = { amount: 149_900, currency: 'INR', receipt: 'payment-1', notes: { payonce_payment_id: 'payment-1' } };

// Orders: each call makes one; the receipt finds them.
const first = await razorpay.orders.create(order);
assert.match(first.id, /^order_\w{14}$/);
assert.deepEqual([first.entity, first.status, first.amount_due, first.attempts], ['order', 'created', 149_900, 0]);
assert.deepEqual(first.notes, order.notes);
const second = await razorpay.orders.create(order);
assert.notEqual(second.id, first.id);
const found = await razorpay.orders.all({ receipt: 'payment-1' });
assert.deepEqual([found.entity, found.count, found.items.map(({ id }) => id)], ['collection', 2, [second.id, first.id]]);
assert.equal((await razorpay.orders.all({ receipt: 'payment-2' })).count, 0);
assert.equal((await razorpay.orders.all({ count: 1, skip: 1 })).items[0].id, first.id);
assert.equal((await razorpay.orders.fetch(first.id)).receipt, 'payment-1');
const unique = { ...order, receipt: 'payment-3', unique_receipt: true };
const once = await razorpay.orders.create(unique);
assert.equal((await razorpay.orders.create(unique)).id, once.id);
const bare = await razorpay.orders.create({ amount: 100, currency: 'INR' });
assert.deepEqual([bare.notes, bare.receipt], [[], null]);

// What Razorpay refuses.
const refused = async (call) => {
  const { statusCode, error } = await refusal(call);
  assert.deepEqual([statusCode, error.code, typeof error.description], [400, 'BAD_REQUEST_ERROR', 'string']);
  return [error.reason, error.field];
};
const create = (changes) => refused(razorpay.orders.create({ ...order, ...changes }));
assert.deepEqual(await create({ amount: 99 }), ['amount_less_than_minimum_amount', 'amount']);
assert.deepEqual(await create({ amount: 100.5 }), ['input_validation_failed', 'amount']);
assert.deepEqual(await create({ amount: undefined }), ['input_validation_failed', 'amount']);
assert.deepEqual(await create({ amount: 295_991, currency: 'KWD' }), ['input_validation_failed', 'amount']);
assert.deepEqual(await create({ receipt: 'x'.repeat(41) }), ['input_validation_failed', 'receipt']);
assert.deepEqual(await create({ made_up: 1 }), ['extra_field_sent', 'made_up']);
assert.deepEqual(await refused(razorpay.orders.fetch('order_none')), ['input_validation_failed', undefined]);
const stranger = await refusal(client('wrong').orders.all());
assert.deepEqual([stranger.statusCode, stranger.error.code], [401, 'BAD_REQUEST_ERROR']);

// Declined, then paid: the SDK accepts what the page gets, and what it paid can go back once.
await ask('declines', first.id);
assert.equal((await razorpay.orders.fetch(first.id)).status, 'attempted');
const callback = await ask('buyer_pays', first.id);
assert.ok(validatePaymentVerification(callback, callback.signature, key_secret));
assert.ok(!validatePaymentVerification({ ...callback, order_id: second.id }, callback.signature, key_secret));
const paid = await razorpay.orders.fetch(first.id);
assert.deepEqual([paid.status, paid.amount_paid, paid.amount_due, paid.attempts], ['paid', 149_900, 0, 2]);
const payments = await razorpay.orders.fetchPayments(first.id);
assert.deepEqual(payments.items.map(({ status }) => status), ['captured', 'failed']);
const payment = await razorpay.payments.fetch(callback.payment_id);
assert.deepEqual([payment.captured, payment.order_id, payment.notes], [true, first.id, order.notes]);
const part = await razorpay.payments.refund(payment.id, { amount: 50_000, speed: 'normal', receipt: 'refund-1' });
assert.deepEqual([part.entity, part.amount, part.status, part.payment_id], ['refund', 50_000, 'processed', payment.id]);
assert.deepEqual(part.notes, []);
assert.deepEqual(await refused(razorpay.payments.refund(payment.id, { amount: 99_901 })), ['input_validation_failed', 'amount']);
await razorpay.payments.refund(payment.id);
assert.deepEqual(await refused(razorpay.payments.refund(payment.id)), ['input_validation_failed', undefined]);
const refunds = await razorpay.payments.fetchMultipleRefund(payment.id);
assert.deepEqual(refunds.items.map(({ amount }) => amount), [99_900, 50_000]);
assert.equal((await razorpay.payments.fetch(payment.id)).status, 'refunded');
const reserved = await ask('authorizes', second.id);
assert.deepEqual(
  await refused(razorpay.payments.refund(reserved.payment_id)), ['input_validation_failed', undefined]);

// The SDK passes no header of ours: its HTTP client does.
const refund = async (key, body) => {
  const options = { headers: { 'X-Refund-Idempotency': key }, validateStatus: () => true };
  const { status, data } = await razorpay.api.rq.post(`/v1/payments/${reserved.payment_id}/refund`, body, options);
  return [status, data.id ?? data.error.code];
};
await ask('captures', reserved.payment_id);
assert.deepEqual(await refund('short', { amount: 100 }), [400, 'BAD_REQUEST_ERROR']);
assert.deepEqual(await refund('not allowed!', { amount: 100 }), [400, 'BAD_REQUEST_ERROR']);
await ask('plan', 1, 'POST /v1/payments', { fail_after: 502 });
assert.deepEqual(await refund('refund-key-1', { amount: 100 }), [502, 'SERVER_ERROR']);
const [status, id] = await refund('refund-key-1', { amount: 100 });
assert.equal(status, 200);
assert.deepEqual(await refund('refund-key-1', { amount: 100 }), [200, id]);
assert.deepEqual(await refund('refund-key-1', { amount: 200 }), [400, 'BAD_REQUEST_ERROR']);
await ask('plan', 1, 'POST /v1/payments', { delay: 1000 });
const twins = await Promise.all([
  refund('refund-key-2', { amount: 100 }),
  new Promise((done) => setTimeout(done, 150)).then(() => refund('refund-key-2', { amount: 100 })),
]);
assert.deepEqual(twins.map(([status]) => status), [200, 409]);
assert.equal(await ask('refunds'), 4);

// Webhooks: each entity under its own name.
const told = (await ask('events')).map((body) => JSON.parse(body));
assert.deepEqual(told.slice(0, 5).map(({ event, contains }) => [event, contains.join()]), [
  ['payment.failed', 'payment'], ['payment.authorized', 'payment'], ['payment.captured', 'payment'],
  ['order.paid', 'payment,order'], ['refund.created', 'refund,payment'],
]);
assert.deepEqual(told[2].payload.payment.entity.notes, order.notes);
assert.deepEqual(await ask('events'), []);

tell('done');
process.exit(0);
