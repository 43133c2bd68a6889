/** @throws {TypeError} {RangeError} when it is no array of finite numbers, or holds fewer than `least` */
export function checkValues(values: readonly number[], argument: string, least = 1): void {
  if (!Array.isArray(values)) throw new TypeError(`'${argument}' must be an array of numbers, got ${typeof values}`);
  if (values.length < least) {
    throw new RangeError(
      `'${argument}' must hold at least ${least === 1 ? 'one value' : `${least} values`}, got ${values.length}`,
    );
  }
  const stranger = values.findIndex((value) => !Number.isFinite(value));
  if (stranger !== -1) {
    throw new RangeError(`'${argument}[${stranger}]' must be a finite number, got ${values[stranger]}`);
  }
}

/** @throws {RangeError} when it is not between 0 and 1, both left out */
export function checkPart(value: number, argument: string): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`'${argument}' must be between 0 and 1, got ${value}`);
}
