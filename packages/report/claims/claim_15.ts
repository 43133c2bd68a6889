import { formatNumber } from '../_format.ts';
import { noticeableBytes } from '../_noticeable.ts';
import { median } from '../_statistics.ts';
import { numberOf } from '../_view.ts';
import { mannWhitney } from '../mann_whitney.ts';
import { riseDimension } from '../rise_dimension.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { drivenBy } from './_driver.ts';
import { tlbMisses } from './_tlb.ts';

export const claim15: Claim = {
  number: 15,
  statement: 'Instruction TLB misses rise with swapping.',
  section: '5.4',
  exhibits: ['figure-15'],
  needs: 'dgemm-driver: instructionTlbMisses, measured, and systemSwapBytes',
  test: 'Mann and Whitney’s, of the misses for each n² from the dimension on at which swapping begins against those below it',
  margin: null,
  judge(view) {
    const { records, simulated } = tlbMisses(view, 'instructionTlbMisses');
    if (simulated) {
      const names = [...new Set(records.map(({ environment }) => environment))];
      const text = 'a model of the TLB knows the program and no swapping: only counters of the hardware can tell';
      return names.length === 0 ? [] : [{ ...figure('not enough data', names, text), simulated }];
    }
    return drivenBy(view, 'systemSwapBytes').flatMap(({ environment: { name }, rows }): ClaimFigure[] => {
      const swapping = riseDimension(rows, noticeableBytes);
      const own = records.filter(({ environment }) => environment === name);
      if (swapping === undefined || own.length === 0) return [];
      const misses = (past: boolean) =>
        own.flatMap((record) => {
          const n = numberOf(record, 'n');
          return n !== undefined && n >= swapping === past ? [record.value / n ** 2] : [];
        });
      const [past, below] = [misses(true), misses(false)];
      if (past.length < 4 || below.length < 4)
        return [figure('not enough data', [name], `${past.length} runs with swapping and ${below.length} without`)];
      const { p } = mannWhitney(past, below);
      const ratio = median(past) / median(below);
      const verdict = p > 0.05 ? 'not enough data' : ratio > 1 ? 'holds' : 'does not hold';
      return [
        figure(
          verdict,
          [name],
          `${formatNumber(ratio)} times as many for each n² from n = ${swapping} on, where swapping begins (p = ${p.toFixed(3)})`,
          { ratio, p, swapping },
        ),
      ];
    });
  },
};
