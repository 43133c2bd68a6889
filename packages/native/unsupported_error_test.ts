import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChild } from './_child_process.ts';
import { UnsupportedError } from './unsupported_error.ts';

test('it says what is missing, where, why, and what would help', () => {
  const cause = new Error('below');
  const error = new UnsupportedError('a feature', 'it is old', { remedy: 'buy a new one', cause });
  assert.equal(
    error.message,
    `a feature is not available on ${process.platform}-${process.arch}: it is old; buy a new one`,
  );
  assert.equal(error.cause, cause);
  assert.equal(new UnsupportedError('a', 'b').remedy, undefined);
  assert.ok(!('cause' in new UnsupportedError('a', 'b')));
});

test('importing the package loads nothing', () => {
  const { stdout, stderr } = runChild(`
    await importNative();
    print(/koffi/.test(readFileSync('/proc/self/maps', 'utf8')));`);
  assert.equal(stdout, 'false', stderr);
});

test('on another platform every function says so when called, and no sooner', () => {
  for (const [property, value] of [
    ['platform', 'darwin'],
    ['arch', 'arm64'],
  ]) {
    const { stdout, stderr } = runChild(`
      Object.defineProperty(process, '${property}', { value: '${value}' });
      const native = await importNative();
      const calls = {
        load: () => native.load(Uint8Array.of(0xc3)),
        allocate: () => native.allocate(Float64Array, 10),
        addressOf: () => native.addressOf(new Float64Array(1)),
        pin: () => native.pin(0),
        affinity: () => native.affinity(),
        counters: () => native.counters(['pageFaults']),
        timestampCounter: () => native.timestampCounter(),
        timestampFrequency: () => native.timestampFrequency(),
        processor: () => native.processor(),
      };
      native.now();
      native.resourceUsage();
      print(Object.entries(calls).map(([name, call]) => {
        try { call(); return name; } catch (error) { return error instanceof native.UnsupportedError; }
      }));`);
    assert.deepEqual(JSON.parse(stdout || stderr), Array(9).fill(true));
  }
});
