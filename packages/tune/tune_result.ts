import type { Tuning } from '@paratune/blas';
import * as v from 'valibot';

const rate = v.pipe(v.number(), v.finite(), v.gtValue(0));
/** A routine, or the sizes of caches, which are those of all. */
const routine = v.picklist(['caches', 'gemm', 'gemv N', 'gemv T', 'ger']);
const precision = v.picklist(['double', 'single']);
/** Where the matrix of a product with a vector comes from; a product of matrices comes from everywhere. */
const source = v.picklist(['private', 'shared', 'memory', 'any']);
const parameters = v.record(v.string(), v.union([v.number(), v.string(), v.boolean()]));

const candidate = v.strictObject({
  /** What it was tried for. */
  routine,
  precision,
  source,
  isa: v.picklist(['avx512', 'avx2', 'sse2', 'scalar']),
  /** All parameters, those that were not varied too. */
  parameters,
  /** The median rate at the sizes it was timed at, of several their geometric mean. */
  mflops: rate,
  /** Half the distance between the quartiles of its times, as a part of their median. */
  spread: v.number(),
  /** How many times as fast as the incumbent it was. */
  ratio: rate,
  /** Whether it took the incumbent's place. */
  kept: v.boolean(),
  /** Why, or why not. */
  why: v.string(),
});

const confirmation = v.strictObject({
  routine,
  precision,
  source,
  /** A dimension of square matrices. */
  n: v.number(),
  /** How many times as fast as the untuned library the tuned one is. */
  gain: rate,
  why: v.string(),
});

/**
 * What a search tried and found: the schema, and the one definition of {@linkcode TuneResult}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { tuneResultSchema } from '@paratune/tune';
 *
 * assert.ok('candidates' in tuneResultSchema.entries);
 * ```
 */
export const tuneResultSchema = v.strictObject({
  version: v.literal(1),
  /** When it began. */
  time: v.pipe(v.string(), v.isoTimestamp()),
  /** How long it took. */
  seconds: v.number(),
  /** What `@paratune/blas` takes. */
  tuning: v.custom<Tuning>((value) => typeof value === 'object' && value !== null),
  /** In the order in which they were tried; the first of each routine and source is what the library starts with. */
  candidates: v.array(v.pipe(candidate, v.readonly())),
  /** Tuned against untuned, at the end. */
  confirmations: v.array(v.pipe(confirmation, v.readonly())),
  /** What was not searched to the end, since time was up. */
  unfinished: v.array(v.string()),
});

/** What a search tried and found. */
export type TuneResult = v.InferOutput<typeof tuneResultSchema>;

/** One way to compute a routine, and how it fared. */
export type Candidate = TuneResult['candidates'][number];

/** How a routine fares with its tuning, beside without. */
export type Confirmation = TuneResult['confirmations'][number];

/** The parameters of a candidate by name. */
export type Parameters = Candidate['parameters'];
