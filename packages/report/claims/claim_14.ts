import type { ValueRecord } from '@paratune/record';
import jStat from 'jstat';
import { groupBy, mean, median } from '../_statistics.ts';
import { numberOf, type View } from '../_view.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { pairsOf } from './_environments.ts';
import { equivalenceFigures, percent } from './_equivalent.ts';
import { tlbMisses } from './_tlb.ts';

/** How far from 2 the exponent may be. */
const tolerance = 0.25;
const margin = 0.05;

export const claim14: Claim = {
  number: 14,
  statement: 'Data TLB misses grow as n² and are equivalent in every environment.',
  section: '5.4',
  exhibits: ['figure-14'],
  needs: 'dgemm-driver: dataTlbMisses, measured; else tlb: dataTlbMisses, simulated with the machine’s geometry',
  test: 'the 95 % interval of the exponent of n, by least squares of the logarithms; two one-sided tests of the means (Welch) at each dimension, of simulated values the values themselves',
  margin: '0.25 of the exponent; 5 %',
  judge(view) {
    const { records, simulated } = tlbMisses(view, 'dataTlbMisses');
    const growth = [...groupBy(records, ({ environment }) => environment)].map(([name, own]) => exponent(name, own));
    const between = [...groupBy(records, (record) => numberOf(record, 'n') ?? 0)].flatMap(([n, own]) =>
      simulated ? sameValues(view, n, own) : equivalenceFigures(pairsOf(view, own, `n = ${n}`)),
    );
    // One environment alone is equivalent to nothing.
    const alone = records.length > 0 && between.length === 0;
    const names = [...new Set(records.map(({ environment }) => environment))];
    const missing = alone ? [figure('not enough data', names, 'no other environment to compare with')] : [];
    return [...growth, ...between, ...missing].map((one) => ({ ...one, simulated }));
  },
};

/** How misses grow with n, where there are any. */
function exponent(name: string, records: readonly ValueRecord[]): ClaimFigure {
  const points = [...groupBy(records, (record) => numberOf(record, 'n') ?? 0)]
    .map(([n, own]) => ({ x: Math.log(n), y: Math.log(median(own.map(({ value }) => value))) }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (points.length < 4)
    return figure('not enough data', [name], `${points.length} dimensions with misses; four are needed`);
  const [middleX, middleY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - middleX) ** 2, 0);
  const slope = points.reduce((sum, { x, y }) => sum + (x - middleX) * (y - middleY), 0) / spread;
  const rest = points.reduce((sum, { x, y }) => sum + (y - middleY - slope * (x - middleX)) ** 2, 0);
  const error = Math.sqrt(rest / (points.length - 2) / spread);
  const reach = error * jStat.studentt.inv(0.975, points.length - 2);
  const [low, high] = [slope - reach, slope + reach];
  const within = low >= 2 - tolerance && high <= 2 + tolerance;
  const beyond = high < 2 - tolerance || low > 2 + tolerance;
  const text = `grow as n to the power of ${slope.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  return figure(within ? 'holds' : beyond ? 'does not hold' : 'not enough data', [name], text, {
    exponent: slope,
    low,
    high,
  });
}

function sameValues(view: View, n: number, records: readonly ValueRecord[]): ClaimFigure[] {
  return pairsOf(view, [...records]).map(({ environment, reference, values, others }) => {
    const ratio = mean(values) / mean(others);
    const same = Math.abs(ratio - 1) <= margin || mean(values) === mean(others);
    return figure(
      same ? 'holds' : 'does not hold',
      [environment, reference],
      `n = ${n}: ${percent(ratio)} of ${reference}`,
      { n, ratio },
    );
  });
}
