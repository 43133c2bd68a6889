import { type GeneratedCode, generatedCode } from './_generated_code.ts';
import type { Precision } from './_vector_class.ts';
import { Frame } from './_x64_frame.ts';
import type { LinesContext } from './_x64_lines.ts';
import { Vectors } from './_x64_vectors.ts';
import type { InstructionSet } from './gemm_spec.ts';
import { Assembler } from './x64_assembler.ts';
import { mem, rax, rdi } from './x64_operands.ts';

const BLOCK_FIELD_BYTES = 8;

/** What the kernels of both routines have in common. */
interface LinesSpec {
  readonly isa: InstructionSet;
  readonly precision: Precision;
  readonly muladd: 'fused' | 'separate';
  readonly prefetch: number;
  readonly layout: string;
}

/**
 * Reads the argument block that rdi points to into the frame: integers, with strides in bytes, and factors as elements. rax
 * and vector register 0 are lost.
 */
function emitBlock<Field extends string>(
  { asm, vectors, frame }: LinesContext<Field>,
  fields: Readonly<Record<Field, number>>,
): void {
  for (const [name, index] of Object.entries(fields) as [Field, number][]) {
    const given = mem({ base: rdi, displacement: index * BLOCK_FIELD_BYTES });
    if (name === 'alpha' || name === 'beta') {
      vectors.convert(0, given);
      vectors.store(frame.element(name), 0, 1);
      continue;
    }
    asm.cvttsd2si(rax, given);
    if (name.endsWith('Stride')) asm.shl(rax, Math.log2(vectors.elementBytes));
    asm.mov(frame.slot(name), rax);
  }
}

/**
 * Generates a function `void kernel(double *block)` that goes over a matrix by lines.
 *
 * @param spec Its specification.
 * @param walks How lines are walked along.
 * @param abi Index of each field of its block; the frame has a slot for each.
 * @param slots Further slots of the frame.
 * @param scratchBytes Size of the scratch area.
 * @param body Emits what is done between the start of the function and `done`, its end.
 */
export function linesKernel<Field extends string, Slot extends string>(
  spec: LinesSpec,
  { unroll, aligned }: Pick<LinesContext<Field>, 'unroll' | 'aligned'>,
  abi: Readonly<Record<Field, number>>,
  slots: readonly Slot[],
  scratchBytes: number,
  body: (context: LinesContext<Field | Slot>, done: ReturnType<Assembler['label']>) => void,
): GeneratedCode {
  const asm = new Assembler();
  const vectors = new Vectors(asm, spec.isa, spec.muladd, spec.precision);
  const frame = new Frame<Field | Slot | 'length'>(
    asm,
    [...(Object.keys(abi) as Field[]), ...slots, 'length'],
    scratchBytes,
  );
  const elements = spec.layout.startsWith('spaced') ? 'spaced' : 'contiguous';
  const context: LinesContext<Field | Slot> = {
    asm,
    vectors,
    frame,
    elements,
    aligned,
    unroll,
    prefetch: spec.prefetch,
  };
  const done = asm.label('done');
  frame.enter();
  emitBlock(context as unknown as LinesContext<Field>, abi);
  for (const size of ['m', 'n'] as Field[]) {
    asm.cmp(frame.slot(size), 0);
    asm.jle(done);
  }
  body(context, done);
  asm.bind(done);
  vectors.leave();
  frame.leave();
  return generatedCode(asm);
}
