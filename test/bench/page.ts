// The page's size as it travels, and the hash that its files go through, next to the others that it could be.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { sha256 } from '@noble/hashes/sha2.js'
import { createSHA256 } from 'hash-wasm'
import { repositoryPath } from '../support/harness/repository.ts'
import { heading, interleaved, ratio, row } from './table.ts'

/** Bytes that a file's stream gives at a time, and of all. */
const CHUNK = 2 ** 18
const SIZE = 2 ** 28

interface Hash {
  readonly update: (bytes: Uint8Array) => unknown
}

export async function benchPageHashing(): Promise<void> {
  heading('hashing for the page: 256 MiB in chunks of 256 KiB')
  const chunk = Uint8Array.from({ length: CHUNK }, (_, i) => (i * 31) % 251)
  const feed = (hash: Hash): void => {
    for (let fed = 0; fed < SIZE; fed += CHUNK) hash.update(chunk)
  }
  const digests = new Set<string>()
  const wasm = await createSHA256()
  const medians = await interleaved(
    {
      wasm: () => {
        wasm.init()
        feed(wasm)
        digests.add(wasm.digest('hex'))
      },
      noble: () => {
        const hash = sha256.create()
        feed(hash)
        digests.add(Buffer.from(hash.digest()).toString('hex'))
      },
      native: () => {
        const hash = createHash('sha256')
        feed(hash)
        digests.add(hash.digest('hex'))
      },
    },
    3,
  )
  if (digests.size !== 1) throw new Error('expected one digest of all')
  const { wasm: kept, noble, native } = medians
  const rate = (taken: number): string => `${(SIZE / 1e6 / (taken / 1000)).toFixed(0)} MB/s`
  row('hash-wasm', rate(kept))
  row('@noble/hashes', rate(noble), `${ratio(noble, kept)} the time of hash-wasm`)
  row('node:crypto, for scale', rate(native), `${ratio(native, kept)} the time of hash-wasm`)
}

export function benchPageSize(): void {
  heading('the page, gzipped')
  const page = readFileSync(repositoryPath('dist/web/verify.html'))
  const withoutRoots = page.toString().replace(/(id="roots">)[^<]*/, '$1{}')
  const size = (bytes: Uint8Array): string =>
    `${(gzipSync(bytes, { level: 9 }).length / 1024).toFixed(1)} KB`
  row('with the roots', size(page), `${(page.length / 1024).toFixed(0)} KB as it is`)
  const own = Buffer.from(withoutRoots)
  row(
    'without the roots',
    size(own),
    `${(own.length / 1024).toFixed(0)} KB as it is, bar 250 KB gzipped`,
  )
}
