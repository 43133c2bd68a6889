import { type CurvePanel, drawCurves } from './_curves.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html, type Markup } from './_html.ts';
import type { Row } from './_layers.ts';
import { headingOf, paper } from './_paper.ts';
import { notMeasured } from './_samples.ts';
import { groupBy, median } from './_statistics.ts';
import { factorOf, numberOf, type View } from './_view.ts';
import { describeSample } from './describe_sample.ts';
import { predictedThreshold } from './predicted_threshold.ts';

/** The experiment's name in its records: a driver is a repetition, what all did together stands with the first. */
const experiment = 'concurrent-drivers';

/** Several drivers at once, all in one environment or each in one of its own. */
interface Arrangement {
  environment: string;
  drivers: number;
  apart: boolean;
}

/** What an arrangement did at one dimension. */
interface Point {
  arrangement: Arrangement;
  n: number;
  runs: number;
  /** Rate of a driver, over all drivers and runs. */
  rate: { mean: number; deviation: number };
  /** Mean rate of each driver. */
  each: number[];
  /** Means over the runs. */
  aggregate: number;
  fairness: number;
}

const titleOf = ({ environment, drivers, apart }: Arrangement) =>
  apart ? `${drivers} × ${environment}` : `${drivers} in ${environment}`;

function pointsOf(view: View): Point[] {
  const records = [
    ...groupBy(view.all(experiment), ({ environment, factors }) => JSON.stringify([environment, factors])),
  ];
  return records
    .flatMap(([, own]): Point[] => {
      const first = own[0]!;
      const [n, drivers] = [numberOf(first, 'n'), numberOf(first, 'drivers')];
      const of = (metric: string) => own.filter((record) => record.metric === metric);
      const [rates, aggregates, fairness] = [of('mflops'), of('aggregateMflops'), of('fairness')];
      if (n === undefined || drivers === undefined || aggregates.length === 0) return [];
      const mean = (values: readonly { value: number }[]) => describeSample(values.map(({ value }) => value)).mean;
      const { mean: middle, standardDeviation } = describeSample(rates.map(({ value }) => value));
      return [
        {
          arrangement: { environment: first.environment, drivers, apart: factorOf(first, 'arrangement') === 'apart' },
          ...{ n, runs: aggregates.length, rate: { mean: middle, deviation: standardDeviation } },
          each: [...groupBy(rates, ({ repetition }) => repetition)]
            .sort(([a], [b]) => a - b)
            .map(([, own]) => mean(own)),
          ...{ aggregate: mean(aggregates), fairness: mean(fairness) },
        },
      ];
    })
    .sort((a, b) => a.n - b.n);
}

/** Points of each arrangement, in the order of the environments. */
function byArrangement(view: View, points: readonly Point[]): Point[][] {
  return [...groupBy(points, ({ arrangement }) => titleOf(arrangement)).values()].sort(
    (a, b) => rank(view, a[0]!) - rank(view, b[0]!),
  );
}

/** Figure 16, and what more drivers than two do. */
export function concurrentExhibits(view: View): Exhibit[] {
  const points = pointsOf(view);
  return [
    twoAtOnce(
      view,
      points.filter(({ arrangement: { drivers, environment } }) => drivers === 2 && isHeld(view, environment)),
    ),
    ...moreAtOnce(view, points),
  ];
}

/** Whether an environment has some memory of its own. */
const isHeld = ({ environments }: View, environment: string) =>
  environments.some(({ name, memoryMiB }) => name === environment && memoryMiB !== undefined);

const percent = (part: number) => `${Math.round(100 * part)} %`;
const deviationOf = ({ rate }: Point) => `deviation ${percent(rate.deviation / rate.mean)}`;

function twoAtOnce(view: View, points: readonly Point[]): Exhibit {
  const name = 'figure-16';
  const heading = headingOf(name);
  const subtitle = 'Mean rate of a driver over both and all runs; bars are a standard deviation to each side.';
  const panel = (title: string, apart: boolean): CurvePanel => {
    const shown = byArrangement(
      view,
      points.filter((point) => point.arrangement.apart === apart),
    );
    return {
      title,
      curves: shown.map((own) => ({
        name: titleOf(own[0]!.arrangement),
        style: view.styles.get(own[0]!.arrangement.environment)!,
        rows: own.map(({ n, rate: { mean, deviation } }) => rowOf(n, mean, deviation)),
      })),
      marks: shown.flatMap(([point]) => predictions(view, point!.arrangement)),
    };
  };
  const panels = [panel('both in one environment', false), panel('each in one of its own', true)];
  const top = Math.max(0, ...points.map(({ rate }) => rate.mean + rate.deviation));
  const chart = {
    heading,
    subtitle,
    x: { title: 'n', bytes: false },
    axis: 'Mflops of a driver',
    logarithmic: false,
    top,
  };
  const shown = byArrangement(view, points);
  return {
    kind: 'figure',
    name,
    title: heading,
    paper: paper[name].finding,
    findings: shown.map((own) => ({
      exhibit: name,
      environment: titleOf(own[0]!.arrangement),
      sentence: courseOf(own),
    })),
    measured: describe(points),
    notes: [
      `${subtitle} Dashed: the dimension that memory predicts for each driver.`,
      'A guest of user-mode Linux has one CPU, so what stands for both in one environment is this machine itself, held to the ' +
        'memory of both by a control group, with a CPU for each process.',
    ],
    drawing: drawing((width) => drawCurves({ ...chart, panels, empty: notMeasured }, width)),
    data: tableOf(shown.flat()),
  };
}

const rowOf = (n: number, value: number, deviation = 0): Row => ({
  ...{ n, value },
  ...{ minimum: Math.max(0, value - deviation), maximum: value + deviation },
});

