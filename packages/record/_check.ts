import * as v from 'valibot';

/** What a factor or an environment's fact can be: what JSON carries and a table shows. */
export const scalar = v.union([v.string(), v.boolean(), v.pipe(v.number(), v.finite())]);

/** Names that would reach an object's prototype; valibot's `record` passes over them, so they are refused before it. */
const reserved = ['__proto__', 'prototype', 'constructor'];

/** A plain object whose keys are ordinary names; put before `record` or `objectWithRest` in a pipe. */
export const namedValues = v.custom<{ [name: string]: unknown }>(
  (input) =>
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    !Object.keys(input).some((key) => reserved.includes(key)),
  `must be an object without the keys ${reserved.join(', ')}`,
);

/**
 * Asserts that `value` is what `schema` says.
 *
 * @throws {TypeError} when a part has the wrong type
 * @throws {RangeError} when its type is right and its value is not
 */
export function check<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  name: string,
): asserts value is v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return;
  const [issue] = result.issues;
  const path = issue.path?.map((item) => item.key as PropertyKey) ?? [];
  const where = path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    name,
  );
  if (issue.expected === 'never') throw new TypeError(`'${where}' is not a known field`);
  const expected = /^must be /.test(issue.message) ? issue.message : `must be ${issue.expected ?? issue.message}`;
  const message = `'${where}' ${expected.replace(/ with value .*/s, '')}, got ${show(issue.input)}`;
  throw issue.kind === 'validation' ? new RangeError(message) : new TypeError(message);
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}
