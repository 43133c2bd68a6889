import * as v from 'valibot';
import { check, namedValues, scalar } from './_check.ts';

const name = v.pipe(v.string(), v.nonEmpty('must be a non-empty string'));
const index = v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(0, 'must be at least 0'));

const observation = {
  version: v.literal(1),
  experiment: name,
  environment: name,
  factors: v.pipe(namedValues, v.record(v.string(), scalar)),
  metric: name,
  unit: v.string(),
  run: index,
  repetition: index,
  time: v.pipe(v.string(), v.isoTimestamp('must be an ISO 8601 timestamp such as 2026-01-31T12:00:00.000Z')),
  identity: name,
};

/**
 * The schema of a {@link Record}, and the one definition of it: the type is inferred from here.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { recordSchema } from '@paratune/record';
 *
 * assert.equal(recordSchema.type, 'variant');
 * assert.equal(recordSchema.key, 'status');
 * ```
 */
export const recordSchema = v.variant(
  'status',
  [
    v.strictObject({
      ...observation,
      status: v.picklist(['measured', 'simulated']),
      value: v.pipe(v.number('must be a finite number'), v.finite('must be a finite number')),
    }),
    v.strictObject({ ...observation, status: v.picklist(['failed', 'skipped']), reason: name }),
  ],
  ({ path }) => (path ? 'must be "measured", "simulated", "failed" or "skipped"' : 'must be an object'),
);

/**
 * One observation: what was run (`experiment`, `environment`, `factors`, `run`, `repetition`), what was seen (`metric`,
 * `unit`, and `value` or the `reason` there is none), when, and by which code on which machine (`identity`, the id of an
 * {@link Identity}). A `simulated` value comes from a model or an emulator's clock and is never mixed with a `measured` one.
 */
export type Record = v.InferOutput<typeof recordSchema>;

/** A {@link Record} that holds a value. */
export type ValueRecord = Extract<Record, { value: number }>;

/** A {@link Record} that says why there is no value. */
export type ReasonRecord = Extract<Record, { reason: string }>;

/**
 * Asserts that a value is a {@link Record}; unknown fields are refused too.
 *
 * @param value anything, for instance a parsed line that came from a guest
 * @param argument the name that the error calls the value by
 * @throws {TypeError} when a field is missing, unknown or of the wrong type; the message names it
 * @throws {RangeError} when a field's value is out of range
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { checkRecord } from '@paratune/record';
 *
 * const record: unknown = {
 *   version: 1, experiment: 'dgemm-driver', environment: 'native', factors: { n: 100 }, metric: 'mflops', unit: 'Mflops',
 *   run: -1, repetition: 0, time: '2026-01-31T12:00:00.000Z', identity: '0123456789abcdef', status: 'measured', value: 4000,
 * };
 * assert.throws(() => checkRecord(record), { name: 'RangeError', message: "'record.run' must be at least 0, got -1" });
 * ```
 */
export function checkRecord(value: unknown, argument = 'record'): asserts value is Record {
  check(recordSchema, value, argument);
}
