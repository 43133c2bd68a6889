import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Guest, GuestError, type RunOptions, start } from '@paratune/guest';
import { success } from './_fixture.ts';
import { runConcurrently } from './run_concurrently.ts';

/** An environment whose driver does what a test says. */
function fake(run: (file: string, options: RunOptions) => Promise<Awaited<ReturnType<Guest['run']>>>): Guest {
  return {
    name: 'native',
    run: (_command: string, args: readonly string[], options: RunOptions) => run(args.at(-1)!, options),
  } as Guest;
}

test('nobody begins before all are ready', async () => {
  const guest = await start({ kind: 'native' });
  let ended = false;
  let barrier = '';
  const late = fake(async (file, { onOutput }) => {
    barrier = file;
    await sleep(1500);
    assert.ok(!existsSync(file) && !ended);
    onOutput!(Buffer.from('rea'), 'stderr');
    assert.ok(!existsSync(file));
    onOutput!(Buffer.from('dy\n'), 'stderr');
    return { ...success(64), stderr: 'ready\n' };
  });
  const real = guest.run.bind(guest);
  const observed = {
    ...guest,
    run: (...given: Parameters<Guest['run']>) => real(...given).finally(() => (ended = true)),
  };
  const runs = await runConcurrently([observed, late], { n: 64 });
  await guest.stop();
  assert.deepEqual(
    runs.map(({ status }) => status),
    ['measured', 'measured'],
  );
  assert.ok(ended && !existsSync(barrier));
});

test('one that dies keeps nobody waiting, and its reason is its own last words', async () => {
  const guest = await start({ kind: 'native' });
  const dead = fake(async (_file, { onOutput }) => {
    onOutput!(Buffer.from('Error: no memory\n'), 'stderr');
    return { exitCode: 1, signal: null, stdout: '', stderr: 'ready\nError: no memory\n' };
  });
  const [measured, failed] = await runConcurrently([guest, dead], { n: 64 });
  assert.equal(measured!.status, 'measured');
  assert.deepEqual(failed, { status: 'failed', reason: 'exit code 1: Error: no memory' });
  const gone = fake(() => Promise.reject(new GuestError('it panicked', { kind: 'panic', environment: 'uml-256' })));
  await assert.rejects(runConcurrently([guest, gone], { n: 64 }), { name: 'GuestError', kind: 'panic' });
  await guest.stop();
});

test('without an environment there is nothing to run', async () => {
  await assert.rejects(runConcurrently([], { n: 64 }), { name: 'RangeError', message: "'guests' must not be empty" });
  await assert.rejects(runConcurrently('native' as never, { n: 64 }), TypeError);
});
