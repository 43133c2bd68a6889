import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { afterEach, describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { affinity, pin } from '@paratune/native';
import { defaults, testedConfigurations } from './_test_backends.ts';
import { usableThreads } from './_thread_team.ts';
import { gridOf } from './_threaded_gemm.ts';
import { configure, dgemm, dgemmBatch, info } from './mod.ts';

const alone = info().backend === 'x64' && usableThreads() > 1 ? false : 'this thread has one CPU, or no machine code';
const mod = new URL('./mod.ts', import.meta.url).href;

test('gridOf cuts into as many pieces as it can, near to square', () => {
  const units = { mu: 24, nu: 8, elementBytes: 8 } as const;
  assert.deepEqual(pick(gridOf(1000, 1000, units, 2)), [1, 2]);
  assert.deepEqual(pick(gridOf(1000, 100, units, 2)), [2, 1]);
  assert.deepEqual(pick(gridOf(1000, 1000, units, 4)), [2, 2]);
  assert.deepEqual(pick(gridOf(10_000, 100, units, 8)), [8, 1]);
  assert.deepEqual(pick(gridOf(24, 8, units, 8)), [1, 1]);
  assert.deepEqual(pick(gridOf(25, 8, units, 8)), [2, 1]);
  assert.deepEqual(pick(gridOf(48, 24, units, 7)), [2, 3]);
});

function pick({ rows, columns }: { rows: number; columns: number }): number[] {
  return [rows, columns];
}

function random(length: number): Float64Array {
  return Float64Array.from({ length }, () => Math.random() - 0.5);
}

describe('dgemm with several threads', { skip: alone }, () => {
  afterEach(() => {
    configure(defaults);
  });

  test('gives the bits of one thread for batches: of many small products, and of few large ones', () => {
    for (const [name, configuration] of testedConfigurations()) {
      if (configuration.backend === 'js') continue;
      configure(configuration);
      for (const [m, n, k, batch, strideB] of [
        [4, 4, 4, 20_001, 16],
        [23, 9, 31, 1500, 31 * 9],
        [100, 90, 80, 17, 0],
        [100, 90, 80, 3, 7200],
        [200, 190, 180, 2, 180 * 190],
        [200, 190, 180, 5, 0],
      ] as const) {
        const [A, B] = [random(m * k * batch), random(k * n + (batch - 1) * strideB)];
        // With a gap between the matrices C they cannot be taken for one.
        const C = random((m * n + 3) * batch);
        const results = [1, 2, 2].map((threads) => {
          configure({ threads });
          return dgemmBatch(
            ...(['row-major', 'transpose', 'no-transpose', m, n, k, 0.7, A, m, m * k] as const),
            ...([B, n, strideB, 1, C.slice(), n, m * n + 3, batch] as const),
          );
        });
        const bytes = results.map(({ buffer }) => Buffer.from(buffer));
        assert.ok(bytes[1]!.equals(bytes[0]!), `${name}: ${batch} of ${m} x ${n} x ${k}`);
        assert.ok(bytes[2]!.equals(bytes[0]!), `${name}: ${batch} of ${m} x ${n} x ${k}`);
      }
    }
  });

  test('is configured at run time, from one thread to all CPUs', () => {
    assert.equal(info().threads, usableThreads());
    for (const threads of [1, 2, 1, 2]) {
      assert.equal(configure({ threads }).threads, threads);
      const one = new Float64Array(300 * 300).fill(1);
      const C = dgemm(
        'row-major',
        'no-transpose',
        'no-transpose',
        300,
        300,
        300,
        1,
        one,
        300,
        one,
        300,
        0,
        one.slice(),
        300,
      );
      assert.ok(C.every((value) => value === 300));
    }
    assert.equal(configure({ threads: 'all' }).threads, usableThreads());
    assert.equal(configure({ backend: 'js' }).threads, 1);
  });

  test('uses one thread where there is one CPU', () => {
    const before = pin(affinity()[0]!);
    try {
      assert.equal(configure({ threads: 'all' }).threads, 1);
      assert.throws(() => configure({ threads: 2 }), /RangeError: 'threads' must be 'all' or an integer from 1 to 1/);
    } finally {
      pin(before);
    }
  });

  test('works on shared memory, in several worker threads at once that end while others compute', async () => {
    // tsx registers itself in each thread anew.
    const code = `
      const { workerData } = require('node:worker_threads');
      require('tsx/cjs/api').register();
      const { dgemm } = require(require('node:url').fileURLToPath('${mod}'));
      const { n, A, B, C } = workerData;
      for (let i = 0; i < 20; i++) dgemm('row-major', 'no-transpose', 'transpose', n, n, n, 1, A, n, B, n, 0, C, n);`;
    const n = 300;
    const shared = () => new Float64Array(new SharedArrayBuffer(8 * n * n));
    const [A, B] = [shared(), shared()].map((array) => array.map(() => Math.random() - 0.5));
    const multiply = (C: Float64Array) =>
      dgemm('row-major', 'no-transpose', 'transpose', n, n, n, 1, A!, n, B!, n, 0, C, n);
    configure({ threads: 1 });
    const expected = multiply(new Float64Array(n * n));
    configure({ threads: 'all' });
    const results = [0, 1, 2].map(async () => {
      const C = shared();
      const worker = new Worker(code, { eval: true, workerData: { n, A, B, C } });
      await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
      return C;
    });
    let running = true;
    const all = Promise.all(results).finally(() => {
      running = false;
    });
    while (running) {
      assert.deepEqual(multiply(new Float64Array(n * n)), expected);
      await new Promise(setImmediate);
    }
    for (const C of await all) assert.deepEqual([...C], [...expected]);
  });
});

/** How a module's process ends that computes with several threads first. */
function ending(script: string): Promise<{ code: number | string | null; signal: string | null; stdout: string }> {
  const source = `
    const { dgemm, info } = await import('${mod}');
    const one = new Float64Array(400 * 400).fill(1);
    const C = new Float64Array(400 * 400);
    const multiply = () => dgemm('row-major', 'no-transpose', 'no-transpose', 400, 400, 400, 1, one, 400, one, 400, 0, C, 400);
    const workerCode = \`
      require('tsx/cjs/api').register();
      const { dgemm } = require(require('node:url').fileURLToPath('${mod}'));
      const one = new Float64Array(400 * 400).fill(1);
      const C = new Float64Array(400 * 400);
      for (let i = 0; ; i++) {
        dgemm('row-major', 'no-transpose', 'no-transpose', 400, 400, 400, 1, one, 400, one, 400, 0, C, 400);
        if (i === 3) require('node:worker_threads').parentPort.postMessage('computing');
      }\`;
    const startWorker = async () => {
      const { Worker } = await import('node:worker_threads');
      const worker = new Worker(workerCode, { eval: true, execArgv: [] });
      await new Promise((resolve) => worker.once('message', resolve));
      return worker;
    };
    ${script}`;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', source],
      { timeout: 60_000, killSignal: 'SIGKILL' },
      (_error, stdout) => resolve({ code: child.exitCode, signal: child.signalCode, stdout }),
    );
  });
}

