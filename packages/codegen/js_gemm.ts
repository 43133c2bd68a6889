import { gemmJsAbi } from './gemm_abi.ts';
import type { GemmSpec } from './gemm_spec.ts';

/**
 * Block sizes of the JavaScript kernel. An engine's loop is far slower than its caches, so they only have to be small: a
 * block of A takes 192 KB, of B at most 1 MB.
 */
const DEPTH = 256;
const ROWS = 96;
const COLUMNS = 512;

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

/** Statements of one step of k; `step` counts within a turn of the unrolled loop. */
function multiplyAdd(spec: GemmSpec, step: number): string {
  const at = (array: string, index: string, offset: number) =>
    `${array}[${index}${offset === 0 ? '' : ` + ${offset}`}]`;
  const columnOfA = range(spec.mu).map((i) => `a${i} = ${at('packedA', 'pa', step * spec.mu + i)};`);
  const updates = range(spec.nu).map(
    (j) =>
      `b0 = ${at('packedB', 'pb', step * spec.nu + j)}; ${range(spec.mu)
        .map((i) => `c${i}_${j} += a${i} * b0;`)
        .join(' ')}`,
  );
  return [columnOfA.join(' '), ...updates].map((line) => `          ${line}`).join('\n');
}

/**
 * Generates a GEMM kernel as a JavaScript expression that evaluates to a {@linkcode GemmJsFunction}.
 *
 * The loops are those of the machine code: blocks of B and A are packed into panels of nu columns and mu rows, and a
 * register block of mu x nu local variables runs over k, unrolled ku times. The text refers to nothing but Float64Array
 * and Math, so it can be evaluated, written to a file or sent to a worker. The function keeps its packing buffers between
 * calls; it is not re-entrant, and each thread needs one of its own. `isa`, `muladd` and the prefetch distances say
 * nothing to a JavaScript engine and are ignored. A kernel of single precision rounds alpha and beta, and what comes to C;
 * in between it carries doubles, which is more exact, and faster, since an engine has no other numbers to compute with.
 *
 * @param spec The kernel.
 * @returns The text of the expression.
 * @example
 * ```ts
 * import { gemmSpec, jsGemm, type GemmJsFunction } from '@paratune/codegen';
 * import assert from 'node:assert/strict';
 *
 * const gemm: GemmJsFunction = new Function(`return ${jsGemm(gemmSpec({ isa: 'scalar' }))}`)();
 * const a = new Float64Array([1, 2, 3, 4]); // row-major: 1 2 / 3 4
 * const b = new Float64Array([5, 6, 7, 8]);
 * const c = new Float64Array(4);
 * gemm(2, 2, 2, 1, a, 0, 2, 1, b, 0, 2, 1, 0, c, 0, 2, 1);
 * assert.deepEqual([...c], [19, 22, 43, 50]);
 * ```
 */
export function jsGemm(spec: GemmSpec): string {
  const { mu, nu, ku } = spec;
  const mc = Math.ceil(ROWS / mu) * mu;
  const nc = Math.ceil(COLUMNS / nu) * nu;
  const accumulators = range(nu).flatMap((j) => range(mu).map((i) => `c${i}_${j}`));
  const roundFactors =
    spec.precision === 'single' ? 'alpha = Math.fround(alpha);\n    beta = Math.fround(beta);\n    ' : '';
  const unrolled = range(ku).map((step) => multiplyAdd(spec, step));
  const tile = range(nu).flatMap((j) => range(mu).map((i) => `tile[${i + j * mu}] = c${i}_${j};`));
  return `(() => {
  let packedA = new Float64Array(0);
  let packedB = new Float64Array(0);
  const tile = new Float64Array(${mu * nu});

  // Copies width x depth elements into panels of \`unit\` across, the last one filled up with zeros.
  function pack(source, offset, widthStride, depthStride, width, depth, unit, target) {
    let to = 0;
    for (let first = 0; first < width; first += unit) {
      const count = Math.min(unit, width - first);
      for (let w = 0; w < count; w++) {
        let from = offset + (first + w) * widthStride;
        for (let t = to + w, end = to + depth * unit; t < end; t += unit) {
          target[t] = source[from];
          from += depthStride;
        }
      }
      for (let w = count; w < unit; w++) {
        for (let t = to + w, end = to + depth * unit; t < end; t += unit) target[t] = 0;
      }
      to += depth * unit;
    }
  }

  // Leaves the product of a panel of A and a panel of B in the tile, column by column.
  function microKernel(packedA, pa, packedB, pb, depth, tile) {
    let ${accumulators.map((name) => `${name} = 0`).join(', ')};
    let ${range(mu)
      .map((i) => `a${i} = 0`)
      .join(', ')}, b0 = 0;
    let p = depth;
${
  ku > 1
    ? `    for (; p >= ${ku}; p -= ${ku}) {
${unrolled.join('\n')}
      pa += ${mu * ku};
      pb += ${nu * ku};
    }
`
    : ''
}    for (; p > 0; p--) {
${multiplyAdd(spec, 0)}
      pa += ${mu};
      pb += ${nu};
    }
    ${tile.join(' ')}
  }

  function update(rows, columns, alpha, beta, c, at, rowStride, columnStride) {
    for (let j = 0; j < columns; j++) {
      for (let i = 0, to = at + j * columnStride; i < rows; i++, to += rowStride) {
        c[to] = (beta === 0 ? 0 : beta * c[to]) + alpha * tile[i + j * ${mu}];
      }
    }
  }

  return function gemm(${gemmJsAbi.parameters.join(', ')}) {
    ${roundFactors}if (m === 0 || n === 0) return;
    if (k === 0 || alpha === 0) {
      if (beta === 1) return;
      for (let j = 0; j < n; j++) {
        for (let i = 0, to = cOffset + j * cColumnStride; i < m; i++, to += cRowStride) {
          c[to] = beta === 0 ? 0 : beta * c[to];
        }
      }
      return;
    }
    const kc = Math.min(k, ${DEPTH});
    const lengthA = Math.min(Math.ceil(m / ${mu}) * ${mu}, ${mc}) * kc;
    const lengthB = Math.min(Math.ceil(n / ${nu}) * ${nu}, ${nc}) * kc;
    if (packedA.length < lengthA) packedA = new Float64Array(lengthA);
    if (packedB.length < lengthB) packedB = new Float64Array(lengthB);
    for (let jc = 0; jc < n; jc += ${nc}) {
      const columns = Math.min(${nc}, n - jc);
      for (let pc = 0; pc < k; pc += kc) {
        const depth = Math.min(kc, k - pc);
        const betaNow = pc === 0 ? beta : 1;
        pack(b, bOffset + pc * bRowStride + jc * bColumnStride, bColumnStride, bRowStride, columns, depth, ${nu}, packedB);
        for (let ic = 0; ic < m; ic += ${mc}) {
          const rows = Math.min(${mc}, m - ic);
          pack(a, aOffset + ic * aRowStride + pc * aColumnStride, aRowStride, aColumnStride, rows, depth, ${mu}, packedA);
          for (let jr = 0; jr < columns; jr += ${nu}) {
            for (let ir = 0; ir < rows; ir += ${mu}) {
              microKernel(packedA, ir * depth, packedB, jr * depth, depth, tile);
              update(
                Math.min(${mu}, rows - ir), Math.min(${nu}, columns - jr), alpha, betaNow,
                c, cOffset + (ic + ir) * cRowStride + (jc + jr) * cColumnStride, cRowStride, cColumnStride,
              );
            }
          }
        }
      }
    }
  };
})()`;
}
