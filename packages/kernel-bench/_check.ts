/** @throws {TypeError} {RangeError} when a value is not a whole number of the range. */
export function checkWhole(value: unknown, name: string, minimum: number, maximum: number): void {
  const message = `'${name}' must be a whole number from ${minimum} to ${maximum}, got ${JSON.stringify(value) ?? String(value)}`;
  if (typeof value !== 'number') throw new TypeError(message);
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) throw new RangeError(message);
}
