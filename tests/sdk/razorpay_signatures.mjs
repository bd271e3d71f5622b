// Razorpay's SDK as judge of our signatures. It only verifies: what signs for our verifier is Node's own HMAC.
import { createHmac } from 'node:crypto';
import { hear, sdk, tell } from './dialogue.mjs';

const Razorpay = sdk('razorpay');
const { validatePaymentVerification } = sdk('razorpay/dist/utils/razorpay-utils');
const { webhooks, callbacks, sign } = await hear();

const hmac = (text, secret) => createHmac('sha256', secret).update(text).digest('hex');
tell({
  webhooks: webhooks.map(({ body, signature, secret }) =>
    Razorpay.validateWebhookSignature(body, signature, secret)),
  callbacks: callbacks.map(({ order_id, payment_id, signature, secret }) =>
    validatePaymentVerification({ order_id, payment_id }, signature, secret)),
  of_checkout: hmac(`${callbacks[0].order_id}|${callbacks[0].payment_id}`, callbacks[0].secret),
  signatures: sign.map(({ text, secret }) => hmac(text, secret)),
});
process.exit(0);
