import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of the built driver: beside the built package, or in `dist` when the package runs from its sources.
 *
 * @throws {Error} when it is not built.
 */
export function driverFile(): string {
  const candidates = ['./driver.cjs', './dist/driver.cjs'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const file = candidates.find((path) => existsSync(path));
  if (file === undefined) throw new Error(`the driver is not built: no ${candidates.at(-1)} (run 'pnpm build')`);
  return file;
}
