import { readFileSync, writeFileSync } from 'node:fs';
import { packageConfig } from '../../tsup.config.base.ts';

/**
 * Vega is an ECMAScript module that awaits at its top level, which CommonJS can only `import()`; tsup makes a `require()` of
 * that when it splits CommonJS into chunks. This puts the `import()` back.
 */
const keepImport = {
  name: 'keep-import',
  buildEnd({ writtenFiles }: { writtenFiles: readonly { name: string }[] }): void {
    for (const { name } of writtenFiles.filter(({ name }) => name.endsWith('.cjs'))) {
      const text = readFileSync(name, 'utf8');
      const required = /Promise\.resolve\(\)\.then\(\(\) => _interopRequireWildcard\(require\(("[^"]+")\)\)\)/g;
      if (required.test(text)) writeFileSync(name, text.replace(required, 'import($1)'));
    }
  },
};

export default packageConfig({ plugins: [keepImport] });
