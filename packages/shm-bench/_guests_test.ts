import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { available } from '@paratune/guest';
import { Bench } from './bench.ts';
import { benchmarks } from './benchmarks.ts';

const [uml] = await available(['uml-128']);
const skip = uml!.available ? false : `${uml!.missing} (to mend it: ${uml!.remedy})`;

const regions = () => readdirSync('/dev/shm').filter((name) => name.startsWith('paratune-shm-'));

/** The kernels of guests that share a region of this process. */
function kernels(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const own = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ');
        const ours = Number(own[1]) === process.pid && own[0] !== 'Z';
        return ours && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('iomem=mmapper');
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe('guests of user-mode Linux', { skip }, () => {
  let there: string[];
  const bench = new Bench();
  before(() => {
    there = regions();
  });
  after(async () => {
    await bench.close();
    assert.deepEqual(kernels(), []);
    assert.deepEqual(
      regions().filter((name) => !there.includes(name)),
      [],
    );
  });

  test('a process and a guest share memory, and have no network', { timeout: 120_000 }, async () => {
    const few = { between: 'host-uml', iterations: 200, runs: 2 } as const;
    for (const implementation of ['x64', 'js'] as const) {
      const { means } = await bench.measure({ ...few, benchmark: 'sync1k', implementation });
      assert.ok(means.length === 2 && means.every((mean) => mean > 0));
    }
    await assert.rejects(bench.measure({ ...few, benchmark: 'tcp' }), {
      ...{ name: 'CommunicationError', kind: 'unavailable', message: /no network between the sides of host-uml/ },
    });
  });

  test('two guests share memory and a cable; one that dies is noticed', { timeout: 120_000 }, async () => {
    for (const benchmark of benchmarks) {
      const { mean, p50 } = await bench.measure({ benchmark, between: 'uml-uml', iterations: 50, runs: 2 });
      assert.ok(mean > 0 && p50! > 0);
    }
    assert.equal(kernels().length, 2);
    const ended = assert.rejects(
      bench.measure({ benchmark: 'sync', between: 'uml-uml', iterations: 1e9, runs: 1000, timeoutMs: 5000 }),
      { name: 'CommunicationError', kind: 'peer-lost' },
    );
    await sleep(1500);
    process.kill(kernels()[1]!, 'SIGKILL');
    await ended;
  });
});
