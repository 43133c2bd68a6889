import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { available, start } from '@paratune/guest';
import { Channel } from './channel.ts';
import { CommunicationError } from './communication_error.ts';

const [uml] = await available(['uml-128']);
const skip = uml!.available ? false : `${uml!.missing} (to mend it: ${uml!.remedy})`;

/** The next message, of a side that may take longer to come than the channel waits: a guest starts Node. */
async function receive(channel: Channel, stillComing: () => boolean): Promise<Uint8Array | undefined> {
  for (;;) {
    try {
      return await channel.receive();
    } catch (error) {
      if (!(error instanceof CommunicationError && error.kind === 'no-peer' && stillComing())) throw error;
    }
  }
}

test('a channel with a guest, which is lost when it is stopped', { skip, timeout: 90_000 }, async () => {
  const channel = await Channel.create(`test-guest-${process.pid}`, { timeoutMs: 5000 });
  const guest = await start({ kind: 'uml', memory: '128M', sharedMemory: channel.path });
  try {
    const folder = new URL('.', import.meta.url);
    const peer = fileURLToPath(new URL('_channel_peer.ts', folder));
    let ended: string | undefined;
    const running = guest
      .run(process.execPath, ['--import', 'tsx', peer, 'echo', '/dev/mmapper'], { cwd: fileURLToPath(folder) })
      .then(({ stderr }) => stderr, String)
      .then((said) => {
        ended = said;
      });
    for (let index = 0; index < 100; index++) {
      const message = new Uint8Array(index * 11).fill(index);
      await channel.send(message);
      assert.deepEqual(await receive(channel, () => ended === undefined), message, ended);
    }
    await guest.stop();
    await running;
    await assert.rejects(channel.receive(), { kind: 'peer-lost', message: /no sign of life for 5 s/ });
  } finally {
    channel.close();
    await guest.stop();
  }
});
