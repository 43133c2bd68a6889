import { type CounterEvent, type Counters, counters, UnsupportedError } from '@paratune/native';

/** Misses of the TLBs in the calling thread, as the hardware counts them. */
export interface TlbCounters {
  start(): void;
  stop(): { dataTlbMisses: number; instructionTlbMisses: number };
}

/** The counters, or nothing when these events cannot be counted. */
function tryCounters(events: readonly CounterEvent[]): Counters | undefined {
  try {
    return counters(events);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

/** Counters of TLB misses, where the processor has them and the kernel lets a user see them; nothing in most virtual machines. */
export function tlbCounters(): TlbCounters | undefined {
  const events = ['dataTlbLoadMisses', 'instructionTlbMisses'] as const;
  // Of stores not all processors have an event of their own: where they have none, that of loads counts them too.
  const made = tryCounters([...events, 'dataTlbStoreMisses']) ?? tryCounters(events);
  if (made === undefined) return undefined;
  return {
    start: () => made.start(),
    stop() {
      const { dataTlbLoadMisses = 0, dataTlbStoreMisses = 0, instructionTlbMisses = 0 } = made.stop().counts;
      made.close();
      return { dataTlbMisses: dataTlbLoadMisses + dataTlbStoreMisses, instructionTlbMisses };
    },
  };
}
