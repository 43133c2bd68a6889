import { checkChoice, checkInteger, checkNumber, givenOf, MOST_LINES, refuse } from './_spec_checks.ts';
import { elementBytes, type Precision, vectorClass, vectorClasses } from './_vector_class.ts';

/**
 * The instruction sets that kernels are generated for: AVX-512 F (with DQ), AVX2 with FMA, SSE2, the vectors of WebAssembly (fused
 * multiply-add being its relaxed one), AArch64's (NEON), and no vectors: SSE2 used one number at a time, or WebAssembly without vectors.
 */
export type InstructionSet = 'avx512' | 'avx2' | 'sse2' | 'simd128' | 'neon' | 'scalar';

/** Those that x86-64 processors have. */
export type X64InstructionSet = Exclude<InstructionSet, 'simd128' | 'neon'>;

/**
 * How a matrix lies in memory, as far as a kernel may rely on it: `'column-major'`, its columns contiguous (row stride 1);
 * `'row-major'`, its rows contiguous (column stride 1); `'strided'`, any strides, for which those two are special cases that
 * gain nothing; `'any'`, whichever of these the strides of a call say, which takes the code of all three.
 */
export type Layout = 'any' | 'column-major' | 'row-major' | 'strided';

/**
 * What a matrix multiplication kernel is, apart from the code that says so: a plain JSON value that a tuner can vary, a
 * store can keep and every target of {@linkcode generate} understands. Made by {@linkcode gemmSpec}.
 */
export interface GemmSpec {
  /** Version of this format. */
  version: 1;
  /** What is computed: C = alpha A B + beta C. */
  routine: 'gemm';
  /** Precision of the elements: 8 bytes (Float64Array) or 4 (Float32Array). */
  precision: Precision;
  /** Instructions that the code may use; JavaScript has no choice of them. */
  isa: InstructionSet;
  /** Rows of the register block, in elements: a multiple of the vector length. */
  mu: number;
  /** Columns of the register block, in elements. */
  nu: number;
  /** Steps of k in one turn of the innermost loop. */
  ku: number;
  /**
   * Who wrote the innermost loop: `'hand-written'` is a {@linkcode MicroKernel} that {@linkcode generate} is given, for packed operands;
   * `ku`, `muladd`, `latency`, `prefetchA` and `prefetchC` are then those of the edges, which are generated all the same.
   */
  kernel: 'generated' | 'hand-written';
  /** Whether a multiply and an add are one instruction, rounded once, or two. */
  muladd: 'fused' | 'separate';
  /**
   * Multiplications from one whose product is added to the addition, that one included: 1 adds each product at once. Only
   * multiply and add as two instructions leave a choice; each step of it takes a register.
   */
  latency: number;
  /** Bytes that the packed panel of A is prefetched ahead of its use; 0 for none. */
  prefetchA: number;
  /** Whether the next panel of B is prefetched while the tiles of one are computed. */
  prefetchB: boolean;
  /** Whether the block of A that is packed next is prefetched while the last tiles of one are computed. */
  prefetchBlock: boolean;
  /** Whether the tile of C is prefetched in the innermost loop. */
  prefetchC: boolean;
  /** Whether A is copied into micro-panels, block by block, or read in place, which takes a column-major A. */
  packA: boolean;
  /** Whether B is copied into micro-panels, block by block, or read in place, which takes a `nu` of at most 8. */
  packB: boolean;
  /** How A lies in memory. */
  layoutA: Layout;
  /** How B lies in memory. */
  layoutB: Layout;
  /** How C lies in memory; a row-major C counts as strided, and is best computed as C^T = B^T A^T. */
  layoutC: Exclude<Layout, 'row-major'>;
  /**
   * Rows of C: `'any'`, or a number below 2 mu. A kernel for so many rows below mu is for just these; one for mu or more is
   * for all numbers of rows from mu on that leave the same remainder when divided by mu. It holds the code of those edges only.
   */
  m: number | 'any';
  /** Columns of C: `'any'`, or a number below 2 nu, to be understood as `m` is. */
  n: number | 'any';
}

