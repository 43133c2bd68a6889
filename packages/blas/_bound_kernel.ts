import { generate, type KernelSpec, type X64Kernel } from '@paratune/codegen';
import { bind, load, type NativeFunction } from '@paratune/native';

/** A kernel in machine code, and a function that calls it with the argument block of its routine. */
export interface BoundKernel {
  readonly kernel: NativeFunction;
  readonly run: () => void;
}

/** Generates the kernel of a specification and binds it to a block. */
export function bindKernel(spec: KernelSpec, block: Float64Array): BoundKernel {
  // The compiler cannot follow that a target makes kernels of its own kind whatever the routine.
  const { bytes } = (generate as (spec: KernelSpec, options: { target: 'x64' }) => X64Kernel)(spec, { target: 'x64' });
  const kernel = load(bytes);
  return { kernel, run: bind(kernel, block) };
}
