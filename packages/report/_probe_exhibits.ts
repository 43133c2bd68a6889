import type { ValueRecord } from '@paratune/record';
import { drawCurves } from './_curves.ts';
import { drawing, type Exhibit } from './_exhibit.ts';
import { enumerate, formatNumber, plainLine, shorten } from './_format.ts';
import { html, type Markup } from './_html.ts';
import type { Row } from './_layers.ts';
import { headingOf, paper } from './_paper.ts';
import { table3 } from './_paper_tables.ts';
import { ratesExhibit } from './_rates_exhibit.ts';
import {
  besideNative,
  byPrecisionAndIsa,
  formatInterval,
  frequencies,
  notMeasured,
  type SampleGroup,
  samplesOf,
  sizeOf,
} from './_samples.ts';
import { groupBy, median } from './_statistics.ts';
import { factorOf, numberOf, type View } from './_view.ts';

/** The experiment's name in its records. */
const experiment = 'probe';

const count = (value: number) => formatNumber(value);
const cycles = (value: number) => `${Number(value.toFixed(1))}`;

/** What the probe concludes: how each is called, how many there are of it. */
const characteristics: { readonly [metric: string]: { title: string; format(value: number): string } } = {
  l1DataBytes: { title: 'Level 1 data cache', format: sizeOf },
  l2Bytes: { title: 'Level 2 cache', format: sizeOf },
  lastLevelBytes: { title: 'Last-level cache', format: sizeOf },
  lineBytes: { title: 'Cache line (bytes)', format: count },
  pageBytes: { title: 'Page', format: sizeOf },
  dtlbEntries: { title: 'Data TLB entries', format: count },
  stlbEntries: { title: 'Second-level TLB entries', format: count },
  integerRegisters: { title: 'Integer registers (nreg)', format: count },
  fmaCycles: { title: 'FPU pipeline: cycles of multiply-add', format: cycles },
  mulCycles: { title: 'Cycles of a multiplication', format: cycles },
  addCycles: { title: 'Cycles of an addition', format: cycles },
  fpRegisters: { title: 'FPU registers', format: count },
  muladd: { title: 'Multiply-add is one operation (ma)', format: (value) => (value === 0 ? 'no' : 'yes') },
};

/** Table 3, Figure 2, and the curves that the probe read its conclusions from. */
export function probeExhibits(view: View): Exhibit[] {
  return [characterization(view), registerRates(view), ...curves(view)];
}

interface Characteristic {
  metric: string;
  environment: string;
  value: number;
  /** How many of the probings say so. */
  count: number;
  of: number;
  /** What the system says. */
  reported: number | undefined;
}

function characteristicsOf(view: View): Characteristic[] {
  return Object.keys(characteristics).flatMap((metric) => {
    const records = view.values(experiment, metric);
    return view.environments.flatMap(({ name }): Characteristic[] => {
      const own = (source: string) =>
        records
          .filter((record) => record.environment === name && factorOf(record, 'source') === source)
          .map(({ value }) => value);
      const [measured, reported] = [own('measured'), own('reported')];
      const [most] = frequencies(measured);
      if (!most) return [];
      return [{ metric, environment: name, ...most, of: measured.length, reported: frequencies(reported)[0]?.value }];
    });
  });
}

function characterization(view: View): Exhibit {
  const name = 'table-03';
  const found = characteristicsOf(view);
  const names = view.environments
    .map((view) => view.name)
    .filter((name) => found.some((one) => one.environment === name));
  const metrics = Object.keys(characteristics).filter(
    (metric) => Object.hasOwn(table3, metric) || found.some((one) => one.metric === metric),
  );
  const first = names[0];
  const findings = names.map((environment) => {
    const own = found.filter((one) => one.environment === environment);
    const sentence = environment === first ? agreement(own) : likeness(own, found, first!);
    return { exhibit: name, environment, sentence };
  });
  const runs = Math.max(0, ...found.map(({ of }) => of));
  return {
    kind: 'table',
    name,
    title: headingOf(name),
    paper: paper[name].finding,
    findings,
    measured:
      names.length === 0
        ? undefined
        : `${runs} ${runs === 1 ? 'probing' : 'probings'} in ${enumerate(names)}: the value that most of them found, measured by timing.`,
    notes: [
      '✓: the system says the same; what it says stands beside a value where it differs, and nothing where it says nothing.',
      'A count says how many of the probings agree where not all do.',
    ],
    table: html`<table class="facts">
<thead><tr><th scope="col"></th><th scope="col">the paper, all six</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${metrics.map(
      (metric) => html`<tr><th scope="row">${characteristics[metric]!.title}</th><td>${table3[metric]}</td>${names.map(
        (name) => html`<td>${cell(found.find((one) => one.metric === metric && one.environment === name))}</td>`,
      )}</tr>
`,
    )}</tbody></table>`,
  };
}

