import { PIECE_BYTES, turnsAlong } from './_c_lines.ts';
import { argumentsOf, type Constants, constants, heading, indented, prefetchMacro, range } from './_c_text.ts';
import { type CVectors, cVectors, defaultForm, endOf } from './_c_vectors.ts';
import { elementBytes } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import { gemvX64Abi } from './gemv_abi.ts';
import type { GemvSpec } from './gemv_spec.ts';

interface Context {
  readonly spec: GemvSpec;
  readonly vectors: CVectors;
  readonly byRows: boolean;
  /** Whether the elements of a line, a column or a row, lie side by side. */
  readonly isContiguous: boolean;
}

/** Numbers of lines that are walked along at once: as many as there may be, then one. */
function groupsOf({ spec: { xUnroll, yUnroll }, byRows }: Context): number[] {
  const most = byRows ? yUnroll : xUnroll;
  return most === 1 ? [1] : [most, 1];
}

function constantsOf({ spec, vectors, byRows }: Context): string {
  const { xUnroll, yUnroll, unroll, prefetch, precision } = spec;
  return constants({
    ...(byRows ? { Y_UNROLL: [yUnroll, 'rows at once'] } : { X_UNROLL: [xUnroll, 'columns at once'] }),
    UNROLL: [unroll, 'vectors along a line in a turn of the innermost loop'],
    LANES: [vectors.lanes, 'elements of a vector'],
    ...(prefetch > 0 && { PREFETCH_BYTES: [prefetch, 'bytes that each line is prefetched ahead'] }),
    PIECE: [PIECE_BYTES / elementBytes[precision], 'elements of a vector that stay in the level 1 cache'],
  } as Constants);
}

/** The loops along lines `a0`, `a1`, ... beside a vector; `step` is the work on a vector's worth at an index. */
function walk(
  { spec, vectors, isContiguous }: Context,
  count: number,
  step: (index: string, unrolled: number) => string[],
  one: string[],
): string[] {
  const { unroll, prefetch, precision } = spec;
  const turns = { vectors, precision, lines: count, unroll, unrollName: 'UNROLL', prefetch };
  return [
    'ptrdiff_t i = 0;',
    ...(isContiguous && vectors.lanes * unroll > 1 ? turnsAlong(turns, step) : []),
    'for (; i < length; i++) {',
    indented(2, one),
    '}',
  ];
}

/** The pointers to the lines of a group. */
function lineStarts({ vectors: { element } }: Context, count: number): string {
  const starts = range(count).map((line) => (line === 0 ? '*a0 = a' : `*a${line} = a${line - 1} + lineStride`));
  return `const ${element} ${starts.join(', ')};`;
}

const elementOf = ({ isContiguous }: Context, line: number) =>
  isContiguous ? `a${line}[i]` : `a${line}[i * elementStride]`;

function parameters({ vectors: { element }, isContiguous }: Context, count: number, more: readonly string[]): string {
  return [
    'ptrdiff_t length',
    `const ${element} *a`,
    ...(count === 1 ? [] : ['ptrdiff_t lineStride']),
    ...(isContiguous ? [] : ['ptrdiff_t elementStride']),
    ...more,
  ].join(', ');
}

/** The function that adds `count` columns, times their elements of x, to sums. */
function addColumns(context: Context, count: number): string {
  const { vectors } = context;
  const { element, type, repeated } = vectors;
  const columns = range(count);
  const step = (index: string) => [
    `sum = ${vectors.load(`sums + ${index}`)};`,
    ...columns.map(
      (column) => `sum = ${vectors.multiplyAdd('sum', vectors.load(`a${column} + ${index}`), `r${column}`)};`,
    ),
    `${vectors.store(`sums + ${index}`, 'sum')};`,
  ];
  const hasVectors = context.isContiguous && vectors.lanes * context.spec.unroll > 1;
  const body = [
    lineStarts(context, count),
    `const ${element} ${columns.map((column) => `x${column} = x[${column === 0 ? '0' : `${column} * xStride`}]`).join(', ')};`,
    ...(hasVectors
      ? [
          `const ${repeated} ${columns.map((column) => `r${column} = ${vectors.repeat(`x${column}`)}`).join(', ')};`,
          `${type} sum;`,
        ]
      : []),
    ...walk(context, count, step, [
      `${element} one = sums[i];`,
      ...columns.map((column) => `one += ${elementOf(context, column)} * x${column};`),
      'sums[i] = one;',
    ]),
  ];
  const inputs = [`const ${element} *x`, ...(count === 1 ? [] : ['ptrdiff_t xStride']), `${element} *sums`];
  return `/* Adds ${count === 1 ? 'a column' : `${count} columns`} of A, times ${count === 1 ? 'its element' : 'their elements'} of x, to the sums of a piece of y. */
static void add${count}(${parameters(context, count, inputs)})
{
${indented(2, body)}
}`;
}

