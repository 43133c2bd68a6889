import type { Identity, Record } from '@paratune/record';
import { judgeView } from './_judge_view.ts';
import { viewRecords } from './_view.ts';
import type { JudgedClaim } from './claims/_claim.ts';

export type { ClaimFigure, JudgedClaim, Verdict } from './claims/_claim.ts';

/**
 * Says of each of the paper's eighteen claims whether it holds here, from the records alone: it `holds` where all its figures
 * do, it `does not hold` where one is clearly otherwise, and there is `not enough data` where nothing was measured, or too
 * little to tell. That two environments are the same is never concluded from a test that finds no difference.
 *
 * @param records records of any experiments
 * @param identities those that the records name
 * @returns eighteen, in the paper's order
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { Record } from '@paratune/record';
 * import { judgeClaims } from '@paratune/report';
 *
 * const rates = (kernel: string, values: number[]) => values.map((value, repetition): Record => ({
 *   version: 1, experiment: 'kernels', environment: 'native', factors: { n: 500, kernel, isa: 'avx2', precision: 'double' },
 *   metric: 'mflops', unit: 'Mflops', run: 0, repetition, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef',
 *   status: 'measured', value,
 * }));
 * const claims = judgeClaims([...rates('hand-written', [50, 51, 50]), ...rates('generated', [51, 50, 51])], []);
 * assert.equal(claims.length, 18);
 * assert.equal(claims[5]?.verdict, 'does not hold'); // by hand is not twice as fast
 * assert.equal(claims[0]?.verdict, 'not enough data');
 * ```
 */
export function judgeClaims(records: readonly Record[], identities: readonly Identity[]): JudgedClaim[] {
  return judgeView(viewRecords(records, identities));
}
