import { formatNumber } from '../_format.ts';
import { median } from '../_statistics.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { drivenBy } from './_driver.ts';
import { percent } from './_equivalent.ts';

const flatness = 0.1;

/** Fewer dimensions are no plateau. */
const fewest = 3;

export const claim09: Claim = {
  number: 9,
  statement: 'The driver’s rate is flat from some dimension on, as long as memory suffices.',
  section: '5.1',
  exhibits: ['figure-08'],
  needs: 'dgemm-driver: mflops',
  test: 'from some n on, up to the dimension that memory predicts, every median is near the median of them all; of three dimensions at least',
  margin: '10 %',
  judge(view) {
    return drivenBy(view, 'mflops').map(({ environment, rows }): ClaimFigure => {
      const { name, threshold = Number.POSITIVE_INFINITY } = environment;
      const points = rows.flatMap(({ n, values }) => (values && n < threshold ? [{ n, rate: values.median }] : []));
      for (let first = 0; first + fewest <= points.length; first++) {
        const rest = points.slice(first);
        const middle = median(rest.map(({ rate }) => rate));
        const furthest = Math.max(...rest.map(({ rate }) => Math.abs(rate / middle - 1)));
        if (furthest > flatness) continue;
        const [from, to] = [rest[0]!.n, rest.at(-1)!.n];
        const text = `${formatNumber(middle)} Mflops within ${percent(furthest)} from n = ${from} to ${to}`;
        return figure('holds', [name], text, { from, to, mflops: middle, furthest });
      }
      if (points.length < fewest)
        return figure('not enough data', [name], `${points.length} dimensions below the predicted one`);
      return figure('does not hold', [name], 'from no dimension on is the rate within the margin');
    });
  },
};
