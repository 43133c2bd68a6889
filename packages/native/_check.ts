import { inspect } from './_node.ts';

/** A value as an error message shows it: short, on one line. */
export function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  const text = inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 4,
    maxStringLength: 40,
  });
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Throws unless `value` is an integer from `minimum` to `maximum`: a TypeError for no number, a RangeError for others. */
export function checkInteger(name: string, value: unknown, minimum: number, maximum: number): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${show(value)}`);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    throw new RangeError(`'${name}' must be an integer from ${minimum} to ${maximum}, got ${value}`);
  }
}

/** Throws a TypeError unless `options` is an object whose keys are all known. */
export function checkOptions(name: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`'${name}' must be an object, got ${show(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(`'${name}' has no '${key}'; it may have ${known.map((one) => `'${one}'`).join(', ')}`);
    }
  }
}
