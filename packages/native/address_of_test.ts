import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { addressOf } from './address_of.ts';
import { allocate } from './allocate.ts';
import { free } from './free.ts';
import { load } from './load.ts';

// The types of Node leave WebAssembly out.
type Memory = new (limits: { initial: number; maximum?: number; shared?: boolean }) => { buffer: ArrayBufferLike };
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: Memory } }).WebAssembly;

test('the address is of the first element, whatever the buffer', () => {
  const buffers = [
    new ArrayBuffer(1024),
    new SharedArrayBuffer(1024),
    new Memory({ initial: 1 }).buffer,
    new Memory({ initial: 1, maximum: 1, shared: true }).buffer,
    allocate(Uint8Array, 1024).buffer,
  ];
  for (const buffer of buffers) {
    const start = addressOf(new Uint8Array(buffer));
    assert.ok(Number.isSafeInteger(start) && start > 0);
    assert.equal(addressOf(new Float64Array(buffer, 64, 2)), start + 64);
    assert.equal(addressOf(new DataView(buffer, 3)), start + 3);
    if (buffer instanceof ArrayBuffer) assert.equal(addressOf(buffer), start);
  }
});

test('properties of a subclass are not read: they may lie, or take the memory away', () => {
  class Lying extends Float64Array {
    override get byteLength() {
      structuredClone(super.buffer, { transfer: [super.buffer as ArrayBuffer] });
      return 8;
    }
  }
  const array = new Lying(100);
  assert.equal(addressOf(array), addressOf(new Float64Array(array.buffer)));
  const view = Object.defineProperty(new DataView(array.buffer), 'byteLength', { value: 0 });
  assert.equal(addressOf(view), addressOf(array));
  assert.equal(array.length, 100);
});

test('small arrays, which V8 keeps in its heap at first, stay where they are said to be', () => {
  // movsd xmm0, [rdi]; ret, through cvttsd2si rdi, [rdi]
  const read = load(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0x3f, 0xf2, 0x0f, 0x10, 0x07, 0xc3), {
    signature: 'double(pointer)',
  });
  const arrays = Array.from({ length: 1000 }, (_, index) => Float64Array.of(index));
  const addresses = arrays.map(addressOf);
  const garbage = Array.from({ length: 100 }, () => new Array(10_000).fill({}));
  assert.equal(garbage.length, 100);
  for (const [index, address] of addresses.entries()) assert.equal(read(Float64Array.of(address)), index);
  read.unload();
});

test('addresses of data and of code are good in every thread', async () => {
  // movsd xmm0, [rdi]; addsd xmm0, xmm0; movsd [rdi], xmm0; ret
  const double = load(Uint8Array.of(0xf2, 0x0f, 0x10, 0x07, 0xf2, 0x0f, 0x58, 0xc0, 0xf2, 0x0f, 0x11, 0x07, 0xc3));
  const array = allocate(Float64Array, 1000);
  array[0] = 21;
  // A worker thread of Node 20 does not inherit the loader that the tests run under.
  const start = `import('tsx/esm/api').then(({ tsImport }) => tsImport('./_worker.ts', ${JSON.stringify(import.meta.url)}))`;
  const worker = new Worker(start, {
    eval: true,
    execArgv: [],
    workerData: { code: double.address, data: addressOf(array) },
  });
  const [{ address }] = (await once(worker, 'message')) as [{ address: number }];
  await once(worker, 'exit');
  assert.equal(array[0], 42);

  // What the ended thread allocated and did not free is still there.
  const block = Float64Array.of(address);
  const read = load(Uint8Array.of(0xf2, 0x48, 0x0f, 0x2c, 0x3f, 0xf2, 0x0f, 0x10, 0x07, 0xc3), {
    signature: 'double(pointer)',
  });
  assert.equal(read(block), 7);
  read.unload();
  double.unload();
  free(array);
});

test('what has no address is refused', () => {
  for (const view of [undefined, null, 5, 5n, 'text', [], {}, new SharedArrayBuffer(8)]) {
    assert.throws(() => addressOf(view as never), { name: 'TypeError', message: /'view'/ });
  }
  const detached = new Float64Array(100);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  for (const view of [new Float64Array(0), new ArrayBuffer(0), detached]) {
    assert.throws(() => addressOf(view), { name: 'RangeError', message: /'view'/ });
  }
});
