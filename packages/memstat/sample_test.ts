import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { startChild } from './_child.ts';
import { MemstatError } from './memstat_error.ts';
import { type MemorySample, sample } from './sample.ts';

const MIB = 2 ** 20;

const isGone = (error: unknown) => error instanceof MemstatError && error.kind === 'gone';

test('a series follows a child to its end and has its peak', async () => {
  const child = await startChild();
  const seen: MemorySample[] = [];
  let grown: () => void;
  const sawGrowth = new Promise<void>((resolve) => {
    grown = resolve;
  });
  const series = sample(child.process, {
    intervalMilliseconds: 10,
    onSample: (one) => {
      seen.push(one);
      if (one.process.residentBytes - seen[0]!.process.residentBytes > 30 * MIB) grown();
    },
  });
  await child.touch(32);
  await sawGrowth;
  await child.end();

  const { pid, samples, peaks, ended, started, intervalMilliseconds } = await series;
  assert.equal(pid, child.pid);
  assert.equal(ended, 'exit');
  assert.equal(intervalMilliseconds, 10);
  assert.ok(!Number.isNaN(Date.parse(started)));
  assert.deepEqual(samples, seen);
  assert.ok(samples.every((one, index) => index === 0 || one.milliseconds > samples[index - 1]!.milliseconds));
  assert.ok(peaks.residentBytes - samples[0]!.process.residentBytes > 30 * MIB);
  assert.equal(peaks.minorFaults, samples.at(-1)!.process.minorFaults);
  assert.deepEqual(JSON.parse(JSON.stringify(peaks)), peaks);
});

test('a process is sampled by its number too, and notices its end', async () => {
  const child = await startChild();
  const series = sample(child.pid, { intervalMilliseconds: 5 });
  await child.end();
  assert.equal((await series).ended, 'exit');
});

test('an abort ends the series and keeps what there is', async () => {
  const controller = new AbortController();
  const { ended, samples } = await sample(process.pid, {
    intervalMilliseconds: 60_000,
    signal: controller.signal,
    onSample: () => setImmediate(() => controller.abort()),
  });
  assert.equal(ended, 'aborted');
  assert.equal(samples.length, 1);
  const already = await sample(process.pid, { signal: AbortSignal.abort() });
  assert.equal(already.ended, 'aborted');
});

test('nothing is left listening on the child and the signal', async () => {
  const controller = new AbortController();
  const child = await startChild();
  const before = child.process.listenerCount('exit');
  const series = sample(child.process, { intervalMilliseconds: 5, signal: controller.signal });
  assert.equal(child.process.listenerCount('exit'), before + 1);
  controller.abort();
  await series;
  assert.equal(child.process.listenerCount('exit'), before);
  await child.end();
});

test('an error of the caller’s function is the caller’s', async () => {
  const thrown = new Error('mine');
  await assert.rejects(
    sample(process.pid, {
      onSample: () => {
        throw thrown;
      },
    }),
    thrown,
  );
});

test('a process that is not there is gone', async () => {
  const child = spawn('true');
  await once(child, 'exit');
  await assert.rejects(sample(child), isGone);
  await assert.rejects(sample(2 ** 31 - 1), isGone);
  const never = spawn('/nothing/of/this/name');
  await Promise.all([once(never, 'error'), assert.rejects(sample(never), isGone)]);
});

test('bad arguments are refused by name', async () => {
  const refused = (target: unknown, options: unknown, name: string, message: RegExp) =>
    assert.rejects(sample(target as never, options as never), { name, message });
  await refused('1', {}, 'TypeError', /'pid'/);
  await refused(undefined, {}, 'TypeError', /'pid'/);
  await refused(null, {}, 'TypeError', /'pid'/);
  await refused({}, {}, 'TypeError', /'pid'/);
  await refused(-1, {}, 'RangeError', /'pid'/);
  await refused(Number.NaN, {}, 'RangeError', /'pid'/);
  await refused(1, null, 'TypeError', /'options'/);
  await refused(1, { interval: 5 }, 'TypeError', /'interval'/);
  await refused(1, { intervalMilliseconds: '5' }, 'TypeError', /'intervalMilliseconds'/);
  for (const intervalMilliseconds of [0, -1, 1.5, Number.NaN, 2 ** 31]) {
    await refused(1, { intervalMilliseconds }, 'RangeError', /'intervalMilliseconds'/);
  }
  await refused(1, { signal: {} }, 'TypeError', /'signal'/);
  await refused(1, { onSample: 1 }, 'TypeError', /'onSample'/);
});