/** The function that adds the products of `count` rows and a piece of x to their sums. */
function multiplyRows(context: Context, count: number): string {
  const { spec, vectors } = context;
  const { element, type, lanes } = vectors;
  const { unroll } = spec;
  const rows = range(count);
  const hasVectors = context.isContiguous && lanes * unroll > 1;
  const sumOf = (row: number, index: number) => (unroll === 1 ? `v${row}` : `v${row}_${index}`);
  const step = (index: string, unrolled: number) => [
    `beside = ${vectors.load(`x + ${index}`)};`,
    ...rows.map((row) => {
      const sum = sumOf(row, unrolled);
      return `${sum} = ${vectors.multiplyAdd(sum, vectors.load(`a${row} + ${index}`), 'beside')};`;
    }),
  ];
  const one = [
    `const ${element} beside1 = x[i];`,
    ...rows.map((row) => `s${row} += ${elementOf(context, row)} * beside1;`),
  ];
  const reduce = rows.map((row) => {
    const whole = range(unroll)
      .map((index) => sumOf(row, index))
      .reduce((sum, other) => vectors.add(sum, other));
    return lanes === 1
      ? `s${row} += ${whole};`
      : `${vectors.store('lanes', whole)}; for (int lane = 0; lane < LANES; lane++) s${row} += lanes[lane];`;
  });
  const walked = walk(context, count, step, one);
  // What is left of a row is added to the sum of its vectors.
  const rest = walked.findIndex((line) => line.startsWith('for (; i < length; i++)'));
  const body = [
    lineStarts(context, count),
    `${element} ${rows.map((row) => `s${row} = 0`).join(', ')};`,
    ...(hasVectors
      ? [
          ...rows.map(
            (row) =>
              `${type} ${range(unroll)
                .map((index) => `${sumOf(row, index)} = ${vectors.zero}`)
                .join(', ')};`,
          ),
          `${type} beside;`,
          ...(lanes > 1 ? [`${element} lanes[LANES];`] : []),
        ]
      : []),
    ...walked.slice(0, rest),
    ...(hasVectors ? reduce : []),
    ...walked.slice(rest),
    rows.map((row) => `sums[${row}] += s${row};`).join(' '),
  ];
  return `/* Adds the product${count === 1 ? ' of a row' : `s of ${count} rows`} of A and a piece of x to the sums of y. */
static void multiply${count}(${parameters(context, count, [`const ${element} *x`, `${element} *sums`])})
{
${indented(2, body)}
}`;
}

/** The loop over groups of lines. */
function groups(context: Context): string[] {
  const { byRows, isContiguous } = context;
  const [lineStride, elementStride] = byRows ? ['aRowStride', 'aColumnStride'] : ['aColumnStride', 'aRowStride'];
  const strides = (count: number) =>
    [...(count === 1 ? [] : [lineStride]), ...(isContiguous ? [] : [elementStride])]
      .map((name) => ` ${name},`)
      .join('');
  const [line, lines] = byRows ? ['r', 'rows'] : ['j', 'n'];
  const call = (count: number) =>
    byRows
      ? `multiply${count}(columns, piece + r * aRowStride,${strides(count)} beside, sums + r);`
      : `add${count}(rows, piece + j * aColumnStride,${strides(count)} x + j * xStride, ${count === 1 ? '' : 'xStride, '}sums);`;
  const most = byRows ? 'Y_UNROLL' : 'X_UNROLL';
  return [
    `ptrdiff_t ${line} = 0;`,
    ...groupsOf(context).map((count) =>
      count === 1
        ? `for (; ${line} < ${lines}; ${line}++) ${call(1)}`
        : `for (; ${line} + ${most} <= ${lines}; ${line} += ${most}) ${call(count)}`,
    ),
  ];
}

