import type { SweepProgress } from './sweep.ts';

/** One line at the bottom of a terminal that says how far a sweep is; nothing where there is no terminal. */
export function statusLine(stream: NodeJS.WriteStream = process.stderr) {
  const write = (text: string) => {
    if (stream.isTTY) stream.write(`\r\x1b[K${text}`);
  };
  return {
    show({ done, total, secondsLeft, next }: SweepProgress): void {
      if (next === undefined) return;
      write(`${done}/${total}  ${next.environment}  n = ${next.n}  about ${Math.ceil(secondsLeft)} s left`);
    },
    clear: () => write(''),
  };
}
