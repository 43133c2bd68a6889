/**
 * A process for the tests to kill: `_writer.ts FOLDER SIZE BATCHES` appends batches of SIZE records and, once each is
 * acknowledged, prints its run. `_writer.ts FOLDER lock` takes the lock and waits, or ends without giving it back.
 */
import { writeSync } from 'node:fs';
import { batch, identity } from './_fixture.ts';
import { openStore } from './open_store.ts';
import { StoreError } from './store_error.ts';

const [folder = '', size = '', batches = ''] = process.argv.slice(2);
const store = openStore(folder);

if (size === 'lock') {
  await store.lock();
  writeSync(1, 'locked\n');
  if (batches === 'hold') setInterval(() => {}, 1000);
} else {
  store.addIdentity(identity);
  try {
    for (let run = 0; run < Number(batches); run++) {
      store.append(batch(run, Number(size)));
      writeSync(1, `${run}\n`);
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    writeSync(1, `${JSON.stringify({ kind: error.kind, file: error.file, message: error.message })}\n`);
    process.exitCode = 1;
  }
}
