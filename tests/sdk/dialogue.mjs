// How a script and the Rust test that runs it talk: one JSON value a line, each way. The test runs it in the folder the
// SDKs are installed in, so that is where they are looked for.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.cwd()}/package.json`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** A module of the installed SDKs. */
export const sdk = (name) => require(name);

/** What the test says next. */
export async function hear() {
  const { value, done } = await lines.next();
  if (done) throw new Error('the test has gone');
  return JSON.parse(value);
}

/** Tells the test. */
export const tell = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Asks the test to do something on the fake's other side. */
export async function ask(verb, ...words) {
  tell({ verb, words });
  return hear();
}

/** The error that a call fails with; a call that succeeds is the failure. */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('this should have been refused');
}
