import { createHash } from 'node:crypto';
import type { Identity, ReasonRecord, StoreContents } from '@paratune/record';
import type { EnvironmentView } from './_environments.ts';
import type { Exhibit } from './_exhibit.ts';
import { enumerate, formatBytes, formatNumber, plainLine, shorten } from './_format.ts';
import type { Answer } from './_glance.ts';
import { html, Markup } from './_html.ts';
import { describeCode, describeMachine, whereItRan } from './_identities.ts';
import { claimsSection, verdictCounts } from './_page_claims.ts';
import { recordsSection } from './_page_data.ts';
import { script } from './_page_script.ts';
import { hiding, style } from './_page_style.ts';
import { citation } from './_paper.ts';
import { progressNote, type RunProgress } from './_progress_note.ts';
import { missingFrom, rerunOf } from './_provenance.ts';
import { groupBy } from './_statistics.ts';
import { unmadeGood } from './_unmade_good.ts';
import type { JudgedClaim } from './claims/_claim.ts';

/** A figure with its drawings, or a table. */
export type DrawnExhibit =
  | (Extract<Exhibit, { kind: 'figure' }> & { drawings: { wide: Markup; narrow: Markup } })
  | Extract<Exhibit, { kind: 'table' }>;

/** What the page is made of. */
export interface PageContents {
  contents: StoreContents;
  environments: EnvironmentView[];
  claims: readonly JudgedClaim[];
  answers: readonly Answer[];
  exhibits: DrawnExhibit[];
  progress: RunProgress | undefined;
  /** What measures everything; exhibits add which of them. */
  command: string;
}

