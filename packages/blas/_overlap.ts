/**
 * Whether strided matrices, or batches of them, share an element, exactly. Ranges that intersect are common and harmless: two blocks
 * of one larger matrix, the even and the odd columns of one array. Rejecting those would rule out every blocked factorisation, so
 * the question is put as it is: do integers 0 <= x_i < n_i with sum c_i x_i = d exist? (The bounded Diophantine problem of NumPy's
 * `np.shares_memory`; with two matrices it has at most four terms, with two batches six, and half as many when both have the same
 * strides.)
 */

/** How many elements a dimension has, and how far apart they lie. */
export type Dimension = readonly [count: number, stride: number];

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

/** Sorts by coefficient, the size of the stride, and merges equal ones: c x + c y with x < p, y < q takes the values c z with z < p + q - 1. */
function simplify(dimensions: readonly Dimension[]): Terms {
  const counts = new Map<number, number>();
  for (const [count, stride] of dimensions) {
    const coefficient = Math.abs(stride);
    if (coefficient === 0 || count === 1) {
      continue;
    }
    counts.set(coefficient, (counts.get(coefficient) ?? 1) + count - 1);
  }
  const coefficients = [...counts.keys()].sort((a, b) => b - a);
  return { coefficients, counts: coefficients.map((coefficient) => counts.get(coefficient)!) };
}

/** Whether there is one; also where that is not known after so many steps. */
function mayHaveSolution({ coefficients, counts }: Terms, sum: number, mostSteps: number): boolean {
  const last = coefficients.length;
  // What the terms from i on can add up to, and what every such sum is a multiple of.
  const reach = new Array<number>(last + 1).fill(0);
  const divisor = new Array<number>(last + 1).fill(0);
  for (let i = last - 1; i >= 0; i--) {
    reach[i] = reach[i + 1]! + coefficients[i]! * (counts[i]! - 1);
    divisor[i] = greatestCommonDivisor(coefficients[i]!, divisor[i + 1]!);
  }
  let steps = 0;
  const search = (i: number, rest: number): boolean => {
    if (++steps > mostSteps) {
      return true;
    }
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

/** The lowest and the highest index that an array, not empty, reaches, counted from its first element. */
export function rangeOf(dimensions: readonly Dimension[]): [lowest: number, highest: number] {
  let [lowest, highest] = [0, 0];
  for (const [count, stride] of dimensions) {
    lowest += Math.min(0, (count - 1) * stride);
    highest += Math.max(0, (count - 1) * stride);
  }
  return [lowest, highest];
}

/**
 * Whether two arrays, neither empty, share an element. `distance` is the index of Y's first element less that of X's, in elements;
 * all values are exact integers. Where that is not known after so many steps the answer is that they do.
 */
export function sharesElement(
  x: readonly Dimension[],
  y: readonly Dimension[],
  distance: number,
  mostSteps = Number.POSITIVE_INFINITY,
): boolean {
  // X's terms are turned to run upwards from its lowest element, Y's downwards from its highest, so that all signs are positive.
  const sum = distance + rangeOf(y)[1] - rangeOf(x)[0];
  return mayHaveSolution(simplify([...x, ...y]), sum, mostSteps);
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

/** Whether two matrices of a batch share an element; also where that is not known after so many steps. */
export function batchSharesElement(
  rows: number,
  columns: number,
  rowStride: number,
  columnStride: number,
  batch: number,
  batchStride: number,
  mostSteps: number,
): boolean {
  if (batch <= 1 || rows === 0 || columns === 0) {
    return false;
  }
  const span = (rows - 1) * Math.abs(rowStride) + (columns - 1) * Math.abs(columnStride);
  if (Math.abs(batchStride) > span) {
    return false;
  }
  const matrix: Dimension[] = [
    [rows, rowStride],
    [columns, columnStride],
  ];
  // The first and all those after it: what two matrices share depends on how far apart in the batch they are.
  const others: Dimension[] = [...matrix, [batch - 1, batchStride]];
  return sharesElement(matrix, others, batchStride, mostSteps);
}
