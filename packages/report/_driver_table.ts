import type { EnvironmentView } from './_environments.ts';
import { enumerate, formatNumber, shorten } from './_format.ts';
import { html, type Markup } from './_html.ts';
import { groupBy } from './_statistics.ts';
import type { Summary } from './summarize.ts';

/** How the driver was run, in a sentence; undefined when it never was. */
export function describeRuns(summaries: readonly Summary[], environments: EnvironmentView[]): string | undefined {
  const measured = summaries.flatMap(({ environment, n, values }) =>
    values ? [{ environment, n, count: values.count }] : [],
  );
  if (measured.length === 0) return undefined;
  const dimensions = [...new Set(measured.map(({ n }) => n))].sort((a, b) => a - b);
  const counts = measured.map(({ count }) => count);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const runs = least === most ? `${most} ${most === 1 ? 'run' : 'runs'}` : `${least} to ${most} runs`;
  const names = environments
    .map(({ name }) => name)
    .filter((name) => measured.some(({ environment }) => environment === name));
  const range =
    dimensions.length > 1
      ? `n = ${dimensions[0]} to ${dimensions.at(-1)} (${dimensions.length} dimensions)`
      : `n = ${dimensions[0]}`;
  return `The DGEMM driver in ${enumerate(names)}; ${range}, ${runs} of each, every run a new process.`;
}

/** The driver's figures as a table: a row for each dimension, a column for each environment. */
export function driverTable(
  { summaries, scale, unit }: { summaries: readonly Summary[]; scale: number; unit: string },
  environments: EnvironmentView[],
): Markup | undefined {
  if (summaries.length === 0) return undefined;
  const names = environments
    .map(({ name }) => name)
    .filter((name) => summaries.some(({ environment }) => environment === name));
  const rows = [...groupBy(summaries, ({ n }) => n)].sort(([a], [b]) => a - b);
  const thresholds = environments.filter(({ name, threshold }) => names.includes(name) && threshold !== undefined);
  const failures = summaries.flatMap(({ environment, n, failures }) =>
    failures.map((failure) => ({ environment, n, ...failure })),
  );
  return html`<div class="scroll"><table class="figures">
<caption>${unit}: mean (least–greatest).${thresholds.length > 0 ? ` Memory predicts ${enumerate(thresholds.map(({ name, threshold }) => `n = ${threshold} for ${name}`))}.` : ''}</caption>
<thead><tr><th scope="col">n</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([n, atDimension]) => html`<tr><th scope="row">${n}</th>${names.map((name) => {
      const summary = atDimension.find(({ environment }) => environment === name);
      return html`<td>${summary && describeValues(summary, scale)}</td>`;
    })}</tr>
`,
  )}</tbody></table></div>
${failures.length > 0 ? deathTable(failures) : undefined}`;
}

function deathTable(failures: { environment: string; n: number; run: number; reason: string }[]): Markup {
  return html`<div class="scroll"><table><caption>Runs that died</caption>
<thead><tr><th scope="col">environment</th><th scope="col">n</th><th scope="col">run</th><th scope="col">reason</th></tr></thead>
<tbody>${failures.map(({ environment, n, run, reason }) => html`<tr><td>${environment}</td><td>${n}</td><td>${run}</td><td class="long">${shorten(reason, 500)}</td></tr>`)}</tbody>
</table></div>`;
}

/** A summary's cell in a table. */
function describeValues({ values, failures }: Summary, scale: number): string {
  const died = failures.length > 0 ? `${failures.length} died` : '';
  if (!values) return died;
  const number = (value: number) => formatNumber(value / scale);
  const spread = values.count > 1 ? ` (${number(values.minimum)}–${number(values.maximum)})` : '';
  return `${number(values.mean)}${spread}${died && `; ${died}`}`;
}