/** The whole report as one HTML document that asks for nothing else, and whose policy allows nothing that is not in it. */
export function writePage(page: PageContents): string {
  const { contents, environments, claims, exhibits, progress } = page;
  const { records } = contents;
  const simulated = records.filter(({ status }) => status === 'simulated').length;
  const styles = style + hiding(environments.length);
  const missing = unmadeGood(records);
  const indexOf = (name: string) => environments.findIndex((environment) => environment.name === name);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '${hashOf(script)}'; style-src '${hashOf(styles)}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Paratune report</title>
<style>${new Markup(styles)}</style>
</head>
<body>
<a class="skip" href="#claims">To the claims</a>
<main>
<header>
<h1>What a guest and its memory cost linear algebra</h1>
${progress && html`<p class="progress" role="status">${progressNote(progress)}</p>`}
${lead(contents, environments)}
${verdictCounts(claims)}
<dl class="glance">${page.answers.map(({ question, answer }) => html`<dt>${question}</dt><dd>${answer}</dd>`)}</dl>
<nav aria-label="Contents"><a href="#claims">Claims</a> ${exhibits.map(({ name, title, paper }) => paper && html`<a href="#${name}">${title.split('.')[0]}</a> `)}<a href="#environments">Environments</a> <a href="#gaps">Not measured</a> <a href="#records">Raw records</a></nav>
<fieldset id="filter" hidden><legend>Show</legend>${environments.map(({ name }) => html`<label><input type="checkbox" value="${name}" checked autocomplete="off"> ${shorten(plainLine(name), 40)}</label> `)}</fieldset>
</header>
${claimsSection(claims, indexOf)}
${exhibits.map((exhibit) => exhibitSection(exhibit, page, missing, indexOf))}
<section id="environments">
<h2>Environments</h2>
${environmentTable(environments)}
${identityTable(contents.identities)}
</section>
<section id="gaps">
<h2>Not measured</h2>
${gaps(contents, missing)}
${simulated > 0 ? html`<p>${formatNumber(simulated)} simulated values are in records.csv, marked so; where one is shown, it says so.</p>` : undefined}
</section>
${recordsSection(records)}
<footer><p>The paper: ${citation}. Everything above is computed from the records; records.csv holds all of them.</p></footer>
<div id="tip" role="status" hidden></div>
</main>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

/** A source expression of the content security policy: only what has this digest is let in. */
function hashOf(text: string): Markup {
  return new Markup(`sha256-${createHash('sha256').update(text).digest('base64')}`);
}

function lead(contents: StoreContents, environments: EnvironmentView[]): Markup {
  if (contents.records.length === 0) return html`<p class="lead">The store holds no records yet.</p>`;
  const names = environments.filter(({ identities }) => identities.length > 0).map(({ name }) => name);
  return html`<p class="lead">${whereItRan(contents)} ${names.length > 0 ? `Measured: ${enumerate(names)}.` : 'Nothing was measured.'}</p>`;
}

function exhibitSection(
  drawn: DrawnExhibit,
  { contents, command }: PageContents,
  missing: readonly ReasonRecord[],
  indexOf: (environment: string) => number,
): Markup {
  const { name, title, measured, notes } = drawn;
  const caption = measured ? `${measured} ${whereItRan(contents)}` : `Nothing was measured for this ${drawn.kind}.`;
  const captioned = html`<figcaption>${caption} ${notes.map((note) => `${note} `)}</figcaption>`;
  const keys = `${title}. Arrow keys go from value to value.`;
  return html`
<section id="${name}">
<h2>${title}</h2>
${beside(drawn, indexOf)}
<figure>
${
  drawn.kind === 'table'
    ? html`<div class="scroll">${drawn.table}</div>`
    : html`<div class="drawing wide" tabindex="0" role="group" aria-label="${keys}">${drawn.drawings.wide}</div>
<div class="drawing narrow" tabindex="0" role="group" aria-label="${keys}">${drawn.drawings.narrow}</div>`
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
${origin(drawn, command, missingFrom(name, missing))}
</section>`;
}

/** What an exhibit lacks and why, how to measure it again, and where it is by itself. */
function origin({ name, kind }: DrawnExhibit, command: string, missing: readonly ReasonRecord[]): Markup {
  const rerun = rerunOf(name, command);
  const files = kind === 'figure' ? html`By itself: ${name}.svg, ${name}.png. ` : undefined;
  return html`${
    missing.length > 0
      ? html`<details class="missing"><summary>Missing here: ${formatNumber(missing.length)} observations</summary>${reasonTable(missing)}</details>`
      : undefined
  }<p class="again">${rerun && html`Measure again: <code>${rerun}</code>. `}${files}</p>`;
}

/** What the paper found beside what was found here; nothing for what neither says anything of. */
function beside({ paper, findings }: DrawnExhibit, indexOf: (environment: string) => number): Markup | undefined {
  if (paper === undefined && findings.length === 0) return undefined;
  const ours =
    findings.length === 0
      ? html`<p>Not measured in this run.</p>`
      : html`<ul>${findings.map(({ environment, sentence }) => {
          const index = indexOf(environment);
          const item = html`<strong>${environment}</strong>: ${sentence}.`;
          return index === -1 ? html`<li>${item}</li>` : html`<li data-e="${index}">${item}</li>`;
        })}</ul>`;
  return html`<div class="beside">
<div class="theirs"><h3>The paper found</h3><p>${paper}</p></div>
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
function gaps({ dropped }: StoreContents, missing: readonly ReasonRecord[]): Markup {
  const none = missing.length === 0 && dropped.length === 0;
  return html`${none ? html`<p>Nothing that was tried is missing.</p>` : undefined}${missing.length > 0 ? reasonTable(missing) : undefined}${
    dropped.length > 0
      ? html`<h3>Lines dropped</h3>
<p>A kill or a full disk cut these last lines short. Nothing in them was acknowledged.</p>
<div class="scroll"><table><thead><tr><th scope="col">file</th><th scope="col">line</th><th scope="col">begins with</th></tr></thead>
<tbody>${dropped.map(({ file, line, text }) => html`<tr><td>${file}</td><td>${line}</td><td class="long"><code>${shorten(text, 120)}</code></td></tr>`)}</tbody></table></div>`
      : undefined
  }`;
}

/** Failed and skipped observations, those of one reason together. */
function reasonTable(missing: readonly ReasonRecord[]): Markup {
  const reasons = groupBy(missing, ({ experiment, environment, status, reason }) =>
    JSON.stringify([experiment, environment, status, reason]),
  );
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">environment</th><th scope="col">experiment</th><th scope="col"></th><th scope="col">observations</th><th scope="col">reason</th></tr></thead>
<tbody>${[...reasons.values()].map(
    (group) =>
      html`<tr><th scope="row">${group[0]?.environment}</th><td>${group[0]?.experiment}</td><td>${group[0]?.status}</td><td>${group.length}</td><td class="long">${group[0] && shorten(group[0].reason, 1000)}</td></tr>`,
  )}</tbody></table></div>`;
}
