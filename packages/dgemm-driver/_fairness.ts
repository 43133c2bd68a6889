/**
 * Jain's index of fairness (Jain, Chiu and Hawe, DEC-TR-301, 1984): 1 when all rates are equal, 1/k when one of k has everything;
 * it does not change with the unit, and each rate counts in it, not the extremes alone.
 */
export function fairness(rates: readonly number[]): number {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  return sum ** 2 / (rates.length * rates.reduce((total, rate) => total + rate ** 2, 0));
}
