// Stripe's objects mirrored into Postgres by the engine, as its own documentation says.
import { StripeSync } from '@supabase/stripe-sync-engine';
import Stripe from 'stripe';

import { answer, serve, signedBody } from '../runtime_api.mjs';

const sync = new StripeSync({
  // An instance takes one invocation at a time.
  poolConfig: { connectionString: process.env.DATABASE_URL, max: 1, idleTimeoutMillis: 0 },
  stripeSecretKey: process.env.STRIPE_SECRET_KEY ?? 'sk_test_bench',
  stripeWebhookSecret: process.env.STRIPE_WEBHOOK_SECRET,
});

async function handler(invocation) {
  try {
    await sync.processWebhook(signedBody(invocation), invocation.headers['stripe-signature']);
    console.log(JSON.stringify({ level: 'info', status: 'mirrored' }));
    return answer(200, { status: 'mirrored' });
  } catch (error) {
    const forged = error instanceof Stripe.errors.StripeSignatureVerificationError;
    console.error(JSON.stringify({ level: 'error', message: error.message }));
    return forged ? answer(400, { code: 'signature_mismatch' }) : answer(503, { code: 'unavailable' });
  }
}

serve(handler);
