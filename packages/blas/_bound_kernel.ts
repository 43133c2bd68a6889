import { type GenerateOptions, generate, type KernelSpec, type X64Kernel } from '@paratune/codegen';
import { handWritten } from '@paratune/kernels/hand_written';
import { bind, load, type NativeFunction } from '@paratune/native';

/** A kernel in machine code, and a function that calls it with the argument block of its routine. */
export interface BoundKernel {
  readonly kernel: NativeFunction;
  readonly run: () => void;
}

/** Generates the machine code of a specification. */
export function codeOf(spec: KernelSpec): Uint8Array {
  const isByHand = spec.routine === 'gemm' && spec.kernel === 'hand-written';
  const microKernel = isByHand ? handWritten(spec.isa, spec.precision) : undefined;
  // The compiler cannot follow that a target makes kernels of its own kind whatever the routine.
  const generateX64 = generate as (spec: KernelSpec, options: GenerateOptions<'x64'>) => X64Kernel;
  return generateX64(spec, { target: 'x64', microKernel }).bytes;
}

/** Generates the kernel of a specification and binds it to a block. */
export function bindKernel(spec: KernelSpec, block: Float64Array): BoundKernel {
  const kernel = load(codeOf(spec));
  return { kernel, run: bind(kernel, block) };
}
