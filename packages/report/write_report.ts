import { openStore, type StoreContents } from '@paratune/record';
import type { Exhibit } from './_exhibit.ts';
import { exhibitsOf } from './_exhibits.ts';
import { Markup } from './_html.ts';
import { Output } from './_output.ts';
import { type DrawnExhibit, writePage } from './_page.ts';
import { renderPng, renderSvg, type Spec } from './_render.ts';
import { viewRecords } from './_view.ts';
import type { Finding } from './findings.ts';
import { recordsCsv } from './records_csv.ts';

/** What {@link writeReport} wrote. */
export interface WrittenReport {
  /** Path of the page. */
  page: string;
  /** Paths of all files, the page last. */
  files: string[];
  findings: Finding[];
  /** How many records the store holds. */
  records: number;
  /** Torn last lines of the store that were left out. */
  dropped: StoreContents['dropped'];
}

/**
 * Writes the report on a store: `report.html` (self-contained: it opens from disk and asks the network for nothing),
 * the paper's Figures 2 to 13 and 16 and the probe's curves as `figure-08.svg`, `figure-08.png` and so on, and
 * `records.csv`. Tables 3 to 5 are on the page.
 *
 * Equal records give equal files. Every file is replaced at once, so that a kill leaves the old one or the new one. Figures
 * that nothing was measured for are written too, and say so. Simulated values are in `records.csv` only.
 *
 * @param options.store path of the store's folder, or what reading it gave
 * @param options.output path of the folder to write into; made if it is not there
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
}: {
  store: string | StoreContents;
  output: string;
}): Promise<WrittenReport> {
  const folder = new Output(output);
  const contents = typeof store === 'object' && store !== null ? store : openStore(store).read();
  const { records, identities, dropped } = contents;
  folder.write('records.csv', recordsCsv(records));
  const exhibits: DrawnExhibit[] = [];
  const view = viewRecords(records, identities);
  for (const exhibit of exhibitsOf(view)) {
    exhibits.push(exhibit.kind === 'table' ? exhibit : { ...exhibit, drawings: await draw(exhibit, folder) });
  }
  const page = folder.write('report.html', writePage({ contents, environments: view.environments, exhibits }));
  const found = exhibits.flatMap(({ findings }) => findings);
  return { page, files: folder.files, findings: found, records: records.length, dropped };
}

/** Writes a figure's files, and draws it for the page. */
async function draw({ title, name, findings, drawing }: Extract<Exhibit, { kind: 'figure' }>, folder: Output) {
  const description = findings.map(({ environment, sentence }) => `${environment}: ${sentence}.`).join(' ');
  const label = { title, description: description || 'Not measured in this run.' };
  const svg = (spec: Spec) => renderSvg(spec, label);
  const alone = await svg(drawing.alone);
  folder.write(`${name}.svg`, alone);
  folder.write(`${name}.png`, await renderPng(alone));
  return { wide: new Markup(await svg(drawing.wide)), narrow: new Markup(await svg(drawing.narrow)) };
}