describe('a process whose helpers sleep or compute', { skip: alone }, () => {
  for (const [how, script, expected] of [
    ['ends with its program', 'multiply();', [0, null]],
    ['ends by process.exit', 'multiply(); process.exit(3);', [3, null]],
    ['ends by an exception', "multiply(); throw new Error('uncaught');", [1, null]],
    ['ends by a rejection', "multiply(); Promise.reject(new Error('unhandled'));", [1, null]],
    [
      'ends by a signal',
      "multiply(); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);",
      [null, 'SIGTERM'],
    ],
    [
      'takes a signal in JavaScript',
      "process.on('SIGUSR2', () => process.exit(4)); multiply(); process.kill(process.pid, 'SIGUSR2'); setInterval(() => {}, 1000);",
      [4, null],
    ],
    ['ends by process.exit while a worker computes', 'await startWorker(); multiply(); process.exit(5);', [5, null]],
    [
      'outlives a worker that is terminated while it computes',
      'await (await startWorker()).terminate(); for (let i = 0; i < 5; i++) multiply(); process.exit(C.every((c) => c === 400) ? 6 : 1);',
      [6, null],
    ],
    [
      'outlives many workers',
      'for (let i = 0; i < 3; i++) await (await startWorker()).terminate(); multiply();',
      [0, null],
    ],
  ] as const) {
    test(how, async () => {
      const { code, signal } = await ending(script);
      assert.deepEqual([code, signal], expected);
    });
  }
});
