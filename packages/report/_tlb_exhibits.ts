import type { ValueRecord } from '@paratune/record';
import { type CurvePanel, drawCurves } from './_curves.ts';
import { experiment } from './_driver.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html, type Markup } from './_html.ts';
import { headingOf, paper } from './_paper.ts';
import { notMeasured } from './_samples.ts';
import { groupBy } from './_statistics.ts';
import { factorOf, numberOf, type View } from './_view.ts';
import { describeSample } from './describe_sample.ts';

/** The experiment's name in the records of the model. */
const modelExperiment = 'tlb';

/** Misses in one environment against n, counted or of one model. */
interface Course {
  environment: string;
  points: { n: number; runs: number; mean: number; minimum: number; maximum: number }[];
}

/** A way that misses came about, and all environments' courses: a panel of the figure. */
interface Origin {
  title: string;
  simulated: boolean;
  courses: Course[];
}

const figures = {
  'figure-14': {
    metric: 'dataTlbMisses',
    axis: 'data TLB misses',
    note: 'A kernel that packs its operands into blocks for the caches visits pages again for every block, so that there may be more misses than pages.',
  },
  'figure-15': {
    metric: 'instructionTlbMisses',
    axis: 'instruction TLB misses',
    note: 'The model knows the program and no swapping: its misses are those of a kernel’s first use, whatever the dimension. What the paper saw with swapping only counters of the hardware can show.',
  },
} as const;

/** Figures 14 and 15: counted where the hardware counts, simulated beside it, never in one panel. */
export function tlbExhibits(view: View): Exhibit[] {
  return (Object.keys(figures) as (keyof typeof figures)[]).map((name) => tlbExhibit(view, name));
}

function tlbExhibit(view: View, name: keyof typeof figures): Exhibit {
  const { metric, axis, note } = figures[name];
  const counted = originOf(view, 'counted by the hardware', false, view.values(experiment, metric));
  const modelled = [...groupBy(view.simulated(modelExperiment, metric), geometryOf)].map(([title, records]) =>
    originOf(view, title, true, records),
  );
  const origins = [...(counted.courses.length > 0 ? [counted] : []), ...modelled];
  const heading = headingOf(name);
  const onlySimulated = modelled.length > 0 && counted.courses.length === 0;
  // One panel alone has no title of its own.
  const only = origins.length === 1 ? ` ${origins[0]!.title.replace(/^./, (first) => first.toUpperCase())}.` : '';
  const subtitle = onlySimulated
    ? `SIMULATED, not counted: this machine gave no hardware counters. Misses of one multiplication.${only}`
    : 'Misses of one multiplication; bars reach from the least to the greatest of the runs.';
  const panels = origins.map(
    ({ title, courses }): CurvePanel => ({
      title,
      curves: courses.map(({ environment, points }) => ({
        name: environment,
        style: view.styles.get(environment)!,
        rows: points.map(({ n, mean, minimum, maximum }) => ({ n, value: mean, minimum, maximum })),
      })),
      marks: [],
    }),
  );
  const chart = { heading, subtitle, x: { title: 'n', bytes: false }, axis, logarithmic: false, panels };
  return {
    kind: 'figure',
    name,
    title: heading,
    paper: paper[name].finding,
    findings: findingsOf(view, origins).map((finding) => ({ exhibit: name, ...finding })),
    measured: describe(origins),
    notes: [
      subtitle,
      'Counted are page walks in user mode, during the multiplication alone. The model takes the pages that the generated kernel ' +
        'touches, in its order, through TLBs that keep what was used last; all on pages of 4 KB unless the table says otherwise.',
      note,
    ],
    drawing: drawing((width) => drawCurves({ ...chart, empty: notMeasured }, width)),
    data: tableOf(origins),
  };
}

/** "simulated: the paper's TLB, 64 data and 32 instruction entries". */
function geometryOf(record: ValueRecord): string {
  const [name, second] = [factorOf(record, 'geometry'), numberOf(record, 'secondLevelEntries')];
  const whose = name === 'paper' ? 'the paper’s TLB' : name === 'machine' ? 'this machine’s TLB' : `TLB ${name}`;
  const data = [numberOf(record, 'dataEntries'), second].filter((entries) => entries !== undefined).join(' + ');
  const pageBytes = numberOf(record, 'pageBytes') ?? 4096;
  const pages = pageBytes === 4096 ? '' : `, pages of ${pageBytes / 1024} KB`;
  const entries = data === '' ? '' : `, ${data} data and ${numberOf(record, 'instructionEntries')} instruction entries`;
  return `simulated: ${whose}${entries}${pages}`;
}

function originOf(view: View, title: string, simulated: boolean, records: readonly ValueRecord[]): Origin {
  const own = groupBy(records, ({ environment }) => environment);
  const courses = view.environments.flatMap(({ name }): Course[] => {
    const ofEnvironment = own.get(name);
    if (ofEnvironment === undefined) return [];
    const points = [...groupBy(ofEnvironment, (record) => numberOf(record, 'n') ?? 0)]
      .map(([n, same]) => {
        const { count: runs, mean, minimum, maximum } = describeSample(same.map(({ value }) => value));
        return { n, runs, mean, minimum, maximum };
      })
      .sort((a, b) => a.n - b.n);
    return [{ environment: name, points }];
  });
  return { title, simulated, courses };
}

/** What each environment has at the greatest dimension, by each origin. */
function findingsOf(view: View, origins: readonly Origin[]): { environment: string; sentence: string }[] {
  return view.environments.flatMap(({ name }) => {
    const parts = origins.flatMap(({ title, courses }) => {
      const last = courses.find(({ environment }) => environment === name)?.points.at(-1);
      if (last === undefined) return [];
      const each = last.mean / last.n ** 2;
      const growth = each < 1e-3 ? '' : `, ${each.toPrecision(2)} n²`;
      return [`${formatNumber(last.mean)} at n = ${last.n}${growth} (${title})`];
    });
    return parts.length === 0 ? [] : [{ environment: name, sentence: parts.join('; ') }];
  });
}

function describe(origins: readonly Origin[]): string | undefined {
  if (origins.length === 0) return undefined;
  const said = origins.map(({ title, simulated, courses }) => {
    const names = enumerate(courses.map(({ environment }) => environment));
    const points = courses.flatMap((course) => course.points);
    const [least, most] = [Math.min(...points.map(({ n }) => n)), Math.max(...points.map(({ n }) => n))];
    const runs = Math.max(...points.map(({ runs }) => runs));
    const how = simulated ? title.replace(/^s/, 'S') : `Counted by the hardware in up to ${runs} runs of each`;
    return `${how}; in ${names}, n = ${least === most ? most : `${least} to ${most}`}.`;
  });
  return said.join(' ');
}

function tableOf(origins: readonly Origin[]): Markup | undefined {
  if (origins.length === 0) return undefined;
  const heads = ['', 'n', 'misses', 'for each n²'];
  return html`<div class="scroll"><table class="figures">
<caption>Misses of one multiplication, means of the runs.</caption>
<thead><tr><th scope="col">environment</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${origins.flatMap(({ title, courses }) =>
    courses.flatMap(({ environment, points }) =>
      points.map(
        ({ n, mean }) =>
          html`<tr><th scope="row">${environment}</th><td>${title}</td><td>${n}</td><td>${formatNumber(mean)}</td><td>${(mean / n ** 2).toPrecision(3)}</td></tr>
`,
      ),
    ),
  )}</tbody></table></div>`;
}
