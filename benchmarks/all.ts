/**
 * The paper, experiment by experiment: `npx --yes pnpm bench:all`.
 *
 *     npx tsx benchmarks/all.ts --profile quick --only figure-08,figure-12 --environments native,uml-256
 */
import { bench } from './_bench.ts';
import { figure08 } from './figure-08.ts';
import { figure10 } from './figure-10.ts';
import { figure11 } from './figure-11.ts';
import { figure12 } from './figure-12.ts';
import { figure13 } from './figure-13.ts';

await bench(import.meta.url, [figure08, figure10, figure11, figure12, figure13]);
