import type { Assembler } from './x64_assembler.ts';
import { type Gpr64, type Memory, mem, r12, r13, r14, r15, rax, rbp, rbx, rsp } from './x64_operands.ts';

const SLOT_BYTES = 8;

/** Cache lines and zmm registers; the scratch area starts on one. */
const ALIGNMENT_BYTES = 64;

/** Registers that a System V function gives back as it found them. */
const calleeSaved: readonly Gpr64[] = [rbx, rbp, r12, r13, r14, r15];

/** From the stack pointer after so many registers were pushed to where it was before the call: those and the return address. */
function bytesAbove(pushed: number): number {
  return (pushed + 1) * SLOT_BYTES;
}

const FRAME_BYTES = bytesAbove(calleeSaved.length);

/**
 * The stack frame of a generated function: named slots of 8 bytes, then an aligned scratch area. The slots are given
 * when the frame is made, so the prologue knows the size.
 */
export class Frame<Name extends string> {
  readonly #slots: Map<string, Memory>;
  readonly #scratchOffset: number;
  readonly #bytes: number;
  readonly #asm: Assembler;

  constructor(asm: Assembler, names: readonly Name[], scratchBytes: number) {
    this.#asm = asm;
    const all = [...names, 'callerStack'];
    this.#slots = new Map(
      all.map((name, index) => [name, mem({ base: rsp, displacement: index * SLOT_BYTES, bytes: SLOT_BYTES })]),
    );
    const align = (bytes: number) => Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    this.#scratchOffset = align(all.length * SLOT_BYTES);
    this.#bytes = this.#scratchOffset + align(scratchBytes);
  }

  /** The memory of a slot. */
  slot(name: Name): Memory {
    return this.#slots.get(name)!;
  }

  /** The same memory, for a number in its first bytes that says its size itself. */
  element(name: Name): Memory {
    return mem({ base: rsp, displacement: this.slot(name).displacement });
  }

  /** The scratch area, `bytes` in. */
  scratch(bytes = 0): Memory {
    return mem({ base: rsp, displacement: this.#scratchOffset + bytes });
  }

  /** Saves the caller's registers and makes the frame; `rax` is lost. */
  enter(): void {
    const asm = this.#asm;
    const callerStack = this.#slots.get('callerStack')!;
    calleeSaved.forEach((register, index) => {
      asm.push(register);
      asm.unwind({ kind: 'frame', register: rsp, bytes: bytesAbove(index + 1) });
      asm.unwind({ kind: 'saved', register, bytes: bytesAbove(index + 1) });
    });
    asm.mov(rax, rsp);
    asm.unwind({ kind: 'frame', register: rax, bytes: FRAME_BYTES });
    asm.sub(rsp, this.#bytes);
    asm.and(rsp, -ALIGNMENT_BYTES);
    asm.mov(callerStack, rax);
    const { displacement } = callerStack;
    asm.unwind({ kind: 'frame in memory', register: rsp, displacement, bytes: FRAME_BYTES });
  }

  /**
   * An argument of the function that its caller has left on the stack, the first being 0; between `enter` and the first change of
   * `rax`.
   */
  stackArgument(index: number): Memory {
    return mem({ base: rax, displacement: FRAME_BYTES + index * SLOT_BYTES });
  }

  /** Undoes `enter` and returns. */
  leave(): void {
    const asm = this.#asm;
    asm.mov(rsp, this.#slots.get('callerStack')!);
    asm.unwind({ kind: 'frame', register: rsp, bytes: FRAME_BYTES });
    [...calleeSaved].reverse().forEach((register, index) => {
      asm.pop(register);
      asm.unwind({ kind: 'restored', register });
      asm.unwind({ kind: 'frame', register: rsp, bytes: bytesAbove(calleeSaved.length - 1 - index) });
    });
    asm.ret();
  }
}