function product(context: Context, symbol: string): string {
  const { vectors, byRows } = context;
  const { element } = vectors;
  const body = byRows
    ? [
        `_Alignas(64) ${element} copyOfX[PIECE];`,
        'for (ptrdiff_t j = 0; j < n; j += PIECE) {',
        '  const ptrdiff_t columns = n - j < PIECE ? n - j : PIECE;',
        `  const ${element} *piece = a + i * aRowStride + j * aColumnStride, *beside = x + j * xStride;`,
        '  if (xStride != 1) {',
        '    for (ptrdiff_t q = 0; q < columns; q++) copyOfX[q] = beside[q * xStride];',
        '    beside = copyOfX;',
        '  }',
        indented(2, groups(context)),
        '}',
      ]
    : [`const ${element} *piece = a + i * aRowStride;`, ...groups(context)];
  return `/*
 * y = alpha A x + beta y, a piece of y after the other. \`block\` holds sizes, strides in elements and addresses in bytes, all as doubles.
 * Where beta is zero y is not read, where alpha is zero neither are A and x.
 */
void ${symbol}(const double *block);
void ${symbol}(const double *block)
{
${indented(2, [argumentsOf(vectors, gemvX64Abi.fields, { a: 'input', x: 'input', y: 'output' })])}
  _Alignas(64) ${element} sums[PIECE];

  if (m <= 0 || n <= 0) return;
  for (ptrdiff_t i = 0; i < m; i += PIECE) {
    const ptrdiff_t rows = m - i < PIECE ? m - i : PIECE;
    ${element} *to = y + i * yStride;
    if (alpha == 0) {
      for (ptrdiff_t q = 0; q < rows; q++) to[q * yStride] = beta == 0 ? 0 : beta * to[q * yStride];
      continue;
    }
    memset(sums, 0, (size_t)rows * sizeof *sums);
${indented(4, body)}
    for (ptrdiff_t q = 0; q < rows; q++) {
      const ${element} before = beta == 0 ? 0 : beta * to[q * yStride];
      to[q * yStride] = before + alpha * sums[q];
    }
  }
}`;
}

/**
 * Generates a GEMV kernel as a file of C11: `void symbol(const double *block)`, called as the machine code is ({@linkcode gemvX64Abi}).
 *
 * As in machine code, `xUnroll` columns at once are added to sums of a piece of y that stays in the level 1 cache, or `yUnroll` rows at once
 * are multiplied by a piece of x, as the layout says. The rules for special values are those of {@linkcode x64Gemv}.
 *
 * @param spec The kernel.
 * @param symbol What the function is called.
 * @param form How it is written; by default in intrinsics where the instruction set has vectors.
 * @returns The text.
 * @example
 * ```ts
 * import { cGemv, gemvSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * assert.match(cGemv(gemvSpec({ isa: 'neon' }), 'dgemv_kernel'), /vfmaq_f64/);
 * ```
 */
export function cGemv(spec: GemvSpec, symbol: string, form: CForm = defaultForm(spec.isa)): string {
  const vectors = cVectors(spec, form);
  const context: Context = {
    ...{ spec, vectors },
    byRows: spec.layout.endsWith('rows'),
    isContiguous: !spec.layout.startsWith('spaced'),
  };
  const lines = groupsOf(context).map((count) =>
    context.byRows ? multiplyRows(context, count) : addColumns(context, count),
  );
  return `${[
    heading(spec, vectors, ['y = alpha A x + beta y, generated by Paratune.']),
    `${vectors.prelude}${spec.prefetch > 0 ? `\n${prefetchMacro}` : ''}`.trimEnd(),
    constantsOf(context),
    ...lines,
    product(context, symbol),
  ].join('\n\n')}\n${endOf(vectors, spec)}`;
}
