import { execFile } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromiumArguments } from './_chromium_arguments.ts';
import { findChromium } from './find_chromium.ts';
import { ReportError } from './report_error.ts';

/** A page of 100,000 records is printed in seconds, also on a busy machine. */
const timeoutMs = 120_000;

/** What to do on a machine without one. */
const remedy =
  'no Chromium was found; install it (apt-get install chromium), name one in PARATUNE_CHROMIUM, or print the page from any browser';

/**
 * Prints a report's page as PDF with the Chromium that {@link findChromium} finds. The file is replaced at once.
 *
 * @param page path of the page, as `writeReport` gives it
 * @param output path of the file to write; `report.pdf` beside `report.html` when absent
 * @returns the file's path
 * @throws {ReportError} when there is no Chromium (the message says what to install), the page is not there, or Chromium fails
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { findChromium, printPdf, writeReport } from '@paratune/report';
 *
 * const output = mkdtempSync(`${tmpdir()}/report-`);
 * const { page } = await writeReport({ store: { records: [], identities: [], dropped: [] }, output, images: false });
 * if (findChromium()) assert.match(readFileSync(await printPdf(page), 'latin1'), /^%PDF-/);
 * else await assert.rejects(printPdf(page), { name: 'ReportError' });
 * rmSync(output, { recursive: true });
 * ```
 */
export async function printPdf(page: string, output: string = page.replace(/(\.html)?$/, '.pdf')): Promise<string> {
  if (!statSync(page, { throwIfNoEntry: false })?.isFile()) throw new ReportError(page, 'no such page');
  const chromium = findChromium();
  if (chromium === undefined) throw new ReportError(output, `cannot be printed: ${remedy}`);
  const partial = join(dirname(resolve(output)), `.${basename(output)}.${process.pid}.partial`);
  const profile = mkdtempSync(join(tmpdir(), 'paratune-chromium-'));
  try {
    await promisify(execFile)(
      chromium,
      [
        ...chromiumArguments,
        ...[`--user-data-dir=${profile}`, '--no-pdf-header-footer', `--print-to-pdf=${partial}`],
        pathToFileURL(page).href,
      ],
      { timeout: timeoutMs, killSignal: 'SIGKILL' },
    );
    renameSync(partial, output);
    return output;
  } catch (cause) {
    rmSync(partial, { force: true });
    throw new ReportError(output, `cannot be printed: ${chromium}: ${lastLine((cause as Error).message)}`, { cause });
  } finally {
    // Its children may still be writing as they end.
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? text;