/**
 * Register blocks that measured best, in both precisions; `pnpm bench:peers` compares them with the libraries of the machine, and
 * `paratune-kernel-bench` with what is written by hand.
 */
const defaultVectors = { avx512: 3, avx2: 3, sse2: 2, simd128: 2, neon: 4, scalar: 3 } as const;
const defaults = {
  avx512: {
    nu: 8,
    ku: 4,
    muladd: 'fused',
    latency: 1,
    prefetchA: 1024,
    prefetchB: true,
    prefetchBlock: true,
    prefetchC: true,
  },
  avx2: {
    nu: 4,
    ku: 4,
    muladd: 'fused',
    latency: 1,
    prefetchA: 512,
    prefetchB: true,
    prefetchBlock: true,
    prefetchC: true,
  },
  sse2: {
    nu: 4,
    ku: 4,
    muladd: 'separate',
    latency: 1,
    prefetchA: 0,
    prefetchB: false,
    prefetchBlock: false,
    prefetchC: true,
  },
  // What V8 keeps in its 15 registers beside a product, and in a loop that it does not have to reorder.
  simd128: {
    nu: 5,
    ku: 1,
    muladd: 'separate',
    latency: 1,
    prefetchA: 0,
    prefetchB: false,
    prefetchBlock: false,
    prefetchC: false,
  },
  // Not measured: 24 accumulators of 32 registers, which hide four cycles of latency at three pipes, and as many loads as 2.4 products.
  neon: {
    nu: 6,
    ku: 4,
    muladd: 'fused',
    latency: 1,
    prefetchA: 256,
    prefetchB: false,
    prefetchBlock: false,
    prefetchC: true,
  },
  scalar: {
    nu: 3,
    ku: 1,
    muladd: 'separate',
    latency: 1,
    prefetchA: 0,
    prefetchB: false,
    prefetchBlock: false,
    prefetchC: false,
  },
} as const;

/** A generated kernel for all operands. */
const anyOperands = {
  kernel: 'generated',
  packA: true,
  packB: true,
  layoutA: 'any',
  layoutB: 'any',
  layoutC: 'any',
  m: 'any',
  n: 'any',
} as const;

/** A turn of the innermost loop should stay in the cache of decoded instructions (1500 and more of them). */
const MAXIMUM_KU = 32;

/** More products than this no register file has room for beside one accumulator, one element of A and one of B (SSE2). */
const MAXIMUM_LATENCY = 13;

/** Farther than this nothing waits in a level 1 cache (32 KB and more) for its use. */
const MAXIMUM_PREFETCH_BYTES = 32768;

/** Columns that fit beside `vectors` vectors of A: accumulators, a column of A, one broadcast of B, the products that wait. */
function mostColumns(isa: InstructionSet, vectors: number, { muladd, latency }: GemmSpec): number {
  const { registers } = vectorClasses[isa];
  // Scaling and storing C needs four registers: alpha, beta, an element, and one for the part of a vector at an edge.
  const others = Math.max(vectors + 1 + (muladd === 'separate' ? latency : 0), 4);
  return Math.floor((registers - others) / vectors);
}

/**
 * Makes a complete, checked specification of a GEMM kernel from any part of one.
 *
 * What is left out takes the default of its instruction set, which itself defaults to `'sse2'`, the one every x86-64
 * processor has. Only specifications that every target can generate pass: the register block with its operands must fit
 * the vector registers (32 with AVX-512, else 16), `mu` must be a multiple of the vector length (64, 32 or 16 bytes, or one
 * element), and fused multiply-add needs AVX2, AVX-512, NEON or relaxed vectors of WebAssembly.
 *
 * @param partial The parameters to fix; see {@linkcode GemmSpec}.
 * @throws {TypeError} When `partial` is no object, has an unknown property, or a number is none.
 * @throws {RangeError} When a parameter has a value that cannot be generated; the message says which values can.
 * @example
 * ```ts
 * import { gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const spec = gemmSpec({ isa: 'avx512', ku: 8 });
 * assert.deepEqual([spec.mu, spec.nu, spec.ku], [24, 8, 8]);
 * assert.equal(gemmSpec({ isa: 'avx512', precision: 'single' }).mu, 48);
 * assert.throws(() => gemmSpec({ isa: 'avx512', mu: 20 }), /'mu' must be a multiple of 8/);
 * assert.throws(() => gemmSpec({ isa: 'avx512', mu: 24, nu: 12 }), /'nu' must be an integer from 1 to 9/);
 * ```
 */
