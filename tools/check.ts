import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { printOutcome } from './_script.ts';
import { checkDocs } from './docs_check.ts';
import { checkExports } from './exports_check.ts';
import { checkImports } from './import_graph.ts';
import { checkPaths } from './paths_check.ts';

/** The checks this repository runs on itself, by name. The packages' tarballs are looked at apart (package_check.ts): they need declarations. */
export const checks = { imports: checkImports, exports: checkExports, paths: checkPaths, docs: checkDocs };

if (argv[1] === fileURLToPath(import.meta.url)) {
  const write = argv.includes('--write');
  for (const [name, check] of Object.entries(checks)) {
    const start = performance.now();
    if (!printOutcome(name, await check({ write }))) process.exitCode = 1;
    stdout.write(`  ${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  }
}
