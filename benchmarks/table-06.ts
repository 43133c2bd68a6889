/**
 * Table 6 (Section 7): what it costs to pass control to another thread, process or guest, and back.
 *
 * Raw is one shared variable, Sync a shared integer inside a lock (Lamport's bakery algorithm), Sync1k the same with 1000 bytes, TCP
 * `send()` and `recv()` in turn: between two threads, two processes, this machine and a guest, two guests, each side on a CPU of its
 * own. Mean and standard deviation of 25 runs, and the distribution. The paper: shared memory is as fast between guests as natively, and
 * at least 50 times faster than a socket.
 *
 *     npx tsx benchmarks/table-06.ts --profile quick
 */
import { bench } from './_bench.ts';
import { communication } from './_communication.ts';
import type { Experiment } from './_experiment.ts';

export const table06: Experiment = {
  id: 'table-06',
  section: '7',
  title: 'communication between threads, processes and guests',
  factors: ['benchmark', 'between', 'repetition'],
  metrics: ['iterationNanoseconds', 'medianNanoseconds', 'quantileNanoseconds', 'jsIterationNanoseconds'],
  measurement: communication,
};

await bench(import.meta.url, [table06]);
