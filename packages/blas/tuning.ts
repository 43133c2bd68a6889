import type { CacheSizes, GemmBlocking, GemmSpec, GemvSpec, GerSpec, X64InstructionSet } from '@paratune/codegen';
import type { gemmParameters, gemvParameters, gerParameters } from './_tuning_parameters.ts';

/** What a matrix multiplication runs with: its kernel, and the sizes of the packed blocks, in elements. */
export type GemmParameters = Pick<GemmSpec, (typeof gemmParameters)[number]> & GemmBlocking;

/** What a product of a matrix and a vector runs with, along lines whose elements lie side by side. */
export type GemvParameters = Pick<GemvSpec, (typeof gemvParameters)[number]>;

/** What a rank-one update runs with, on columns whose elements lie side by side. */
export type GerParameters = Pick<GerSpec, (typeof gerParameters)[number]>;

/** Parameters by where a matrix comes from: a cache of the core's own, one that cores share, or memory. */
export type BySource<Parameters> = Readonly<Record<GemvSpec['source'], Parameters>>;

/** Parameters of products of a matrix and a vector, by how the matrix is stored: `y = A x` walks down `columns` or along `rows`. */
export type ByLine<Parameters> = Readonly<Record<'columns' | 'rows', Parameters>>;

/**
 * What was found to run fastest on one machine, for one instruction set: a plain JSON value that {@linkcode configure} takes.
 *
 * `paratune-tune` of `@paratune/tune` measures one and saves it; every program on the machine then picks it up by itself.
 * {@linkcode defaultTuning} says what is used without one.
 */
export interface Tuning {
  /** Version of this format. A later library whose kernels mean something else by these values counts it up. */
  readonly version: 1;
  /** When it was measured, in ISO 8601. */
  readonly time: string;
  /** The machine that it is for, as {@linkcode fingerprint} has it. */
  readonly fingerprint: string;
  /** The instruction set that it is for. */
  readonly isa: X64InstructionSet;
  /** Sizes of the caches: what is small enough for one of them is not packed, and not fetched ahead. */
  readonly caches: CacheSizes;
  /** Bytes of the packed block of A at which `dgemm` was fastest, 0 for one of all rows of A; `null` if that was not measured. */
  readonly cacheEdge: number | null;
  readonly dgemm: GemmParameters;
  readonly sgemm: GemmParameters;
  readonly dgemv: ByLine<BySource<GemvParameters>>;
  readonly sgemv: ByLine<BySource<GemvParameters>>;
  readonly dger: BySource<GerParameters>;
  readonly sger: BySource<GerParameters>;
}
