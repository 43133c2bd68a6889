import { dimensions, type Series } from '@paratune/dgemm-driver';

/** How much of the paper to run. */
export interface Profile {
  /** For whom, and how long it takes on two cores of a server of 2024. */
  description: string;
  /** Section 5's driver: its dimensions, and how often each is run in every environment. */
  driver: readonly Series[];
  /** Section 4's autotuning; not run when absent. */
  autotuning?: Autotuning;
  /** Whether every environment's kernel is asked for its memory (Figure 9): a second each. */
  kernelMemory: boolean;
  /** Whether the driver's TLB misses are simulated (Figures 14 and 15), at its dimensions: seconds for the largest. */
  tlbModel: boolean;
  /** Section 6's drivers at once; not run when absent. */
  concurrent?: {
    /** Figure 16: its dimensions, through and past the threshold of the environments with one driver each. */
    series: readonly Series[];
    /** How many at once, and at which dimensions. */
    counts: readonly number[];
    crowd: readonly Series[];
  };
  /** Section 7's communication (Table 6); not run when absent. */
  communication?: Communication;
}

/** How much of Section 7 to run. */
export interface Communication {
  /** Runs of each benchmark. */
  runs: number;
  /** Times that control goes there and back in a run, through shared memory and through a socket. */
  iterations: number;
  tcpIterations: number;
}

/** How much of Section 4 to run. */
export interface Autotuning {
  /** Where; in all environments that were asked for when absent. */
  environments?: readonly string[];
  /** Table 3 and Figure 2. */
  probe: { runs: number; quick: boolean };
  /** Figures 3 and 4: the dimension, and how often each CacheEdge is timed. */
  cacheEdge: { n: number; repetitions: number };
  /** Figure 5 and Table 4: how many selections, each from how many timings of every CacheEdge. */
  selections: { n: number; count: number; repetitions: number };
  /** Figure 6. */
  kernels: { n: number; repetitions: number };
  /** Table 5, and Figure 7 at dimension n. */
  tune: { runs: number; budgetSeconds: number; n: number; repetitions: number };
}

/** The sizes of every experiment, by the name that `--profile` takes. */
export const profiles: { readonly [name in 'tiny' | 'smoke' | 'quick' | 'paper' | 'xen']: Profile } = {
  tiny: {
    description: 'for tests of the bench itself, seconds: nothing that memory could show, and no autotuning',
    driver: [{ dimensions: [50, 100, 150, 200], runs: 3 }],
    kernelMemory: false,
    tlbModel: false,
  },
  smoke: {
    description:
      'for CI, a minute: once below, at and past the threshold of 256 MB; autotuning natively and in one guest',
    driver: [{ dimensions: [200, 1000, 3400], runs: 1 }],
    kernelMemory: true,
    tlbModel: true,
    concurrent: {
      series: [{ dimensions: [300, 1000], runs: 1 }],
      counts: [1, 2],
      crowd: [{ dimensions: [300], runs: 1 }],
    },
    communication: { runs: 3, iterations: 1000, tcpIterations: 30 },
    autotuning: {
      environments: ['native', 'uml-256'],
      probe: { runs: 1, quick: true },
      cacheEdge: { n: 300, repetitions: 2 },
      selections: { n: 200, count: 2, repetitions: 1 },
      kernels: { n: 200, repetitions: 3 },
      tune: { runs: 1, budgetSeconds: 2, n: 200, repetitions: 3 },
    },
  },
  quick: {
    description: 'under ten minutes; enough dimensions around the threshold of 256 MB to see the fall',
    driver: [
      { dimensions: [100, 300, 1000], runs: 3 },
      { dimensions: [2000, 3000, 3200], runs: 2 },
      { dimensions: [2800, 3100, 3400, 4000], runs: 1 },
    ],
    kernelMemory: true,
    tlbModel: true,
    concurrent: {
      series: [
        { dimensions: [1000, 2000], runs: 2 },
        { dimensions: [2800, 3100], runs: 1 },
      ],
      counts: [1, 2, 4, 8],
      crowd: [{ dimensions: [1000], runs: 2 }],
    },
    communication: { runs: 25, iterations: 5000, tcpIterations: 100 },
    autotuning: {
      probe: { runs: 1, quick: true },
      cacheEdge: { n: 700, repetitions: 20 },
      selections: { n: 700, count: 20, repetitions: 3 },
      kernels: { n: 500, repetitions: 20 },
      tune: { runs: 1, budgetSeconds: 10, n: 500, repetitions: 20 },
    },
  },
  paper: {
    description: "the paper's own: n = 100 to 4000 in steps of 100, 5 runs of each; CacheEdge at n = 2500; some hours",
    driver: [{ dimensions: dimensions({ from: 100, to: 4000, step: 100 }), runs: 5 }],
    kernelMemory: true,
    tlbModel: true,
    concurrent: {
      series: [{ dimensions: dimensions({ from: 100, to: 4000, step: 100 }), runs: 5 }],
      counts: [1, 2, 4, 8],
      crowd: [{ dimensions: [500, 1000, 2000], runs: 5 }],
    },
    communication: { runs: 25, iterations: 1e6, tcpIterations: 1e6 },
    autotuning: {
      probe: { runs: 5, quick: false },
      cacheEdge: { n: 2500, repetitions: 20 },
      selections: { n: 2500, count: 20, repetitions: 3 },
      kernels: { n: 1000, repetitions: 20 },
      tune: { runs: 3, budgetSeconds: 240, n: 1000, repetitions: 20 },
    },
  },
  xen: {
    description: 'for bench:xen, under ten minutes: sizes for an emulated processor; the kernels of Xen’s domains',
    driver: [{ dimensions: [100, 200, 300], runs: 2 }],
    kernelMemory: true,
    tlbModel: false,
  },
};

/** The environments of every experiment unless `--environments` says otherwise: the paper's two memories, native and guest. */
export const environments: readonly string[] = ['native', 'native-256', 'native-756', 'uml-256', 'uml-756'];
