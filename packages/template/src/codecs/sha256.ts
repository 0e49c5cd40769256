const BLOCK = 64;

/** SHA-256 of a text in UTF-8, in hexadecimal (FIPS 180-4). Here, as this package runs without a platform. */
export function sha256(text: string): string {
  const bytes = padded(new TextEncoder().encode(text));
  const state = Uint32Array.from(firstPrimes(8), (prime) => fraction(Math.sqrt(prime)));
  for (let at = 0; at < bytes.length; at += BLOCK) compress(state, bytes.subarray(at, at + BLOCK));
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

const ROUND_CONSTANTS = Uint32Array.from(firstPrimes(64), (prime) => fraction(Math.cbrt(prime)));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate += 1) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

/** The first 32 bits of the fractional part. */
function fraction(value: number): number {
  return Math.floor((value % 1) * 2 ** 32);
}

/** The message, a one bit, zeros, and the length in bits. */
function padded(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / BLOCK) * BLOCK);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(bytes.length - 4, message.length * 8);
  return bytes;
}

function compress(state: Uint32Array, block: Uint8Array): void {
  const words = schedule(block);
  const registers = Uint32Array.from(state);
  for (let round = 0; round < BLOCK; round += 1) {
    stir(registers, (ROUND_CONSTANTS[round] ?? 0) + (words[round] ?? 0));
  }
  for (const [index, value] of registers.entries()) state[index] = (state[index] ?? 0) + value;
}

/** One round: seven registers move on by one, two of them changed. */
function stir(registers: Uint32Array, input: number): void {
  const [a, b, c, d, e, f, g, h] = wordsOf(registers);
  const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
  const first = h + s1 + ((e & f) ^ (~e & g)) + input;
  const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
  const second = s0 + ((a & b) ^ (a & c) ^ (b & c));
  registers.copyWithin(1, 0, 7);
  registers[4] = d + first;
  registers[0] = first + second;
}

type Words = [number, number, number, number, number, number, number, number];

function wordsOf(registers: Uint32Array): Words {
  const at = (index: number): number => registers[index] ?? 0;
  return [at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)];
}

function schedule(block: Uint8Array): Uint32Array {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK);
  const words = new Uint32Array(BLOCK);
  for (let index = 0; index < 16; index += 1) words[index] = view.getUint32(index * 4);
  for (let index = 16; index < BLOCK; index += 1) {
    const near = words[index - 2] ?? 0;
    const far = words[index - 15] ?? 0;
    const s1 = rotated(near, 17) ^ rotated(near, 19) ^ (near >>> 10);
    const s0 = rotated(far, 7) ^ rotated(far, 18) ^ (far >>> 3);
    words[index] = (words[index - 16] ?? 0) + s0 + (words[index - 7] ?? 0) + s1;
  }
  return words;
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
