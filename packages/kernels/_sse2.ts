import { type MicroKernel, mem, type Xmm, xmm } from '@paratune/codegen';
import { emitTurns, TURN } from './_turns.ts';

/** A register: 2 doubles or 4 singles. */
const VECTOR_BYTES = 16;
const VECTORS = 2;
const COLUMNS = 4;

/** `pshufd` that turns the elements of a vector of singles by 0 to 3 places, so that element i + turn comes to place i. */
const turnSingles = [0b11_10_01_00, 0b00_11_10_01, 0b01_00_11_10, 0b10_01_00_11] as const;

/** The same for doubles. */
const turnDoubles = [turnSingles[0], turnSingles[2]] as const;

/**
 * 4 x 4 in double precision, 8 x 4 in single, without a multiply-add and with operations that overwrite an operand: what counts is
 * the number of instructions. A broadcast would take two. Instead a vector of B is used as it lies, then with its elements turned by a place, and
 * so on, which `pshufd` makes from memory in one. So a product is
 *
 * ```text
 * (a0 b0, a1 b1)   with B as it lies
 * (a0 b1, a1 b0)   turned by one place
 * ```
 *
 * and the sums are diagonals of the tile, which are put in order once, at the end.
 *
 * ```text
 * xmm0-7    sums: of a turned vector of B, two each
 * xmm8-9    the column of A
 * xmm10-13  the vectors of B of this step, each turn of each
 * xmm14-15  products, in turn
 * ```
 *
 * 26 instructions a step of k for 8 multiplications and 8 additions; broadcasts would make it 30. A sum is added to once in a step of
 * 4 cycles (two multiplications a cycle), which is the latency of an addition.
 */
export function sse2MicroKernel(precision: MicroKernel['precision']): MicroKernel {
  const double = precision === 'double';
  const [elementBytes, mu, name] = double ? ([8, 4, 'dgemm_sse2_4x4'] as const) : ([4, 8, 'sgemm_sse2_8x4'] as const);
  const [load, multiply, add] = double
    ? (['movapd', 'mulpd', 'addpd'] as const)
    : (['movaps', 'mulps', 'addps'] as const);
  const [aStepBytes, bStepBytes] = [VECTORS * VECTOR_BYTES, COLUMNS * elementBytes];
  const turns = double ? turnDoubles : turnSingles;
  const lanes = turns.length;
  // Until they are put in order: those of the diagonal that begins with an element of B, which is what its vector is turned by.
  const sum = (vector: number, column: number) => xmm(column * VECTORS + vector);
  const columnOfA = (vector: number) => xmm(8 + vector);
  const turnOfB = (column: number) => xmm(10 + column);
  const [spare, other] = [xmm(14), xmm(15)];
  return {
    ...{ name, isa: 'sse2', precision, mu, nu: COLUMNS },
    emit(context) {
      const { asm, a, b } = context;
      const advance = (steps: number) => {
        asm.add(a, steps * aStepBytes);
        asm.add(b, steps * bStepBytes);
      };
      const step = (at: number) => {
        for (let vector = 0; vector < VECTORS; vector++) {
          asm.emit(load, columnOfA(vector), mem({ base: a, displacement: at * aStepBytes + vector * VECTOR_BYTES }));
        }
        for (let column = 0; column < COLUMNS; column++) {
          const [turn, first] = [column % lanes, column - (column % lanes)];
          const place = mem({ base: b, displacement: at * bStepBytes + first * elementBytes });
          if (turn === 0) asm.emit(load, turnOfB(column), place);
          else asm.pshufd(turnOfB(column), place, turns[turn]!);
        }
        for (let column = 0; column < COLUMNS; column++) {
          const product = column % 2 === 0 ? spare : other;
          asm.movaps(product, turnOfB(column));
          asm.emit(multiply, product, columnOfA(0));
          asm.emit(multiply, turnOfB(column), columnOfA(1));
          asm.emit(add, sum(0, column), product);
          asm.emit(add, sum(1, column), turnOfB(column));
        }
      };
      /** Exchanges what belongs to the other column: of two diagonals (a0 b0, a1 b1) and (a0 b1, a1 b0), the second elements. */
      const orderDoubles = (straight: Xmm, turned: Xmm) => {
        asm.movaps(spare, straight);
        asm.shufpd(straight, turned, 0b10);
        asm.shufpd(turned, spare, 0b10);
      };
      /** The same of four diagonals: two exchanges, each of which takes elements 0 and 2 of one and 1 and 3 of another. */
      const orderSingles = (one: Xmm, two: Xmm, three: Xmm, four: Xmm) => {
        const exchange = 0b11_01_10_00;
        asm.movaps(spare, four);
        for (const [to, from] of [
          [four, three],
          [three, two],
          [two, one],
          [one, spare],
        ] as const) {
          asm.shufps(to, from, exchange);
        }
        for (const [low, high] of [
          [one, three],
          [two, four],
        ] as const) {
          asm.movaps(spare, low);
          asm.shufps(low, high, exchange);
          asm.shufps(high, spare, exchange);
        }
      };
      emitTurns(context, {
        columns: COLUMNS,
        columnBytes: mu * elementBytes,
        begin() {
          for (let each = 0; each < VECTORS * COLUMNS; each++) asm.xorps(xmm(each), xmm(each));
        },
        turn() {
          for (let at = 0; at < TURN; at++) step(at);
          advance(TURN);
        },
        step() {
          step(0);
          advance(1);
        },
      });
      for (let vector = 0; vector < VECTORS; vector++) {
        const [one, two, three, four] = [0, 1, 2, 3].map((column) => sum(vector, column)) as [Xmm, Xmm, Xmm, Xmm];
        if (double) {
          orderDoubles(one, two);
          orderDoubles(three, four);
        } else orderSingles(one, two, three, four);
      }
    },
  };
}
