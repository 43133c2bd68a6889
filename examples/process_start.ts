/** An experiment of one's own: how long does a new process take, on this machine and in a paravirtualized guest? */
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { available, environmentName, type GuestSpec, start } from '@paratune/guest';
import { identify, openStore } from '@paratune/record';
import { writeReport } from '@paratune/report';

/** Starts 20 processes in each environment, keeps each time as a record, and writes the report; returns its path. */
export async function processStart(environments: GuestSpec[], folder: string): Promise<string> {
  const store = openStore(folder);
  for (const environment of environments) {
    const guest = await start(environment);
    const identity = store.addIdentity(identify(guest.facts));
    for (let repetition = 0; repetition < 20; repetition++) {
      const begin = performance.now();
      await guest.run('true', []);
      const value = performance.now() - begin;
      const what = {
        version: 1,
        experiment: 'process-start',
        environment: environmentName(environment),
        factors: {},
      } as const;
      const when = { run: 0, repetition, time: new Date().toISOString(), identity, status: 'measured' } as const;
      store.append([{ ...what, ...when, metric: 'milliseconds', unit: 'ms', value }]);
    }
    await guest.stop();
  }
  store.close();
  return (await writeReport({ store: folder, output: `${folder}/report` })).page;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const usable = (await available(['native', 'uml-256'])).filter((environment) => environment.available);
  const kinds: GuestSpec[] = usable.map(({ name }) =>
    name === 'native' ? { kind: 'native' } : { kind: 'uml', memory: '256M' },
  );
  console.log(await processStart(kinds, argv[2] ?? 'results/process-start'));
}
