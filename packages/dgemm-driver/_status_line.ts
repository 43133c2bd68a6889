import type { SweepProgress } from './sweep.ts';

/** One line at the bottom of a terminal that says how far a sweep is; nothing where there is no terminal. */
export function statusLine(stream: NodeJS.WriteStream = process.stderr) {
  const write = (text: string) => {
    if (stream.isTTY) stream.write(`\r\x1b[K${text}`);
  };
  return {
    show(progress: SweepProgress): void {
      if (progress.event === 'ended') return;
      const { done, total, secondsLeft } = progress;
      const text = progress.event === 'waits' ? progress.message : `${progress.run.environment}  n = ${progress.run.n}`;
      write(`${done}/${total}  ${text}  about ${Math.ceil(secondsLeft)} s left`);
    },
    clear: () => write(''),
  };
}
