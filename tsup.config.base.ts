import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Options } from 'tsup';

/** Files of a package that become entry points: everything at its top level but tests, private helpers and configuration. */
export function entryPoints(folder = '.'): string[] {
  return readdirSync(folder).filter(
    (file) => file.endsWith('.ts') && !/(_test|\.d|\.config)\.ts$/.test(file) && !file.startsWith('_'),
  );
}

/**
 * Removes what an earlier build left in `dist`: the declarations before they are made, the rest before the code is.
 * Here and not by tsup's `clean`, which runs beside the builds when a package has several.
 */
function clean(declarations: boolean): void {
  if (!existsSync('dist')) return;
  for (const file of readdirSync('dist')) {
    if (/\.d\.c?ts$/.test(file) === declarations) rmSync(join('dist', file), { recursive: true });
  }
}

/** The build every package shares: ESM and CommonJS by `tsup`, declarations by `tsup --dts-only`. */
export function packageConfig(overrides: Options = {}) {
  return defineConfig((cli) => {
    const declarations = Boolean(cli.dts);
    clean(declarations);
    return {
      // A program is run, never imported: it needs no declarations.
      entry: entryPoints().filter((file) => !declarations || file !== 'cli.ts'),
      format: ['esm', 'cjs'],
      target: 'node20',
      platform: 'node',
      splitting: true,
      shims: true,
      sourcemap: false,
      treeshake: false,
      silent: true,
      clean: false,
      dts: cli.dts ?? false,
      ...overrides,
    };
  });
}
