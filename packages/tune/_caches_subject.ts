import type { Tuning } from '@paratune/blas';
import type { Subject } from './_subject.ts';
import { elementBytes, workOf } from './_work.ts';
import type { MachineFacts } from './machine_facts.ts';
import type { Parameters } from './tune_result.ts';

/** Caches that differ by less are the same ones. */
const TIE = 0.1;

/**
 * The sizes of caches, where a probe found others than the library knows. They decide what is packed, so matrices are timed about as large as
 * either level 2 cache. None, where they are the same.
 */
export function cachesSubjects(start: Tuning, { caches }: MachineFacts): Subject[] {
  const { isa } = start;
  const differs = (['l1DataBytes', 'l2Bytes'] as const).some(
    (name) => Math.abs(caches[name] / start.caches[name] - 1) > TIE,
  );
  if (!differs) return [];
  const sides = [caches.l2Bytes, start.caches.l2Bytes].map((bytes) => Math.sqrt(bytes / elementBytes.double));
  const sizes = [...new Set(sides.flatMap((side) => [0.8, 1.2].map((factor) => 8 * Math.round((side * factor) / 8))))];
  const works = sizes.flatMap((n) =>
    (['gemm NN', 'gemm TT', 'gemv N'] as const).map((form) => workOf(form, 'double', n)),
  );
  const measured = { ...caches };
  return [
    {
      routine: 'caches',
      precision: 'double',
      source: 'any',
      isa,
      weight: 2,
      lines: [{ name: 'sizes of caches', works, from: () => [measured] }],
      confirmed: works,
      of: (tuning) => ({ ...tuning.caches }),
      into: (tuning, parameters: Parameters) => ({ ...tuning, caches: parameters as unknown as Tuning['caches'] }),
    },
  ];
}
