import { runInThisContext } from 'node:vm';
import { type GemmJsFunction, gemmSpec, generate } from '@paratune/codegen';
import { bufferOf, byteOffsetOf } from './_arguments.ts';
import type { Backend } from './_backend.ts';
import type { GemmTuning } from './configure.ts';

/**
 * JavaScript has no addresses. Buffers get places of their own on one imagined line of bytes, so that arrays of one buffer compare
 * as they lie and those of different buffers never meet. (Two SharedArrayBuffers over the same memory are two buffers here.)
 */
const places = new WeakMap<ArrayBufferLike, number>();
let nextPlace = 0;

function positionOf(array: Float64Array): number {
  const buffer = bufferOf(array);
  let place = places.get(buffer);
  if (place === undefined) {
    place = nextPlace;
    nextPlace += buffer.byteLength;
    places.set(buffer, place);
  }
  return place + byteOffsetOf(array);
}

const backends = new Map<string, GemmJsFunction>();

export function makeJsBackend({ mu, nu, ku }: Readonly<GemmTuning>, reason: string): Backend {
  // The register block that engines keep in registers, whatever the instruction set.
  const spec = gemmSpec({
    isa: 'scalar',
    ...(mu === undefined ? {} : { mu }),
    ...(nu === undefined ? {} : { nu }),
    ...(ku === undefined ? {} : { ku }),
  });
  const kernel = `dgemm_js_${spec.mu}x${spec.nu}`;
  const key = `${kernel}_${spec.ku}`;
  let gemm = backends.get(key);
  if (gemm === undefined) {
    // Not `new Function`, which --disallow-code-generation-from-strings forbids; and a script has a name in stack traces and profiles.
    gemm = runInThisContext(generate(spec, { target: 'js' }).text, { filename: `${kernel}.js` }) as GemmJsFunction;
    backends.set(key, gemm);
  }
  const compute = gemm;
  return {
    info: { backend: 'js', kernel, mu: spec.mu, nu: spec.nu, ku: spec.ku, threads: 1, reason },
    positionOf,
    run(
      m,
      n,
      k,
      alpha,
      a,
      _a,
      aOffset,
      aRow,
      aColumn,
      b,
      _b,
      bOffset,
      bRow,
      bColumn,
      beta,
      c,
      _c,
      cOffset,
      cRow,
      cColumn,
    ) {
      compute(m, n, k, alpha, a, aOffset, aRow, aColumn, b, bOffset, bRow, bColumn, beta, c, cOffset, cRow, cColumn);
    },
  };
}
