import type { Identity, StoreContents } from '@paratune/record';
import type { EnvironmentView } from './_environments.ts';
import { describeValues, type Figure } from './_figures.ts';
import { enumerate, formatBytes, formatNumber, shorten } from './_format.ts';
import { html, Markup } from './_html.ts';
import { style } from './_page_style.ts';
import { citation, paper } from './_paper.ts';
import { groupBy } from './_statistics.ts';
import { unmadeGood } from './_unmade_good.ts';

/** A figure with its drawings. */
export interface DrawnFigure extends Figure {
  drawings: { wide: Markup; narrow: Markup };
}

/** What the page is made of. */
export interface PageContents {
  contents: StoreContents;
  environments: EnvironmentView[];
  figures: DrawnFigure[];
}

/** The whole report as one HTML document that asks for nothing else. */
export function writePage({ contents, environments, figures }: PageContents): string {
  const { records } = contents;
  const simulated = records.filter(({ status }) => status === 'simulated').length;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Paratune report</title>
<style>${new Markup(style)}</style>
</head>
<body>
<main>
<header>
<h1>What memory and a guest cost the DGEMM driver</h1>
${lead(contents, environments)}
<nav>${figures.map(({ name, title }) => html`<a href="#${name}">${title.split('.')[0]}</a> `)}<a href="#environments">Environments</a> <a href="#gaps">Not measured</a></nav>
</header>
${figures.map((figure) => figureSection(figure, contents, environments))}
<section id="environments">
<h2>Environments</h2>
${environmentTable(environments)}
${identityTable(contents.identities)}
</section>
<section id="gaps">
<h2>Not measured</h2>
${gaps(contents)}
${simulated > 0 ? html`<p>${formatNumber(simulated)} simulated values are in records.csv, marked so; no figure above uses them.</p>` : undefined}
</section>
<footer><p>The paper: ${citation}. Everything above is computed from the records; records.csv holds all of them.</p></footer>
</main>
</body>
</html>
`.text;
}

function lead(contents: StoreContents, environments: EnvironmentView[]): Markup {
  if (contents.records.length === 0) return html`<p class="lead">The store holds no records yet.</p>`;
  const names = environments.filter(({ identities }) => identities.length > 0).map(({ name }) => name);
  return html`<p class="lead">${whereItRan(contents)} ${names.length > 0 ? `Measured: ${enumerate(names)}.` : 'Nothing was measured.'}</p>`;
}

/** Processor, kernel, runtime, commit and days of all that was measured. */
function whereItRan({ records, identities }: StoreContents): string {
  const each = (describe: (identity: Identity) => string) => enumerate([...new Set(identities.map(describe))]);
  const days = [...new Set(records.map(({ time }) => time.slice(0, 10)))].sort();
  const when = days.length > 1 ? `${days[0]} to ${days.at(-1)}` : days[0];
  return [
    each(({ machine }) => describeMachine(machine)),
    each(({ kernel }) => kernel),
    `Node ${each(({ node }) => node)}`,
    each(describeCode),
    `${when}.`,
  ].join('; ');
}

function describeMachine({ processor, cpus, memoryBytes, architecture }: Identity['machine']): string {
  return `${processor} (${architecture}, ${cpus} CPUs, ${formatBytes(memoryBytes)})`;
}

function describeCode({ commit, dirty, packages }: Identity): string {
  if (commit !== null) return `commit ${commit.slice(0, 12)}${dirty ? ' with changes' : ''}`;
  return `packages of version ${enumerate([...new Set(Object.values(packages))])}`;
}

function figureSection(figure: DrawnFigure, contents: StoreContents, environments: EnvironmentView[]): Markup {
  const { name, title, drawings, notes, number } = figure;
  return html`
<section id="${name}">
<h2>${title}</h2>
<div class="beside">
<div><h3>The paper found</h3><p>${paper[number].finding}</p></div>
<div><h3>Here</h3>${ourFindings(figure)}</div>
</div>
<figure>
<div class="wide">${drawings.wide}</div>
<div class="narrow">${drawings.narrow}</div>
<figcaption>${caption(figure, contents, environments)} ${notes.map((note) => `${note} `)}</figcaption>
</figure>
${dataTable(figure, environments)}
</section>`;
}

function ourFindings({ findings }: Figure): Markup {
  if (findings.length === 0) return html`<p>Not measured in this run.</p>`;
  return html`<ul>${findings.map(({ environment, sentence }) => html`<li><strong>${environment}</strong>: ${sentence}.</li>`)}</ul>`;
}

function caption({ summaries }: Figure, contents: StoreContents, environments: EnvironmentView[]): string {
  const measured = summaries.flatMap(({ environment, n, values }) =>
    values ? [{ environment, n, count: values.count }] : [],
  );
  if (measured.length === 0) return 'Nothing was measured for this figure.';
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
  return `The DGEMM driver in ${enumerate(names)}; ${range}, ${runs} of each, every run a new process. ${whereItRan(contents)}`;
}

function dataTable({ summaries, scale, unit, title }: Figure, environments: EnvironmentView[]): Markup | undefined {
  if (summaries.length === 0) return undefined;
  const names = environments
    .map(({ name }) => name)
    .filter((name) => summaries.some(({ environment }) => environment === name));
  const rows = [...groupBy(summaries, ({ n }) => n)].sort(([a], [b]) => a - b);
  const thresholds = environments.filter(({ name, threshold }) => names.includes(name) && threshold !== undefined);
  const failures = summaries.flatMap(({ environment, n, failures }) =>
    failures.map((failure) => ({ environment, n, ...failure })),
  );
  return html`<details><summary>Data of ${title.split('.')[0]}</summary>
<div class="scroll"><table class="figures">
<caption>${unit}: mean (least–greatest).${thresholds.length > 0 ? ` Memory predicts ${enumerate(thresholds.map(({ name, threshold }) => `n = ${threshold} for ${name}`))}.` : ''}</caption>
<thead><tr><th scope="col">n</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([n, atDimension]) => html`<tr><th scope="row">${n}</th>${names.map((name) => {
      const summary = atDimension.find(({ environment }) => environment === name);
      return html`<td>${summary && describeValues(summary, scale)}</td>`;
    })}</tr>
`,
  )}</tbody></table></div>
