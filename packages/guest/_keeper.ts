import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/*
 * Everything a guest leaves on the machine is removed by one small shell, its keeper, which reads from a pipe that only
 * this process holds. At the end of that pipe, whether `stop()` closed it or this process was killed, the keeper runs the
 * tasks that are registered, last slot first. So there is one way of cleaning up, and every ordinary stop tests it.
 */
const script = `
trap '' INT TERM HUP QUIT

# Waits up to 10 s for a command to succeed.
patiently() {
  tries=0
  until "$@" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -ge 500 ]; then echo "gave up: $*" >&2; return 1; fi
    sleep 0.02
  done
}
# Zombies do not count: some containers' first process is slow to collect them.
group_is_gone() {
  kill -s 0 -- "-$1" || return 0
  for file in /proc/[0-9]*/stat; do
    { read -r line <"$file"; } 2>/dev/null || continue
    # After the name in parentheses: state, parent, process group.
    set -- "$1" \${line##*[)]}
    if [ "$4" = "$1" ] && [ "$2" != Z ] && [ "$2" != X ]; then return 1; fi
  done
}
kill_group() {
  kill -s KILL -- "-$1" 2>/dev/null || return 0
  patiently group_is_gone "$1"
}
remove_folder() {
  [ ! -e "$1" ] || rm -rf -- "$1"
}
remove_swap() {
  if grep -qF -- "$1 " /proc/swaps; then swapoff -- "$1"; fi
  rm -f -- "$1"
}
empty_and_remove() {
  while read -r process; do kill -s KILL "$process"; done <"$1/cgroup.procs"
  rmdir -- "$1"
}
remove_control_group() {
  [ ! -d "$1" ] || patiently empty_and_remove "$1"
}

top=-1
while IFS= read -r line; do
  slot=\${line#?}
  case $line in
    +*)
      slot=\${slot%% *}
      eval "task_$slot=\\\${line#* }"
      [ "$slot" -le $top ] || top=$slot
      ;;
    -*) unset "task_$slot" ;;
  esac
done
while [ $top -ge 0 ]; do
  eval "task=\\\${task_$top-}"
  eval "$task"
  top=$((top - 1))
done
`;

/** A word as the shell reads it back. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** What a keeper can be asked to remove. */
export type KeeperTask = 'kill_group' | 'remove_folder' | 'remove_swap' | 'remove_control_group';

/** The folders that hold the system's programs, whatever the PATH of the user says: swapoff is in one of root's. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Removes what was registered with it, when it is closed and when this process dies. */
export class Keeper {
  readonly #shell: ChildProcessByStdio<Writable, null, Readable>;
  readonly #slots: boolean[] = [];
  readonly #ended: Promise<unknown>;
  #complaints = '';

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', 'eval "$KEEPER"', 'paratune-keeper'], {
      // A session of its own: a Ctrl-C in the terminal must not reach it.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      cwd: '/',
      env: { PATH: systemPath, KEEPER: script },
    });
    this.#ended = once(this.#shell, 'close');
    this.#shell.on('error', (error) => {
      this.#complaints += `${error.message}\n`;
    });
    // Killed by somebody: the end of the pipe is not ours to report.
    this.#shell.stdin.on('error', () => {});
    this.#shell.stderr.setEncoding('utf8').on('data', (text) => {
      this.#complaints += text;
    });
    // The program may end without us, since the keeper outlives it.
    this.#shell.unref();
    for (const stream of this.#streams) stream.unref();
  }

  /** Its pipes, which Node makes as sockets and types as plain streams. */
  get #streams(): Socket[] {
    return [this.#shell.stdin as Socket, this.#shell.stderr as Socket];
  }

  /**
   * Registers a task before the thing it removes exists, or at once after.
   *
   * @returns A function that takes it back.
   */
  add(task: KeeperTask, argument: string | number): () => void {
    let slot = this.#slots.indexOf(false);
    if (slot === -1) slot = this.#slots.length;
    this.#slots[slot] = true;
    // A pipe takes a line of this length whole, and at once.
    this.#shell.stdin.write(`+${slot} ${task} ${quote(String(argument))}\n`);
    return () => {
      this.#slots[slot] = false;
      this.#shell.stdin.write(`-${slot}\n`);
    };
  }

  /** Runs the tasks left and waits for their end. */
  async close(): Promise<{ complaints: string }> {
    this.#shell.ref();
    for (const stream of this.#streams) stream.ref();
    this.#shell.stdin.end();
    await this.#ended;
    return { complaints: this.#complaints.trim() };
  }
}
