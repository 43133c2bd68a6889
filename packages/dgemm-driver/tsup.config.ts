import { packageConfig } from '../../tsup.config.base.ts';

// The driver is one file, so that starting it in a guest opens little and its process holds little. Only koffi stays
// outside: a native module cannot be bundled.
const driver = {
  entry: { driver: '_driver.ts' },
  noExternal: [/^@paratune\//],
  external: ['koffi'],
  esbuildPlugins: [],
  treeshake: true,
  minify: true,
};

export default packageConfig({ programs: [driver] });
