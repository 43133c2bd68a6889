import { inspect } from 'node:util';

/** A value as it stands in a message. */
export function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
}

/** @throws {TypeError} {RangeError} when a value is not a whole number of the range. */
export function checkWhole(value: unknown, name: string, minimum: number, maximum: number): asserts value is number {
  const message = `'${name}' must be a whole number from ${minimum} to ${maximum}, got ${show(value)}`;
  if (typeof value !== 'number') throw new TypeError(message);
  if (!Number.isSafeInteger(value) || value < minimum || value > maximum) throw new RangeError(message);
}

/** @throws {TypeError} {RangeError} when a value is none of the choices. */
export function checkChoice<Choice extends string>(
  value: unknown,
  name: string,
  choices: readonly Choice[],
): asserts value is Choice {
  const message = `'${name}' must be one of ${choices.map(show).join(', ')}, got ${show(value)}`;
  if (typeof value !== 'string') throw new TypeError(message);
  if (!choices.includes(value as Choice)) throw new RangeError(message);
}

/** @throws {TypeError} {RangeError} when a value is not a pair of CPUs that this process may use. */
export function checkCpus(value: unknown, allowed: readonly number[]): asserts value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw new TypeError(`'cpus' must be a pair of CPU numbers, one a side, got ${show(value)}`);
  }
  for (const cpu of value) {
    if (!allowed.includes(cpu)) {
      throw new RangeError(
        `'cpus' must be of those that this process may use (${allowed.join(', ')}), got ${show(cpu)}`,
      );
    }
  }
}

/** @throws {TypeError} when an object has a property that is not known. */
export function checkKeys(value: unknown, name: string, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`'${name}' must be an object, got ${show(value)}`);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw new TypeError(`'${name}' has no property '${key}': it takes ${known.join(', ')}`);
  }
}

/** Milliseconds to wait, 5000 when not said. @throws {TypeError} {RangeError} when it is not what it must be. */
export function checkedTimeout(timeoutMs: unknown): number {
  if (timeoutMs === undefined) return 5000;
  checkWhole(timeoutMs, 'timeoutMs', 1, 2 ** 31 - 1);
  return timeoutMs;
}
