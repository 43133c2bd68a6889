import { openStore, type StoreContents } from '@paratune/record';
import { Output } from './_output.ts';
import { peersFigures } from './_peers_figures.ts';
import { peersOverview, peersPage } from './_peers_markdown.ts';
import { renderPng, renderSvg } from './_render.ts';
import { peersExperiment } from './compare_peers.ts';
import { recordsCsv } from './records_csv.ts';
import { type PeersSummary, summarizePeers } from './summarize_peers.ts';

/** What {@link writePeersReport} wrote. */
export interface PeersReport {
  /** Path of the page. */
  page: string;
  /** Paths of all files, the page last. */
  files: string[];
  /** The first part of the page: who took part, what is asked and reached, the rates of square products. */
  overview: string;
  summary: PeersSummary;
}

/**
 * Writes what `bench:peers` measured: `peers.md`, a page in Markdown with all tables, figures beside it as SVG and PNG
 * (`peers-gemm.svg` and so on, those that there are cases for), and `records.csv`.
 *
 * Equal records give equal files. Every file is replaced at once, so that a kill leaves the old one or the new one.
 *
 * @param options.store path of the store's folder, or what reading it gave
 * @param options.identity id of the run's identity; that of the last record by default
 * @param options.output path of the folder to write into; made if it is not there
 * @throws {StoreError} when the store cannot be read
 * @throws {ReportError} when the output cannot be written
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { writePeersReport } from '@paratune/report';
 *
 * const output = mkdtempSync(`${tmpdir()}/report-`);
 * const { page } = await writePeersReport({ store: { records: [], identities: [], dropped: [] }, output });
 * assert.match(readFileSync(page, 'utf8'), /Nothing was measured/);
 * rmSync(output, { recursive: true });
 * ```
 */
export async function writePeersReport({
  store,
  identity,
  output,
}: {
  store: string | StoreContents;
  identity?: string;
  output: string;
}): Promise<PeersReport> {
  const folder = new Output(output);
  const contents = typeof store === 'object' && store !== null ? store : openStore(store).read();
  const summary = summarizePeers(contents, identity);
  folder.write('records.csv', recordsCsv(contents.records.filter((record) => record.experiment === peersExperiment)));
  const figures = peersFigures(summary.comparisons);
  for (const { name, title, spec } of figures) {
    const svg = await renderSvg(spec, { title, description: summary.machine });
    folder.write(`${name}.svg`, svg);
    folder.write(`${name}.png`, await renderPng(svg));
  }
  const page = folder.write('peers.md', peersPage(summary, figures));
  return { page, files: folder.files, overview: peersOverview(summary), summary };
}
