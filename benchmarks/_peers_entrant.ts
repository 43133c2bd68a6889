import type { PeerRole } from '@paratune/report';
import { checkProduct, type Matrix } from './_peers_matrix.ts';
import type { Entrant } from './_peers_suite.ts';

/** The product that a call computes. */
export interface ComputedProduct {
  /** The output, */
  C: Matrix;
  /** and the factors it is the product of. */
  A: Matrix;
  B: Matrix;
  /** What fills C before: NaN where it is only written, 0 where the product is added to it. */
  before?: number;
  /** Elements of the output, where a call leaves them elsewhere than in C. */
  result?: (() => ArrayLike<number>) | undefined;
}

/** A contender whose call computes one product or more, which can be checked. */
export function entrant(
  contender: string,
  role: PeerRole,
  call: () => void,
  ...products: readonly ComputedProduct[]
): Entrant {
  return {
    contender,
    role,
    call,
    check() {
      for (const { C, before = Number.NaN } of products) C.data.fill(before);
      call();
      for (const { C, A, B, result } of products) {
        checkProduct(contender, { ...C, data: result === undefined ? C.data : result() }, A, B);
      }
    },
  };
}
