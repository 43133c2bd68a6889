import { identify } from './identify.ts';
import type { Record } from './record.ts';

/** The identity that the tests' records carry. */
export const identity = identify({ kind: 'native', memTotalBytes: 2 ** 34 });

/** A whole batch: `size` repetitions of run `run`. */
export function batch(run: number, size: number): Record[] {
  return Array.from({ length: size }, (_, repetition) => ({
    version: 1,
    experiment: 'test',
    environment: 'native',
    factors: { n: 100 },
    metric: 'mflops',
    unit: 'Mflops',
    run,
    repetition,
    time: '2026-01-31T12:00:00.000Z',
    identity: identity.id,
    status: 'measured',
    value: 1 / (run + 1),
  }));
}
