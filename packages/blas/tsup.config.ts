import { resolve } from 'node:path';
import { packageConfig } from '../../tsup.config.base.ts';
import { makePrebuilt } from './_make_prebuilt.ts';

interface Build {
  onLoad(on: { filter: RegExp }, load: () => { contents: string }): void;
  onResolve(on: { filter: RegExp }, found: () => { path: string }): void;
}

/** Builds in the kernels that need no certain machine. */
const prebuilt = {
  name: 'prebuilt',
  setup({ onLoad }: Build) {
    onLoad({ filter: /_prebuilt\.ts$/ }, () => ({ contents: makePrebuilt() }));
  },
};

/** What browsers have not. */
const browserStandIns = {
  name: 'browser-stand-ins',
  setup({ onResolve }: Build) {
    const filter = /^(@paratune\/native|@paratune\/kernels\/hand_written|\.\/_node\.ts|\.\/_machine_code\.ts)$/;
    onResolve({ filter }, () => ({ path: resolve('_browser_stand_ins.ts') }));
  },
};

const browser = {
  entry: { browser: '_browser.ts' },
  format: ['esm' as const],
  platform: 'browser' as const,
  noExternal: [/^@paratune\//],
  shims: false,
  treeshake: true,
  esbuildPlugins: [browserStandIns, prebuilt],
};

// The kernels that are written by hand are a few kilobytes, which only few tunings ask for.
export default packageConfig({ bundled: ['@paratune/kernels'], plugins: [prebuilt], programs: [browser] });
