/** Precisions of elements that kernels are generated for: IEEE 754 binary64 and binary32. */
export type Precision = 'double' | 'single';

/** Bytes of an element. */
export const elementBytes = { double: 8, single: 4 } as const satisfies Record<Precision, number>;

/** What a generator of loops must know about an instruction set's vectors. */
export interface VectorClass {
  /** Elements in a vector. */
  lanes: number;
  /** Architectural vector registers. */
  registers: number;
  /** Whether multiply-add exists as one instruction. */
  fused: boolean;
}

/** One row per instruction set; `bytes` of a vector, or one element of whatever size. */
export const vectorClasses = {
  avx512: { bytes: 64, registers: 32, fused: true },
  avx2: { bytes: 32, registers: 16, fused: true },
  sse2: { bytes: 16, registers: 16, fused: false },
  // Engines have the registers of the processor; those of x86-64 without AVX-512 are the fewest.
  simd128: { bytes: 16, registers: 16, fused: true },
  neon: { bytes: 16, registers: 32, fused: true },
  scalar: { bytes: 'element', registers: 16, fused: false },
} as const;

/** The vectors of an instruction set, of elements of a precision. */
export function vectorClass(isa: keyof typeof vectorClasses, precision: Precision): VectorClass {
  const { bytes, registers, fused } = vectorClasses[isa];
  return { lanes: bytes === 'element' ? 1 : bytes / elementBytes[precision], registers, fused };
}
