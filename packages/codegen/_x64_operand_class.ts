/**
 * Classes of operands. Operands of one class fit the same forms of every instruction, and which of these forms is the
 * shortest depends on classes alone: so the assembler chooses a form once for each combination of them.
 *
 * 1 to 11 general-purpose registers; 12 to 20 vector registers; 21 a mask register; 22 to 28 one of these under a mask; 31 a
 * label; 32 to 40 immediates; from 64 on memory, from 1024 on memory under a mask.
 */

import type { AddressOptions, MaskRegister, MemoryOperand, VectorRegister } from './x64_operands.ts';

/** One more than the largest class: operands have one number together, each class a digit of it. */
export const CLASSES = 2048;

/** What no form takes. Operands with it have no number together either, and nothing is known of them. */
const none = Number.NaN;

const firstGeneral32 = 4;
const firstGeneral8 = 7;
const firstVector = 12;
const lastVector = 20;
const firstMasked = 22;
const firstImmediate = 32;
const firstMemory = 64;
const firstMaskedMemory = 1024;

/** A mask register. */
export const maskClass = 21;
/** A place in the code. */
export const labelClass = 31;

/**
 * The class of a general-purpose register. `al`, `eax`, `rax` and `cl` have forms of their own; `spl` to `dil` need a REX
 * prefix, and so do registers from 8 on.
 */
export function generalClass(bits: 8 | 32 | 64, number: number): number {
  if (bits === 8) return firstGeneral8 + (number < 2 ? number : number < 4 ? 2 : number < 8 ? 3 : 4);
  return (bits === 64 ? 1 : firstGeneral32) + (number === 0 ? 0 : number < 8 ? 1 : 2);
}

/** The class of a vector register. From 8 on one lengthens a VEX prefix, from 16 on none has any. */
export function vectorClass(bits: 128 | 256 | 512, number: number): number {
  return firstVector + (bits === 128 ? 0 : bits === 256 ? 3 : 6) + (number < 8 ? 0 : number < 16 ? 1 : 2);
}

/** 0 for undefined, else one number for each power of two up to a limit. */
function powerClass(value: number | undefined, most: number): number {
  if (value === undefined) return 0;
  return value >= 1 && value <= most && (value & (value - 1)) === 0 ? 32 - Math.clz32(value) : none;
}

/**
 * The class of an address: what picks the form (size, broadcast, a vector as index), and whether registers from 8 on lengthen
 * a prefix. Addresses that no instruction can encode have none.
 */
export function memoryClass({ base, index, scale = 1, displacement = 0, broadcast, bytes }: AddressOptions): number {
  let high = 0;
  let indexClass = 0;
  if ((displacement | 0) !== displacement || (scale !== 1 && scale !== 8 && scale !== 2 && scale !== 4)) return none;
  if (base !== undefined) {
    if (base.class === labelClass ? index !== undefined : !(base.class < firstGeneral32)) return none;
    if (base.class === 3) high = 1;
  }
  if (index !== undefined) {
    if (index.class < firstGeneral32) {
      // rsp cannot be one.
      if (index.number === 4) return none;
      if (index.class === 3) high = 1;
    } else if (index.class >= firstVector && index.class <= lastVector) indexClass = 1 + index.class - firstVector;
    else return none;
  }
  const access =
    bytes === undefined && broadcast === undefined ? 0 : powerClass(bytes, 64) * 6 + powerClass(broadcast, 16);
  return firstMemory + (access * 10 + indexClass) * 2 + high;
}

/** The class of a destination under a mask: EVEX alone has those, whose length does not vary. */
export function maskedClass(
  target: VectorRegister | MaskRegister | MemoryOperand,
  by: MaskRegister,
  zeroing: boolean,
): number {
  if (by.number === 0) return none;
  if (target.kind === 'vector')
    return firstMasked + (target.bits === 128 ? 0 : target.bits === 256 ? 1 : 2) + (zeroing ? 3 : 0);
  if (zeroing) return none;
  return target.kind === 'memory' ? target.class + firstMaskedMemory - firstMemory : firstMasked + 6;
}

/** The class of an immediate: the ranges that forms tell apart. */
export function immediateClass(value: unknown): number {
  if (typeof value === 'bigint') return wideImmediateClass(value);
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return none;
  if (value === 1) return firstImmediate;
  if (value < 0) return firstImmediate + (value >= -128 ? 1 : value >= -(2 ** 31) ? 2 : 3);
  return firstImmediate + (value < 128 ? 4 : value < 256 ? 5 : value < 2 ** 31 ? 6 : value < 2 ** 32 ? 7 : 3);
}

function wideImmediateClass(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return immediateClass(number);
  if (value >= 2n ** 64n || value < -(2n ** 63n)) return none;
  return firstImmediate + (value >= 2n ** 64n - 2n ** 31n ? 8 : 3);
}
