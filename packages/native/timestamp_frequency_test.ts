import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from './now.ts';
import { timestampCounter } from './timestamp_counter.ts';
import { timestampFrequency } from './timestamp_frequency.ts';

test('the clocks run forwards, and the counter at its frequency', () => {
  const hertz = timestampFrequency();
  assert.equal(timestampFrequency(), hertz);
  const [ticksBefore, before] = [timestampCounter(), now()];
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const [ticks, nanoseconds] = [timestampCounter() - ticksBefore, now() - before];
  // The two clocks are read one after the other, between which this process may wait for its turn: hence a wide margin.
  const ratio = ticks / hertz / (nanoseconds / 1e9);
  assert.ok(ratio > 0.5 && ratio < 2, `the counter is off by ${ratio}`);
});

test('the counter counts on', () => {
  const readings = Array.from({ length: 1000 }, () => timestampCounter());
  assert.ok(
    readings.every((reading, index) => Number.isInteger(reading) && (index === 0 || reading > readings[index - 1]!)),
  );
  const times = Array.from({ length: 1000 }, () => now());
  assert.ok(times.every((time, index) => Number.isInteger(time) && (index === 0 || time >= times[index - 1]!)));
});
