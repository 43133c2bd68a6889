import type { ValueRecord } from '@paratune/record';
import type { Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber } from './_format.ts';
import { html } from './_html.ts';
import { headingOf, paper } from './_paper.ts';
import { table5 } from './_paper_tables.ts';
import { ratesExhibit } from './_rates_exhibit.ts';
import { frequencies, ofLargest, type SampleGroup, samplesOf } from './_samples.ts';
import { groupBy } from './_statistics.ts';
import { factorOf, nativeOf, type View } from './_view.ts';

/** The experiment's name in its records. */
const experiment = 'tune';

/** Table 5 and Figure 7. */
export function tuneExhibits(view: View): Exhibit[] {
  return [parameterTable(view), routineRates(view)];
}

/** Parameters in the order of the paper's Table 5; ours that it has not stand between. */
export const chosenParameters = ['nb', 'mc', 'nc', 'muladd', 'latency', 'mu', 'nu', 'ku', 'xUnroll', 'yUnroll'];
const parameterTitles: { readonly [metric: string]: string } = {
  muladd: 'ma',
  latency: 'lat',
  xUnroll: 'Xunroll',
  yUnroll: 'Yunroll',
};
const routineOrder = ['gemm', 'gemv N', 'gemv T', 'ger'];

interface Parameter {
  precision: string;
  routine: string;
  metric: string;
  /** What was chosen most often, and how often, by environment. */
  chosen: Map<string, { value: number; count: number; of: number }>;
}

function chosenOf(view: View): Parameter[] {
  const records = view.all(experiment).filter(({ metric }) => chosenParameters.includes(metric));
  const key = (record: ValueRecord) =>
    JSON.stringify([factorOf(record, 'precision'), factorOf(record, 'routine'), record.metric]);
  const rank = ({ precision, routine, metric }: Parameter) =>
    (precision === 'single' ? 1000 : 0) + 100 * routineOrder.indexOf(routine) + chosenParameters.indexOf(metric);
  return [...groupBy(records, key).values()]
    .map(
      (own): Parameter => ({
        precision: factorOf(own[0]!, 'precision'),
        routine: factorOf(own[0]!, 'routine'),
        metric: own[0]!.metric,
        chosen: new Map(
          [...groupBy(own, ({ environment }) => environment)].map(([environment, same]) => {
            const values = same.map(({ value }) => value);
            return [environment, { ...frequencies(values)[0]!, of: values.length }];
          }),
        ),
      }),
    )
    .sort((a, b) => rank(a) - rank(b));
}

function parameterTable(view: View): Exhibit {
  const name = 'table-05';
  const rows = chosenOf(view);
  const names = view.environments.map(({ name }) => name).filter((name) => rows.some(({ chosen }) => chosen.has(name)));
  const first = names[0];
  const ofPaper = Object.entries(table5).flatMap(([routine, values]) =>
    Object.keys(values).map((metric): Parameter => ({ precision: 'double', routine, metric, chosen: new Map() })),
  );
  const shown = rows.length > 0 ? rows : ofPaper;
  const runs = Math.max(0, ...rows.flatMap(({ chosen }) => [...chosen.values()].map(({ of }) => of)));
  return {
    kind: 'table',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings: names.map((environment) => ({
      exhibit: name,
      environment,
      sentence: environment === first ? own(rows, environment) : likeness(rows, environment, first!),
    })),
    measured:
      names.length === 0
        ? undefined
        : `${runs} ${runs === 1 ? 'tuning' : 'tunings'} in ${enumerate(names)}: what most of them chose.`,
    notes: ['A count says how many of the tunings chose it where not all did. nb is our kc, the blocking of K.'],
    table: html`<table class="facts">
<thead><tr><th scope="col">precision</th><th scope="col">routine</th><th scope="col">parameter</th><th scope="col">the paper, all six</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${shown.map(
      ({ precision, routine, metric, chosen }) =>
        html`<tr><td>${precision}</td><td>${routine}</td><th scope="row">${parameterTitles[metric] ?? metric}</th><td>${precision === 'double' ? ofTable(routine, metric) : undefined}</td>${names.map((name) => html`<td>${cell(chosen.get(name))}</td>`)}</tr>
`,
    )}</tbody></table>`,
  };
}

