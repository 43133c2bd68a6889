import { PIECE_BYTES, turnsAlong } from './_c_lines.ts';
import { argumentsOf, type Constants, constants, heading, indented, prefetchMacro, range } from './_c_text.ts';
import { type CVectors, cVectors, defaultForm, endOf } from './_c_vectors.ts';
import { elementBytes } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import { gerX64Abi } from './ger_abi.ts';
import type { GerSpec } from './ger_spec.ts';

interface Context {
  readonly spec: GerSpec;
  readonly vectors: CVectors;
  readonly isContiguous: boolean;
}

/** The function that adds x, times a factor each, to `count` columns of A. */
function updateColumns({ spec, vectors, isContiguous }: Context, count: number): string {
  const { element, repeated, lanes } = vectors;
  const { xUnroll, prefetch, precision } = spec;
  const columns = range(count);
  const hasVectors = isContiguous && lanes * xUnroll > 1;
  const turns = { vectors, precision, lines: count, unroll: xUnroll, unrollName: 'X_UNROLL', prefetch };
  const step = (index: string) =>
    columns.map((column) => {
      const place = `a${column} + ${index}`;
      const sum = vectors.multiplyAdd(vectors.load(place), vectors.load(`x + ${index}`), `r${column}`);
      return `${vectors.store(place, sum)};`;
    });
  const starts = columns.map((column) => (column === 0 ? '*a0 = a' : `*a${column} = a${column - 1} + aColumnStride`));
  const body = [
    `${element} ${starts.join(', ')};`,
    ...(hasVectors
      ? [
          `const ${repeated} ${columns.map((column) => `r${column} = ${vectors.repeat(`factors[${column}]`)}`).join(', ')};`,
        ]
      : []),
    'ptrdiff_t i = 0;',
    ...(hasVectors ? turnsAlong(turns, step) : []),
    'for (; i < length; i++) {',
    ...columns.map((column) => `  a${column}[${isContiguous ? 'i' : 'i * aRowStride'}] += factors[${column}] * x[i];`),
    '}',
  ];
  const parameters = [
    ...['ptrdiff_t length', `const ${element} *x`, `const ${element} *factors`, `${element} *a`],
    ...(isContiguous ? [] : ['ptrdiff_t aRowStride']),
    ...(count === 1 ? [] : ['ptrdiff_t aColumnStride']),
  ];
  return `/* Adds x, times ${count === 1 ? 'a factor, to a column' : `a factor each, to ${count} columns`} of A. */
static void update${count}(${parameters.join(', ')})
{
${indented(2, body)}
}`;
}

function update({ spec, vectors, isContiguous }: Context, symbol: string): string {
  const { element } = vectors;
  const { yUnroll } = spec;
  const call = (count: number, offset: string) =>
    `update${count}(${[
      ...['rows', 'beside', `factors${offset}`, `piece + ${offset === '' ? 'j' : '(j + q)'} * aColumnStride`],
      ...(isContiguous ? [] : ['aRowStride']),
      ...(count === 1 ? [] : ['aColumnStride']),
    ].join(', ')});`;
  return `/*
 * A = alpha x y^T + A, a piece of x after the other. \`block\` holds sizes, strides in elements and addresses in bytes, all as doubles.
 * A column whose element of y is zero is left as it is.
 */
void ${symbol}(const double *block);
void ${symbol}(const double *block)
{
${indented(2, [argumentsOf(vectors, gerX64Abi.fields, { x: 'input', y: 'input', a: 'output' })])}
  _Alignas(64) ${element} copyOfX[PIECE];

  if (m <= 0 || n <= 0 || alpha == 0) return;
  for (ptrdiff_t i = 0; i < m; i += PIECE) {
    const ptrdiff_t rows = m - i < PIECE ? m - i : PIECE;
    const ${element} *beside = x + i * xStride;
    ${element} *piece = a + i * aRowStride;
    if (xStride != 1) {
      for (ptrdiff_t q = 0; q < rows; q++) copyOfX[q] = beside[q * xStride];
      beside = copyOfX;
    }
    for (ptrdiff_t j = 0; j < n; j += Y_UNROLL) {
      const ptrdiff_t columns = n - j < Y_UNROLL ? n - j : Y_UNROLL;
      ${element} factors[Y_UNROLL];
      ptrdiff_t nonzero = 0;
      for (ptrdiff_t q = 0; q < columns; q++) {
        const ${element} element = y[(j + q) * yStride];
        factors[q] = alpha * element;
        nonzero += element != 0;
        if (element == 0) factors[q] = 0;
      }
${
  yUnroll === 1
    ? `      if (nonzero == 1) ${call(1, '')}`
    : `      if (nonzero == Y_UNROLL) {
        ${call(yUnroll, '')}
        continue;
      }
      for (ptrdiff_t q = 0; q < columns; q++) {
        if (y[(j + q) * yStride] != 0) ${call(1, ' + q')}
      }`
}
    }
  }
}`;
}

/**
 * Generates a GER kernel as a file of C11: `void symbol(const double *block)`, called as the machine code is ({@linkcode gerX64Abi}).
 *
 * As in machine code, x, a piece of which stays in the level 1 cache, is added to `yUnroll` columns at once, `xUnroll` vectors in a turn. The
 * rules for special values are those of {@linkcode x64Ger}.
 *
 * @param spec The kernel.
 * @param symbol What the function is called.
 * @param form How it is written; by default in intrinsics where the instruction set has vectors.
 * @returns The text.
 * @example
 * ```ts
 * import { cGer, gerSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.match(cGer(gerSpec({ isa: 'avx2' }), 'dger_kernel', 'vectors'), /vector_size\(32\)/);
 * ```
 */
export function cGer(spec: GerSpec, symbol: string, form: CForm = defaultForm(spec.isa)): string {
  const vectors = cVectors(spec, form);
  const context: Context = { spec, vectors, isContiguous: spec.layout === 'columns' };
  const { xUnroll, yUnroll, prefetch, precision } = spec;
  return `${[
    heading(spec, vectors, ['A = alpha x y^T + A, generated by Paratune.']),
    `${vectors.prelude}${prefetch > 0 ? `\n${prefetchMacro}` : ''}`.trimEnd(),
    constants({
      Y_UNROLL: [yUnroll, 'columns at once'],
      X_UNROLL: [xUnroll, 'vectors of x in a turn of the innermost loop'],
      LANES: [vectors.lanes, 'elements of a vector'],
      ...(prefetch > 0 && { PREFETCH_BYTES: [prefetch, 'bytes that each column is prefetched ahead'] }),
      PIECE: [PIECE_BYTES / elementBytes[precision], 'elements of x that stay in the level 1 cache'],
    } as Constants),
    ...(yUnroll === 1 ? [1] : [yUnroll, 1]).map((count) => updateColumns(context, count)),
    update(context, symbol),
  ].join('\n\n')}\n${endOf(vectors, spec)}`;
}
