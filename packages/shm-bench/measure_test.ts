import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { affinity } from '@paratune/native';
import * as v from 'valibot';
import { measurementTable } from './_measurement_table.ts';
import type { MeasureOptions } from './bench.ts';
import { benchmarks } from './benchmarks.ts';
import { measure } from './measure.ts';
import { measurementSchema } from './measurement.ts';

const skip = process.platform === 'linux' && process.arch === 'x64' ? false : 'only Linux on x86-64 has it';

const here = ['threads', 'processes'] as const;

for (const between of here) {
  test(`all benchmarks between ${between}`, { skip, timeout: 120_000 }, async () => {
    for (const benchmark of benchmarks) {
      const options = { benchmark, between, iterations: benchmark === 'tcp' ? 30 : 500, runs: 2 };
      const measured = await measure(options);
      assert.deepEqual(v.parse(measurementSchema, JSON.parse(JSON.stringify(measured))), measured);
      const { mean, sd, means, medians, p50, p99, p999, max, quantiles } = measured;
      assert.deepEqual([means.length, medians.length], [2, 2]);
      assert.ok(Math.min(...medians) <= p50! && p50! <= Math.max(...medians));
      assert.ok(Math.abs(mean - (means[0]! + means[1]!) / 2) <= 1e-9 * mean);
      assert.ok(Math.abs(sd - Math.abs(means[0]! - means[1]!) / Math.SQRT2) <= 1e-6 * mean);
      assert.ok(p50! <= p99! && p99! <= p999! && p999! <= max!);
      // The mean lies between the least and the largest.
      assert.ok(quantiles[0]!.nanoseconds <= mean && mean <= quantiles.at(-1)!.nanoseconds * 1.001);
      if (benchmark === 'tcp') continue;
      const inJavaScript = await measure({ ...options, implementation: 'js' });
      assert.ok(inJavaScript.mean > 0);
      assert.deepEqual([inJavaScript.p50, inJavaScript.quantiles], [null, []]);
    }
  });
}

test('both sides may share a CPU', { skip, timeout: 60_000 }, async () => {
  const cpu = affinity()[0]!;
  const { cpus, mean } = await measure({
    ...{ benchmark: 'raw', between: 'processes', iterations: 100, runs: 1, cpus: [cpu, cpu] },
  });
  assert.deepEqual(cpus, [cpu, cpu]);
  assert.ok(mean > 0);
});

test('more iterations than samples are kept', { skip, timeout: 60_000 }, async () => {
  const { quantiles, max } = await measure({
    ...{ benchmark: 'raw', between: 'threads', iterations: 2 ** 20 + 1, runs: 1, warmUp: 0 },
  });
  assert.equal(quantiles.at(-1)!.nanoseconds, max);
});

/** The processes of this one that are a side of that role. */
function sidesOf(role: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        const ours = parent === process.pid && !stat.includes(') Z');
        return ours && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`"role":${role}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

const folders = () => readdirSync('/dev/shm').filter((name) => name.startsWith('paratune-shm-'));

for (const implementation of ['x64', 'js'] as const) {
  test(`a side that is killed is an error, and nothing is left: ${implementation}`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const before = folders();
    const ended = assert.rejects(
      measure({ benchmark: 'sync', between: 'processes', iterations: 1e9, runs: 1000, implementation }),
      { name: 'CommunicationError', kind: 'peer-lost', message: /role 1 was ended by SIGKILL/ },
    );
    while (sidesOf(1).length === 0) await sleep(5);
    await sleep(300);
    for (const side of sidesOf(1)) process.kill(side, 'SIGKILL');
    await ended;
    assert.deepEqual([sidesOf(0), sidesOf(1)], [[], []]);
    assert.deepEqual(
      folders().filter((name) => !before.includes(name)),
      [],
    );
  });
}

test('a signal ends both sides', { skip, timeout: 60_000 }, async () => {
  for (const between of here) {
    const signal = AbortSignal.timeout(500);
    const options: MeasureOptions = { benchmark: 'raw', between, iterations: 1e9, runs: 1000, signal };
    await assert.rejects(measure(options), { name: 'CommunicationError', kind: 'peer-lost' });
  }
});

test('wrong options are refused by name', { skip }, async () => {
  const right = { benchmark: 'raw', between: 'threads' };
  for (const [changes, name, message] of [
    [{ benchmark: 'udp' }, 'RangeError', /'benchmark' must be one of 'raw', .* got 'udp'/],
    [{ between: 7 }, 'TypeError', /'between' must be one of .* got 7/],
    [{ iterations: 0 }, 'RangeError', /'iterations' must be a whole number from 1 to 1000000000, got 0/],
    [{ runs: 1.5 }, 'RangeError', /'runs' .* got 1.5/],
    [{ cpus: [0, 8191] }, 'RangeError', /'cpus' must be of those .* got 8191/],
    [{ cpus: 1 }, 'TypeError', /'cpus' must be a pair/],
    [{ implementation: 'c' }, 'RangeError', /'implementation' .* got 'c'/],
    [{ benchmark: 'tcp', implementation: 'js' }, 'RangeError', /'implementation' must be 'x64' for benchmark 'tcp'/],
    [{ nonsense: 1 }, 'TypeError', /'options' has no property 'nonsense'/],
  ] as const) {
    await assert.rejects(measure({ ...right, ...changes } as unknown as MeasureOptions), { name, message });
  }
});

test('a table has a line for each, and nothing where nothing was timed', () => {
  const table = measurementTable([
    {
      ...{ version: 1, benchmark: 'raw', between: 'threads', implementation: 'js', unit: 'ns' },
      ...{ time: '2026-01-31T12:00:00.000Z', cpus: [0, 1], iterations: 10, runs: 2, mean: 250.4, sd: 2.25 },
      ...{ p50: null, p99: null, p999: null, max: null, means: [249, 251], medians: [], quantiles: [] },
    },
  ]);
  assert.match(table, /raw +threads +js +0,1 +2 +10 +250 +2.25\n$/);
});