/** The rate where it is greatest, and what is left of it at the end. */
function courseOf(points: readonly Point[]): string {
  const best = points.reduce((most, point) => (point.rate.mean > most.rate.mean ? point : most));
  const last = points.at(-1)!;
  const most = `${formatNumber(best.rate.mean)} Mflops a driver at n = ${best.n} (${deviationOf(best)})`;
  if (last === best) return most;
  return `${most}; ${percent(last.rate.mean / best.rate.mean)} of that at n = ${last.n} (${deviationOf(last)})`;
}

/** The dimension at which the matrices of each driver no longer fit, where the environment said how much it has. */
function predictions(view: View, { environment, drivers, apart }: Arrangement): CurvePanel['marks'] {
  const memoryBytes = view.environments.find(({ name }) => name === environment)?.memoryBytes;
  const baselines = view
    .values(experiment, 'baselineBytes')
    .filter((record) => record.environment === environment)
    .map(({ value }) => value);
  if (memoryBytes === undefined || baselines.length === 0) return [];
  const at = predictedThreshold({ memoryBytes: memoryBytes / (apart ? 1 : drivers), baselineBytes: median(baselines) });
  return [{ at, text: `${environment} predicted: ${at}` }];
}

/** Aggregate rate and fairness against the number of drivers, at the dimension that has most of them. */
function moreAtOnce(view: View, points: readonly Point[]): Exhibit[] {
  const countsAt = (own: readonly Point[]) => new Set(own.map(({ arrangement }) => arrangement.drivers)).size;
  const [most] = [...groupBy(points, ({ n }) => n)].sort(([n, a], [m, b]) => countsAt(b) - countsAt(a) || m - n);
  if (most === undefined || countsAt(most[1]) < 2) return [];
  const [n, shown] = most;
  const lines = [...groupBy(shown, ({ arrangement }) => `${arrangement.environment} ${arrangement.apart}`).values()]
    .filter(({ length }) => length > 1)
    .map((own) => own.sort((a, b) => a.arrangement.drivers - b.arrangement.drivers))
    .sort((a, b) => rank(view, a[0]!) - rank(view, b[0]!));
  const name = 'concurrent-drivers';
  const title = 'More than two drivers at once';
  const subtitle = `n = ${n}. Left: what all drivers do together. Right: Jain's index of their rates, 1 when all are equal.`;
  const panel = (title: string, axis: string, value: (point: Point) => number): CurvePanel => ({
    ...{ title, axis, marks: [] },
    curves: lines.map((own) => ({
      name: wayOf(own[0]!.arrangement),
      style: view.styles.get(own[0]!.arrangement.environment)!,
      rows: own.map((point) => rowOf(point.arrangement.drivers, value(point))),
    })),
  });
  const panels = [
    panel('rate of all together', 'Mflops', ({ aggregate }) => aggregate),
    panel('fairness', 'fairness', ({ fairness }) => fairness),
  ];
  const chart = {
    heading: title,
    subtitle,
    x: { title: 'drivers at once', bytes: false },
    axis: '',
    logarithmic: false,
  };
  return [
    {
      kind: 'figure',
      name,
      title,
      paper: undefined,
      findings: lines.map((own) => ({
        exhibit: name,
        environment: wayOf(own[0]!.arrangement),
        sentence: scalingOf(own),
      })),
      measured: describe(lines.flat()),
      notes: [
        subtitle,
        'Processes share the machine as it is; control groups and guests have each some memory and one CPU of their own, as far as ' +
          'there are so many: with more, several share one.',
      ],
      drawing: drawing((width) => drawCurves({ ...chart, panels, empty: notMeasured }, width)),
      data: tableOf(lines.flat()),
    },
  ];
}

const rank = (view: View, { arrangement }: Point) =>
  view.environments.findIndex(({ name }) => name === arrangement.environment);

/** How drivers are kept from one another, whatever their number. */
const wayOf = ({ environment, apart }: Arrangement) => (apart ? `${environment} each` : `processes in ${environment}`);

function scalingOf(points: readonly Point[]): string {
  const rates = points.map(({ arrangement, aggregate }) => `${arrangement.drivers}: ${formatNumber(aggregate)}`);
  const least = points.reduce((least, point) => (point.fairness < least.fairness ? point : least));
  return `${rates.join('; ')} Mflops together; fairness at least ${least.fairness.toFixed(3)}, with ${least.arrangement.drivers}`;
}

function describe(points: readonly Point[]): string | undefined {
  if (points.length === 0) return undefined;
  const runs = points.map((point) => point.runs);
  const [least, most] = [Math.min(...runs), Math.max(...runs)];
  const titles = [...new Set(points.map(({ arrangement }) => titleOf(arrangement)))];
  return `Drivers that begin together, ${enumerate(titles)}; ${least === most ? most : `${least} to ${most}`} ${most === 1 ? 'run' : 'runs'} of each.`;
}

function tableOf(points: readonly Point[]): Markup | undefined {
  if (points.length === 0) return undefined;
  const heads = ['n', 'runs', 'of a driver', 'deviation', 'each', 'all together', 'fairness'];
  return html`<div class="scroll"><table class="figures">
<caption>Mflops, means over the runs; the deviation is that of a sample, over all drivers and runs.</caption>
<thead><tr><th scope="col">drivers</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${points.map(
    ({ arrangement, n, runs, rate, each, aggregate, fairness }) =>
      html`<tr><th scope="row">${titleOf(arrangement)}</th><td>${n}</td><td>${runs}</td><td>${formatNumber(rate.mean)}</td><td>${formatNumber(rate.deviation)}</td><td>${each.map(formatNumber).join(', ')}</td><td>${formatNumber(aggregate)}</td><td>${fairness.toFixed(3)}</td></tr>
`,
  )}</tbody></table></div>`;
}