export function gemmSpec(partial: Partial<GemmSpec> = {}): GemmSpec {
  const isa = partial?.isa ?? 'sse2';
  checkChoice('isa', isa, Object.keys(vectorClasses));
  const precision = partial?.precision ?? 'double';
  checkChoice('precision', precision, Object.keys(elementBytes));
  const { lanes, registers, fused } = vectorClass(isa, precision);
  const fixed = { version: 1, routine: 'gemm', precision, isa, mu: defaultVectors[isa] * lanes } as const;
  const base: GemmSpec = { ...fixed, ...defaults[isa], ...anyOperands };
  const spec: GemmSpec = { ...base, ...givenOf<GemmSpec>('GEMM', partial, Object.keys(base)) };
  checkChoice('version', spec.version, [1]);
  checkChoice('routine', spec.routine, ['gemm']);
  checkChoice('kernel', spec.kernel, ['generated', 'hand-written']);
  checkChoice('muladd', spec.muladd, ['fused', 'separate']);
  if (spec.muladd === 'fused' && !fused)
    refuse('muladd', `'separate' with isa '${isa}', which has no fused form`, 'fused');
  const mostLatency = spec.muladd === 'fused' ? 1 : MAXIMUM_LATENCY;
  checkInteger('latency', spec.latency, 1, mostLatency);
  let mostVectors = 1;
  while (mostColumns(isa, mostVectors + 1, spec) > 0) mostVectors++;
  checkNumber('mu', spec.mu);
  if (!(spec.mu >= lanes && spec.mu <= mostVectors * lanes) || spec.mu % lanes !== 0) {
    const most = mostVectors * lanes;
    refuse(
      'mu',
      `a multiple of ${lanes} from ${lanes} to ${most} with isa '${isa}' in ${precision} precision`,
      spec.mu,
    );
  }
  const most = mostColumns(isa, spec.mu / lanes, spec);
  checkNumber('nu', spec.nu);
  if (!(Number.isInteger(spec.nu) && spec.nu >= 1 && spec.nu <= most)) {
    refuse('nu', `an integer from 1 to ${most} with isa '${isa}' (${registers} registers) and mu ${spec.mu}`, spec.nu);
  }
  checkInteger('ku', spec.ku, 1, MAXIMUM_KU);
  checkInteger('prefetchA', spec.prefetchA, 0, MAXIMUM_PREFETCH_BYTES);
  for (const name of ['prefetchB', 'prefetchBlock', 'prefetchC', 'packA', 'packB'] as const) {
    if (typeof spec[name] !== 'boolean') throw new TypeError(`'${name}' must be a boolean, got ${String(spec[name])}`);
  }
  checkChoice('layoutA', spec.layoutA, ['any', 'column-major', 'row-major', 'strided']);
  checkChoice('layoutB', spec.layoutB, ['any', 'column-major', 'row-major', 'strided']);
  checkChoice('layoutC', spec.layoutC, ['any', 'column-major', 'strided']);
  if (!spec.packA && spec.layoutA !== 'column-major') {
    refuse('packA', `true with layoutA '${spec.layoutA}': only a column-major A is read in place`, spec.packA);
  }
  if (!spec.packB && spec.nu > MOST_LINES) {
    refuse('packB', `true with nu ${spec.nu}: only up to ${MOST_LINES} columns of B are read in place`, spec.packB);
  }
  if (spec.kernel === 'hand-written' && !(spec.packA && spec.packB)) {
    refuse('kernel', "'generated' for operands in place: what is written by hand reads packed ones", spec.kernel);
  }
  if (spec.m !== 'any') checkInteger('m', spec.m, 1, 2 * spec.mu - 1);
  if (spec.n !== 'any') checkInteger('n', spec.n, 1, 2 * spec.nu - 1);
  return spec;
}
