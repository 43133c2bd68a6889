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
