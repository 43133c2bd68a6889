import { Listr, type ListrTask } from 'listr2';
import type { Progress } from './_experiment.ts';

/** One of the things that a bench run does, one after another. */
export interface Step {
  title: string;
  /** What it is expected to take; nothing to speak of when absent. */
  seconds?: number;
  run(report: (progress: Progress) => void): Promise<void>;
}

/** A log is read later: a line now and then is enough. */
const secondsBetweenLines = 5;

/** Does the steps in order and shows how far they are: in place where the output is a terminal, as plain lines otherwise. */
export async function showProgress(steps: readonly Step[], stream: NodeJS.WriteStream = process.stdout): Promise<void> {
  // listr2 writes to the standard output, whatever stream another program reads.
  await (stream.isTTY && stream === process.stdout
    ? inPlace(steps)
    : asLines(steps, (line) => stream.write(`${line}\n`)));
}

async function inPlace(steps: readonly Step[]): Promise<void> {
  const tasks = steps.map(
    ({ title, run }, index): ListrTask => ({
      title,
      task: (_context, task) => {
        let merit = '';
        return run((progress) => {
          if (progress.merit !== undefined) merit = `; last: ${progress.merit}`;
          task.title = `${title}: ${progress.done} of ${progress.total}, ${left(progress, steps.slice(index + 1))}`;
          task.output = progress.text + merit;
        });
      },
    }),
  );
  // Ctrl-C ends a run with a report of what there is; listr2's own listener would end the process at once.
  await new Listr(tasks, { registerSignalListeners: false }).run();
}

async function asLines(steps: readonly Step[], write: (line: string) => void): Promise<void> {
  for (const [index, { title, run }] of steps.entries()) {
    write(title);
    let merit = '';
    let before = performance.now();
    await run((progress) => {
      if (progress.merit !== undefined) merit = `; last: ${progress.merit}`;
      const finished = progress.done === progress.total;
      if (!progress.important && !finished && performance.now() - before < secondsBetweenLines * 1000) return;
      before = performance.now();
      const percentage = `${Math.floor((100 * progress.done) / progress.total)} %`.padStart(5);
      write(
        `${percentage}  ${progress.done} of ${progress.total}  ${progress.text}${merit}  (${left(progress, steps.slice(index + 1))})`,
      );
    });
  }
}

/** What the step at hand still takes, and what all do. */
function left({ secondsLeft }: Progress, later: readonly Step[]): string {
  const all = later.reduce((sum, { seconds = 0 }) => sum + seconds, secondsLeft);
  const own = secondsLeft === 0 ? 'done' : `about ${duration(secondsLeft)} left`;
  return all > secondsLeft ? `${own}, ${duration(all)} in all` : own;
}

/** A time in words: `40 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
