import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { env } from 'node:process';

/** What Chromium and its kin are called. */
const programs = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The browser that prints a report: `PARATUNE_CHROMIUM`, else the first of `chromium`, `chromium-browser` and `google-chrome` in
 * the folders of `PATH`.
 *
 * @returns its path, or undefined when there is none
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { findChromium } from '@paratune/report';
 *
 * const program = findChromium();
 * assert.ok(program === undefined || program.length > 0);
 * ```
 */
export function findChromium(): string | undefined {
  const given = env['PARATUNE_CHROMIUM'];
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const candidates = given ? [given] : programs.flatMap((program) => folders.map((folder) => join(folder, program)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
