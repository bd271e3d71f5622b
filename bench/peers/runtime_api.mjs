// Lambda's Runtime API, from the side of a Node function: one kept-alive connection, one invocation at a time. Esbuild puts
// it into each bundle. Written on the bare socket, since on Lambda this part is the platform's own native code: what
// node:http costs (a third more CPU an event) is not to be held against Node.
import { connect } from 'node:net';

const invocation = '/2018-06-01/runtime/invocation';
const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const headEnd = Buffer.from('\r\n\r\n');

/** The one connection, and who waits for an answer on it. */
let socket = null;
let waiting = null;
let heard = Buffer.alloc(0);

function open() {
  socket = connect(Number(port), host);
  socket.setNoDelay(true);
  socket.on('data', (part) => {
    heard = heard.length === 0 ? part : Buffer.concat([heard, part]);
    const end = heard.indexOf(headEnd);
    if (end < 0) return;
    const head = heard.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    const from = end + headEnd.length;
    if (heard.length < from + length) return;
    const text = heard.toString('utf8', from, from + length);
    heard = heard.subarray(from + length);
    waiting({ head, text });
  });
  // The sandbox is gone, or will start us anew.
  socket.on('error', (error) => console.error(error.message));
  socket.on('close', () => process.exit(1));
}

function call(request) {
  return new Promise((resolve) => {
    waiting = resolve;
    socket.write(request);
  });
}

function post(path, body) {
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
  return call(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\n${head}\r\n\r\n${body}`);
}

/** Hands every invocation to `handler`, for ever. */
export async function serve(handler) {
  open();
  for (;;) {
    const { head, text } = await call(`GET ${invocation}/next HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    const id = /\r\nlambda-runtime-aws-request-id: *(\S+)/i.exec(head)[1];
    try {
      const answer = await handler(JSON.parse(text), { awsRequestId: id });
      await post(`${invocation}/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      console.error(error);
      await post(`${invocation}/${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: error.message }));
    }
  }
}

/** The body that was signed. */
export function signedBody(event) {
  const body = event.body ?? '';
  return event.isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
}

/** What a function URL makes an HTTP answer of. */
export function answer(statusCode, body) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
