import type { Assembler } from './x64_assembler.ts';
import { type Gpr64, type Memory, mem, r12, r13, r14, r15, rax, rbp, rbx, rsp } from './x64_operands.ts';

const SLOT_BYTES = 8;

/** Cache lines and zmm registers; the scratch area starts on one. */
const ALIGNMENT_BYTES = 64;

/** Registers that a System V function gives back as it found them. */
const calleeSaved: readonly Gpr64[] = [rbx, rbp, r12, r13, r14, r15];

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
    for (const register of calleeSaved) this.#asm.push(register);
    this.#asm.mov(rax, rsp);
    this.#asm.sub(rsp, this.#bytes);
    this.#asm.and(rsp, -ALIGNMENT_BYTES);
    this.#asm.mov(this.#slots.get('callerStack')!, rax);
  }

  /** Undoes `enter` and returns. */
  leave(): void {
    this.#asm.mov(rsp, this.#slots.get('callerStack')!);
    for (const register of [...calleeSaved].reverse()) this.#asm.pop(register);
    this.#asm.ret();
  }
}
