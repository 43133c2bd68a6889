import { openStore, type StoreContents } from '@paratune/record';
import type { Exhibit } from './_exhibit.ts';
import { exhibitsOf } from './_exhibits.ts';
import { glance } from './_glance.ts';
import { Markup } from './_html.ts';
import { judgeView } from './_judge_view.ts';
import { Output } from './_output.ts';
import { type DrawnExhibit, writePage } from './_page.ts';
import type { RunProgress } from './_progress_note.ts';
import { renderPng, renderSvg, type Spec } from './_render.ts';
import { reportMarkdown } from './_report_markdown.ts';
import { viewRecords } from './_view.ts';
import type { JudgedClaim } from './claims/_claim.ts';
import type { Finding } from './findings.ts';
import { recordsCsv } from './records_csv.ts';

export type { RunProgress } from './_progress_note.ts';

/** What {@link writeReport} wrote. */
export interface WrittenReport {
  /** Path of the page. */
  page: string;
  /** Paths of all files, the page last. */
  files: string[];
  findings: Finding[];
  /** The paper's claims, as `judgeClaims` gives them. */
  claims: JudgedClaim[];
  /** How many records the store holds. */
  records: number;
  /** Torn last lines of the store that were left out. */
  dropped: StoreContents['dropped'];
}

/** What {@link writeReport} writes, and where. */
export interface ReportOptions {
  /** Path of the store's folder, or what reading it gave. */
  store: string | StoreContents;
  /** Path of the folder to write into; made if it is not there. */
  output: string;
  /** Whether every figure is written as PNG too; true when absent. They take a third of the time. */
  images?: boolean | undefined;
  /** How far the run is that the records are of, where it has not ended whole: the report says so. */
  progress?: RunProgress | undefined;
  /** The command that measures everything, of which each exhibit shows its part; `npx --yes pnpm bench:all` when absent. */
  command?: string | undefined;
}

/**
 * Writes the report on a store: `report.html` (self-contained: it opens from disk and asks the network for nothing; the
 * claims first, then every table and figure, then the records themselves), `report.md` (the claims and what was found, for a
 * pull request), the figures as `figure-08.svg`, `figure-08.png` and so on, and `records.csv`.
 *
 * Equal records give equal files. Every file is replaced at once, so that a kill leaves the old one or the new one. Figures
 * that nothing was measured for are written too, and say so. A figure that was drawn before in this process is not drawn again.
 *
 * @param options what to write, and where
 * @throws {StoreError} when the store cannot be read
 * @throws {ReportError} when the output cannot be written
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { existsSync, mkdtempSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { writeReport } from '@paratune/report';
 *
 * const output = mkdtempSync(`${tmpdir()}/report-`);
 * const { page } = await writeReport({ store: { records: [], identities: [], dropped: [] }, output });
 * assert.ok(existsSync(page) && existsSync(`${output}/figure-08.svg`));
 * rmSync(output, { recursive: true });
 * ```
 */
export async function writeReport({
  store,
  output,
  images = true,
  progress,
  command = 'npx --yes pnpm bench:all',
}: ReportOptions): Promise<WrittenReport> {
  const folder = new Output(output);
  const contents = typeof store === 'object' && store !== null ? store : openStore(store).read();
  const { records, identities, dropped } = contents;
  folder.write('records.csv', recordsCsv(records));
  const exhibits: DrawnExhibit[] = [];
  const view = viewRecords(records, identities);
  const claims = judgeView(view);
  for (const exhibit of exhibitsOf(view)) {
    exhibits.push(exhibit.kind === 'table' ? exhibit : { ...exhibit, drawings: await draw(exhibit, folder, images) });
  }
  const { environments } = view;
  const page = { contents, environments, claims, answers: glance(view, claims), exhibits, progress, command };
  folder.write('report.md', reportMarkdown(page));
  return {
    page: folder.write('report.html', writePage(page)),
    files: folder.files,
    findings: exhibits.flatMap(({ findings }) => findings),
    claims,
    records: records.length,
    dropped,
  };
}

/** Writes a figure's files, and draws it for the page. */
async function draw(
  { title, name, findings, drawing }: Extract<Exhibit, { kind: 'figure' }>,
  folder: Output,
  images: boolean,
): Promise<{ wide: Markup; narrow: Markup }> {
  const description = findings.map(({ environment, sentence }) => `${environment}: ${sentence}.`).join(' ');
  const label = { title, description: description || 'Not measured in this run.' };
  const svg = (spec: Spec) => renderSvg(spec, label);
  const alone = await svg(drawing.alone);
  folder.write(`${name}.svg`, alone);
  if (images) folder.write(`${name}.png`, await renderPng(alone));
  return { wide: new Markup(await svg(drawing.wide)), narrow: new Markup(await svg(drawing.narrow)) };
}
