import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChild } from './_child_process.ts';
import { addressOf } from './address_of.ts';
import { allocate } from './allocate.ts';
import { free } from './free.ts';

const detaches = 'transfer' in ArrayBuffer.prototype;

test('a freed array, and every view of its buffer, can be used without harm', () => {
  const array = allocate(Float64Array, 100_000);
  const bytes = new Uint8Array(array.buffer);
  const part = array.subarray(10, 20);
  array.fill(7);
  free(array);
  const empty = detaches ? undefined : 0;
  assert.equal(array[5], empty);
  assert.equal(bytes[5], empty);
  assert.equal(part[5], empty);
  array[5] = 1;
  bytes[5] = 1;
  assert.equal(array.length, detaches ? 0 : 100_000);
  if (detaches) assert.throws(() => addressOf(array), RangeError);
});

test('memory is returned at once', () => {
  const array = allocate(Float64Array, 2 ** 22).fill(1); // 32 MiB
  const before = process.memoryUsage.rss();
  free(array);
  assert.ok(before - process.memoryUsage.rss() > 24 * 2 ** 20);
});

test('any view frees the whole, once', () => {
  const array = allocate(Float64Array, 10);
  free(array.subarray(5));
  assert.throws(() => free(array), { name: 'TypeError', message: /'array'/ });
});

test('only memory from allocate can be freed', () => {
  for (const array of [undefined, null, 5, {}, new Float64Array(5), new ArrayBuffer(8), Buffer.alloc(5)]) {
    assert.throws(() => free(array as never), { name: 'TypeError', message: /'array'/ });
  }
});

test('the memory cannot be taken from its buffer', () => {
  const array = allocate(Float64Array, 10).fill(3);
  const buffer = array.buffer as ArrayBuffer & { transfer?: () => ArrayBuffer };
  if (buffer.transfer) assert.throws(() => buffer.transfer!(), TypeError);
  try {
    structuredClone(buffer, { transfer: [buffer] }); // refused by later versions of Node, a copy in earlier ones
  } catch (error) {
    assert.equal((error as Error).name, 'DataCloneError');
  }
  assert.equal(array[9], 3);
  free(array);
});

test('arrays that are forgotten, freed or not, are unmapped once collected, and not before', () => {
  const { stdout, stderr, signal } = runChild(
    `
    const { allocate, addressOf, free } = await importNative();
    const at = (address) => permissionsAt(readFileSync('/proc/self/maps', 'utf8'), address) !== undefined;
    // Large, so that nothing else comes to lie at its address.
    let forgotten = allocate(Float64Array, 2 ** 24, { guard: 'both' });
    let freed = allocate(Float64Array, 2 ** 24, { guard: 'both' });
    let kept = allocate(Float64Array, 2 ** 24, { guard: 'both' });
    const addresses = [forgotten, freed, kept].map(addressOf);
    const keptBuffer = kept.buffer;
    new Float64Array(keptBuffer)[7] = 5;
    free(freed);
    forgotten = freed = kept = undefined;
    for (let turn = 0; turn < 100 && (at(addresses[0]) || at(addresses[1])); turn++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    print([...addresses.map(at), new Float64Array(keptBuffer)[7]]);`,
    { flags: ['--expose-gc'] },
  );
  assert.equal(signal, null);
  assert.equal(stdout, '[false,false,true,5]', stderr);
});
