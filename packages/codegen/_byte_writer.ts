/** Little-endian binary data, written from its start to its end. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** What was written so far. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  u8(...values: number[]): this {
    for (const value of values) {
      const at = this.#reserve(1);
      this.#bytes[at] = value;
    }
    return this;
  }

  u16(...values: number[]): this {
    for (const value of values) {
      const at = this.#reserve(2);
      this.#view.setUint16(at, value, true);
    }
    return this;
  }

  /** Values from -2^31 to 2^32 - 1. */
  u32(...values: number[]): this {
    for (const value of values) {
      const at = this.#reserve(4);
      this.#view.setUint32(at, value, true);
    }
    return this;
  }

  u64(...values: (number | bigint)[]): this {
    for (const value of values) {
      const at = this.#reserve(8);
      this.#view.setBigInt64(at, BigInt(value), true);
    }
    return this;
  }

  /** An unsigned integer, seven bits a byte (DWARF 5, 7.6). */
  uleb(value: number): this {
    let left = value;
    while (left >= 0x80) {
      this.u8((left & 0x7f) | 0x80);
      left = Math.floor(left / 0x80);
    }
    return this.u8(left);
  }

  /** A signed integer, seven bits a byte (DWARF 5, 7.6). */
  sleb(value: number): this {
    let left = value;
    while (left < -0x40 || left >= 0x40) {
      this.u8((left & 0x7f) | 0x80);
      left >>= 7;
    }
    return this.u8(left & 0x7f);
  }

  /** ASCII text and the zero that ends it. */
  text(value: string): this {
    return this.raw(Uint8Array.from(`${value}\0`, (character) => character.charCodeAt(0)));
  }

  raw(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Fills up to a multiple of `boundary`. */
  align(boundary: number, filler = 0): this {
    while (this.#length % boundary !== 0) this.u8(filler);
    return this;
  }

  /** Writes a 32-bit value over what is there. */
  patch32(at: number, value: number): void {
    this.#view.setInt32(at, value, true);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
