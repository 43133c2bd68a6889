import { type MicroKernel, mem, zmm } from '@paratune/codegen';
import { emitTurns, TURN } from './_turns.ts';

/** A register: 8 doubles or 16 singles. */
const VECTOR_BYTES = 64;
const VECTORS = 3;
const COLUMNS = 8;

/** The panel of A comes from the level 2 cache, some 14 cycles away, a step takes 12; so far ahead it is in the level 1 cache in time. */
const AHEAD_STEPS = 5;

/**
 * 24 x 8 in double precision, 48 x 8 in single: a step of k is 24 multiply-adds, 12 cycles of two units, beside 3 loads of A and 8
 * broadcasts of B, for which there is room twice over.
 *
 * ```text
 * zmm0-23   sums, three to a column of C
 * zmm24-26  the column of A of even steps, zmm27-29 that of odd ones: each is loaded a step ahead
 * zmm30-31  elements of B, repeated, in turn: the next is loaded before the last is used
 * ```
 *
 * A sum is added to once in a step, three times the latency of a multiply-add: nothing waits for a sum. What could be late is A; so the
 * column of the next step is loaded between the multiply-adds of this one, and lines farther on are fetched from the level 2 cache.
 */
export function avx512MicroKernel(precision: MicroKernel['precision']): MicroKernel {
  const double = precision === 'double';
  const [elementBytes, mu, name] = double
    ? ([8, 24, 'dgemm_avx512_24x8'] as const)
    : ([4, 48, 'sgemm_avx512_48x8'] as const);
  const [load, broadcast, multiplyAdd] = double
    ? (['vmovapd', 'vbroadcastsd', 'vfmadd231pd'] as const)
    : (['vmovaps', 'vbroadcastss', 'vfmadd231ps'] as const);
  const [aStepBytes, bStepBytes] = [VECTORS * VECTOR_BYTES, COLUMNS * elementBytes];
  const sum = (vector: number, column: number) => zmm(column * VECTORS + vector);
  const columnOfA = (step: number, vector: number) => zmm(24 + VECTORS * (step % 2) + vector);
  const elementOfB = (column: number) => zmm(30 + (column % 2));
  return {
    ...{ name, isa: 'avx512', precision, mu, nu: COLUMNS },
    emit(context) {
      const { asm, a, b } = context;
      const inA = (step: number, vector: number) =>
        mem({ base: a, displacement: step * aStepBytes + vector * VECTOR_BYTES });
      const inB = (step: number, column: number) =>
        mem({ base: b, displacement: step * bStepBytes + column * elementBytes });
      const loadA = (step: number, vector: number) => asm.emit(load, columnOfA(step, vector), inA(step, vector));
      const advance = (steps: number) => {
        asm.add(a, steps * aStepBytes);
        asm.add(b, steps * bStepBytes);
      };
      /** The multiply-adds of a step whose column of A is in registers; `between` follows those of each column. */
      const products = (step: number, between: (column: number) => void) => {
        asm.emit(broadcast, elementOfB(0), inB(step, 0));
        for (let column = 0; column < COLUMNS; column++) {
          if (column + 1 < COLUMNS) asm.emit(broadcast, elementOfB(column + 1), inB(step, column + 1));
          for (let vector = 0; vector < VECTORS; vector++) {
            asm.emit(multiplyAdd, sum(vector, column), columnOfA(step, vector), elementOfB(column));
          }
          between(column);
        }
      };
      emitTurns(context, {
        columns: COLUMNS,
        columnBytes: mu * elementBytes,
        begin() {
          for (let vector = 0; vector < VECTORS; vector++) loadA(0, vector);
          for (let each = 0; each < VECTORS * COLUMNS; each++) asm.vpxorq(zmm(each), zmm(each), zmm(each));
        },
        turn() {
          for (let step = 0; step < TURN; step++) {
            products(step, (column) => {
              if (column < VECTORS) loadA(step + 1, column);
              else if (column < 2 * VECTORS) asm.prefetcht0(inA(step + AHEAD_STEPS, column - VECTORS));
            });
          }
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
