import type { FigureNumber } from './findings.ts';

/** The paper that this report is laid beside. */
export const citation =
  'Youseff, Seymour, You, Zagorodnov, Dongarra, Wolski: Paravirtualization Effect on Single- and Multi-threaded ' +
  'Memory-Intensive Linear Algebra Software, HPDC 2008';

/** What the paper found, figure by figure, on a Pentium D of 2.8 GHz with 1 GB (Sections 5.1 to 5.3). */
export const paper: { [figure in FigureNumber]: { title: string; finding: string } } = {
  '08': {
    title: 'Rate of the DGEMM driver',
    finding:
      'Over 4 Gflops from n = 700 on, flat up to 3100 in all six kernels. Past 3100 (219 MB of matrices) the three kernels ' +
      'with 256 MB fall; the three with 756 MB do not. Native, Dom0 and DomU of equal memory behave alike.',
  },
  '10': {
    title: 'Resident set size',
    finding: 'Grows as 3 n² in the kernels with 756 MB; stops growing at n = 3100 in those with 256 MB.',
  },
  '11': {
    title: 'Swap in use',
    finding: 'No swap activity with 756 MB; from n = 3100 on with 256 MB, native and paravirtualized alike.',
  },
  '12': {
    title: 'Major page faults',
    finding: 'From n = 3100 on in the kernels with 256 MB, native and paravirtualized alike.',
  },
  '13': {
    title: 'Minor page faults',
    finding:
      'Climb steeply past n = 3100 with 256 MB. No significant difference between native and paravirtualized kernels of ' +
      'equal memory.',
  },
};
