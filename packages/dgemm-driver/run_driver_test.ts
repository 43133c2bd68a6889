import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Guest, GuestError, type RunResult, start } from '@paratune/guest';
import { driverResult, fakeGuests, success } from './_fixture.ts';
import { runDriver } from './run_driver.ts';

let native: Guest;
before(async () => {
  native = await start({ kind: 'native' });
});
after(() => native.stop());

test('a real run measures what it should', { timeout: 60_000 }, async () => {
  const n = 300;
  const run = await runDriver(native, { n, alpha: 0.5, beta: -2, seed: 2 ** 32 - 1 });
  assert.ok(run.status === 'measured', JSON.stringify(run));
  const { result } = run;
  assert.equal(result.n, n);
  assert.ok(Math.abs(result.mflops * result.seconds - (2 * n ** 3) / 1e6) < 1e-6);
  assert.ok(result.checkError > 0 && result.checkError <= 1);
  assert.ok(result.baselineBytes > 2 ** 20 && result.residentBytes < result.peakResidentBytes + 2 ** 20);
  assert.ok(result.minorFaults > (24 * n * n) / 4096);
  assert.match(result.backend, /^dgemm_/);
});

test('its resident set grows by three matrices', { timeout: 60_000 }, async () => {
  const grown = async (n: number) => {
    const run = await runDriver(native, { n });
    assert.ok(run.status === 'measured', JSON.stringify(run));
    return run.result.residentBytes - run.result.baselineBytes;
  };
  const n = 1500;
  const bytes = (await grown(n)) - (await grown(1));
  // Beside the matrices, pages of Node's own file come and go.
  assert.ok(Math.abs(bytes - 24 * n * n) < 8 * 2 ** 20, `${bytes} for ${24 * n * n}`);
});

test('the time limit ends a run', { timeout: 60_000 }, async () => {
  const run = await runDriver(native, { n: 20_000, timeoutMs: 500 });
  assert.ok(run.status === 'failed');
  assert.match(run.reason, /^timed out after /);
});

test('nothing of the environment of this process reaches it', { timeout: 60_000 }, async () => {
  process.env['NODE_OPTIONS'] = '--no-such-option';
  try {
    assert.equal((await runDriver(native, { n: 10 })).status, 'measured');
  } finally {
    delete process.env['NODE_OPTIONS'];
  }
});

const ended = (end: Partial<RunResult>): RunResult => ({ exitCode: 0, signal: null, stdout: '', stderr: '', ...end });

for (const [what, end, reason] of [
  [
    'out of memory',
    { exitCode: null, signal: 'SIGKILL', reason: 'out-of-memory', detail: 'the kernel killed it' },
    'out of memory: killed by SIGKILL: the kernel killed it',
  ],
  ['a signal', { exitCode: null, signal: 'SIGSEGV' }, 'killed by SIGSEGV'],
  [
    'an error',
    { exitCode: 1, stderr: 'Error: wrong result: an entry is off by 9 times\n' },
    'exit code 1: Error: wrong result: an entry is off by 9 times',
  ],
  [
    'a stack',
    { exitCode: 1, stderr: 'driver.cjs:1\n  throw it\nRangeError: no memory\n    at run\nNode.js v20\n' },
    'exit code 1: RangeError: no memory',
  ],
  ['nothing', {}, 'printed no result'],
  ['no JSON', { stdout: 'hello\n' }, 'printed no result: hello'],
  ['too little', { stdout: '{"version":1}' }, 'printed no result: {"version":1}'],
  ['another dimension', { stdout: JSON.stringify(driverResult(99)) }, 'printed the result of n = 99'],
] as const) {
  test(`a run that ends with ${what} has failed, and the reason says so`, async () => {
    const guest = await fakeGuests(() => ended(end)).start({ kind: 'native' });
    assert.deepEqual(await runDriver(guest, { n: 100 }), { status: 'failed', reason });
  });
}

test('when the environment dies, its error is thrown', async () => {
  const panic = new GuestError('the kernel panicked', { kind: 'panic', environment: 'native' });
  const guest = await fakeGuests(() => panic).start({ kind: 'native' });
  await assert.rejects(runDriver(guest, { n: 100 }), panic);
});

for (const [options, error, message] of [
  [{ n: -1 }, RangeError, /'n' .* got -1/],
  [{ n: 0.5 }, RangeError, /'n' .* got 0.5/],
  [{ n: Number.NaN }, RangeError, /'n' .* got NaN/],
  [{ n: 2 ** 16 }, RangeError, /'n' .* got 65536/],
  [{ n: '10' }, TypeError, /'n' .* got "10"/],
  [{ n: 10, alpha: Number.POSITIVE_INFINITY }, RangeError, /'alpha' must be a finite number, got Infinity/],
  [{ n: 10, beta: null }, TypeError, /'beta' .* got null/],
  [{ n: 10, seed: 2 ** 32 }, RangeError, /'seed' .* got 4294967296/],
] as const) {
  test(`refuses ${JSON.stringify(options)} before anything runs`, async () => {
    const { start, events } = fakeGuests(success);
    const guest = await start({ kind: 'native' });
    await assert.rejects(
      runDriver(guest, options as never),
      (thrown) => thrown instanceof error && message.test(thrown.message),
    );
    assert.deepEqual(events, ['start native']);
  });
}
