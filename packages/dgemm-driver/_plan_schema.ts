import type { DgemmPlan } from '@paratune/blas';
import type { GemmSpec } from '@paratune/codegen';
import { gemmSpec } from '@paratune/codegen';
import * as v from 'valibot';

const size = v.pipe(v.number(), v.integer(), v.minValue(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const strides = v.strictObject({ rowStride: count, columnStride: count });

/** A specification is right when it is one that can be made. */
const spec = v.custom<GemmSpec>((given) => {
  try {
    const { version, routine, ...parameters } = given as GemmSpec;
    gemmSpec(parameters);
    return version === 1 && routine === 'gemm';
  } catch {
    return false;
  }
}, 'must be a specification of a GEMM kernel');

/** How products are computed, as the driver prints it in an environment. */
export const plansSchema: v.GenericSchema<unknown, DgemmPlan[]> = v.array(
  v.strictObject({
    ...{ spec, codeBytes: size, exchanged: v.boolean(), m: size, n: size, k: size, mc: size, kc: size, nc: size },
    ...{ a: strides, b: strides, c: strides, packedABytes: count, packingBytes: count },
  }),
);
