/** @throws {TypeError} {RangeError} when a value is not a whole number of at least `minimum`. */
export function checkWhole(value: unknown, name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER): number {
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const message = `'${name}' must be a whole number ${range}, got ${show(value)}`;
  if (typeof value !== 'number') throw new TypeError(message);
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) throw new RangeError(message);
  return value;
}

/** @throws {TypeError} {RangeError} when a value is not a finite number. */
export function checkFinite(value: unknown, name: string): number {
  const message = `'${name}' must be a finite number, got ${show(value)}`;
  if (typeof value !== 'number') throw new TypeError(message);
  if (!Number.isFinite(value)) throw new RangeError(message);
  return value;
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
