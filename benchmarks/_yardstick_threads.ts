import { threadTeamAbi, x64ThreadTeam } from '@paratune/codegen';
import { addressOf, allocate, load, type NativeFunction, startThread } from '@paratune/native';

const { callFields, callLength, firstMailboxBytes, mailboxBytes } = threadTeamAbi;

interface Team {
  run: NativeFunction;
  call: Float64Array;
}

const teams = new Map<number, Team>();

/** A team of its own, lest a yardstick wake or use the helpers of the library. Its helpers sleep between calls and end with the process. */
function teamOf(helpers: number): Team {
  let team = teams.get(helpers);
  if (team === undefined) {
    const { bytes, helperOffset } = x64ThreadTeam();
    const run = load(bytes);
    const memory = allocate(Uint8Array, firstMailboxBytes + helpers * mailboxBytes);
    for (let helper = 0; helper < helpers; helper++) {
      startThread(run.address + helperOffset, addressOf(memory) + firstMailboxBytes + helper * mailboxBytes);
    }
    const call = new Float64Array(callLength);
    call[callFields.team] = addressOf(memory);
    call[callFields.helpers] = helpers;
    team = { run, call };
    teams.set(helpers, team);
  }
  return team;
}

/**
 * Machine code as a function that runs it once on each of several threads at the same time, each with a block of its own,
 * and returns when all have.
 */
export function onThreads(code: Uint8Array, blocks: readonly (readonly number[])[]): () => void {
  const kernel = load(code);
  const memory = Float64Array.from(blocks.flat());
  if (blocks.length === 1) return () => kernel(memory);
  const { run, call } = teamOf(blocks.length - 1);
  return () => {
    call[callFields.kernel] = kernel.address;
    call[callFields.blocks] = addressOf(memory);
    call[callFields.blockBytes] = memory.byteLength / blocks.length;
    run(call);
  };
}
