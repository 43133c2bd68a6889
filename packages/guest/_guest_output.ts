import { type FileHandle, open } from 'node:fs/promises';
import type { Output } from './_process.ts';
import type { OutputStream } from './guest.ts';

/** How often the output of a command is looked at while it runs, for those who want it live. */
const intervalMs = 50;

/** Follows a file that a command in a guest writes its output to. */
export class FollowedFile {
  readonly #path: string;
  readonly #stream: OutputStream;
  readonly #output: Output;
  #position = 0;
  #reading: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, stream: OutputStream, output: Output, live: boolean) {
    this.#path = path;
    this.#stream = stream;
    this.#output = output;
    if (live) this.#timer = setInterval(() => void this.#advance(), intervalMs);
  }

  /** Passes on what is new, in order, however often it is called. */
  #advance(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    let handle: FileHandle;
    try {
      handle = await open(this.#path);
    } catch {
      return; // The command has not come so far.
    }
    try {
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(65536), 0, 65536, this.#position);
        if (bytesRead === 0) return;
        this.#position += bytesRead;
        this.#output.add(buffer.subarray(0, bytesRead), this.#stream);
      }
    } finally {
      await handle.close();
    }
  }

  /** Passes on the rest. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#advance();
  }
}
