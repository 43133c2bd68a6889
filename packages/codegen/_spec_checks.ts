/** Checks of the parameters of specifications: each names the parameter, its value and what it must be. */

/** Lines that an address can reach from one pointer by multiples of a stride: 0 to 7. */
export const MOST_LINES = 8;

/** A page: prefetching farther mostly fetches what lies behind another line of the matrix. */
export const MOST_PREFETCH_BYTES = 4096;

/** @throws {RangeError} Always. */
export function refuse(name: string, requirement: string, value: unknown): never {
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  throw new RangeError(`'${name}' must be ${requirement}, got ${shown}`);
}

/** @throws {RangeError} When the value is none of the choices. */
export function checkChoice(name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const shown = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  refuse(name, shown.join(' or '), value);
}

/** @throws {TypeError} When the value is no number. */
export function checkNumber(name: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`'${name}' must be a number, got ${String(value)}`);
}

/** @throws {TypeError | RangeError} When the value is no integer of the range. */
export function checkInteger(name: string, value: unknown, minimum: number, maximum: number): void {
  checkNumber(name, value);
  if (!Number.isInteger(value) || value < minimum || value > maximum) {
    refuse(name, `an integer from ${minimum} to ${maximum}`, value);
  }
}

/** The properties that are given: those that are undefined count as left out. @throws {TypeError} When one is unknown. */
export function givenOf<Spec extends object>(
  kernel: string,
  partial: Partial<Spec>,
  known: readonly string[],
): Partial<Spec> {
  if (typeof partial !== 'object' || partial === null) {
    throw new TypeError(`'partial' must be an object, got ${String(partial)}`);
  }
  const given = Object.entries(partial).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (!known.includes(name)) {
      throw new TypeError(`'${name}' is no parameter of a ${kernel} kernel: ${known.join(', ')} are`);
    }
  }
  return Object.fromEntries(given) as Partial<Spec>;
}
