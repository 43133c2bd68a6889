/** Intel syntax. */

import { chosen, plain } from './_x64_encode.ts';
import type { Alternative, Encoding } from './_x64_encodings.ts';
import { GeneralRegister, type Operand } from './x64_operands.ts';

const sizes: Record<number, string> = {
  1: 'byte ptr ',
  2: 'word ptr ',
  4: 'dword ptr ',
  8: 'qword ptr ',
  16: 'xmmword ptr ',
  32: 'ymmword ptr ',
  64: 'zmmword ptr ',
};

/** `lockXadd` as it is written: `lock xadd`. */
function spelled(mnemonic: string): string {
  return mnemonic.startsWith('lock') ? `lock ${mnemonic.slice(4).toLowerCase()}` : mnemonic;
}

function operandText(one: Alternative, operand: Operand): string {
  const target = plain(operand);
  if (typeof target !== 'object') return String(target);
  if (target.kind === 'memory') return (sizes[(one as { bytes: number }).bytes] ?? '') + operand;
  if (one.kind === 'general' && one.writes32 && target.kind === 'general') return String(target.as(32));
  return String(operand);
}

/** An instruction in Intel syntax. */
export function instructionText(mnemonic: string, { slots, space }: Encoding, operands: readonly Operand[]): string {
  const texts = operands.map((operand, i) => {
    return operandText(chosen(slots[i]!, operand, space)!, operand);
  });
  return texts.length === 0 ? spelled(mnemonic) : `${spelled(mnemonic)} ${texts.join(', ')}`;
}

/** What a slot takes, in words, for errors. */
export function expectation(one: Alternative): string {
  switch (one.kind) {
    case 'general':
      return one.only === undefined
        ? `a${one.bits === 8 ? 'n' : ''} ${one.bits}-bit general-purpose register`
        : String(new GeneralRegister(one.bits, one.only));
    case 'vector':
      return `${one.bits === 128 ? 'an xmm' : one.bits === 256 ? 'a ymm' : 'a zmm'} register`;
    case 'mask':
      return 'a mask register';
    case 'memory':
      return one.bytes === 0 ? 'memory' : `memory of ${one.bytes} bytes`;
    case 'broadcast':
      return `memory broadcast {1to${one.factor}}`;
    case 'indexed':
      return `memory indexed by ${one.bits === 128 ? 'an xmm' : one.bits === 256 ? 'a ymm' : 'a zmm'} register`;
    case 'immediate':
      return `an integer from ${one.minimum} to ${one.maximum}`;
    case 'relative':
      return 'a label';
  }
}
