/**
 * The driver of Section 5.1 as a process of its own: one dimension, one run.
 *
 *     node driver.cjs N ALPHA BETA SEED [FILE]
 *
 * prints one line of JSON, a {@link DriverResult}. With FILE it says that it is ready when the matrices are filled, and multiplies as
 * soon as that file is there, so that several drivers begin together. What must not weigh on the figure is done before the clock starts or after
 * it stopped: Node's start, the making of the kernel and of its buffers (the paper's library was installed beforehand), the
 * random numbers; reading the memory figures, and then the check, which may bring pages back from swap.
 *
 *     node driver.cjs plans N...
 *
 * prints how each dimension would be computed, a {@link DgemmPlan} each in one array of JSON.
 */
import { existsSync } from 'node:fs';
import { configure, dgemm, dgemmPlan, info } from '@paratune/blas';
import { processMemory, systemMemory } from '@paratune/memstat';
import { allocate, free, timestampCounter, timestampFrequency } from '@paratune/native';
import { plansArgument } from './_plans_argument.ts';
import { fill, matrixA, matrixB, matrixC } from './_random_matrix.ts';
import { readyLine } from './_ready_line.ts';
import { sampleError } from './_sample_check.ts';
import { dropFilePages } from './_shrink.ts';
import { tlbCounters } from './_tlb_counters.ts';
import type { DriverResult } from './driver_result.ts';

/**
 * Does what a first call does, for the buffers that a call with dimension n needs: they are memory of the library, not
 * of the matrices. A and B are one number each, repeated by strides of 0; the two calls fill one packing buffer each.
 */
function warm(n: number): void {
  const used = info();
  const { mc, kc, nc } = used.backend === 'js' ? { mc: 64, kc: 64, nc: 64 } : used;
  const one = Float64Array.of(1);
  const c = new Float64Array(8 * Math.max(mc, nc));
  const [k, narrow] = [Math.min(n, kc), Math.min(n, 8)];
  for (const long of [Math.min(n, mc), Math.min(n, nc)]) {
    const plain = 'no-transpose';
    dgemm.ndarray(plain, plain, narrow, long, k, 1, one, 0, 0, 0, one, 0, 0, 0, 0, c, long, 1, 0);
    dgemm.ndarray(plain, plain, long, narrow, k, 1, one, 0, 0, 0, one, 0, 0, 0, 0, c, narrow, 1, 0);
  }
  multiply(8, 1, 1, new Float64Array(64), new Float64Array(64), c);
}

/** The call that is timed. */
function multiply(n: number, alpha: number, beta: number, a: Float64Array, b: Float64Array, c: Float64Array): void {
  dgemm('row-major', 'no-transpose', 'no-transpose', n, n, n, alpha, a, n, b, n, beta, c, n);
}

/** Says that this driver is ready, and waits until all are. */
function waitForOthers(file: string): void {
  process.stderr.write(`${readyLine}\n`);
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(file)) Atomics.wait(never, 0, 0, 1);
}

function run(n: number, alpha: number, beta: number, seed: number, barrier: string | undefined): DriverResult {
  // The paper's library computes with one thread.
  configure({ threads: 1 });
  const before = systemMemory();
  warm(n);
  const frequency = timestampFrequency();
  dropFilePages();
  warm(n);
  const baseline = processMemory();

  const [a, b, c] = [matrixA, matrixB, matrixC].map((matrix) => {
    const array = allocate(Float64Array, n * n);
    fill(array, seed, matrix);
    return array;
  }) as [Float64Array, Float64Array, Float64Array];

  if (barrier !== undefined) waitForOthers(barrier);
  const misses = tlbCounters();
  misses?.start();
  // The time-stamp counter: asking for the time is a system call in a guest, which is long beside a small multiplication.
  const start = timestampCounter();
  multiply(n, alpha, beta, a, b, c);
  const seconds = (timestampCounter() - start) / frequency;

  const counted = misses?.stop() ?? { dataTlbMisses: null, instructionTlbMisses: null };
  const memory = processMemory();
  const system = systemMemory();
  const checkError = sampleError(c, n, alpha, beta, seed);
  for (const array of [a, b, c]) free(array);
  if (!(checkError <= 1)) {
    throw new Error(`wrong result: an entry is off by ${checkError.toPrecision(3)} times what rounding allows`);
  }
  const used = info();
  return {
    version: 1,
    n,
    seconds,
    mflops: (2 * n ** 3) / seconds / 1e6,
    baselineBytes: baseline.residentBytes,
    residentBytes: memory.residentBytes,
    peakResidentBytes: memory.peakResidentBytes,
    minorFaults: memory.minorFaults,
    majorFaults: memory.majorFaults,
    processSwapBytes: memory.swapBytes,
    systemSwapBytes: system.swapUsedBytes,
    pagesSwappedIn: system.pagesSwappedIn - before.pagesSwappedIn,
    pagesSwappedOut: system.pagesSwappedOut - before.pagesSwappedOut,
    ...counted,
    checkError,
    backend: used.kernel,
  };
}

try {
  const [first, ...rest] = process.argv.slice(2);
  let printed: unknown;
  if (first === plansArgument) {
    configure({ threads: 1 });
    printed = rest.map(Number).map((n) => dgemmPlan(n, n, n));
  } else {
    const [n, alpha, beta, seed] = process.argv.slice(2, 6).map(Number) as [number, number, number, number];
    printed = run(n, alpha, beta, seed, process.argv[6]);
  }
  process.stdout.write(`${JSON.stringify(printed)}\n`);
} catch (error) {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}
