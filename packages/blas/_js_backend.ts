import type { GemmJsFunction, GemmSpec } from '@paratune/codegen';
import type { Backend, GemmKernel } from './_backend.ts';
import { oneProduct } from './_batch.ts';
import { placeOf } from './_buffer_places.ts';
import { double, type Elements, type ElementType, single } from './_element_type.ts';
import { jsVectorKernels } from './_js_vector_kernels.ts';
import { jsFunction, jsGemmSpec } from './_portable_kernels.ts';
import { oncePerType, vectorKernelsInfo } from './_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';

const kernels = new Map<string, GemmKernel>();

function makeKernel(spec: GemmSpec, name: string): GemmKernel {
  const key = `${name}_${spec.ku}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    const compute = jsFunction(spec, name) as GemmJsFunction<Elements>;
    kernel = {
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
        batch = oneProduct,
      ) {
        for (let product = 0; product < batch.count; product++) {
          compute(
            m,
            n,
            k,
            alpha,
            a,
            aOffset,
            aRow,
            aColumn,
            b,
            bOffset,
            bRow,
            bColumn,
            beta,
            c,
            cOffset,
            cRow,
            cColumn,
          );
          aOffset += batch.aStride;
          bOffset += batch.bStride;
          cOffset += batch.cStride;
        }
      },
    };
    kernels.set(key, kernel);
  }
  return kernel;
}

export function makeJsBackend(tuning: Readonly<GemmTuning>, reason: string): Backend {
  const planFor = (type: ElementType) => {
    const spec = jsGemmSpec(type, tuning);
    const kernel = `${type.letter}gemm_js_${spec.mu}x${spec.nu}`;
    return { spec, info: { kernel, mu: spec.mu, nu: spec.nu, ku: spec.ku } };
  };
  const plans = { double: planFor(double), single: planFor(single) };
  const gemm = oncePerType(({ precision }) => {
    const { spec, info } = plans[precision];
    return makeKernel(spec, info.kernel);
  });
  // Where code may not be made of text, other kernels than those that were built are refused before any is used.
  if (Object.keys(tuning).length > 0) for (const type of [double, single]) gemm(type);
  return {
    info: {
      backend: 'js',
      ...plans.double.info,
      sgemm: plans.single.info,
      ...vectorKernelsInfo('scalar', 'js'),
      tuning: { from: Object.keys(tuning).length > 0 ? 'configure' : 'defaults' },
      threads: 1,
      reason,
    },
    positionOf: placeOf,
    ...jsVectorKernels,
    gemm,
  };
}
