/** The paper that this report is laid beside. */
export const citation =
  'Youseff, Seymour, You, Zagorodnov, Dongarra, Wolski: Paravirtualization Effect on Single- and Multi-threaded ' +
  'Memory-Intensive Linear Algebra Software, HPDC 2008';

/** What the paper found, figure by figure and table by table in its order, on a Pentium D of 2.8 GHz with 1 GB. */
export const paper = {
  'table-03': {
    title: 'What the probe finds of the system',
    finding:
      'ATLAS finds the same in all six kernels: level 1 data cache 16 KB, nreg 7, FPU pipeline 6 cycles, 15 registers.',
  },
  'figure-02': {
    title: 'Register-to-register rate of the FPU',
    finding: 'No significant difference between the six kernels (double precision, means of 20 with 95 % confidence).',
  },
  'figure-03': {
    title: 'Matrix multiplication blocked for the level 1 cache only',
    finding: 'n = 2500, double precision: no significant difference between the six kernels.',
  },
  'figure-04': {
    title: 'Matrix multiplication against CacheEdge',
    finding:
      'n = 2500, also past the physical level 2 cache of 1024 KB: hardly any difference between 512 KB and 2048 KB, none ' +
      'between the kernels.',
  },
  'figure-05': {
    title: 'CacheEdge selected',
    finding:
      'Of 20 tunings, those that chose more than level 1 blocking spread over powers of two from 512 KB to 2048 KB: a small ' +
      'difference in rate makes a large one in the choice.',
  },
  'table-04': {
    title: 'Median of the CacheEdge selected',
    finding: '1024 KB and 1536 KB natively, 1152 KB and 1536 KB in Dom0, 1536 KB and 1024 KB in DomU (256 and 756 MB).',
  },
  'figure-06': {
    title: 'Hand-written beside generated kernels',
    finding:
      'The hand-written kernels (SSE2) are chosen in all six: about 2 times the generated ones in double precision, 4 times ' +
      'in single. ATLAS’s generator makes no vector instructions.',
  },
  'table-05': {
    title: 'Parameters that the tuner chose',
    finding: 'The same in all six kernels, whatever their memory.',
  },
  'figure-07': {
    title: 'Rate of each generated routine',
    finding: 'No significant difference between the six kernels (double precision, means of 20).',
  },
  'figure-08': {
    title: 'Rate of the DGEMM driver',
    finding:
      'Over 4 Gflops from n = 700 on, flat up to 3100 in all six kernels. Past 3100 (219 MB of matrices) the three kernels ' +
      'with 256 MB fall; the three with 756 MB do not. Native, Dom0 and DomU of equal memory behave alike.',
  },
  'figure-09': {
    title: 'Memory of the kernel',
    finding:
      'DomU’s kernel has the least code, for it drives no hardware, and half of the data: 0.52 MB, where native Linux and ' +
      'Dom0 have 1.05 MB. Dom0’s has the most code.',
  },
  'figure-10': {
    title: 'Resident set size',
    finding: 'Grows as 3 n² in the kernels with 756 MB; stops growing at n = 3100 in those with 256 MB.',
  },
  'figure-11': {
    title: 'Swap in use',
    finding: 'No swap activity with 756 MB; from n = 3100 on with 256 MB, native and paravirtualized alike.',
  },
  'figure-12': {
    title: 'Major page faults',
    finding: 'From n = 3100 on in the kernels with 256 MB, native and paravirtualized alike.',
  },
  'figure-13': {
    title: 'Minor page faults',
    finding:
      'Climb steeply past n = 3100 with 256 MB. No significant difference between native and paravirtualized kernels of ' +
      'equal memory.',
  },
  'figure-14': {
    title: 'Data TLB misses',
    finding:
      'Grow as the data do, as 3 n², with 64 entries and pages of 4 KB: no significant difference between kernels, whatever ' +
      'their memory.',
  },
  'figure-15': {
    title: 'Instruction TLB misses',
    finding:
      'Few, since the driver’s code is small (32 entries); they rise from n = 3100 on in the kernels with 256 MB, as swapping ' +
      'begins, native and paravirtualized alike.',
  },
  'figure-16': {
    title: 'Two drivers at once',
    finding:
      'Two processes in one guest of 512 MB with two CPUs, and one in each of two guests of 256 MB with a CPU each, reach the ' +
      'same rate, over 4 Gflops. Past n = 3100 the two guests fall more slowly and with less variance.',
  },
  'table-06': {
    title: 'Passing control to another thread, process or guest, and back',
    finding:
      'Shared memory between guests, and between host and guest, is as fast as between native processes: t-tests find no ' +
      'difference. It is at least 50 times faster than a socket (means of 25 runs of 10⁶ iterations).',
  },
} as const;

/** A figure or a table of the paper that the report has. */
export type PaperExhibit = keyof typeof paper;

/** Their names, as the paper has them one after another: the order above. */
export const paperOrder: readonly string[] = Object.keys(paper);

/** Heading of a figure or a table: `Figure 8. Rate of the DGEMM driver`. */
export function headingOf(name: PaperExhibit): string {
  const [kind, number] = name.split('-');
  return `${kind === 'table' ? 'Table' : 'Figure'} ${Number(number)}. ${paper[name].title}`;
}
