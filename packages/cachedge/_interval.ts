/** Quantiles 0.975 of Student's t for 1 to 4 degrees of freedom, for which the expansion below is too rough. */
const FEW = [12.706, 4.303, 3.182, 2.776];

/** The same for any degrees of freedom; from 5 on by the expansion of Abramowitz and Stegun 26.7.5, right to three digits. */
function quantile(freedom: number): number {
  const z = 1.959964;
  return (
    FEW[freedom - 1] ??
    z +
      (z ** 3 + z) / (4 * freedom) +
      (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
      (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** Mean of the values and half the width of its 95 % interval by Student's t, which one value alone has not. */
export function interval(values: readonly number[]): { mean: number; half: number | undefined } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean, half: undefined };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { mean, half: quantile(values.length - 1) * Math.sqrt(variance / values.length) };
}
