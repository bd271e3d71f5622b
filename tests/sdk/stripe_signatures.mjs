// Stripe's SDK as judge of our signatures, and as signer for our verifier.
import { hear, sdk, tell } from './dialogue.mjs';

const Stripe = sdk('stripe');
const { webhooks } = new Stripe('sk_test_unused');
const { judge, sign } = await hear();

const accepts = ({ body, header, secret }) => {
  try {
    // As a server has it: bytes.
    const event = webhooks.constructEvent(Buffer.from(body), header, secret);
    return typeof event === 'object' ? 'accepted' : 'not an object';
  } catch (error) {
    return error.type ?? String(error);
  }
};
const signs = ({ body, secret, timestamp }) =>
  webhooks.generateTestHeaderString({ payload: body, secret, timestamp });

tell({ verdicts: judge.map(accepts), headers: sign.map(signs) });
process.exit(0);
