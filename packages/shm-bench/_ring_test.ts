import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Region } from './_region.ts';
import { Ring, ringBytes } from './_ring.ts';

const regionOf = (capacity: number) => new Region(new Int32Array(new SharedArrayBuffer(ringBytes(capacity))));

test('a ring is a queue, also where its positions pass 2^32', () => {
  const operation = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.constant('read' as const));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: -40, max: 40 }), (operations, begin) => {
      const region = regionOf(64);
      // Both ends of an empty ring, somewhere about the largest position.
      for (const at of [0, 128]) region.store(at, begin * 4);
      const [writer, reader] = [new Ring(region, 0, 64), new Ring(region, 0, 64)];
      const queue: Uint8Array[] = [];
      let used = 0;
      const size = (message: Uint8Array) => 4 + Math.ceil(message.length / 4) * 4;
      for (const each of operations) {
        if (each === 'read') {
          const expected = queue.shift();
          used -= expected === undefined ? 0 : size(expected);
          assert.deepEqual(reader.read(), expected);
        } else {
          const fits = used + size(each) <= 64;
          assert.equal(writer.write(each), fits);
          if (!fits) continue;
          queue.push(each);
          used += size(each);
        }
      }
    }),
  );
});

test('a ring that was spoiled is an error', () => {
  const region = regionOf(64);
  const ring = new Ring(region, 0, 64);
  ring.write(Uint8Array.of(1, 2));
  region.store(256, 50);
  assert.throws(() => ring.read(), { kind: 'mismatch', message: /a message of 50 bytes/ });
  region.store(256, -1);
  assert.throws(() => ring.read(), { kind: 'mismatch' });
  region.store(128, 68);
  assert.throws(() => ring.read(), { kind: 'mismatch', message: /68 bytes cannot be in a ring of 64/ });
  assert.throws(() => ring.write(new Uint8Array(0)), { kind: 'mismatch' });
});
