import { packageConfig } from '../../tsup.config.base.ts';

// One side of a benchmark is one file, which a thread, a process or a guest opens. Only koffi stays outside: a native module cannot be bundled.
const side = {
  entry: { side: '_side.ts' },
  noExternal: [/^@paratune\//, 'valibot'],
  external: ['koffi'],
  esbuildPlugins: [],
  treeshake: true,
  minify: true,
};

export default packageConfig({ programs: [side] });