${failures.length > 0 ? deathTable(failures) : undefined}
</details>`;
}

function deathTable(failures: { environment: string; n: number; run: number; reason: string }[]): Markup {
  return html`<div class="scroll"><table><caption>Runs that died</caption>
<thead><tr><th scope="col">environment</th><th scope="col">n</th><th scope="col">run</th><th scope="col">reason</th></tr></thead>
<tbody>${failures.map(({ environment, n, run, reason }) => html`<tr><td>${environment}</td><td>${n}</td><td>${run}</td><td class="long">${shorten(reason, 500)}</td></tr>`)}</tbody>
</table></div>`;
}

function environmentTable(environments: EnvironmentView[]): Markup {
  if (environments.length === 0) return html`<p>None.</p>`;
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">name</th><th scope="col">what it is</th><th scope="col">role</th><th scope="col">memory</th><th scope="col">baseline</th><th scope="col">predicted n</th><th scope="col">facts</th></tr></thead>
<tbody>${environments.map(
    ({ name, title, role, memoryBytes, baselineBytes, threshold, identities }) =>
      html`<tr><th scope="row">${name}</th><td>${title}</td><td>${role}</td><td>${memoryBytes === undefined ? '' : formatBytes(memoryBytes)}</td><td>${baselineBytes === undefined ? '' : formatBytes(baselineBytes)}</td><td>${threshold}</td><td class="long">${facts(identities.at(-1))}</td></tr>`,
  )}</tbody></table></div>`;
}

function facts(identity: Identity | undefined): string {
  if (!identity) return 'not measured';
  return Object.entries(identity.environment)
    .map(([name, value]) => {
      if (typeof value !== 'number') return `${name} ${value}`;
      return name.endsWith('Bytes') ? `${name.slice(0, -5)} ${formatBytes(value)}` : `${name} ${formatNumber(value)}`;
    })
    .join(', ');
}

function identityTable(identities: readonly Identity[]): Markup | undefined {
  if (identities.length === 0) return undefined;
  return html`<details><summary>Identities of code and machine</summary><div class="scroll"><table>
<thead><tr><th scope="col">id</th><th scope="col">environment</th><th scope="col">code</th><th scope="col">packages</th><th scope="col">Node</th><th scope="col">machine</th><th scope="col">kernel</th></tr></thead>
<tbody>${identities.map(
    (identity) =>
      html`<tr><td><code>${identity.id}</code></td><td>${identity.environment.kind}</td><td>${describeCode(identity)}</td><td class="long">${Object.entries(identity.packages).map(([name, version]) => `${name} ${version} `)}</td><td>${identity.node}</td><td>${describeMachine(identity.machine)}</td><td>${identity.kernel}</td></tr>`,
  )}</tbody></table></div></details>`;
}

/** Everything that is not in the figures, and why. */
function gaps({ records, dropped }: StoreContents): Markup {
  const reasons = [
    ...groupBy(unmadeGood(records), ({ experiment, environment, status, reason }) =>
      JSON.stringify([experiment, environment, status, reason]),
    ).values(),
  ];
  const none = reasons.length === 0 && dropped.length === 0;
  return html`${none ? html`<p>Nothing that was tried is missing.</p>` : undefined}${
    reasons.length > 0
      ? html`<div class="scroll"><table>
<thead><tr><th scope="col">environment</th><th scope="col">experiment</th><th scope="col"></th><th scope="col">observations</th><th scope="col">reason</th></tr></thead>
<tbody>${reasons.map(
          (group) =>
            html`<tr><th scope="row">${group[0]?.environment}</th><td>${group[0]?.experiment}</td><td>${group[0]?.status}</td><td>${group.length}</td><td class="long">${group[0] && shorten(group[0].reason, 1000)}</td></tr>`,
        )}</tbody></table></div>`
      : undefined
  }${
    dropped.length > 0
      ? html`<h3>Lines dropped</h3>
<p>A kill or a full disk cut these last lines short. Nothing in them was acknowledged.</p>
<div class="scroll"><table><thead><tr><th scope="col">file</th><th scope="col">line</th><th scope="col">begins with</th></tr></thead>
<tbody>${dropped.map(({ file, line, text }) => html`<tr><td>${file}</td><td>${line}</td><td class="long"><code>${shorten(text, 120)}</code></td></tr>`)}</tbody></table></div>`
      : undefined
  }`;
}
