import { forms, type Precision, precisions, timeWorks, workOf } from './_work.ts';

/** The rate of a routine in one repetition. */
export interface RoutineRate {
  /** Such as `'dgemm NT'`, `'sgemv N'`, `'dger'`. */
  readonly routine: string;
  readonly precision: Precision;
  readonly n: number;
  readonly repetition: number;
  readonly mflops: number;
}

/** What is measured. */
export interface MeasureOptions {
  /** Dimensions of the square matrices. */
  readonly n: readonly number[];
  /** Times that each routine is timed; 20 when absent, as in the paper. */
  readonly repetitions?: number | undefined;
}

/**
 * Measures each of Table 1's routines, in turn, as the library computes them by itself or was told to by `configure`.
 *
 * @param options What is measured.
 * @returns The rates of every routine at every dimension, repetition by repetition.
 * @throws {TypeError} {RangeError} When an option is not what it must be.
 * @example
 * ```ts
 * import { measureRoutines } from '@paratune/tune';
 * import assert from 'node:assert/strict';
 *
 * const rates = measureRoutines({ n: [30], repetitions: 1 });
 * assert.equal(rates.length, 14); // four of gemm, two of gemv, ger, in two precisions
 * assert.ok(rates.every(({ mflops }) => mflops > 0));
 * ```
 */
export function measureRoutines({ n, repetitions = 20 }: MeasureOptions): RoutineRate[] {
  for (const [name, values] of [
    ['n', n],
    ['repetitions', [repetitions]],
  ] as const) {
    for (const value of values) {
      if (!Number.isSafeInteger(value) || value < 1 || value > 20_000) {
        throw new RangeError(`'${name}' must be whole numbers from 1 to 20000, got ${String(value)}`);
      }
    }
  }
  const works = n.flatMap((size) =>
    precisions.flatMap((precision) =>
      forms.map((form) => {
        const routine = `${precision === 'double' ? 'd' : 's'}${form}`;
        return { factors: { routine, precision, n: size }, work: workOf(form, precision, size) };
      }),
    ),
  );
  return Array.from({ length: repetitions }, (_, repetition) =>
    works.map(({ factors, work }) => ({
      ...factors,
      repetition,
      mflops: work.operations / timeWorks([work])[0]! / 1e6,
    })),
  ).flat();
}
