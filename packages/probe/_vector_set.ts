import { type Assembler, type Memory, type Mnemonic, type Vector, xmm, ymm, zmm } from '@paratune/codegen';
import { type InstructionSet, processor } from '@paratune/native';

/** Whose instructions a body is made of: one element at a time, or an instruction set's full vectors. */
export type ArithmeticSet = 'scalar' | InstructionSet;
export type Precision = 'double' | 'single';
export type Operation = 'add' | 'multiply' | 'fma';

/** The registers and instructions of an instruction set in one precision, for bodies written once for all. */
export interface VectorSet {
  readonly isa: ArithmeticSet;
  readonly precision: Precision;
  readonly lanes: number;
  readonly bytes: number;
  /** How many registers there are to name. */
  readonly registers: number;
  register(number: number): Vector;
  readonly load: Mnemonic;
  readonly store: Mnemonic;
  /** Emits `target = target op other`; with `'fma'`, whose other is a register, `target += other * other`. */
  apply(a: Assembler, operation: Operation, target: Vector, other: Vector | Memory): void;
  /** Whether `'fma'` can be applied. */
  readonly fused: boolean;
  /** Sets a register to zero. */
  clear(a: Assembler, register: Vector): void;
  /** Emits what must stand behind the last use, so that SSE code elsewhere does not wait for upper halves. */
  end(a: Assembler): void;
}

const widths = { scalar: 16, sse2: 16, avx2: 32, avx512: 64 } as const;

/** Whether this processor has AVX2 and FMA, so that scalar code too is written in its encoding. */
function hasFma(): boolean {
  return processor().instructionSets.includes('avx2');
}

/** The instructions of a set in a precision. */
export function vectorSet(isa: ArithmeticSet, precision: Precision = 'double'): VectorSet {
  const bytes = widths[isa];
  const elementBytes = precision === 'double' ? 8 : 4;
  const kind = `${isa === 'scalar' ? 's' : 'p'}${precision === 'double' ? 'd' : 's'}`;
  const wide = isa !== 'sse2' && hasFma();
  const register = isa === 'avx512' ? zmm : isa === 'avx2' ? ymm : xmm;
  const moves = `${wide ? 'v' : ''}movup${precision === 'double' ? 'd' : 's'}` as Mnemonic;
  const names = { add: `add${kind}`, multiply: `mul${kind}` };
  return {
    isa,
    precision,
    lanes: isa === 'scalar' ? 1 : bytes / elementBytes,
    bytes,
    registers: isa === 'avx512' ? 32 : 16,
    register,
    load: moves,
    store: moves,
    fused: wide,
    apply(a, operation, target, other) {
      if (operation === 'fma') a.emit(`vfmadd231${kind}` as Mnemonic, target, other as Vector, other);
      else if (wide) a.emit(`v${names[operation]}` as Mnemonic, target, target, other);
      else a.emit(names[operation] as Mnemonic, target, other);
    },
    clear(a, target) {
      if (wide) a.emit('vxorpd', target, target, target);
      else a.emit('xorpd', target, target);
    },
    end(a) {
      if (wide) a.vzeroupper();
    },
  };
}

/** The set with the widest vectors that can be used here. */
export function widestVectors(precision: Precision = 'double'): VectorSet {
  return vectorSet(processor().instructionSets.at(-1)!, precision);
}
