// The same webhook, as fast as Node can do it: the signature by node:crypto, and one call of the function that payonce's own
// binary calls, prepared once a connection where nothing stands between.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

import pg from 'pg';

import { answer, serve, signedBody } from '../runtime_api.mjs';

const secret = process.env.STRIPE_WEBHOOK_SECRET;
const toleranceSeconds = 300;
const takesUp = ['failed', 'dead'];

/** A connection, the statements of the newest release on it, and whether they may be prepared. */
let connected = null;

async function connect() {
  const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
  client.on('error', () => {
    connected = null;
  });
  await client.connect();
  const { rows } = await client.query({
    text: `select schema_name, pg_backend_pid() from payonce.releases order by installed_at desc, schema_name limit 1`,
    rowMode: 'array',
  });
  const [schema, backend] = rows[0];
  const event = `row($1::uuid, 'stripe', to_timestamp($2::bigint), $3, $4, $5::boolean, null, null, $6::bytea, 'current',
    $7::timestamptz, 1, $8::text[], null)::${schema}.event`;
  const call = (name, text) => ({ name, text: `select mine, status, outcome, event_id from ${schema}.${text}`, rowMode: 'array' });
  connected = {
    client,
    // A pooler makes up its own process ids; and behind one, the next statement may meet another connection.
    direct: backend === client.processID,
    settle: call('settle', `settle_payment(${event}, $9::uuid, $10::text, $11::text, $12::bigint, $13::text, $14::uuid, $15::uuid)`),
    ignore: call('ignore', `claim(${event}, 'ignored', 'unhandled_type', null)`),
  };
  return connected;
}

/** Did Stripe sign this, within five minutes of now? */
function verified(body, header) {
  let time = '';
  const tags = [];
  for (const part of (header ?? '').split(',')) {
    if (part.startsWith('t=')) time = part.slice(2);
    else if (part.startsWith('v1=')) tags.push(part.slice(3));
  }
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  const fits = (tag) => tag.length === expected.length && timingSafeEqual(tag, expected);
  return (
    Math.abs(Date.now() / 1000 - Number(time)) <= toleranceSeconds && tags.some((tag) => fits(Buffer.from(tag, 'hex')))
  );
}

/** A UUID whose first bits are the time, so that indexes grow at their right edge. */
function timed() {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The money's part of the call's parameters; null for a type that nobody handles. */
function capture({ type, data: { object } }) {
  if (type === 'checkout.session.completed' && object.payment_status === 'paid') {
    return [object.metadata?.payonce_payment_id, object.id, object.payment_intent, object.amount_total, object.currency.toUpperCase()];
  }
  if (type === 'payment_intent.succeeded') {
    return [object.metadata?.payonce_payment_id, null, object.id, object.amount_received, object.currency.toUpperCase()];
  }
  return null;
}

async function settle(event, body) {
  const { client, direct, settle: settles, ignore } = connected ?? (await connect());
  const money = capture(event);
  const values = [timed(), event.created, event.id, event.type, event.livemode, Buffer.from(body), new Date(), takesUp];
  if (money) values.push(...money, timed(), timed());
  const { name, text, rowMode } = money ? settles : ignore;
  const { rows } = await client.query(direct ? { name, text, rowMode, values } : { text, rowMode, values });
  return rows[0];
}

async function handler(invocation) {
  const body = signedBody(invocation);
  if (!verified(body, invocation.headers['stripe-signature'])) {
    process.stdout.write('{"level":"warn","code":"signature_mismatch"}\n');
    return answer(400, { code: 'signature_mismatch' });
  }
  const event = JSON.parse(body);
  try {
    const [mine, status, outcome, id] = await settle(event, body);
    process.stdout.write(`{"level":"info","status":"${status}","event":"${event.id}","type":"${event.type}","outcome":"${outcome}","duplicate":${!mine}}\n`);
    return answer(200, { status: mine ? status : 'duplicate', outcome, event: id });
  } catch (error) {
    console.error(JSON.stringify({ level: 'error', event: event.id, message: error.message }));
    return answer(503, { code: 'unavailable' });
  }
}

// In the init phase, as payonce does; when the database is away, the first invocation tries again.
connect()
  .catch((error) => console.error(JSON.stringify({ level: 'error', message: error.message })))
  .then(() => serve(handler));
