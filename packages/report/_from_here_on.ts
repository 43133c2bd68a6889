/** The first n from which on `holds` is true of every row, by rising n; undefined when the last row does not hold. */
export function fromHereOn<Row extends { n: number }>(
  rows: readonly Row[],
  holds: (row: Row) => boolean,
): number | undefined {
  const rising = [...rows].sort((a, b) => a.n - b.n);
  const lastQuiet = rising.findLastIndex((row) => !holds(row));
  return rising[lastQuiet + 1]?.n;
}