function cell(found: Characteristic | undefined): Markup | undefined {
  if (!found) return undefined;
  const { value, count, of, reported } = found;
  const { format } = characteristics[found.metric]!;
  const counted = count < of ? ` (${count} of ${of})` : '';
  if (reported === undefined) return html`${format(value)}${counted}`;
  if (agrees(found)) return html`${format(value)}${counted} ✓`;
  return html`${format(value)}${counted}<small>reported: ${format(reported)}</small>`;
}

/** Whether the system says what was measured, as far as it is written. */
function agrees({ metric, value, reported }: Characteristic): boolean {
  const { format } = characteristics[metric]!;
  return reported !== undefined && format(reported) === format(value);
}

/** How the first environment's values stand beside what its system says. */
function agreement(own: Characteristic[]): string {
  const known = own.filter(({ reported }) => reported !== undefined);
  const same = known.filter(agrees);
  const values = own
    .filter(({ metric }) => Object.hasOwn(table3, metric))
    .map(({ metric, value }) => `${lower(characteristics[metric]!.title)} ${characteristics[metric]!.format(value)}`);
  const said = known.length === 0 ? '' : `; the system says the same of ${same.length} of ${known.length}`;
  return `${values.join(', ')}${said}`;
}

function likeness(own: Characteristic[], all: Characteristic[], first: string): string {
  const differing = own.flatMap((one) => {
    const other = all.find(({ metric, environment }) => metric === one.metric && environment === first);
    const { title, format } = characteristics[one.metric]!;
    return other && format(other.value) !== format(one.value)
      ? [`${lower(title)} ${format(one.value)} for ${format(other.value)}`]
      : [];
  });
  return differing.length === 0
    ? `the same as ${first} in all ${own.length}`
    : `other than ${first}: ${differing.join(', ')}`;
}

function lower(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title[0]!.toLowerCase() + title.slice(1) : title;
}

function registerRates(view: View): Exhibit {
  const records = view.values(experiment, 'registerMflops');
  const groups = [
    ...groupBy(records, (record) => `${factorOf(record, 'precision')} precision, ${factorOf(record, 'isa')}`),
  ]
    .sort(([a], [b]) => byPrecisionAndIsa(a, b))
    .map(([title, own]): SampleGroup => ({ title, samples: samplesOf(view, own) }));
  const fastest = groups
    .filter(({ title }) => title.startsWith('double'))
    .sort((a, b) => Math.max(...b.samples.map(({ mean }) => mean)) - Math.max(...a.samples.map(({ mean }) => mean)))[0];
  return ratesExhibit(view, 'figure-02', groups, {
    column: '',
    note: 'Independent multiply-adds between registers: no memory is touched.',
    findings: (fastest?.samples ?? []).map((sample) => ({
      environment: sample.environment,
      sentence: `${formatInterval(sample)} Mflops (${fastest!.title})${besideNative(view, sample, fastest!.samples)}`,
    })),
  });
}

/** The curves that are known by name; the probe may have others, which are shown as they are called. */
const knownCurves: {
  readonly [metric: string]: {
    title: string;
    axis: string;
    logarithmic: boolean;
    concluded(form: string): readonly string[];
  };
} = {
  loadCycles: {
    title: 'latency of a load against the footprint',
    axis: 'cycles',
    logarithmic: true,
    concluded: () => ['l1DataBytes', 'l2Bytes', 'lastLevelBytes'],
  },
  bandwidth: {
    title: 'bandwidth of loads in order against the footprint',
    axis: 'GB/s',
    logarithmic: true,
    concluded: () => ['l1DataBytes', 'l2Bytes', 'lastLevelBytes'],
  },
  chainMflops: {
    title: 'rate against independent chains of operations',
    axis: 'Mflops',
    logarithmic: false,
    concluded: () => [],
  },
  spillCycles: {
    title: 'cycles of an addition against the values held in registers',
    axis: 'cycles',
    logarithmic: false,
    concluded: (form) => [form === 'integer' ? 'integerRegisters' : 'fpRegisters'],
  },
  translationCycles: {
    title: 'what translating an address takes against the pages touched',
    axis: 'cycles',
    logarithmic: false,
    concluded: () => ['dtlbEntries', 'stlbEntries'],
  },
  pairCycles: {
    title: 'a pair of loads against their distance',
    axis: 'cycles',
    logarithmic: false,
    concluded: () => ['lineBytes'],
  },
  touchTicks: {
    title: 'first touches against the offset in memory',
    axis: 'ticks of the time-stamp counter',
    logarithmic: true,
    concluded: () => ['pageBytes'],
  },
};

