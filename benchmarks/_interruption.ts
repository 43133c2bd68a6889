/** The exit code of a program that Ctrl-C stopped. */
export const INTERRUPTED = 130;

/** Ctrl-C, once: what runs is stopped and the report written. A second time it ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(INTERRUPTED);
    console.error('\nstopping, with a report of what there is ...');
    controller.abort();
  };
  // Not `once`: listr2 ends the process at a signal that nobody listens to any more.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}
