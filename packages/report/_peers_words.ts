import type { PeerComparison } from './compare_peers.ts';

/** `gemm` of `dgemm`. */
export function operationOf({ routine }: Pick<PeerComparison, 'routine'>): string {
  return routine.slice(1);
}

/** Of the routine's first letter. */
export function precisionOf({ routine }: Pick<PeerComparison, 'routine'>): 'double' | 'single' {
  return routine.startsWith('s') ? 'single' : 'double';
}

/** `n = 100` of `{ n: 100 }`, `T n = 100` of `{ transposition: 'T', n: 100 }`. */
export function describeFactors(factors: PeerComparison['factors']): string {
  return Object.entries(factors)
    .flatMap(([name, value]) => (name === 'place' ? [] : [typeof value === 'number' ? `${name} = ${value}` : value]))
    .join(' ');
}
