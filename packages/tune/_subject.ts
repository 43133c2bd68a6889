import type { Tuning } from '@paratune/blas';
import type { Work } from './_work.ts';
import type { Line } from './line_search.ts';
import type { Candidate, Parameters } from './tune_result.ts';

/** A line, and the sizes at which it shows. */
export interface TimedLine extends Line<Parameters> {
  readonly works: readonly Work[];
}

/** A part of a tuning that is searched by itself. */
export interface Subject extends Pick<Candidate, 'routine' | 'precision' | 'source' | 'isa'> {
  /** How much of the time it gets, beside the others. */
  readonly weight: number;
  readonly lines: readonly TimedLine[];
  /** The work that is done with the tuning and without at the end. */
  readonly confirmed: readonly Work[];
  /** Its parameters in a tuning. */
  readonly of: (tuning: Tuning) => Parameters;
  /** The tuning with other ones in their place. */
  readonly into: (tuning: Tuning, parameters: Parameters) => Tuning;
}

/** What a subject is called. */
export function nameOf({ routine, precision, source }: Pick<Subject, 'routine' | 'precision' | 'source'>): string {
  if (routine === 'caches') return routine;
  return `${precision === 'double' ? 'd' : 's'}${routine}${source === 'any' ? '' : `, ${source}`}`;
}
