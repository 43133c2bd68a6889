/** Arrays that the routines work on. */
export type Elements = Float64Array | Float32Array;

/** What the checks and backends must know of the elements of a precision. */
export interface ElementType {
  readonly precision: 'double' | 'single';
  /** Name of the arrays' class. */
  readonly array: 'Float64Array' | 'Float32Array';
  /** Bytes of an element. */
  readonly bytes: 8 | 4;
  /** Letter that the names of routines begin with. */
  readonly letter: 'd' | 's';
  /** Rounds a factor to an element. */
  readonly round: (x: number) => number;
}

export const double: ElementType = {
  precision: 'double',
  array: 'Float64Array',
  bytes: 8,
  letter: 'd',
  round: (x) => x,
};

export const single: ElementType = {
  precision: 'single',
  array: 'Float32Array',
  bytes: 4,
  letter: 's',
  round: Math.fround,
};

export const elementTypes = { double, single } as const;
