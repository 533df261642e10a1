// SHA-256 of files of any size in constant memory. Measured in Chromium over 1 GiB, read as a stream: hash-wasm 150 to
// 220 MiB/s, @noble/hashes 55 to 65; WebCrypto, 230 to 300, takes whole buffers alone. Where WebAssembly is switched
// off, as in lockdown modes, @noble/hashes does the work. `npm run bench` compares them in Node.js, where @noble/hashes
// takes 1.9 to 2.3 times as long as hash-wasm, and node:crypto a seventh.

import { sha256 } from '@noble/hashes/sha2.js'
import { createSHA256 } from 'hash-wasm'

/** Hashes a file with SHA-256; `advance` is told how many bytes have been read, a few times a second. */
export async function hashFile(file: Blob, advance: (read: number) => void): Promise<Uint8Array> {
  const hash = await openHash()
  const reader = file.stream().getReader()
  let read = 0
  let told = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return hash.digest()
    hash.update(value)
    read += value.length
    if (performance.now() - told < PAUSE) continue
    told = performance.now()
    advance(read)
  }
}

/** Hashes bytes that are in memory with SHA-256. */
export async function hashBytes(bytes: Uint8Array): Promise<Uint8Array> {
  const hash = await openHash()
  hash.update(bytes)
  return hash.digest()
}

interface Hash {
  readonly update: (bytes: Uint8Array) => void
  readonly digest: () => Uint8Array
}

async function openHash(): Promise<Hash> {
  try {
    const hash = await createSHA256()
    hash.init()
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('binary') }
  } catch {
    const hash = sha256.create()
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
  }
}

/** Milliseconds between two words of progress. */
const PAUSE = 100
