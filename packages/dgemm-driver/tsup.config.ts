import { defineConfig, type Options } from 'tsup';
import { packageConfig } from '../../tsup.config.base.ts';

const shared = packageConfig() as (cli: Options) => Options;

export default defineConfig((cli) => {
  const config = shared(cli);
  // The driver is one file, so that starting it in a guest opens little and its process holds little. Only koffi stays
  // outside: a native module cannot be bundled.
  const driver: Options = {
    ...config,
    entry: { driver: '_driver.ts' },
    format: ['cjs'],
    noExternal: [/^@paratune\//],
    external: ['koffi'],
    splitting: false,
    treeshake: true,
    minify: true,
  };
  return cli.dts ? config : [config, driver];
});
