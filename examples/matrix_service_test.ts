import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { matrixService } from './matrix_service.ts';

const service = matrixService();
let address = '';
before(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});
after(() => service.close());

const post = (query: string, body: Float64Array) => fetch(`${address}/multiply?${query}`, { method: 'POST', body });

test('two matrices go in, their product comes out', async () => {
  const reply = await post('m=2&n=2&k=3', new Float64Array([1, 2, 3, 4, 5, 6, /* B */ 1, 0, 0, 1, 1, 1]));
  assert.equal(reply.status, 200);
  assert.deepEqual([...new Float64Array(await reply.arrayBuffer())], [4, 5, 10, 11]);
  const info = (await (await fetch(`${address}/info`)).json()) as { backend: string };
  assert.match(info.backend, /^(x64|wasm|js)$/);
});

test('what cannot be multiplied is refused by name, and the service goes on', async () => {
  const refused: [query: string, body: Float64Array, status: number, message: RegExp][] = [
    ['m=2&n=2', new Float64Array(8), 400, /^'k' must be a whole number from 1 to 999999, got 'null'/],
    ['m=2&n=-2&k=2', new Float64Array(8), 400, /^'n' must be/],
    ['m=2&n=2&k=2', new Float64Array(7), 400, /^the body must have 64 bytes, got 56/],
    ['m=2&n=2&k=2', new Float64Array(9), 400, /^the body must have 64 bytes, it has more/],
    ['m=9000&n=9000&k=9000', new Float64Array(1), 413, /^at most/],
  ];
  for (const [query, body, status, message] of refused) {
    const reply = await post(query, body);
    assert.equal(reply.status, status, query);
    assert.match(await reply.text(), message);
  }
  assert.equal((await fetch(`${address}/else`)).status, 404);
  assert.equal((await post('m=1&n=1&k=1', new Float64Array([2, 3]))).status, 200);
});
