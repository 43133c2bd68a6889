/** Views for `_spoiled_calls.ts`: described first, so that they can be spoiled and judged, then made. */

import ndarray from 'ndarray';
import type { Elements } from './_element_type.ts';
import { detach, throwCallersError } from './_spoiled_arrays.ts';
import type { Arguments, Kind } from './_test_calls.ts';

/** Whose object a view is: of the package, or a plain one with the one or the other name for its strides. */
export type ViewStyle = 'ndarray' | 'stride' | 'strides';

/** What a view is to be. Each property may be anything once it is spoiled. */
export class ViewPlan {
  readonly #isPlan = true;
  data: unknown;
  shape: unknown;
  stride: unknown;
  offset: unknown;
  flags: unknown;
  trap: Trap | undefined;

  constructor(
    readonly style: ViewStyle,
    given: Partial<ViewPlan>,
  ) {
    Object.assign(this, given);
  }

  /** Unlike `instanceof` it runs no code of a proxy. */
  static is(value: unknown): value is ViewPlan {
    return typeof value === 'object' && value !== null && #isPlan in value && value.#isPlan;
  }

  with(changes: Partial<ViewPlan>): ViewPlan {
    return new ViewPlan(this.style, { ...this, ...changes });
  }
}

/** What happens when the routine reads a property of the view. */
export interface Trap {
  property: 'data' | 'shape' | 'stride' | 'offset';
  effect: 'throw' | 'detach' | 'change';
  /** Loses its memory by `detach`. */
  victim: Elements;
}

/** Names of a routine's arguments when it takes views. */
export const viewNames: Record<Kind, string[]> = {
  gemm: ['C', 'A', 'B', 'alpha', 'beta'],
  gemmBatch: ['C', 'A', 'B', 'alpha', 'beta'],
  gemv: ['y', 'A', 'x', 'alpha', 'beta'],
  ger: ['A', 'x', 'y', 'alpha'],
};

export const isOperand = (name: string): boolean => /^[ABCxy]$/.test(name);

/** The call of a form with strides and offsets as one with views: of op(A) and op(B), since strides transpose a view. */
export function planViews(kind: Kind, given: Arguments, style: () => ViewStyle): Arguments {
  const { M, N, K } = given as Record<string, number>;
  const transposed = (operation: unknown) => operation !== 'no-transpose' && operation !== 111;
  const matrix = (name: string, rows: number, columns: number, operation: unknown = 'no-transpose'): ViewPlan => {
    const [shape, stride] = [
      [rows, columns],
      [given[`stride${name}1`], given[`stride${name}2`]],
    ];
    if (transposed(operation)) stride.reverse();
    if (kind === 'gemmBatch') {
      shape.unshift(given.batchCount as number);
      stride.unshift(given[`stride${name}`]);
    }
    return new ViewPlan(style(), { data: given[name], shape, stride, offset: given[`offset${name}`] });
  };
  const vector = (name: string, length: number): ViewPlan => {
    const letter = name.toUpperCase();
    const [stride, offset] = [given[`stride${letter}`], given[`offset${letter}`]];
    return new ViewPlan(style(), { data: given[name], shape: [length], stride: [stride], offset });
  };
  const { alpha, beta, trans, transA, transB } = given;
  if (kind === 'gemm' || kind === 'gemmBatch') {
    return { C: matrix('C', M!, N!), A: matrix('A', M!, K!, transA), B: matrix('B', K!, N!, transB), alpha, beta };
  }
  if (kind === 'ger') return { A: matrix('A', M!, N!), x: vector('x', M!), y: vector('y', N!), alpha };
  const [m, n] = transposed(trans) ? [N!, M!] : [M!, N!];
  return { y: vector('y', m), A: matrix('A', m, n, trans), x: vector('x', n), alpha, beta };
}

/** The arguments with strides and offsets that planned views, which were found right, come to. */
export function argumentsOfViews(kind: Kind, given: Arguments): Arguments {
  const shapes: Record<string, number[]> = {};
  const operands = viewNames[kind].filter(isOperand).map((name): Arguments => {
    const { data, shape, stride, offset } = given[name] as ViewPlan;
    const extents = Array.from(shape as number[]);
    shapes[name] = extents;
    const steps = Array.from(stride as number[], (step, d) => (extents[d]! <= 1 ? 1 : step));
    const letter = extents.length === 1 ? name.toUpperCase() : name;
    const names = { 1: [''], 2: ['1', '2'], 3: ['', '1', '2'] }[extents.length]!;
    return {
      [name]: data,
      [`offset${letter}`]: extents.includes(0) ? 0 : offset,
      // One matrix serves all products of a batch.
      ...(extents.length === 2 ? { [`stride${name}`]: 0 } : {}),
      ...Object.fromEntries(names.map((each, d) => [`stride${letter}${each}`, steps[d]])),
    };
  });
  const { alpha = 1, beta = 0 } = given;
  const [M, N] = shapes[kind === 'gemv' || kind === 'ger' ? 'A' : 'C']!.slice(-2);
  const plain = { trans: 'no-transpose', transA: 'no-transpose', transB: 'no-transpose' };
  const batchCount = kind === 'gemmBatch' ? shapes['C']![0] : 1;
  return Object.assign({ ...plain, M, N, K: shapes['A']!.at(-1), alpha, beta, batchCount }, ...operands) as Arguments;
}

/** Makes the view; `below` draws integers for traps. */
export function makeView(plan: ViewPlan, below: (count: number) => number): unknown {
  const { data, shape, stride, offset, flags, style, trap } = plan;
  const steps = style === 'strides' ? 'strides' : 'stride';
  // The package would look into what it is given, so its object is made first.
  const view = (style === 'ndarray' ? ndarray(new Float64Array(1), [1, 1]) : {}) as Record<string, unknown>;
  Object.assign(view, { data, shape, [steps]: stride, offset });
  if (flags !== undefined) view.flags = flags;
  if (trap === undefined) return view;
  const spring = (value: unknown): unknown => {
    if (trap.effect === 'throw') throwCallersError();
    if (trap.effect === 'detach') detach(trap.victim);
    else if (typeof value === 'number' && below(3) === 0) return below(2) === 0 ? below(3) : 2 ** 20;
    return value;
  };
  const name = trap.property === 'stride' ? steps : trap.property;
  const value = view[name];
  if (Array.isArray(value)) {
    view[name] = new Proxy(value, {
      get: (target, key) => (key === 'length' ? target.length : spring(Reflect.get(target, key))),
    });
    return view;
  }
  return Object.defineProperty(view, name, { get: () => spring(value) });
}
