import type { Role } from './_environments.ts';

/** Table 3: what ATLAS found in all six kernels, by the probe's metrics; the others it does not report. */
export const table3: { readonly [metric: string]: string } = {
  l1DataBytes: '16 KB',
  integerRegisters: '7',
  fmaCycles: '6',
  fpRegisters: '15',
};

/** Table 4: the median CacheEdge selected, by kernel and memory. */
export const table4: readonly { kernel: string; role: Role; memoryMiB: number; bytes: number }[] = [
  { kernel: 'native', role: 'native', memoryMiB: 256, bytes: 1024 * 1024 },
  { kernel: 'native', role: 'native', memoryMiB: 756, bytes: 1536 * 1024 },
  { kernel: 'Dom0', role: 'privileged', memoryMiB: 256, bytes: 1152 * 1024 },
  { kernel: 'Dom0', role: 'privileged', memoryMiB: 756, bytes: 1536 * 1024 },
  { kernel: 'DomU', role: 'guest', memoryMiB: 256, bytes: 1536 * 1024 },
  { kernel: 'DomU', role: 'guest', memoryMiB: 756, bytes: 1024 * 1024 },
];

/** Table 5: the parameters that ATLAS chose in all six kernels, double precision, by routine and the tuner's metrics. */
export const table5: { readonly [routine: string]: { readonly [metric: string]: string } } = {
  gemm: { nb: '48 (NB 36)', muladd: '1', latency: '6', mu: '6', nu: '1', ku: '48' },
  'gemv N': { xUnroll: '32', yUnroll: '4' },
  'gemv T': { xUnroll: '2', yUnroll: '16' },
  ger: { mu: '16', nu: '1' },
};

/** Figure 9: the data of the three kernels, in both sizes of memory, as Section 5.2 gives them; their code is in the figure only. */
export const figure9: readonly { kernel: string; dataBytes: number }[] = [
  { kernel: 'native Linux', dataBytes: 1.05 * 2 ** 20 },
  { kernel: 'Xen Dom0', dataBytes: 1.05 * 2 ** 20 },
  { kernel: 'Xen DomU', dataBytes: 0.52 * 2 ** 20 },
];

/** Table 6: microseconds an iteration and their standard deviation, with SMP support in the host. */
export const table6: { readonly [benchmark: string]: readonly (readonly [mean: number, deviation: number])[] } = {
  raw: [
    [0.36, 0.009],
    [0.35, 0.005],
    [0.39, 0.03],
  ],
  sync: [
    [0.8, 0.01],
    [0.78, 0.03],
    [0.8, 0.02],
  ],
  sync1k: [
    [2.8, 0.15],
    [3.1, 0.2],
    [2.9, 0.1],
  ],
  tcp: [
    [38.4, 0.3],
    [70.3, 0.4],
    [104.0, 0.5],
  ],
};

/** Its columns. */
export const table6Columns = ['host-host', 'host-guest', 'guest-guest'] as const;
