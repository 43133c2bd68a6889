import { bytesPerElement } from '../_driver.ts';
import type { EnvironmentView } from '../_environments.ts';
import { climb, noticeableBytes, noticeableFaults } from '../_noticeable.ts';
import { departureDimension } from '../departure_dimension.ts';
import { fitSquare } from '../fit_square.ts';
import { riseDimension } from '../rise_dimension.ts';
import type { Summary } from '../summarize.ts';
import { type Claim, type ClaimFigure, figure } from './_claim.ts';
import { drivenBy, fallOf } from './_driver.ts';

/** How far from the fall, as a part of its dimension, where dimensions are not further apart. */
const tolerance = 0.1;

/** What turns where the rate falls, and where it does; `unknown` when there are too few dimensions to say. */
const turns: {
  metric: string;
  title: string;
  at(rows: Summary[], environment: EnvironmentView): number | undefined | 'unknown';
}[] = [
  { metric: 'systemSwapBytes', title: 'swapping begins', at: (rows) => riseDimension(rows, noticeableBytes) },
  { metric: 'majorFaults', title: 'major faults begin', at: (rows) => riseDimension(rows, noticeableFaults) },
  {
    metric: 'residentBytes',
    title: 'the resident set stops growing',
    at: (rows, { baselineBytes = 0 }) =>
      departureDimension(rows, (n) => baselineBytes + bytesPerElement * n ** 2, 'below'),
  },
  {
    metric: 'minorFaults',
    title: 'minor faults climb',
    at: (rows, { threshold = Number.POSITIVE_INFINITY }) => {
      const course = fitSquare(rows, threshold);
      return course ? departureDimension(rows, course, 'above', climb) : 'unknown';
    },
  },
];

export const claim11: Claim = {
  number: 11,
  statement:
    'Where the rate falls, swapping and major faults begin, the resident set stops growing, and minor faults climb.',
  section: '5.2',
  exhibits: ['figure-10', 'figure-11', 'figure-12', 'figure-13'],
  needs: 'dgemm-driver: mflops, systemSwapBytes, majorFaults, residentBytes, minorFaults',
  test: 'each turns at a dimension near the one from which on the rate is below 80 % of the plateau',
  margin: '10 % of n, or one dimension',
  judge(view) {
    const metrics = turns.map((turn) => ({ ...turn, driven: drivenBy(view, turn.metric) }));
    return drivenBy(view, 'mflops').flatMap((own): ClaimFigure[] => {
      const fall = fallOf(own);
      if (!fall) return [];
      const { name } = own.environment;
      // One dimension further on is as near as can be seen.
      const next = own.rows.find(({ n }) => n > fall.at)?.n ?? fall.at;
      const [least, most] = [
        Math.min(fall.after, fall.at * (1 - tolerance)),
        Math.max(next, fall.at * (1 + tolerance)),
      ];
      return metrics.map(({ title, driven, at }) => {
        const found = driven.find(({ environment }) => environment === own.environment);
        const dimension = found ? at(found.rows, own.environment) : 'unknown';
        const falls = `the rate falls from ${fall.at} on`;
        if (dimension === 'unknown')
          return figure('not enough data', [name], `whether ${title} cannot be told; ${falls}`);
        if (dimension === undefined)
          return figure('does not hold', [name], `nowhere can it be seen that ${title}; ${falls}`);
        const near = least <= dimension && dimension <= most;
        return figure(near ? 'holds' : 'does not hold', [name], `${title} at n = ${dimension}; ${falls}`, {
          dimension,
          fall: fall.at,
        });
      });
    });
  },
};
