import { runInThisContext } from 'node:vm';
import { type GemmJsFunction, type GemmSpec, gemmSpec, generate } from '@paratune/codegen';
import type { Backend, GemmKernel } from './_backend.ts';
import { oneProduct } from './_batch.ts';
import { placeOf } from './_buffer_places.ts';
import { double, type Elements, type ElementType, single } from './_element_type.ts';
import { jsVectorKernels } from './_js_vector_kernels.ts';
import { vectorKernelsInfo } from './_vector_kernels.ts';
import type { GemmTuning } from './configure.ts';

const kernels = new Map<string, GemmKernel>();

function makeKernel(spec: GemmSpec, name: string): GemmKernel {
  const key = `${name}_${spec.ku}`;
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    // Not `new Function`, which --disallow-code-generation-from-strings forbids; and a script has a name in stack traces and profiles.
    const { text } = generate(spec, { target: 'js' });
    const compute = runInThisContext(text, { filename: `${name}.js` }) as GemmJsFunction<Elements>;
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
  const { mu, nu, ku } = tuning;
  const planFor = ({ precision, letter }: ElementType) => {
    // The register block that engines keep in registers, whatever the instruction set.
    const spec = gemmSpec({
      isa: 'scalar',
      precision,
      ...(mu === undefined ? {} : { mu }),
      ...(nu === undefined ? {} : { nu }),
      ...(ku === undefined ? {} : { ku }),
    });
    const kernel = `${letter}gemm_js_${spec.mu}x${spec.nu}`;
    return { spec, info: { kernel, mu: spec.mu, nu: spec.nu, ku: spec.ku } };
  };
  const plans = { double: planFor(double), single: planFor(single) };
  const made: Partial<Record<ElementType['precision'], GemmKernel>> = {};
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
    gemm({ precision }) {
      let kernel = made[precision];
      if (kernel === undefined) {
        const { spec, info } = plans[precision];
        kernel = made[precision] = makeKernel(spec, info.kernel);
      }
      return kernel;
    },
  };
}
