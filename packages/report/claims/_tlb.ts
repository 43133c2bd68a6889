import type { ValueRecord } from '@paratune/record';
import { factorOf, type View } from '../_view.ts';

/** Misses of a TLB: counted by hardware where that was possible, else those of the model with this machine's geometry. */
export function tlbMisses(view: View, metric: string): { records: ValueRecord[]; simulated: boolean } {
  const measured = view.values('dgemm-driver', metric);
  if (measured.length > 0) return { records: measured, simulated: false };
  const machine = view.simulated('tlb', metric).filter((record) => factorOf(record, 'geometry') === 'machine');
  return { records: machine, simulated: true };
}
