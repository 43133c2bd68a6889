import { readdirSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

/** Files of a package that become entry points: everything at its top level but tests, private helpers and configuration. */
export function entryPoints(folder = '.'): string[] {
  return readdirSync(folder).filter(
    (file) => file.endsWith('.ts') && !/(_test|\.d|\.config)\.ts$/.test(file) && !file.startsWith('_'),
  );
}

/** The build every package shares: ESM and CommonJS by `build`, declarations by `build:types`. */
export function packageConfig(overrides: Options = {}) {
  return defineConfig((cli) => ({
    // A program is run, never imported: it needs no declarations.
    entry: entryPoints().filter((file) => !(cli.dts && file === 'cli.ts')),
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    splitting: true,
    shims: true,
    sourcemap: false,
    treeshake: false,
    silent: true,
    // Each task replaces its own files and leaves the other's.
    clean: cli.dts ? true : ['!**/*.d.{ts,cts}'],
    dts: cli.dts ?? false,
    ...overrides,
  }));
}
