import {
  argumentsOf,
  type Constants,
  constants,
  declarations,
  heading,
  indented,
  offsetBy,
  prefetchMacro,
  range,
} from './_c_text.ts';
import { type CVectors, cVectors, defaultForm, endOf } from './_c_vectors.ts';
import { elementBytes } from './_vector_class.ts';
import type { CForm } from './c_form.ts';
import { gemmX64Abi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';

const CACHE_LINE_BYTES = 64;

/** Steps of k between the last prefetch of C and its use, as in machine code. */
const PREFETCH_C_STEPS = 24;

/** Steps of k that an edge of an operand in place is copied at once, to the stack. */
const EDGE_DEPTH = 64;

/** Steps of k that are gathered at once where the elements across a panel do not lie side by side: a cache line of doubles. */
const GATHERED_STEPS = 8;

interface Context {
  readonly spec: GemmSpec;
  readonly vectors: CVectors;
  /** Vectors in a column of the register block. */
  readonly height: number;
}

/** The names of the constants that the text uses, with what they are. */
function constantsOf({ spec, vectors }: Context): string {
  const { mu, nu, ku, latency, prefetchA, prefetchB, prefetchBlock, prefetchC, packA, packB } = spec;
  return constants({
    MU: [mu, 'rows of the register block'],
    NU: [nu, 'columns of the register block'],
    KU: [ku, 'steps of k in a turn of the innermost loop'],
    ...(latency > 1 && { LATENCY: [latency, 'multiplications from one to the addition of its product'] }),
    ...(vectors.lanes > 1 && { LANES: [vectors.lanes, 'elements of a vector'] }),
    ...(packA && prefetchA > 0 && { PREFETCH_A: [prefetchA, 'bytes that packed A is prefetched ahead'] }),
    ...((prefetchB || prefetchBlock) && {
      LINE: [CACHE_LINE_BYTES / elementBytes[spec.precision], 'elements of a cache line'],
    }),
    ...(prefetchC && {
      PREFETCH_C: [PREFETCH_C_STEPS, 'steps of k between the last prefetch of C and its use'],
    }),
    ...(!(packA && packB) && { EDGE_DEPTH: [EDGE_DEPTH, 'steps of k that an edge is copied at once'] }),
  } as Constants);
}

/** So many steps of k: each a column of A times a row of B. */
function turn({ spec, vectors, height }: Context, steps: number): string[] {
  const { mu, nu, packA, packB, latency } = spec;
  const rows = range(height);
  const stepBytes = mu * elementBytes[spec.precision];
  const lines: string[] = [];
  // Products that are still to be added, the oldest first.
  const waiting: { readonly sum: string; readonly product: string }[] = [];
  let products = 0;
  const addOldest = () => {
    const { sum, product } = waiting.shift()!;
    return `${sum} = ${vectors.add(sum, product)};`;
  };
  const multiplyAdd = (sum: string, x: string): string[] => {
    if (latency === 1) return [`${sum} = ${vectors.multiplyAdd(sum, x, 'b0')};`];
    const addition = waiting.length === latency ? [addOldest()] : [];
    const product = `m${products++ % latency}`;
    waiting.push({ sum, product });
    return [...addition, `${product} = ${vectors.multiply(x, 'b0')};`];
  };
  for (const step of range(steps)) {
    const aAt = (row: number) => offsetBy('a', (packA ? step * mu : 0) + row * vectors.lanes);
    lines.push(rows.map((row) => `a${row} = ${vectors.load(aAt(row))};`).join(' '));
    if (packA && spec.prefetchA > 0) {
      const first = Math.ceil((step * stepBytes) / CACHE_LINE_BYTES) * CACHE_LINE_BYTES;
      for (let line = first; line < (step + 1) * stepBytes; line += CACHE_LINE_BYTES) {
        lines.push(`PREFETCH(${offsetBy('(const char *)a + PREFETCH_A', line)});`);
      }
    }
    for (const column of range(nu)) {
      const inPlace = column === 0 ? 'b[0]' : `b[${column === 1 ? '' : `${column} * `}bColumnStride]`;
      const element = vectors.repeat(packB ? `b[${step * nu + column}]` : inPlace);
      const updates = rows.flatMap((row) => multiplyAdd(`c${row}_${column}`, `a${row}`));
      lines.push(`b0 = ${element}; ${updates.join(' ')}`);
    }
    if (!packA) lines.push('a += aStep;');
    if (!packB) lines.push('b += bStep;');
  }
  const rest: string[] = [];
  while (waiting.length > 0) rest.push(addOldest());
  if (rest.length > 0) lines.push(rest.join(' '));
  if (packA) lines.push(`a += ${steps === 1 ? '' : `${steps} * `}MU;`);
  if (packB) lines.push(`b += ${steps === 1 ? '' : `${steps} * `}NU;`);
  return lines;
}

/** Parameters of the micro-kernel, with what a call gives for each. */
function microKernelParameters({ spec, vectors: { element } }: Context): [declaration: string, name: string][] {
  return [
    ['ptrdiff_t depth', 'depth'],
    [`const ${element} *a`, 'a'],
    ...(spec.packA ? [] : [['ptrdiff_t aStep', 'aStep'] as [string, string]]),
    [`const ${element} *b`, 'b'],
    ...(spec.packB
      ? []
      : ([['ptrdiff_t bStep', 'bStep'], ...(spec.nu > 1 ? [['ptrdiff_t bColumnStride', 'bColumnStride']] : [])] as [
          string,
          string,
        ][])),
    ...(spec.prefetchC
      ? ([
          [`const ${element} *c`, 'c'],
          ['ptrdiff_t cColumnStride', 'cColumnStride'],
        ] as [string, string][])
      : []),
    [`${element} *sums`, 'sums'],
  ];
}

function microKernel(context: Context): string {
  const { spec, vectors, height } = context;
  const { ku, nu, latency, precision, prefetchC } = spec;
  const sums = range(nu).map((column) => range(height).map((row) => `c${row}_${column}`));
  const columnBytes = spec.mu * elementBytes[precision];
  const columnLines = Array.from({ length: Math.ceil(columnBytes / CACHE_LINE_BYTES) }, (_, line) =>
    offsetBy('(const char *)c', line * CACHE_LINE_BYTES),
  );
  const prefetchTile = [
    'if (p >= PREFETCH_C && p < PREFETCH_C + KU * NU) {',
    `  ${[...columnLines, `(const char *)c + ${columnBytes - 1}`].map((at) => `PREFETCH(${at});`).join(' ')}`,
    '  c += cColumnStride;',
    '}',
  ];
  const loop = (condition: string, steps: number, ahead: readonly string[]) => [
    `for (; ${condition}; p -= ${steps === 1 ? '1' : 'KU'}) {`,
    indented(2, [...ahead, ...turn(context, steps)]),
    '}',
  ];
  const ahead = prefetchC ? prefetchTile : [];
  const body = [
    ...sums.map((column) => declarations(vectors.type, column, vectors.zero, height)),
    `${vectors.type} ${range(height)
      .map((row) => `a${row}`)
      .join(', ')};`,
    `${vectors.repeated} b0;`,
    ...(latency > 1
      ? [
          `${vectors.type} ${range(Math.min(latency, height * nu * ku))
            .map((index) => `m${index}`)
            .join(', ')};`,
        ]
      : []),
    'ptrdiff_t p = depth;',
    ...(ku > 1 ? loop('p >= KU', ku, ahead) : []),
    ...loop('p > 0', 1, ku > 1 ? [] : ahead),
    ...sums.map((column, index) =>
      column
        .map((sum, row) => `${vectors.store(offsetBy('sums', index * spec.mu + row * vectors.lanes), sum)};`)
        .join(' '),
    ),
  ];
  return `/* The sums over k of the products of MU rows of A and NU columns of B, column by column. */
static NOINLINE void microKernel(${microKernelParameters(context)
    .map(([declaration]) => declaration)
    .join(', ')})
{
${indented(2, body)}
}`;
}

/** Copies width x depth elements into a panel of `unit` across, filled up with zeros. */
function pack({ vectors: { element } }: Context, name: 'A' | 'B', unit: 'MU' | 'NU'): string {
  const steps = range(GATHERED_STEPS);
  return `/* Copies a part of ${name}, ${unit} across or less and \`depth\` deep, into a panel of ${unit} across that is filled up with zeros. */
static void pack${name}(const ${element} *from, ptrdiff_t widthStride, ptrdiff_t depthStride, ptrdiff_t width, ptrdiff_t depth,
  ${element} *to)
{
  ptrdiff_t p = 0;
  if (width == ${unit} && widthStride == 1) {
    for (; p < depth; p++) memcpy(to + p * ${unit}, from + p * depthStride, ${unit} * sizeof *to);
    return;
  }
  for (; p + ${GATHERED_STEPS} <= depth; p += ${GATHERED_STEPS}) {
    for (ptrdiff_t i = 0; i < width; i++) {
      const ${element} *source = from + i * widthStride + p * depthStride;
      ${element} *target = to + i + p * ${unit};
${indented(
  6,
  steps.map((step) => `target[${step} * ${unit}] = source[${step} * depthStride];`),
)}
    }
  }
  for (; p < depth; p++) {
    for (ptrdiff_t i = 0; i < width; i++) to[i + p * ${unit}] = from[i * widthStride + p * depthStride];
  }
  if (width == ${unit}) return;
  for (p = 0; p < depth; p++) {
    for (ptrdiff_t i = width; i < ${unit}; i++) to[i + p * ${unit}] = 0;
  }
}`;
}

function prefetchShare({ vectors: { element } }: Context): string {
  return `/* Prefetches one of so many shares of an operand that is used next: what of it lies side by side by the cache line. */
static void prefetchShare(const ${element} *at, ptrdiff_t widthStride, ptrdiff_t depthStride, ptrdiff_t width, ptrdiff_t depth,
  ptrdiff_t share, ptrdiff_t shares)
{
  const ptrdiff_t first = depth * share / shares, end = depth * (share + 1) / shares;
  const ptrdiff_t across = widthStride == 1 ? LINE : 1, along = depthStride == 1 ? LINE : 1;
  for (ptrdiff_t p = first; p < end; p += along) {
    for (ptrdiff_t i = 0; i < width; i += across) PREFETCH(at + i * widthStride + p * depthStride);
  }
}`;
}

/** Adds the sums of a tile to C. */
function update({ spec, vectors }: Context): string {
  const { element, lanes } = vectors;
  const inVectors = lanes > 1 && spec.layoutC !== 'strided';
  const whole = `    if (cRowStride == 1) {
      const ${vectors.repeated} alphas = ${vectors.repeat('alpha')}, betas = ${vectors.repeat('beta')};
      for (; i + LANES <= rows; i += LANES) {
        ${vectors.type} before = ${vectors.zero};
        if (beta != 0) before = ${vectors.multiply(vectors.load('c + i'), 'betas')};
        ${vectors.store('c + i', vectors.multiplyAdd('before', vectors.load('sums + i'), 'alphas'))};
      }
    }
`;
  return `/* C = alpha sums + beta C, for a tile. Where beta is zero C is not read. */
static void update(ptrdiff_t rows, ptrdiff_t columns, ${element} alpha, const ${element} *sums, ${element} beta, ${element} *c,
  ptrdiff_t cRowStride, ptrdiff_t cColumnStride)
{
  for (ptrdiff_t j = 0; j < columns; j++, sums += MU, c += cColumnStride) {
    ptrdiff_t i = 0;
${inVectors ? whole : ''}    for (; i < rows; i++) {
      const ${element} before = beta == 0 ? 0 : beta * c[i * cRowStride];
      c[i * cRowStride] = before + alpha * sums[i];
    }
  }
}`;
}

function scale({ vectors: { element } }: Context): string {
  return `/* C = beta C, where no product is added. */
static void scale(ptrdiff_t m, ptrdiff_t n, ${element} beta, ${element} *c, ptrdiff_t cRowStride, ptrdiff_t cColumnStride)
{
  if (beta == 1) return;
  for (ptrdiff_t j = 0; j < n; j++) {
    for (ptrdiff_t i = 0; i < m; i++) {
      ${element} *at = c + i * cRowStride + j * cColumnStride;
      *at = beta == 0 ? 0 : beta * *at;
    }
  }
}`;
}

/** The two loops over the tiles of a block, and what is around one tile. */
function tiles(context: Context): string {
  const { spec, vectors } = context;
  const { element } = vectors;
  const { packA, packB, prefetchB, prefetchBlock, prefetchC } = spec;
  const call = (a: string, aStep: string, b: string, bStep: string, bColumnStride: string, depth: string) =>
    `microKernel(${[
      ...[depth, a],
      ...(packA ? [] : [aStep]),
      b,
      ...(packB ? [] : [bStep]),
      ...(packB || spec.nu === 1 ? [] : [bColumnStride]),
      ...(prefetchC ? ['at', 'cColumnStride'] : []),
      'sums',
    ].join(', ')});`;
  const whole = [
    call('panelA', 'aColumnStride', 'panelB', 'bRowStride', 'bColumnStride', 'depth'),
    'update(height, width, alpha, sums, betaNow, at, cRowStride, cColumnStride);',
  ];
  const edges = [...(packA ? [] : ['height < MU']), ...(packB ? [] : ['width < NU'])].join(' || ');
  const copied = [
    `if (${edges}) {`,
    '  /* Nothing beyond an operand in place is touched: its edge is multiplied from a copy. */',
    '  for (ptrdiff_t q = 0; q < depth; q += EDGE_DEPTH) {',
    '    const ptrdiff_t steps = smaller(EDGE_DEPTH, depth - q);',
    ...(packA
      ? [`    const ${element} *edgeA = panelA + q * MU;`]
      : [
          '    packA(panelA + q * aColumnStride, 1, aColumnStride, height, steps, copyOfA);',
          `    const ${element} *edgeA = copyOfA;`,
        ]),
    ...(packB
      ? [`    const ${element} *edgeB = panelB + q * NU;`]
      : [
          '    packB(panelB + q * bRowStride, bColumnStride, bRowStride, width, steps, copyOfB);',
          `    const ${element} *edgeB = copyOfB;`,
        ]),
    `    ${call('edgeA', 'MU', 'edgeB', 'NU', '1', 'steps')}`,
    '    update(height, width, alpha, sums, q == 0 ? betaNow : 1, at, cRowStride, cColumnStride);',
    '  }',
    '  continue;',
    '}',
  ];
  const ahead = [
    ...(prefetchB
      ? packB
        ? [
            'if (jr + NU < columns) {',
            '  if (ic == 0) prefetchShare(blockOfB + (jr + NU) * bColumnStride, bColumnStride, bRowStride, smaller(NU, columns - jr - NU), depth, ir / MU, tilesDown);',
            '  else prefetchShare(panelB + depth * NU, 1, NU, NU, depth, ir / MU, tilesDown);',
            '}',
          ]
        : [
            'if (jr + NU < columns) prefetchShare(panelB + NU * bColumnStride, bColumnStride, bRowStride, smaller(NU, columns - jr - NU), depth, ir / MU, tilesDown);',
          ]
      : []),
    ...(prefetchBlock
      ? [
          'if (ic + rows < m) prefetchShare(blockOfA + rows * aRowStride, aRowStride, aColumnStride, smaller(mc, m - ic - rows), depth, jr / NU * tilesDown + ir / MU, tilesDown * ((columns + NU - 1) / NU));',
        ]
      : []),
  ];
  const panelB = packB
    ? [
        `${element} *panelB = packedB + jr * depth;`,
        'if (ic == 0) packB(blockOfB + jr * bColumnStride, bColumnStride, bRowStride, width, depth, panelB);',
      ]
    : [`const ${element} *panelB = blockOfB + jr * bColumnStride;`];
  return indented(10, [
    ...(prefetchB || prefetchBlock ? ['const ptrdiff_t tilesDown = (rows + MU - 1) / MU;'] : []),
    'for (ptrdiff_t jr = 0; jr < columns; jr += NU) {',
    '  const ptrdiff_t width = smaller(NU, columns - jr);',
    ...panelB.map((line) => `  ${line}`),
    '  for (ptrdiff_t ir = 0; ir < rows; ir += MU) {',
    '    const ptrdiff_t height = smaller(MU, rows - ir);',
    `    const ${element} *panelA = ${packA ? 'packedA + ir * depth' : 'blockOfA + ir'};`,
    `    ${element} *at = c + (ic + ir) * cRowStride + (jc + jr) * cColumnStride;`,
    ...[...ahead, ...(edges === '' ? [] : copied), ...whole].map((line) => `    ${line}`),
    '  }',
    '}',
  ]);
}

function loops(context: Context, symbol: string): string {
  const { spec, vectors } = context;
  const { element } = vectors;
  const { packA, packB } = spec;
  const strides = ['aBatchStride', 'bBatchStride', 'cBatchStride'] as const;
  const { aBatchStride, bBatchStride, cBatchStride, ...plain } = gemmX64Abi.fields;
  const batchStrides = { aBatchStride, bBatchStride, cBatchStride };
  const { packedA, packedB, mc, kc, nc, ...rest } = plain;
  const fields = { ...rest, ...(packA && { packedA }), ...(packB && { packedB }), mc, kc, nc } as Record<
    string,
    number
  >;
  return `/*
 * alpha A B + beta C for \`batch\` products, in the loops of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
 * (ACM TOMS 34, 2008). \`block\` holds sizes, strides in elements and addresses in bytes, all as doubles.
 */
void ${symbol}(const double *block);
void ${symbol}(const double *block)
{
${indented(2, [
  argumentsOf(vectors, fields, { a: 'input', b: 'input', c: 'output', packedA: 'output', packedB: 'output' }),
  ...strides.map((name) => `const ptrdiff_t ${name} = batch > 1 ? (ptrdiff_t)block[${batchStrides[name]}] : 0;`),
])}
  _Alignas(64) ${element} sums[MU * NU];
${packA ? '' : `  ${element} copyOfA[MU * EDGE_DEPTH];\n`}${packB ? '' : `  ${element} copyOfB[NU * EDGE_DEPTH];\n`}
  if (m <= 0 || n <= 0) return;
  for (ptrdiff_t product = 0; product < batch; product++, a += aBatchStride, b += bBatchStride, c += cBatchStride) {
    if (k <= 0 || alpha == 0) {
      scale(m, n, beta, c, cRowStride, cColumnStride);
      continue;
    }
    for (ptrdiff_t jc = 0, columns; jc < n; jc += columns) {
      columns = smaller(nc, n - jc);
      for (ptrdiff_t pc = 0, depth; pc < k; pc += depth) {
        /* Two even blocks cost less than a full one and a shallow one. */
        const ptrdiff_t left = k - pc;
        depth = left <= kc ? left : left < 2 * kc ? (left + 1) / 2 : kc;
        const ${element} betaNow = pc == 0 ? beta : 1;
        const ${element} *blockOfB = b + pc * bRowStride + jc * bColumnStride;
        for (ptrdiff_t ic = 0, rows; ic < m; ic += rows) {
          rows = smaller(mc, m - ic);
          const ${element} *blockOfA = a + ic * aRowStride + pc * aColumnStride;
${
  packA
    ? `          for (ptrdiff_t ir = 0; ir < rows; ir += MU) {
            packA(blockOfA + ir * aRowStride, aRowStride, aColumnStride, smaller(MU, rows - ir), depth, packedA + ir * depth);
          }
`
    : ''
}${tiles(context)}
        }
      }
    }
  }
}`;
}

/**
 * Generates a GEMM kernel as a file of C11: `void symbol(const double *block)`, called as the machine code is ({@linkcode gemmX64Abi}).
 *
 * The text stands alone and includes headers of the compiler only. It has the loops of the machine code: blocks of B and A are packed
 * into panels of nu columns and mu rows, or read in place, and a register block of mu x nu variables runs over k, unrolled ku times.
 * Any strides will do, whatever the layouts of the specification but those of operands in place; so will any sizes, whatever `m` and `n`.
 * The rules for special values are those of {@linkcode x64Gemm}. With vectors a file names what instructions it needs by itself, and GCC
 * and clang take it without options but -O2.
 *
 * @param spec The kernel.
 * @param symbol What the function is called.
 * @param form How it is written; by default in intrinsics where the instruction set has vectors.
 * @returns The text.
 * @example
 * ```ts
 * import { cGemm, gemmSpec } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const text = cGemm(gemmSpec({ isa: 'scalar', mu: 2, nu: 2, ku: 4 }), 'dgemm_2x2');
 * assert.match(text, /void dgemm_2x2\(const double \*block\)/);
 * assert.match(text, /c0_1 = c0_1 \+ a0 \* b0;/);
 * ```
 */
export function cGemm(spec: GemmSpec, symbol: string, form: CForm = defaultForm(spec.isa)): string {
  const vectors = cVectors(spec, form);
  const context: Context = { spec, vectors, height: spec.mu / vectors.lanes };
  return `${[
    heading(spec, vectors, ['C = alpha A B + beta C, generated by Paratune.']),
    `${vectors.prelude}
${prefetchMacro}

#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE
#endif`,
    constantsOf(context),
    `static ptrdiff_t smaller(ptrdiff_t one, ptrdiff_t other)
{
  return one < other ? one : other;
}`,
    microKernel(context),
    pack(context, 'A', 'MU'),
    pack(context, 'B', 'NU'),
    ...(spec.prefetchB || spec.prefetchBlock ? [prefetchShare(context)] : []),
    update(context),
    scale(context),
    loops(context, symbol),
  ].join('\n\n')}\n${endOf(vectors, spec)}`;
}
