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

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * Makes every other entry point a line that re-exports from `mod.js`: a package is one file to open and to compile, however
 * it is imported, and its state and classes exist once. Cut up by subpath it was dozens, half a millisecond each.
 */
const subpaths: Plugin = {
  name: 'subpaths',
  setup({ esbuild, initialOptions, onLoad, onResolve }) {
    // What has code of its own; a program is run, never imported.
    const wholes = ['./mod.ts', './cli.ts'];
    onResolve({ filter: /^\.\/\w+\.ts$/ }, ({ kind, path }) =>
      kind === 'entry-point' && !wholes.includes(path) ? { path, namespace: 'subpath' } : null,
    );
    onLoad({ filter: /./, namespace: 'subpath' }, async ({ path }) => {
      const { metafile } = await esbuild.build({ entryPoints: [path], format: 'esm', metafile: true, write: false });
      const names = Object.values(metafile.outputs).flatMap(({ exports }) => exports);
      const mod = initialOptions.format === 'esm' ? './mod.js' : './mod.cjs';
      return { contents: `export { ${names.join(', ')} } from '${mod}';`, resolveDir: '.' };
    });
    onResolve({ filter: /^\.\/mod\.c?js$/ }, ({ path }) => ({ path, external: true }));
  },
};

/**
 * The build every package shares: ESM and CommonJS by `tsup`, declarations by `tsup --dts-only`.
 *
 * @param bundled Packages of which what is used is built in, where opening them would cost a program time that it seldom has use for.
 * @param plugins What a package does besides.
 * @param programs Builds of more than modules, each as far as it differs from the one of CommonJS.
 */
export function packageConfig({
  bundled = [],
  plugins = [],
  programs = [],
}: {
  bundled?: string[];
  plugins?: Plugin[];
  programs?: Options[];
} = {}) {
  return defineConfig((cli) => {
    const declarations = Boolean(cli.dts);
    clean(declarations);
    const shared = {
      entry: entryPoints(),
      target: 'node20',
      platform: 'node' as const,
      sourcemap: false,
      treeshake: false,
      silent: true,
      clean: false,
      noExternal: bundled.map((name) => new RegExp(`^${name}(/|$)`)),
      esbuildPlugins: [subpaths, ...plugins],
    };
    const imported = shared.entry.filter((file) => file !== 'cli.ts');
    if (declarations) return { ...shared, entry: imported, format: ['esm', 'cjs'], dts: cli.dts! };
    const commonJs: Options = { ...shared, entry: imported, format: ['cjs'], shims: true };
    // tsup can split CommonJS too, but takes today's syntax down to that of 2018 for it, which runs at half the speed.
    const esm: Options = { ...shared, format: ['esm'], splitting: true };
    return [esm, commonJs, ...programs.map((program) => ({ ...commonJs, ...program }))];
  });
}
