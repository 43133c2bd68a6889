import { dimensions, type Series } from '@paratune/dgemm-driver';

/** How much of the paper to run. */
export interface Profile {
  /** For whom, and how long it takes on two cores of a server of 2024. */
  description: string;
  /** Section 5's driver: its dimensions, and how often each is run in every environment. */
  driver: readonly Series[];
}

/** The sizes of every experiment, by the name that `--profile` takes. */
export const profiles = {
  tiny: {
    description: 'for tests of the bench itself, seconds: nothing that memory could show',
    driver: [{ dimensions: [50, 100, 150, 200], runs: 3 }],
  },
  smoke: {
    description: 'for CI, under a minute: once below, at and past the threshold of 256 MB',
    driver: [{ dimensions: [200, 1000, 3400], runs: 1 }],
  },
  quick: {
    description: 'under five minutes; enough dimensions around the threshold of 256 MB to see the fall',
    driver: [
      { dimensions: [100, 300, 1000], runs: 3 },
      { dimensions: [2000, 3000, 3200], runs: 2 },
      { dimensions: [2800, 3100, 3400, 4000], runs: 1 },
    ],
  },
  paper: {
    description: "the paper's own: n = 100 to 4000 in steps of 100, 5 runs of each; about an hour",
    driver: [{ dimensions: dimensions({ from: 100, to: 4000, step: 100 }), runs: 5 }],
  },
} satisfies { [name: string]: Profile };

/** The environments of every experiment unless `--environments` says otherwise: the paper's two memories, native and guest. */
export const environments: readonly string[] = ['native', 'native-256', 'native-756', 'uml-256', 'uml-756'];
