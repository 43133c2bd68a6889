import type { Identity, StoreContents } from '@paratune/record';
import type { EnvironmentView } from './_environments.ts';
import type { Exhibit } from './_exhibit.ts';
import { enumerate, formatBytes, formatNumber, shorten } from './_format.ts';
import { html, Markup } from './_html.ts';
import { style } from './_page_style.ts';
import { citation } from './_paper.ts';
import { groupBy } from './_statistics.ts';
import { unmadeGood } from './_unmade_good.ts';

/** A figure with its drawings, or a table. */
export type DrawnExhibit =
  | (Extract<Exhibit, { kind: 'figure' }> & { drawings: { wide: Markup; narrow: Markup } })
  | Extract<Exhibit, { kind: 'table' }>;

/** What the page is made of. */
export interface PageContents {
  contents: StoreContents;
  environments: EnvironmentView[];
  exhibits: DrawnExhibit[];
}

/** The whole report as one HTML document that asks for nothing else. */
export function writePage({ contents, environments, exhibits }: PageContents): string {
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
<h1>What a guest and its memory cost linear algebra</h1>
${lead(contents, environments)}
<nav>${exhibits.map(({ name, title, paper }) => paper && html`<a href="#${name}">${title.split('.')[0]}</a> `)}<a href="#environments">Environments</a> <a href="#gaps">Not measured</a></nav>
</header>
${exhibits.map((exhibit) => exhibitSection(exhibit, contents))}
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

function exhibitSection(drawn: DrawnExhibit, contents: StoreContents): Markup {
  const { name, title, measured, notes } = drawn;
  const caption = measured ? `${measured} ${whereItRan(contents)}` : `Nothing was measured for this ${drawn.kind}.`;
  const captioned = html`<figcaption>${caption} ${notes.map((note) => `${note} `)}</figcaption>`;
  return html`
<section id="${name}">
<h2>${title}</h2>
${beside(drawn)}
<figure>
${
  drawn.kind === 'table'
    ? html`<div class="scroll">${drawn.table}</div>`
    : html`<div class="wide">${drawn.drawings.wide}</div>
<div class="narrow">${drawn.drawings.narrow}</div>`
}
${captioned}
</figure>
${
  drawn.kind === 'figure' && drawn.data
    ? html`<details><summary>Data of ${title.split('.')[0]}</summary>
${drawn.data}
</details>`
    : undefined
}
</section>`;
}

/** What the paper found beside what was found here; nothing for what neither says anything of. */
function beside({ paper, findings }: DrawnExhibit): Markup | undefined {
  if (paper === undefined && findings.length === 0) return undefined;
  const ours =
    findings.length === 0
      ? html`<p>Not measured in this run.</p>`
      : html`<ul>${findings.map(({ environment, sentence }) => html`<li><strong>${environment}</strong>: ${sentence}.</li>`)}</ul>`;
  return html`<div class="beside">
<div><h3>The paper found</h3><p>${paper}</p></div>
<div><h3>Here</h3>${ours}</div>
</div>`;
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
