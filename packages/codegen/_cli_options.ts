/** The parameters of specifications as options of the command line. */

import { Option } from 'commander';
import type { Routine } from './generate.ts';

/** How the text of an option becomes a value of its parameter. */
type Kind = 'text' | 'number' | 'number or any' | 'boolean';

interface Parameter {
  readonly kind: Kind;
  readonly of: readonly Routine[];
  readonly description: string;
}

const all: readonly Routine[] = ['gemm', 'gemv', 'ger'];

const parameters: Readonly<Record<string, Parameter>> = {
  isa: { kind: 'text', of: all, description: 'instruction set' },
  precision: { kind: 'text', of: all, description: 'double or single' },
  muladd: { kind: 'text', of: all, description: 'multiply and add as one instruction (fused) or two (separate)' },
  mu: { kind: 'number', of: ['gemm'], description: 'rows of the register block' },
  nu: { kind: 'number', of: ['gemm'], description: 'columns of the register block' },
  ku: { kind: 'number', of: ['gemm'], description: 'steps of k in a turn of the innermost loop' },
  latency: { kind: 'number', of: ['gemm'], description: 'multiplications from one to the addition of its product' },
  prefetchA: { kind: 'number', of: ['gemm'], description: 'bytes that packed A is prefetched ahead' },
  prefetchB: { kind: 'boolean', of: ['gemm'], description: 'prefetch the next panel of B' },
  prefetchBlock: { kind: 'boolean', of: ['gemm'], description: 'prefetch the next block of A' },
  prefetchC: { kind: 'boolean', of: ['gemm'], description: 'prefetch the tile of C' },
  packA: { kind: 'boolean', of: ['gemm'], description: 'copy A into micro-panels' },
  packB: { kind: 'boolean', of: ['gemm'], description: 'copy B into micro-panels' },
  layoutA: { kind: 'text', of: ['gemm'], description: 'any, column-major, row-major or strided' },
  layoutB: { kind: 'text', of: ['gemm'], description: 'any, column-major, row-major or strided' },
  layoutC: { kind: 'text', of: ['gemm'], description: 'any, column-major or strided' },
  m: { kind: 'number or any', of: ['gemm'], description: 'rows of C, as far as edges depend on them' },
  n: { kind: 'number or any', of: ['gemm'], description: 'columns of C, as far as edges depend on them' },
  layout: { kind: 'text', of: ['gemv', 'ger'], description: 'columns, rows, spaced columns or spaced rows' },
  source: { kind: 'text', of: ['gemv', 'ger'], description: 'where A mostly is: private, shared (caches) or memory' },
  xUnroll: { kind: 'number', of: ['gemv', 'ger'], description: 'columns at once (GEMV), vectors of x in a turn (GER)' },
  yUnroll: { kind: 'number', of: ['gemv', 'ger'], description: 'rows at once (GEMV), columns at once (GER)' },
  unroll: { kind: 'number', of: ['gemv'], description: 'vectors along a column or row in a turn' },
  prefetch: { kind: 'number', of: ['gemv', 'ger'], description: 'bytes that each column or row is prefetched ahead' },
};

/** `xUnroll` as `--x-unroll`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** An option for every parameter of every routine. */
export function parameterOptions(): Option[] {
  return Object.entries(parameters).map(([name, { kind, of, description }]) => {
    const routines = of.length === all.length ? '' : ` (${of.join(', ')})`;
    const value = kind === 'boolean' ? '<true|false>' : kind === 'text' ? '<name>' : '<number>';
    return new Option(`${flagOf(name)} ${value}`, description + routines);
  });
}

/** The value that a text stands for; a text that stands for none is left for the specification to refuse. */
function valueFrom(kind: Kind, text: string): unknown {
  if (kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (kind === 'number' || (kind === 'number or any' && text !== 'any'))
    return text.trim() === '' ? text : Number(text);
  return text;
}

/**
 * What the command line says of a routine's specification.
 *
 * @throws {RangeError} When an option is a parameter of other routines.
 */
export function specOptions(routine: Routine, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const spec: Record<string, unknown> = {};
  for (const [name, { kind, of }] of Object.entries(parameters)) {
    const text = given[name];
    if (typeof text !== 'string') continue;
    if (!of.includes(routine)) {
      throw new RangeError(
        `'${flagOf(name)}' must be left out for ${routine}: it is a parameter of ${of.join(' and ')}`,
      );
    }
    spec[name] = valueFrom(kind, text);
  }
  return spec;
}
