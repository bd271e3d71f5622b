// The inbox: an event is stored once, with what became of it.
import { randomUUID } from 'node:crypto';

/** Stores an event, or counts one more delivery of it; `fresh` says which. Its effect follows in the same transaction. */
export async function store(client, event, body, money, now) {
  const { rows } = await client.query(
    `insert into payonce.webhook_events as w
       (id, provider, provider_created_at, event_key, event_type, livemode, body, secret_version, status, outcome,
        payment_id, received_at, settled_at)
     values ($1, 'stripe', to_timestamp($2), $3, $4, $5, $6, 'current', $7, $8, $9, $10, $10)
     on conflict (provider, provider_created_at, event_key) do update set deliveries = w.deliveries + 1
     returning id, status, outcome, xmax = 0 as fresh`,
    [
      randomUUID(),
      event.created,
      event.id,
      event.type,
      event.livemode,
      Buffer.from(body),
      money ? 'processed' : 'ignored',
      money ? 'order_paid' : 'unhandled_type',
      money?.mark ?? null,
      now,
    ],
  );
  return rows[0];
}

/** Settles a stored event in another way than was hoped for. */
export async function conclude(client, event, outcome) {
  await client.query(
    `update payonce.webhook_events set outcome = $1
     where provider = 'stripe' and provider_created_at = to_timestamp($2) and event_key = $3`,
    [outcome, event.created, event.id],
  );
  return outcome;
}
