import { plural } from './_format.ts';
import { html, type Markup } from './_html.ts';
import { headingOf, type PaperExhibit, paper } from './_paper.ts';
import type { ClaimFigure, JudgedClaim, Verdict } from './claims/_claim.ts';

/** A sign beside the words: no verdict is told by its colour alone. */
export const signs: { [verdict in Verdict]: { sign: string; style: string } } = {
  holds: { sign: '✓', style: 'holds' },
  'does not hold': { sign: '✗', style: 'fails' },
  'not enough data': { sign: '–', style: 'open' },
};

/** The paper's claims with their verdicts and the figures that those came from. */
export function claimsSection(claims: readonly JudgedClaim[], indexOf: (environment: string) => number): Markup {
  return html`<section id="claims">
<h2>The paper’s claims</h2>
<p class="note">Equivalence is shown by two one-sided tests, never by a test that finds no difference. Open a row for all its figures.</p>
<table class="claims">
<thead><tr><th scope="col">claim</th><th scope="col">verdict</th><th scope="col">why</th><th scope="col">section</th><th scope="col">shown in</th></tr></thead>
<tbody>${claims.map((claim) => claimRow(claim, indexOf))}</tbody>
</table>
</section>`;
}

function claimRow(claim: JudgedClaim, indexOf: (environment: string) => number): Markup {
  const { id, number, statement, verdict, reason, section, exhibits, test, margin, figures, needs } = claim;
  return html`<tr id="${id}"><th scope="row"><span class="number">${number}</span> ${statement}</th>
<td>${verdictMark(verdict)}</td>
<td>${
    figures.length === 0
      ? `${reason}.`
      : html`<details><summary>${reason}</summary>
<dl><dt>Test</dt><dd>${test}</dd>${margin === null ? undefined : html`<dt>Margin</dt><dd>${margin}</dd>`}<dt>Records</dt><dd>${needs}</dd></dl>
<ul>${figures.map((figure) => figureItem(figure, indexOf))}</ul></details>`
  }</td>
<td class="short"><span class="label">Section </span>${section}</td>
<td class="short">${exhibits.map((name) => (Object.hasOwn(paper, name) ? html`<a href="#${name}">${shortName(name)}</a> ` : `${shortName(name)} `))}</td></tr>
`;
}

function figureItem(
  { environments, text, verdict, simulated }: ClaimFigure,
  indexOf: (name: string) => number,
): Markup {
  const index = indexOf(environments[0] ?? '');
  const item = html`${verdict && verdictMark(verdict)} <strong>${environments[0]}</strong>: ${text}${simulated ? ' (simulated)' : ''}`;
  return index === -1 ? html`<li>${item}</li>` : html`<li data-e="${index}">${item}</li>`;
}

function verdictMark(verdict: Verdict): Markup {
  const { sign, style } = signs[verdict];
  return html`<span class="verdict ${style}"><span aria-hidden="true">${sign}</span> ${verdict}</span>`;
}

/** "Figure 8", "Table 3"; also of what the report has not. */
export function shortName(name: string): string {
  if (Object.hasOwn(paper, name)) return headingOf(name as PaperExhibit).split('.')[0]!;
  const [kind, number] = name.split('-');
  return `${kind === 'table' ? 'Table' : 'Figure'} ${Number(number)}`;
}

/** "2 hold", as large figures beside one another. */
export function verdictCounts(claims: readonly JudgedClaim[]): Markup {
  const counts = (Object.keys(signs) as Verdict[]).map((verdict) => ({
    verdict,
    count: claims.filter((claim) => claim.verdict === verdict).length,
  }));
  return html`<ul class="counts" aria-label="${plural(claims.length, 'claim')}">${counts.map(
    ({ verdict, count }) =>
      html`<li class="${signs[verdict].style}"><strong>${count}</strong> ${phrases[verdict]}</li>`,
  )}</ul>`;
}

const phrases: { [verdict in Verdict]: string } = {
  holds: 'hold',
  'does not hold': 'do not hold',
  'not enough data': 'lack data',
};
