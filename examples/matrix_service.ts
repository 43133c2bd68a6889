/**
 * A service that multiplies matrices: POST two matrices of doubles, one after the other, to /multiply?m=..&n=..&k=.., get
 * their product. Bodies and replies are the numbers as they lie in memory: no text is parsed, and what has arrived is
 * multiplied in place.
 *
 *     npx tsx examples/matrix_service.ts 8080
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { dgemm, info } from '@paratune/blas';

/** Of one request, in bytes. */
const MOST_BYTES = 256 * 2 ** 20;

/** Says what is wrong with a request, and the status that says so. */
class RequestError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function sizeOf(url: URL, name: string): number {
  const text = url.searchParams.get(name);
  if (text === null || !/^[1-9]\d{0,5}$/.test(text))
    throw new RequestError(400, `'${name}' must be a whole number from 1 to 999999, got '${text}'`);
  return Number(text);
}

/** Reads exactly so many bytes into memory that doubles can lie in. */
async function readBytes(request: IncomingMessage, bytes: number): Promise<ArrayBuffer> {
  const body = new Uint8Array(bytes);
  let at = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    if (at + chunk.length > bytes) throw new RequestError(400, `the body must have ${bytes} bytes, it has more`);
    body.set(chunk, at);
    at += chunk.length;
  }
  if (at < bytes) throw new RequestError(400, `the body must have ${bytes} bytes, got ${at}`);
  return body.buffer;
}

async function multiply(request: IncomingMessage, url: URL): Promise<Float64Array> {
  const [m, n, k] = ['m', 'n', 'k'].map((name) => sizeOf(url, name)) as [number, number, number];
  const bytes = 8 * (m * k + k * n);
  if (bytes > MOST_BYTES || 8 * m * n > MOST_BYTES) throw new RequestError(413, `at most ${MOST_BYTES} bytes`);
  const body = await readBytes(request, bytes);
  const [A, B] = [new Float64Array(body, 0, m * k), new Float64Array(body, 8 * m * k)];
  return dgemm('row-major', 'no-transpose', 'no-transpose', m, n, k, 1, A, k, B, n, 0, new Float64Array(m * n), n);
}

/** The service; `listen` starts it. */
export function matrixService(): Server {
  return createServer(async (request, response) => {
    try {
      const url = new URL(request.url ?? '/', 'http://service');
      if (url.pathname === '/info') {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(info()));
      } else if (url.pathname === '/multiply' && request.method === 'POST') {
        const C = await multiply(request, url);
        response.setHeader('content-type', 'application/octet-stream').end(new Uint8Array(C.buffer));
      } else {
        throw new RequestError(404, 'POST /multiply?m=..&n=..&k=.. or GET /info');
      }
    } catch (error) {
      response.statusCode = error instanceof RequestError ? error.status : 500;
      response
        .setHeader('connection', 'close')
        .end(`${error instanceof RequestError ? error.message : 'internal error'}\n`);
    }
  });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(argv[2] ?? 8080);
  matrixService().listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/info`));
}
