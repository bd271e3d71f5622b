// Lambda's Runtime API, from the side of a Node function: one kept-alive connection, one invocation at a time. Esbuild puts
// it into each bundle.
import { Agent, request } from 'node:http';

const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const invocation = '/2018-06-01/runtime/invocation';

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const asked = request({ agent, host, port, method, path, headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Hands every invocation to `handler`, for ever. */
export async function serve(handler) {
  for (;;) {
    const { headers, text } = await call('GET', `${invocation}/next`);
    const id = headers['lambda-runtime-aws-request-id'];
    try {
      const answer = await handler(JSON.parse(text), { awsRequestId: id });
      await call('POST', `${invocation}/${id}/response`, JSON.stringify(answer));
    } catch (error) {
      console.error(error);
      const report = { errorType: error.name, errorMessage: error.message };
      await call('POST', `${invocation}/${id}/error`, JSON.stringify(report));
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
