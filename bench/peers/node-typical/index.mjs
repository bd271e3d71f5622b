// Stripe's webhook as one writes it: the official library verifies, then one transaction, statement by statement.
import pg from 'pg';
import Stripe from 'stripe';

import { answer, serve, signedBody } from '../runtime_api.mjs';
import { payOrder } from './pay_order.mjs';
import { store } from './inbox.mjs';

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY ?? 'sk_test_bench');
// An instance takes one invocation at a time.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1, idleTimeoutMillis: 0 });
pool.on('error', (error) => console.error(JSON.stringify({ level: 'error', message: error.message })));

/** Which money an event tells of; null for a type that nobody handles. */
function capture(event) {
  const object = event.data.object;
  if (event.type === 'checkout.session.completed' && object.payment_status === 'paid') {
    return {
      mark: object.metadata?.payonce_payment_id,
      providerOrder: object.id,
      providerPayment: object.payment_intent,
      amount: object.amount_total,
      currency: object.currency.toUpperCase(),
    };
  }
  if (event.type === 'payment_intent.succeeded') {
    return {
      mark: object.metadata?.payonce_payment_id,
      providerOrder: null,
      providerPayment: object.id,
      amount: object.amount_received,
      currency: object.currency.toUpperCase(),
    };
  }
  return null;
}

async function settle(event, body) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const money = capture(event);
    const now = new Date();
    const stored = await store(client, event, body, money, now);
    if (stored.fresh && money) {
      stored.outcome = await payOrder(client, event, stored.id, money, now);
    }
    await client.query('commit');
    return stored;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

async function handler(invocation) {
  const body = signedBody(invocation);
  let event;
  try {
    event = stripe.webhooks.constructEvent(body, invocation.headers['stripe-signature'], process.env.STRIPE_WEBHOOK_SECRET);
  } catch (error) {
    console.warn(JSON.stringify({ level: 'warn', message: error.message }));
    return answer(400, { code: 'signature_mismatch' });
  }
  try {
    const { id, fresh, status, outcome } = await settle(event, body);
    console.log(JSON.stringify({ level: 'info', status, event: event.id, type: event.type, outcome, duplicate: !fresh }));
    return answer(200, { status: fresh ? status : 'duplicate', outcome, event: id });
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', event: event.id, message: error.message }));
    return answer(503, { code: 'unavailable' });
  }
}

serve(handler);
