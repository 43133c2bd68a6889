/**
 * One side of a benchmark, as a thread or as a process of its own:
 *
 *     node side.cjs JOB
 *
 * where JOB is a {@link SideJob} as JSON; prints a {@link SideOutcome} as one line of JSON. A thread is given the job as its
 * data, and posts the outcome.
 */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { pin, timestampFrequency, UnsupportedError } from '@paratune/native';
import { Histogram } from './_histogram.ts';
import { JsSide } from './_js_side.ts';
import { openRegion, Region } from './_region.ts';
import { quantileParts, type SideJob, type SideOutcome, type SideResult } from './_side_job.ts';
import { closeSocket, connectTcp } from './_sockets.ts';
import { Supervision } from './_supervision.ts';
import { exchangeLoop, rawLoop, stressLoop, syncLoop } from './_x64_loops.ts';
import { X64Side } from './_x64_side.ts';
import { CommunicationError } from './communication_error.ts';

type Side = Pick<X64Side, 'answer' | 'pass' | 'time' | 'violations'>;

function sideOf(job: SideJob, region: Region, supervision: Supervision, onEnd: (end: () => void) => void): Side {
  const { role, benchmark, implementation, messageBytes, yields } = job;
  if (implementation === 'js' && benchmark !== 'tcp' && benchmark !== 'stress') {
    return new JsSide(region, role, supervision, benchmark === 'raw' ? 'raw' : 'sync', messageBytes);
  }
  const machineCode = (code: Uint8Array, options: object) => {
    const side = new X64Side(code, region, supervision, { yields, ...options });
    onEnd(() => side.unload());
    return side;
  };
  if (benchmark === 'tcp') {
    const fd = connectTcp(region, role, job.host, supervision);
    onEnd(() => closeSocket(fd));
    const code = exchangeLoop({ role, calls: 'socket' });
    return machineCode(code, { messageBytes: Math.max(1, messageBytes), readFrom: fd, writeTo: fd });
  }
  const options = { role, yields };
  if (benchmark === 'raw') return machineCode(rawLoop(options), {});
  if (benchmark === 'stress') return machineCode(stressLoop(options, job.fences), {});
  return machineCode(syncLoop(options, messageBytes, job.fences), { messageBytes });
}

function run(job: SideJob, region: Region): SideResult {
  const { role, warmUp, runs, iterations, patience } = job;
  if (job.cpu !== undefined) pin(job.cpu);
  const ends: (() => void)[] = [];
  try {
    const supervision = new Supervision(region, role, patience);
    // Before the other side waits for this one.
    const nanoseconds = 1e9 / (job.implementation === 'x64' ? timestampFrequency() : 1e9);
    supervision.join();
    const side = sideOf(job, region, supervision, (end) => ends.unshift(end));
    if (warmUp > 0) side.pass(warmUp);
    const histogram = new Histogram();
    const [means, medians]: [number[], number[]] = [[], []];
    const timed = role === 0 && job.implementation === 'x64';
    for (let run = 0; run < runs; run++) {
      if (role === 0) {
        const own = new Histogram();
        means.push(side.time(iterations, own));
        if (!timed) continue;
        medians.push(own.quantile(0.5) * nanoseconds);
        histogram.merge(own);
      } else side.answer(iterations);
    }
    const quantiles = timed ? quantileParts.map((part) => histogram.quantile(part) * nanoseconds) : undefined;
    return { means, medians, quantiles, violations: side.violations };
  } finally {
    for (const end of ends) end();
  }
}

function attempt(job: SideJob): SideOutcome {
  try {
    const { region: where } = job;
    const region =
      typeof where === 'string'
        ? openRegion(where, job.messageBytes)
        : new Region(new Int32Array(where)).check(job.messageBytes);
    try {
      return { status: 'done', result: run(job, region) };
    } finally {
      region.free();
    }
  } catch (error) {
    const kind =
      error instanceof CommunicationError ? error.kind : error instanceof UnsupportedError ? 'unavailable' : undefined;
    return { status: 'failed', kind, message: (error as Error).message };
  }
}

if (isMainThread) writeSync(1, `${JSON.stringify(attempt(JSON.parse(process.argv[2]!) as SideJob))}\n`);
else parentPort!.postMessage(attempt(workerData as SideJob));
