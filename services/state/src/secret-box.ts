import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes as nodeRandomBytes,
} from "node:crypto";

/** A value as it is stored. */
export type Sealed = {
  /** Of which root key it is. */
  readonly keyId: Uint8Array;
  readonly nonce: Uint8Array;
  /** With the tag at its end. */
  readonly ciphertext: Uint8Array;
};

/** Whose value it is; a value that was moved to another place does not open there. */
export type SecretPlace = { readonly namespace: string; readonly name: string };

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts the values of secrets: each namespace has its own key, derived from the root, and each value its own nonce. */
export class SecretBox {
  readonly keyId: Uint8Array;
  readonly #root: string;
  readonly #randomBytes: (size: number) => Uint8Array;

  constructor(root: string, randomBytes: (size: number) => Uint8Array = nodeRandomBytes) {
    this.#root = root;
    this.#randomBytes = randomBytes;
    this.keyId = this.#derived("key id", KEY_ID_BYTES);
  }

  seal(value: string, place: SecretPlace): Sealed {
    const nonce = this.#randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keyOf(place), nonce);
    cipher.setAAD(boundTo(place));
    const parts = [cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()];
    return { keyId: this.keyId, nonce, ciphertext: Buffer.concat(parts) };
  }

  /** The value; `undefined` when it was stored under another root key. Throws when it was tampered with. */
  open({ keyId, nonce, ciphertext }: Sealed, place: SecretPlace): string | undefined {
    if (!this.isOurs(keyId)) {
      return undefined;
    }
    const end = ciphertext.byteLength - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, this.#keyOf(place), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(boundTo(place));
    decipher.setAuthTag(ciphertext.subarray(end));
    const parts = [decipher.update(ciphertext.subarray(0, end)), decipher.final()];
    return Buffer.concat(parts).toString("utf8");
  }

  isOurs(keyId: Uint8Array): boolean {
    return Buffer.compare(keyId, this.keyId) === 0;
  }

  /** 64 bits that tell values apart for whoever has the key, and nobody else anything. */
  digest(value: string, { namespace, name }: SecretPlace): bigint {
    const key = this.#derived(`digest/${namespace}`, KEY_BYTES);
    return createHmac("sha256", key)
      .update(JSON.stringify([name, value]))
      .digest()
      .readBigInt64BE();
  }

  #keyOf({ namespace }: SecretPlace): Uint8Array {
    return this.#derived(`namespace/${namespace}`, KEY_BYTES);
  }

  #derived(info: string, size: number): Uint8Array {
    return new Uint8Array(
      hkdfSync("sha256", this.#root, "", `orchestrator/secrets/1/${info}`, size),
    );
  }
}

function boundTo({ namespace, name }: SecretPlace): Uint8Array {
  return Buffer.from(JSON.stringify([namespace, name]), "utf8");
}
