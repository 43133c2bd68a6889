/**
 * The paper, experiment by experiment: `npx --yes pnpm bench:all`.
 *
 *     npx tsx benchmarks/all.ts --profile quick --only figure-08,figure-12 --environments native,uml-256
 */
import { bench } from './_bench.ts';
import { figure02 } from './figure-02.ts';
import { figure03 } from './figure-03.ts';
import { figure04 } from './figure-04.ts';
import { figure05 } from './figure-05.ts';
import { figure06 } from './figure-06.ts';
import { figure07 } from './figure-07.ts';
import { figure08 } from './figure-08.ts';
import { figure09 } from './figure-09.ts';
import { figure10 } from './figure-10.ts';
import { figure11 } from './figure-11.ts';
import { figure12 } from './figure-12.ts';
import { figure13 } from './figure-13.ts';
import { figure14 } from './figure-14.ts';
import { figure15 } from './figure-15.ts';
import { figure16 } from './figure-16.ts';
import { table03 } from './table-03.ts';
import { table04 } from './table-04.ts';
import { table05 } from './table-05.ts';
import { table06 } from './table-06.ts';

await bench(import.meta.url, [
  table03,
  figure02,
  figure03,
  figure04,
  figure05,
  table04,
  figure06,
  table05,
  figure07,
  // Before the driver, which wants the machine for itself: they share the environments of those above.
  figure09,
  figure14,
  figure15,
  figure08,
  figure10,
  figure11,
  figure12,
  figure13,
  figure16,
  table06,
]);
