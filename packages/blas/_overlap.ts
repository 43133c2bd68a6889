/**
 * Whether two strided matrices share an element, exactly. Ranges that intersect are common and harmless: two blocks of one larger
 * matrix, the even and the odd columns of one array. Rejecting those would rule out every blocked factorisation, so the question is
 * put as it is: do integers 0 <= x_i < n_i with sum c_i x_i = d exist? (The bounded Diophantine problem of NumPy's
 * `np.shares_memory`; with two matrices it has at most four terms, and two when both have the same strides.)
 */

/** Coefficients (positive, descending) with the counts their variables run over. */
interface Terms {
  readonly coefficients: readonly number[];
  readonly counts: readonly number[];
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) {
    [a, b] = [b, a % b];
  }
  return a;
}

/** Sorts by coefficient and merges equal ones: c x + c y with x < p, y < q takes the values c z with z < p + q - 1. */
function simplify(terms: [coefficient: number, count: number][]): Terms {
  const counts = new Map<number, number>();
  for (const [coefficient, count] of terms) {
    if (coefficient === 0 || count === 1) {
      continue;
    }
    counts.set(coefficient, (counts.get(coefficient) ?? 1) + count - 1);
  }
  const coefficients = [...counts.keys()].sort((a, b) => b - a);
  return { coefficients, counts: coefficients.map((coefficient) => counts.get(coefficient)!) };
}

function hasSolution({ coefficients, counts }: Terms, sum: number): boolean {
  const last = coefficients.length;
  // What the terms from i on can add up to, and what every such sum is a multiple of.
  const reach = new Array<number>(last + 1).fill(0);
  const divisor = new Array<number>(last + 1).fill(0);
  for (let i = last - 1; i >= 0; i--) {
    reach[i] = reach[i + 1]! + coefficients[i]! * (counts[i]! - 1);
    divisor[i] = greatestCommonDivisor(coefficients[i]!, divisor[i + 1]!);
  }
  const search = (i: number, rest: number): boolean => {
    if (rest < 0 || rest > reach[i]!) {
      return false;
    }
    if (i === last) {
      return rest === 0;
    }
    if (rest % divisor[i]! !== 0) {
      return false;
    }
    const coefficient = coefficients[i]!;
    const from = Math.max(0, Math.ceil((rest - reach[i + 1]!) / coefficient));
    const to = Math.min(counts[i]! - 1, Math.floor(rest / coefficient));
    for (let x = from; x <= to; x++) {
      if (search(i + 1, rest - coefficient * x)) {
        return true;
      }
    }
    return false;
  };
  return search(0, sum);
}

/** The lowest index that a non-empty matrix reaches, counted from its element (0, 0). */
export function lowestIndex(rows: number, columns: number, rowStride: number, columnStride: number): number {
  return Math.min(0, (rows - 1) * rowStride) + Math.min(0, (columns - 1) * columnStride);
}

/** The highest index that a non-empty matrix reaches, counted from its element (0, 0). */
export function highestIndex(rows: number, columns: number, rowStride: number, columnStride: number): number {
  return Math.max(0, (rows - 1) * rowStride) + Math.max(0, (columns - 1) * columnStride);
}

/**
 * Whether two non-empty matrices share an element. `distance` is the index of Y's element (0, 0) less that of X's, in elements;
 * all values are exact integers.
 */
export function sharesElement(
  rowsX: number,
  columnsX: number,
  rowStrideX: number,
  columnStrideX: number,
  rowsY: number,
  columnsY: number,
  rowStrideY: number,
  columnStrideY: number,
  distance: number,
): boolean {
  // X's terms are turned to run upwards from its lowest element, Y's downwards from its highest, so that all signs are positive.
  const sum =
    distance +
    highestIndex(rowsY, columnsY, rowStrideY, columnStrideY) -
    lowestIndex(rowsX, columnsX, rowStrideX, columnStrideX);
  const terms = simplify([
    [Math.abs(rowStrideX), rowsX],
    [Math.abs(columnStrideX), columnsX],
    [Math.abs(rowStrideY), rowsY],
    [Math.abs(columnStrideY), columnsY],
  ]);
  return hasSolution(terms, sum);
}

/**
 * Whether two different elements of one matrix have the same place. The map (i, j) -> i s + j t repeats first at
 * (|t| / g, |s| / g) with g = gcd(|s|, |t|).
 */
export function repeatsElement(rows: number, columns: number, rowStride: number, columnStride: number): boolean {
  const s = Math.abs(rowStride);
  const t = Math.abs(columnStride);
  if (rows <= 1 || columns <= 1) {
    return (rows > 1 && s === 0) || (columns > 1 && t === 0);
  }
  if (s === 0 || t === 0) {
    return true;
  }
  // The usual layouts, rows or columns clear of each other, need no division.
  if (s >= columns * t || t >= rows * s) {
    return false;
  }
  const g = greatestCommonDivisor(s, t);
  return t / g < rows && s / g < columns;
}