function ofTable(routine: string, metric: string): string | undefined {
  return Object.hasOwn(table5, routine) ? table5[routine]?.[metric] : undefined;
}

function cell(chosen: { value: number; count: number; of: number } | undefined): string {
  if (!chosen) return '';
  const { value, count, of } = chosen;
  return count === of ? `${value}` : `${value} (${count} of ${of})`;
}

const nameOf = ({ precision, routine, metric }: Parameter) =>
  `${parameterTitles[metric] ?? metric} of ${routine}${precision === 'single' ? ' (single)' : ''}`;

function own(rows: readonly Parameter[], environment: string): string {
  const gemm = rows.filter(({ precision, routine }) => precision === 'double' && routine === 'gemm');
  const said = (gemm.length > 0 ? gemm : rows).flatMap(({ metric, chosen }) =>
    chosen.has(environment) ? [`${parameterTitles[metric] ?? metric} ${chosen.get(environment)!.value}`] : [],
  );
  return `${gemm.length > 0 ? 'dgemm: ' : ''}${said.join(', ')}`;
}

function likeness(rows: readonly Parameter[], environment: string, first: string): string {
  const both = rows.filter(({ chosen }) => chosen.has(environment) && chosen.has(first));
  const differing = both.filter(({ chosen }) => chosen.get(environment)!.value !== chosen.get(first)!.value);
  if (differing.length === 0) return `the same as ${first} in all ${both.length}`;
  const named = differing
    .slice(0, 6)
    .map((row) => `${nameOf(row)} ${row.chosen.get(environment)!.value} for ${row.chosen.get(first)!.value}`);
  const more = differing.length > named.length ? ` and ${differing.length - named.length} more` : '';
  return `other than ${first} in ${differing.length} of ${both.length}: ${named.join(', ')}${more}`;
}

/** The paper's seven routines first, those of single precision after them. */
const rateOrder = ['dgemm NN', 'dgemm NT', 'dgemm TN', 'dgemm TT', 'dgemv N', 'dgemv T', 'dger'];

function routineRates(view: View): Exhibit {
  const rank = (routine: string) => {
    const place = rateOrder.indexOf(routine.replace(/^s/, 'd'));
    return (routine.startsWith('s') ? 100 : 0) + (place === -1 ? 50 : place);
  };
  const groups = [...groupBy(view.values(experiment, 'mflops'), (record) => factorOf(record, 'routine'))]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([routine, own]): SampleGroup => {
      const { n, records } = ofLargest(own);
      return { title: n === undefined ? routine : `${routine}, n = ${n}`, samples: samplesOf(view, records) };
    });
  return ratesExhibit(view, 'figure-07', groups, {
    column: 'routine',
    note: 'The library with the tuning that was found in each environment.',
    findings: view.environments.flatMap(({ name: environment }) => {
      const sentence = describeRates(view, groups, environment);
      return sentence === '' ? [] : [{ environment, sentence }];
    }),
  });
}

/** The rates themselves, or their parts of those of the machine as it is, where that was measured. */
function describeRates(view: View, groups: readonly SampleGroup[], environment: string): string {
  const native = nativeOf(view, environment);
  const own = groups.flatMap(({ title, samples }) => {
    const sample = samples.find((sample) => sample.environment === environment);
    const reference = samples.find((sample) => sample.environment === native);
    return sample
      ? [{ routine: title.split(',')[0]!, mean: sample.mean, part: reference && sample.mean / reference.mean }]
      : [];
  });
  const parts = own
    .flatMap(({ routine, part }) => (part === undefined ? [] : [{ routine, part }]))
    .sort((a, b) => a.part - b.part);
  if (environment === native || parts.length === 0) {
    const double = own.filter(({ routine }) => routine.startsWith('d'));
    const said = (double.length > 0 ? double : own).map(({ routine, mean }) => `${routine} ${formatNumber(mean)}`);
    return said.length === 0 ? '' : `${said.join(', ')} Mflops`;
  }
  const percent = ({ routine, part }: (typeof parts)[number]) => `${(100 * part).toFixed(1)} % (${routine})`;
  return `from ${percent(parts[0]!)} to ${percent(parts.at(-1)!)} of ${native}`;
}