/** One figure for each curve that the probe has, one panel for each of its forms (such as an operation and a width). */
function curves(view: View): Exhibit[] {
  const points = view
    .all(experiment)
    .filter(({ metric }) => !Object.hasOwn(characteristics, metric) && metric !== 'registerMflops')
    .flatMap((record): CurvePoint[] => {
      const along = Object.keys(record.factors).find((name) => numberOf(record, name) !== undefined);
      if (along === undefined) return [];
      const form = Object.keys(record.factors).filter((name) => name !== along);
      return [{ record, along, form: form.map((name) => factorOf(record, name)).join(', ') }];
    });
  return [...groupBy(points, ({ record, along }) => JSON.stringify([record.metric, along])).values()].map((own) =>
    curve(view, own),
  );
}

interface CurvePoint {
  record: ValueRecord;
  /** The factor along the bottom. */
  along: string;
  /** The other factors. */
  form: string;
}

function curve(view: View, points: CurvePoint[]): Exhibit {
  const { along, record } = points[0]!;
  const { metric, unit } = record;
  const known = Object.hasOwn(knownCurves, metric) ? knownCurves[metric]! : undefined;
  const bytes = /bytes/i.test(along);
  const names = view.environments
    .map(({ name }) => name)
    .filter((name) => points.some(({ record }) => record.environment === name));
  const panels = [...groupBy(points, ({ form }) => form)].map(([title, own]) => ({
    title: shorten(plainLine(title), 34),
    curves: names.flatMap((name) => {
      const rows = curveRows(own.filter(({ record }) => record.environment === name));
      return rows.length === 0 ? [] : [{ name, style: view.styles.get(name)!, rows }];
    }),
    marks: (known?.concluded(title) ?? []).flatMap((concluded) => conclusion(view, concluded)),
  }));
  const title = `The probe: ${known?.title ?? `${words(metric)} against ${words(along)}`}`;
  const marked = panels.some(({ marks }) => marks.length > 0);
  const subtitle = `Median of the probings, bars from the least to the greatest.${marked ? ' Dashed: what was concluded.' : ''}`;
  const axis = known?.axis ?? `${words(metric)} (${shorten(plainLine(unit), 20)})`;
  const chart = { heading: title, subtitle, x: { title: words(along), bytes }, axis, panels, empty: notMeasured };
  return {
    kind: 'figure',
    name: `probe-${slug(metric)}-${slug(along)}`,
    title,
    paper: undefined,
    findings: [],
    measured: `Measured in ${enumerate(names)}.`,
    notes: [subtitle],
    drawing: drawing((width) => drawCurves({ ...chart, logarithmic: known?.logarithmic ?? false }, width)),
    data: html`${panels.map(({ title, curves }) => curveTable(curves, title, words(along), bytes ? sizeOf : count, axis))}`,
  };
}

function curveRows(points: CurvePoint[]): Row[] {
  return [...groupBy(points, ({ record, along }) => numberOf(record, along)!)]
    .sort(([a], [b]) => a - b)
    .map(([n, same]) => {
      const values = same.map(({ record }) => record.value);
      return { n, value: median(values), minimum: Math.min(...values), maximum: Math.max(...values) };
    });
}

/** What most of the probings concluded. */
function conclusion(view: View, concluded: string): { at: number; text: string }[] {
  const values = view
    .values(experiment, concluded)
    .filter((record) => factorOf(record, 'source') === 'measured')
    .map(({ value }) => value);
  const [most] = frequencies(values);
  const { title, format } = characteristics[concluded]!;
  return most ? [{ at: most.value, text: `${title.replace(/ \(.*/, '')}: ${format(most.value)}` }] : [];
}

/** Lines as a table: a row for each place, a column for each line. */
function curveTable(
  lines: { name: string; rows: Row[] }[],
  title: string,
  heading: string,
  format: (n: number) => string,
  axis: string,
): Markup {
  const places = [...new Set(lines.flatMap(({ rows }) => rows.map(({ n }) => n)))].sort((a, b) => a - b);
  return html`<div class="scroll"><table class="figures">
<caption>${title === '' ? axis : `${title}: ${axis}`}</caption>
<thead><tr><th scope="col">${heading}</th>${lines.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${places.map(
    (n) => html`<tr><th scope="row">${format(n)}</th>${lines.map(({ rows }) => {
      const row = rows.find((row) => row.n === n);
      return html`<td>${row && formatNumber(row.value)}</td>`;
    })}</tr>
`,
  )}</tbody></table></div>`;
}

/** A name of the code as words: "footprintBytes" is "footprint bytes". */
function words(name: string): string {
  return shorten(
    plainLine(name.replace(/([a-z0-9])([A-Z])/g, (_all, before, after) => `${before} ${after.toLowerCase()}`)),
    40,
  );
}

/** A name of a record as part of a file's. */
function slug(name: string): string {
  return name.replace(/[^a-z0-9]+/gi, '-').slice(0, 40);
}
