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
  /** Arrays of this type that were found fit. */
  readonly fit: WeakMap<object, Fit>;
}

/**
 * What is remembered of an array. A typed array changes nothing of it but by losing its memory, and then it has no elements: one
 * with the length it had needs no other look.
 */
export interface Fit {
  readonly length: number;
  /** Where its first element lies in the memory of the process, once machine code asked for that. */
  address: number | undefined;
}

export const double: ElementType = {
  precision: 'double',
  array: 'Float64Array',
  bytes: 8,
  letter: 'd',
  round: (x) => x,
  fit: new WeakMap(),
};

export const single: ElementType = {
  precision: 'single',
  array: 'Float32Array',
  bytes: 4,
  letter: 's',
  round: Math.fround,
  fit: new WeakMap(),
};

export const elementTypes = { double, single } as const;
