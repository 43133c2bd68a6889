/** What a generator of loops must know about an instruction set's vectors of doubles. */
export interface VectorClass {
  /** Elements in a vector. */
  lanes: number;
  /** Architectural vector registers. */
  registers: number;
  /** Whether multiply-add exists as one instruction. */
  fused: boolean;
}

/** One row per instruction set. */
export const vectorClasses = {
  avx512: { lanes: 8, registers: 32, fused: true },
  avx2: { lanes: 4, registers: 16, fused: true },
  sse2: { lanes: 2, registers: 16, fused: false },
  scalar: { lanes: 1, registers: 16, fused: false },
} as const satisfies Record<string, VectorClass>;
