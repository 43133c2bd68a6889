import assert from 'node:assert/strict';
import { test } from 'node:test';
import { now } from './now.ts';
import { timestampCounter } from './timestamp_counter.ts';
import { timestampFrequency } from './timestamp_frequency.ts';

test('the clocks run forwards, and the counter at its frequency', () => {
  const hertz = timestampFrequency();
  assert.equal(timestampFrequency(), hertz);
  // However long this process waits for its turn between two readings, the outer ticks enclose the clock's time, and the
  // clock's time the inner ticks. The clock may be slewed against the counter, by 0.05 % at most.
  const [outerStart, clockStart, innerStart] = [timestampCounter(), now(), timestampCounter()];
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  const [innerEnd, clockEnd, outerEnd] = [timestampCounter(), now(), timestampCounter()];
  const seconds = (clockEnd - clockStart) / 1e9;
  assert.ok((outerEnd - outerStart) / hertz > seconds * 0.99);
  assert.ok((innerEnd - innerStart) / hertz < seconds * 1.01);
});

test('the counter counts on', () => {
  const readings = Array.from({ length: 1000 }, () => timestampCounter());
  assert.ok(
    readings.every((reading, index) => Number.isInteger(reading) && (index === 0 || reading > readings[index - 1]!)),
  );
  const times = Array.from({ length: 1000 }, () => now());
  assert.ok(times.every((time, index) => Number.isInteger(time) && (index === 0 || time >= times[index - 1]!)));
});
