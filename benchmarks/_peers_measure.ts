/**
 * The process that measures. It has an environment of its own because the libraries choose their kernels, by variables such as
 * OPENBLAS_CORETYPE, when they are loaded. The request is its argument, JSON; it answers in lines of JSON.
 */
import { performance } from 'node:perf_hooks';
import { configure } from '@paratune/blas';
import { fmaPeak } from './_fma_peak.ts';
import { blisArchitectures, type Contender, fromLibrary, fromPackages, ours } from './_peers_contenders.ts';
import type { PeerLibrary } from './_peers_libraries.ts';

/** What is asked of this process. */
export type Request =
  | { kind: 'architectures'; library: PeerLibrary }
  | { kind: 'probe'; library: PeerLibrary; threads: number }
  | {
      kind: 'measure';
      libraries: PeerLibrary[];
      dimensions: number[];
      seconds: number;
      backend: 'auto' | 'x64' | 'js';
      isa: string;
      clock: 'wall' | 'cpu';
      threads: number;
    };

/** Rates of one contender at one dimension, in the order they were measured. */
export interface Series {
  name: string;
  gflops: number[];
  /** Why there is none. */
  skipped?: string;
}

/** A line of the answer. */
export type Answer =
  | { kind: 'contender'; name: string; detail: string }
  | { kind: 'architectures'; names: string[] }
  | { kind: 'probe'; detail: string; gflops: number }
  | { kind: 'dimension'; n: number; peak: number[]; series: Series[] };

/** One sample lasts at least this long, so that the clock and the call into it weigh nothing. */
const SAMPLE_SECONDS = 0.004;
/** JavaScript at large dimensions would take the whole budget to say the same rate again. */
const LONGEST_SCRIPT_SECONDS = 2;

/** Threads of OpenBLAS go on looking for work for 2^26 ticks, which takes their CPU from whoever is measured next. */
const REST_MILLISECONDS = 60;
const rest = new Int32Array(new SharedArrayBuffer(4));

function answer(line: Answer): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function randomMatrix(n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < matrix.length; i++) {
    matrix[i] = Math.random() - 0.5;
  }
  return matrix;
}

/** Seconds that pass, and seconds that this process computes: on a busy machine only the second say something of the code. */
const clocks = {
  wall: () => performance.now() / 1000,
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
};
let clock = clocks.cpu;

function secondsOf(call: () => void, calls: number): number {
  const start = clock();
  for (let i = 0; i < calls; i++) {
    call();
  }
  // The clocks count microseconds; a call shorter than that is at least not free.
  return Math.max(clock() - start, 1e-6) / calls;
}

interface Runner {
  series: Series;
  call: () => void;
  /** Calls in one sample. */
  calls: number;
  seconds: number;
}

/** The first row of the product, computed apart, and the error that rounding allows it. */
function checkRow(name: string, n: number, A: Float64Array, B: Float64Array, C: Float64Array): void {
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let p = 0; p < n; p++) {
      sum += A[p]! * B[p * n + j]!;
    }
    // Elements are below 1/2 in magnitude: n products, each below 1/4, n roundings (Higham, sect. 3.5).
    const bound = (n * n * Number.EPSILON) / 4;
    if (!(Math.abs(C[j]! - sum) <= bound)) {
      throw new Error(`${name} computed ${C[j]} for element (0, ${j}) of a ${n} x ${n} product that is ${sum}`);
    }
  }
}

function measure(
  n: number,
  contenders: { contender: Contender; script: boolean; rate: number }[],
  budget: number,
  threads: number,
): void {
  const [A, B, C] = [randomMatrix(n), randomMatrix(n), new Float64Array(n * n)];
  const flops = 2 * n ** 3;
  const series: Series[] = [];
  const runners: Runner[] = [];
  for (const known of contenders) {
    const { contender, script, rate } = known;
    const own: Series = { name: contender.name, gflops: [] };
    series.push(own);
    // The rate at the dimension before tells how long this one takes.
    const expected = flops / (rate * 1e9);
    if (script && expected > LONGEST_SCRIPT_SECONDS) {
      own.skipped = `would take ${expected.toFixed(0)} s a call`;
      continue;
    }
    const call = contender.bind(n, A, B, C);
    C.fill(Number.NaN);
    let seconds = secondsOf(call, 1);
    checkRow(contender.name, n, A, B, C);
    // Functions are compiled, pages touched and caches filled in the first calls.
    for (let warm = 0; warm < 20 && seconds * 2 ** warm < SAMPLE_SECONDS; warm++) {
      seconds = secondsOf(call, 2 ** warm);
    }
    known.rate = flops / seconds / 1e9;
    runners.push({ series: own, call, calls: Math.max(1, Math.round(SAMPLE_SECONDS / seconds)), seconds: 0 });
  }
  const peak: number[] = [];
  const start = performance.now();
  const share = budget / runners.length;
  const fastest = Math.max(...contenders.map(({ rate }) => rate));
  const slow = new Set(contenders.filter(({ rate }) => rate < fastest / 3).map(({ contender }) => contender.name));
  // In turn, so that whatever else the machine does falls on all alike. Slow ones sit out once they had their share of the time.
  for (let round = 0; round < 3 || (performance.now() - start) / 1000 < budget; round++) {
    const rate = fmaPeak(clock);
    if (rate !== undefined) {
      peak.push(rate);
    }
    for (const runner of runners) {
      if (runner.seconds > share && slow.has(runner.series.name)) {
        continue;
      }
      if (threads > 1) {
        Atomics.wait(rest, 0, 0, REST_MILLISECONDS);
      }
      const seconds = secondsOf(runner.call, runner.calls);
      runner.seconds += seconds * runner.calls;
      runner.series.gflops.push(flops / seconds / 1e9);
    }
  }
  for (const known of contenders) {
    const rates = series.find(({ name }) => name === known.contender.name)?.gflops ?? [];
    // The first calls, before compilation, told too little of the functions in JavaScript.
    known.rate = Math.max(known.rate, ...rates);
  }
  answer({ kind: 'dimension', n, peak, series });
}

function main(request: Request): void {
  if (request.kind === 'architectures') {
    answer({ kind: 'architectures', names: blisArchitectures(request.library.path) });
    return;
  }
  if (request.kind === 'probe') {
    const contender = fromLibrary(request.library, request.threads);
    const n = 600;
    const call = contender.bind(n, randomMatrix(n), randomMatrix(n), new Float64Array(n * n));
    call();
    const seconds = Math.min(...Array.from({ length: 25 }, () => secondsOf(call, 1)));
    answer({ kind: 'probe', detail: contender.detail, gflops: (2 * n ** 3) / seconds / 1e9 });
    return;
  }
  const { backend, isa, threads } = request;
  clock = clocks[request.clock];
  const used = configure({ backend, isa: isa as 'auto', threads });
  const fast = [ours(used.kernel), ...request.libraries.map((library) => fromLibrary(library, threads))].map(
    (contender) => ({
      contender,
      script: false,
      rate: 1,
    }),
  );
  const slow = fromPackages().map((contender) => ({ contender, script: true, rate: 1 }));
  const contenders = [...fast, ...slow];
  for (const { contender } of contenders) {
    answer({ kind: 'contender', name: contender.name, detail: contender.detail });
  }
  for (const n of request.dimensions) {
    measure(n, contenders, request.seconds / request.dimensions.length, threads);
  }
}

main(JSON.parse(process.argv[2] ?? '{}') as Request);
