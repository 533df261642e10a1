// Stands in for @noble/hashes/sha2.js in the bundle of the command line: SHA-2 (FIPS 180-4) by node:crypto, which is there without
// tables to compute and code to warm up at each start.

import { createHash, type Hash } from 'node:crypto'

/** What noble's HMAC and HKDF use of a running hash, and we. */
class RunningHash {
  readonly canXOF = false
  readonly outputLen: number
  readonly blockLen: number
  readonly #name: string
  #hash: Hash

  constructor(name: string, outputLen: number, blockLen: number) {
    this.outputLen = outputLen
    this.blockLen = blockLen
    this.#name = name
    this.#hash = createHash(name)
  }

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes)
    return this
  }

  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest())
  }

  digestInto(output: Uint8Array): void {
    output.set(this.#hash.digest())
  }

  /** Makes the other hash, which may be finished, one that has taken in what this one has. */
  _cloneInto(other: RunningHash): RunningHash {
    other.#hash = this.#hash.copy()
    return other
  }

  clone(): RunningHash {
    return this._cloneInto(new RunningHash(this.#name, this.outputLen, this.blockLen))
  }

  /** Nothing is left to wipe: OpenSSL does that. */
  destroy(): void {}
}

interface HashFunction {
  (message: Uint8Array): Uint8Array
  readonly outputLen: number
  readonly blockLen: number
  readonly canXOF: false
  create(): RunningHash
}

function sha2(name: string, outputLen: number, blockLen: number): HashFunction {
  const create = (): RunningHash => new RunningHash(name, outputLen, blockLen)
  const hash = (message: Uint8Array): Uint8Array => create().update(message).digest()
  return Object.assign(hash, { outputLen, blockLen, canXOF: false, create } as const)
}

export const sha256: HashFunction = sha2('sha256', 32, 64)
export const sha384: HashFunction = sha2('sha384', 48, 128)
export const sha512: HashFunction = sha2('sha512', 64, 128)
