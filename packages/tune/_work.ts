import { configure, dgemm, dgemv, dger, sgemm, sgemv, sger, type Tuning } from '@paratune/blas';
import { allocate } from '@paratune/native';
import { processorTime } from './_processor_time.ts';

export type Precision = 'double' | 'single';

/** The forms of a routine of Table 1: `gemm` by the transpositions of A and B. */
export type Form = 'gemm NN' | 'gemm NT' | 'gemm TN' | 'gemm TT' | 'gemv N' | 'gemv T' | 'ger';

export const forms: readonly Form[] = ['gemm NN', 'gemm NT', 'gemm TN', 'gemm TT', 'gemv N', 'gemv T', 'ger'];

export const precisions: readonly Precision[] = ['double', 'single'];

export const elementBytes = { double: 8, single: 4 } as const;

type Elements = Float64Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** One call of a routine, mostly on square matrices, again and again on the same ones. */
export interface Work {
  readonly n: number;
  readonly operations: number;
  readonly call: () => void;
}

/** Memory that all works of a precision share, since no two are done at once: as much as the largest needs. */
const memory = new Map<string, Elements>();

function operand(name: string, precision: Precision, length: number): Elements {
  const known = memory.get(name + precision);
  if (known !== undefined && known.length >= length) return known;
  const array = precision === 'double' ? allocate(Float64Array, length) : allocate(Float32Array, length);
  // Small numbers whose sums stay small: ger adds to its matrix at every call.
  for (let i = 0; i < length; i++) array[i] = ((i % 7) - 3) / 8;
  memory.set(name + precision, array);
  return array;
}

/** The call of a form on n x n matrices by columns; of GEMM, B and C may have fewer columns. */
export function workOf(form: Form, precision: Precision, n: number, columns = n): Work {
  const array = (name: string, length: number) => operand(name, precision, length) as Float64Array<ArrayBuffer>;
  const isDouble = precision === 'double';
  const a = array('a', n * n);
  if (form === 'ger') {
    const [x, y] = [array('x', n), array('y', n)];
    const ger = (isDouble ? dger : sger) as typeof dger;
    // An update that changes nothing for long: its factor is below what the matrix's numbers can show.
    return { n, operations: 2 * n * n, call: () => ger('column-major', n, n, 1e-30, x, 1, y, 1, a, n) };
  }
  const transposition = (letter: string | undefined) =>
    letter === 'T' ? ('transpose' as const) : ('no-transpose' as const);
  if (form.startsWith('gemv')) {
    const [x, y, trans] = [array('x', n), array('y', n), transposition(form.at(-1))];
    const gemv = (isDouble ? dgemv : sgemv) as typeof dgemv;
    return { n, operations: 2 * n * n, call: () => gemv('column-major', trans, n, n, 1, a, n, x, 1, 0, y, 1) };
  }
  const [b, c] = [array('b', n * n), array('c', n * n)];
  const [transA, transB] = [transposition(form.at(-2)), transposition(form.at(-1))];
  const gemm = (isDouble ? dgemm : sgemm) as typeof dgemm;
  const ldb = transB === 'transpose' ? columns : n;
  const call = () => gemm('column-major', transA, transB, n, columns, n, 1, a, n, b, ldb, 0, c, n);
  return { n, operations: 2 * n * n * columns, call };
}

/** Calls until they take at least this long are timed at once: a thousand times what the clock can tell. */
const LEAST_SECONDS = 2e-3;

/** How often a work is called in a sample, so that it takes long enough; found once for a work. */
const callsOf = new WeakMap<Work, number>();

/** Has the library compute with a tuning, in one thread. */
export function install(tuning: Tuning): void {
  configure({ backend: 'x64', isa: tuning.isa, tuning, threads: 1 });
}

/** Multiplications that a work is warmed up with: a short call is made often before its code is as fast as it gets. */
const WARM_OPERATIONS = 1e6;
const MOST_WARM_CALLS = 100;

/** Has kernels generated and caches filled, for what is installed, which must not count. */
export function warmUp(works: readonly Work[]): void {
  for (const { operations, call } of works) {
    const calls = Math.min(MOST_WARM_CALLS, Math.ceil(WARM_OPERATIONS / operations));
    for (let done = 0; done < calls; done++) call();
  }
}

/** Seconds that so many calls take. */
function timeCalls({ call }: Work, calls: number): number {
  const start = processorTime();
  for (let done = 0; done < calls; done++) call();
  return processorTime() - start;
}

/** How many calls take long enough; of two times the shorter is believed, since anything may lengthen one. */
function callsFor(work: Work): number {
  for (let calls = 1; ; calls *= 2) {
    const taken = Math.min(timeCalls(work, calls), timeCalls(work, calls));
    if (taken >= LEAST_SECONDS / 2) return Math.max(1, Math.ceil((calls * LEAST_SECONDS) / taken));
  }
}

/** Seconds that one call of each work takes, with what is installed. */
export function timeWorks(works: readonly Work[]): number[] {
  return works.map((work) => {
    let calls = callsOf.get(work);
    if (calls === undefined) {
      warmUp([work]);
      calls = callsFor(work);
      callsOf.set(work, calls);
    }
    return Math.max(timeCalls(work, calls), 1e-6) / calls;
  });
}
