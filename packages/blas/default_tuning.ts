import { gemmBlocking, gemmSpec, gerSpec, type X64InstructionSet } from '@paratune/codegen';
import { processor } from '@paratune/native';
import { cacheSizes } from './_cache_sizes.ts';
import { defaultGemv } from './_default_gemv.ts';
import { gemmParameters, gemvParameters, gerParameters, pick } from './_tuning_parameters.ts';
import { fingerprint } from './fingerprint.ts';
import type { BySource, GemmParameters, Tuning } from './tuning.ts';

function bySource<Value>(make: (source: keyof BySource<unknown>) => Value): BySource<Value> {
  return { private: make('private'), shared: make('shared'), memory: make('memory') };
}

/**
 * What the library computes with on this machine as long as nothing was tuned: where a search begins.
 *
 * @param isa The instruction set; by default the widest that can be used.
 * @returns The tuning; that of an instruction set which this processor has not is made all the same.
 * @throws {UnsupportedError} (of `@paratune/native`) On a platform without an x64 backend.
 * @example
 * ```ts
 * import { configure, defaultTuning, info } from '@paratune/blas';
 * import assert from 'node:assert/strict';
 *
 * if (info().backend === 'x64') {
 *   const { dgemm } = defaultTuning('sse2');
 *   const used = configure({ isa: 'sse2', tuning: 'default' });
 *   assert.deepEqual([dgemm.mu, dgemm.nu], [used.mu, used.nu]);
 * }
 * ```
 */
export function defaultTuning(isa: X64InstructionSet = processor().instructionSets.at(-1)!): Tuning {
  const caches = cacheSizes(processor());
  const gemm = (precision: 'double' | 'single'): GemmParameters => {
    const spec = gemmSpec({ isa, precision });
    return { ...pick(spec, gemmParameters), ...gemmBlocking(spec, caches) };
  };
  const gemv = (precision: 'double' | 'single') => {
    const along = (layout: 'columns' | 'rows') =>
      bySource((source) => pick(defaultGemv(processor(), { isa, precision, layout, source }), gemvParameters));
    return { columns: along('columns'), rows: along('rows') };
  };
  const ger = (precision: 'double' | 'single') =>
    bySource((source) => pick(gerSpec({ isa, precision, source }), gerParameters));
  return {
    version: 1,
    time: new Date().toISOString(),
    fingerprint: fingerprint(),
    isa,
    caches,
    cacheEdge: null,
    dgemm: gemm('double'),
    sgemm: gemm('single'),
    dgemv: gemv('double'),
    sgemv: gemv('single'),
    dger: ger('double'),
    sger: ger('single'),
  };
}
