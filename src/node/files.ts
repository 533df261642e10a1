// Files: digests of any size in constant memory, and writing that never leaves half a file or replaces one unasked.

import { createHash, randomUUID } from 'node:crypto'
import { readSync } from 'node:fs'
import { constants, copyFile, link, open, rename, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DecodeError } from '../errors.ts'

/** Called with the number of bytes hashed so far. */
export type Progress = (hashed: number) => void

/** SHA-256 of a file's bytes, 32 bytes. Throws the system's error when the file can't be read. */
export async function digestFile(path: string, progress?: Progress): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    if (!(await file.stat()).isFile())
      return await digestStream(file.createReadStream({ autoClose: false }), progress)
    return await digestRegular(file.fd, progress)
  } finally {
    await file.close()
  }
}

/**
 * Reads in place, without a thread in between: that is what keeps up with the hash. Whatever else this process does
 * gets its turn every few milliseconds.
 */
async function digestRegular(fd: number, progress?: Progress): Promise<Uint8Array> {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK)
  let hashed = 0
  for (;;) {
    const length = readSync(fd, chunk, 0, CHUNK, null)
    if (length === 0) return hash.digest()
    hash.update(length === CHUNK ? chunk : chunk.subarray(0, length))
    hashed += length
    progress?.(hashed)
    if (hashed % TURN === 0) await setImmediate()
  }
}

/** SHA-256 of everything that comes from a stream, 32 bytes. */
export async function digestStream(
  stream: AsyncIterable<Uint8Array>,
  progress?: Progress,
): Promise<Uint8Array> {
  const hash = createHash('sha256')
  let hashed = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    hashed += chunk.length
    progress?.(hashed)
  }
  return hash.digest()
}

/** A file's bytes, of which no more than `limit` are read. Throws DecodeError when there are more. */
export async function readBounded(path: string, limit: number): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const chunks: Buffer[] = []
    let total = 0
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ), 0, READ, null)
      if (bytesRead === 0) return Buffer.concat(chunks)
      total += bytesRead
      if (total > limit) {
        throw new DecodeError('too-large', path, limit, `expected at most ${limit} bytes`)
      }
      chunks.push(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/**
 * Writes a whole file or none: to a temporary name beside it, then in its place in one step. Without `replace`, an
 * existing file is left alone and EEXIST thrown.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array,
  options: { readonly replace: boolean },
): Promise<void> {
  const temporary = join(dirname(path), `.tls-stamp-${randomUUID()}`)
  const file = await open(temporary, 'wx', 0o666)
  try {
    await file.writeFile(bytes)
    await file.sync()
    await file.close()
    if (options.replace) await rename(temporary, path)
    else await linkNew(temporary, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await unlink(temporary).catch(() => undefined)
    throw error
  }
}

/** A hard link appears in one step and never replaces; file systems without them get an exclusive copy. */
async function linkNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    await copyFile(temporary, path, constants.COPYFILE_EXCL)
  }
  await unlink(temporary)
}

const CHUNK = 2 ** 18
const TURN = 2 ** 23
const READ = 2 ** 16
