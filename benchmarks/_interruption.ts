import { exitCodes } from './_exit_code.ts';

/** Ctrl-C, once: what runs is stopped and the report written. A second time it ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    console.error('\nstopping, with a report of what there is ...');
    controller.abort();
  };
  // Not `once`: listr2 ends the process at a signal that nobody listens to any more.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}
