// The other side of the tests, as a process: its errand, and a name.
import { Channel } from './channel.ts';
import { SharedRegion } from './shared_region.ts';

const [errand, name] = process.argv.slice(2) as [string, string];

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Keeps the process until it is killed. */
const stay = () => setInterval(() => {}, 1000);

const errands: Record<string, () => Promise<unknown>> = {
  /** Sends back what comes, until the other side closes. */
  async echo() {
    const channel = await Channel.attach(name, { timeoutMs: 20_000 });
    say('ready');
    for await (const message of channel) await channel.send(message);
    channel.close();
  },
  /** Sends three messages, and then nothing. */
  async three() {
    const channel = await Channel.attach(name, { timeoutMs: 20_000 });
    for (let index = 0; index < 3; index++) await channel.send(Uint8Array.of(index));
    say('ready');
    stay();
  },
  async region() {
    const region = await SharedRegion.create(name, { bytes: 100 });
    region.data[99] = 7;
    say('ready');
    stay();
  },
  async channel() {
    await Channel.create(name);
    say('ready');
    stay();
  },
  /** Ends by itself, and closes nothing. */
  async leave() {
    await Channel.create(name);
    process.exit(0);
  },
};

await errands[errand]!();
