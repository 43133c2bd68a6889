import type { Record } from '@paratune/record';
import { plainLine, shorten } from './_format.ts';
import { html, Markup } from './_html.ts';

/** Texts longer than this are cut: a console's tail can be long, and a page holds each once. */
const longestText = 1000;

/** Records for the page's script. */
interface PackedRecords {
  /** Time of the first record. */
  since: string;
  texts: string[];
  /** Environment, experiment, factors, metric, unit, status and identity of the records of a series, as places among the texts. */
  series: number[][];
  rows: number[];
}

/**
 * All records, packed: texts once each, what a series of records has in common once, and five numbers a record (its series, run,
 * repetition, milliseconds after the first record, and its value or the place of its reason among the texts).
 */
export function packRecords(records: readonly Record[]): PackedRecords {
  const texts = numbered();
  const series = new Map<string, { index: number; places: number[] }>();
  const times = records.map(({ time }) => Date.parse(time));
  const since = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const rows: number[] = [];
  records.forEach((record, index) => {
    const { environment, experiment, factors, metric, unit, status, identity, run, repetition } = record;
    const common = [environment, experiment, factorsText(factors), metric, unit, status, identity];
    const key = JSON.stringify(common);
    let own = series.get(key);
    if (!own) {
      own = { index: series.size, places: common.map((text) => texts.place(text)) };
      series.set(key, own);
    }
    rows.push(
      ...[own.index, run, repetition, times[index]! - since],
      'value' in record ? record.value : texts.place(record.reason),
    );
  });
  return {
    since: Number.isFinite(since) ? new Date(since).toISOString() : '',
    texts: texts.all.map((text) => shorten(plainLine(text), longestText)),
    series: [...series.values()].map(({ places }) => places),
    rows,
  };
}

function factorsText(factors: Record['factors']): string {
  return Object.entries(factors)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function numbered(): { all: string[]; place(text: string): number } {
  const places = new Map<string, number>();
  const all: string[] = [];
  return {
    all,
    place(text) {
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, all.length);
      return all.push(text) - 1;
    },
  };
}

/** The view of the raw records: the script makes its rows, a page of them at a time, out of the packed data. */
export function recordsSection(records: readonly Record[]): Markup {
  if (records.length === 0) return html`<section id="records"><h2>Raw records</h2><p>None.</p></section>`;
  const data = JSON.stringify(packRecords(records)).replaceAll('<', '\\u003c');
  return html`<section id="records">
<h2>Raw records</h2>
<noscript><p>records.csv beside this page holds all of them; showing them here needs scripts.</p></noscript>
<details id="records-view"><summary>All ${records.length} records</summary>
<p class="controls"><label>Search <input type="search" id="records-search" autocomplete="off"></label>
<button type="button" id="records-back">Back</button> <button type="button" id="records-on">On</button> <span id="records-count" role="status"></span></p>
<div class="scroll"><table><thead><tr>${['experiment', 'environment', 'factors', 'metric', 'value', 'unit', 'run', 'repetition', 'status', 'time', 'identity'].map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody id="records-rows"></tbody></table></div>
</details>
<script type="application/json" id="records-data">${new Markup(data)}</script>
</section>`;
}
