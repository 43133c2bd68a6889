import { type MicroKernel, mem, ymm } from '@paratune/codegen';
import { emitTurns, TURN } from './_turns.ts';

/** A register: 4 doubles or 8 singles. */
const VECTOR_BYTES = 32;
const VECTORS = 3;
const COLUMNS = 4;

/** The panel of A comes from the level 2 cache, some 14 cycles away, a step takes 6; so far ahead it is in the level 1 cache in time. */
const AHEAD_STEPS = 8;

/**
 * 12 x 4 in double precision, 24 x 4 in single: a step of k is 12 multiply-adds, 6 cycles of two units, beside 3 loads of A and 4
 * broadcasts of B, where 12 loads would fit.
 *
 * ```text
 * ymm0-11   sums, three to a column of C
 * ymm12-14  the column of A
 * ymm15     an element of B, repeated
 * ```
 *
 * All sixteen registers have their place, so none is left to load ahead into: the processor's renaming does that, given the next load right
 * behind the last use of its register. So a vector of the next column of A is loaded as soon as the last column of C is done with the one
 * before. A sum is added to once in a step, 6 cycles, more than the latency of a multiply-add.
 */
export function avx2MicroKernel(precision: MicroKernel['precision']): MicroKernel {
  const double = precision === 'double';
  const [elementBytes, mu, name] = double
    ? ([8, 12, 'dgemm_avx2_12x4'] as const)
    : ([4, 24, 'sgemm_avx2_24x4'] as const);
  const [load, broadcast, multiplyAdd] = double
    ? (['vmovapd', 'vbroadcastsd', 'vfmadd231pd'] as const)
    : (['vmovaps', 'vbroadcastss', 'vfmadd231ps'] as const);
  const [aStepBytes, bStepBytes] = [VECTORS * VECTOR_BYTES, COLUMNS * elementBytes];
  const sum = (vector: number, column: number) => ymm(column * VECTORS + vector);
  const columnOfA = (vector: number) => ymm(12 + vector);
  const elementOfB = ymm(15);
  return {
    ...{ name, isa: 'avx2', precision, mu, nu: COLUMNS },
    emit(context) {
      const { asm, a, b } = context;
      const inA = (step: number, vector: number) =>
        mem({ base: a, displacement: step * aStepBytes + vector * VECTOR_BYTES });
      const loadA = (step: number, vector: number) => asm.emit(load, columnOfA(vector), inA(step, vector));
      const advance = (steps: number) => {
        asm.add(a, steps * aStepBytes);
        asm.add(b, steps * bStepBytes);
      };
      /** The multiply-adds of a step whose column of A is in registers; `done` follows the last use of each of its vectors. */
      const products = (step: number, done: (vector: number) => void) => {
        for (let column = 0; column < COLUMNS; column++) {
          asm.emit(broadcast, elementOfB, mem({ base: b, displacement: step * bStepBytes + column * elementBytes }));
          for (let vector = 0; vector < VECTORS; vector++) {
            asm.emit(multiplyAdd, sum(vector, column), columnOfA(vector), elementOfB);
            if (column === COLUMNS - 1) done(vector);
          }
        }
      };
      emitTurns(context, {
        columns: COLUMNS,
        columnBytes: mu * elementBytes,
        begin() {
          for (let vector = 0; vector < VECTORS; vector++) loadA(0, vector);
          for (let each = 0; each < VECTORS * COLUMNS; each++) asm.vxorpd(ymm(each), ymm(each), ymm(each));
        },
        turn() {
          // Three steps are 288 bytes, so that a turn of 384 begins six lines.
          for (let line = 0; line < TURN * aStepBytes; line += 64) {
            asm.prefetcht0(inA(AHEAD_STEPS, 0).at(line));
          }
          for (let step = 0; step < TURN; step++) products(step, (vector) => loadA(step + 1, vector));
          advance(TURN);
        },
        step() {
          for (let vector = 0; vector < VECTORS; vector++) loadA(0, vector);
          products(0, () => {});
          advance(1);
        },
      });
    },
  };
}
