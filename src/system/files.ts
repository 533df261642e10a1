// Files: digests of any size in constant memory, and writing that never leaves half a file or replaces one unasked; and
// SHA-256 of short inputs by node:crypto.

import { createHash, hash, randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, type Stats, writeFileSync } from 'node:fs'
import {
  constants,
  copyFile,
  type FileHandle,
  link,
  lstat,
  open,
  rename,
  stat,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DecodeError } from '../errors.ts'
import type { HashInto } from '../statement/index.ts'

/** Called with the number of bytes hashed so far. */
export type Progress = (hashed: number) => void

/**
 * Opens a regular file to read it, through links too, and never waits for anybody. Throws the system's error, EISDIR for
 * a folder, and EINVAL for a FIFO, a socket or a device.
 * @internal
 */
export async function openRegular(path: string): Promise<FileHandle> {
  // Opening a device may act on it, so it is looked at before, and once more when nobody can exchange it any longer
  requireRegular(await stat(path), path)
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    requireRegular(await file.stat(), path)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

function requireRegular(entry: Stats, path: string): void {
  if (entry.isFile()) return
  const [code, what] = entry.isDirectory()
    ? ['EISDIR', 'illegal operation on a directory']
    : ['EINVAL', 'not a regular file']
  throw Object.assign(new Error(`${code}: ${what}, open '${path}'`), { code, path })
}

/**
 * Appends to a file, which is made with these permissions where there is none. Never waits for somebody to read a FIFO:
 * throws the system's error, ENXIO for one that nobody reads.
 */
export function appendText(path: string, text: string, mode = 0o666): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK = 0 } = constants
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, mode)
  try {
    writeFileSync(fd, text)
  } finally {
    closeSync(fd)
  }
}

/**
 * SHA-256 of a regular file's bytes, 32 bytes. Throws as openRegular does, and the signal's reason soon after it is
 * aborted.
 */
export async function digestFile(
  path: string,
  progress?: Progress,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  signal?.throwIfAborted()
  const file = await openRegular(path)
  try {
    return await digestOpen(file.fd, progress, signal)
  } finally {
    await file.close()
  }
}

/** A digestFile that hashes each file once, by whatever paths and links it is reached: by device and inode. */
export function digestEachOnce(): typeof digestFile {
  const known = new Map<string, Uint8Array>()
  return async (path, progress, signal) => {
    signal?.throwIfAborted()
    const file = await openRegular(path)
    try {
      const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true })
      // Some file systems number no files
      const key = `${dev} ${ino || path} ${size} ${mtimeNs}`
      const digest = known.get(key) ?? (await digestOpen(file.fd, progress, signal))
      known.set(key, digest)
      return digest
    } finally {
      await file.close()
    }
  }
}

/**
 * Reads in place, without a thread in between: that is what keeps up with the hash. Whatever else this process does
 * gets its turn every few milliseconds.
 */
async function digestOpen(
  fd: number,
  progress?: Progress,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const hash = createHash('sha256')
  const chunk = new Uint8Array(CHUNK)
  let hashed = 0
  for (;;) {
    const length = readSync(fd, chunk, 0, CHUNK, null)
    if (length === 0) return hash.digest()
    hash.update(length === CHUNK ? chunk : chunk.subarray(0, length))
    hashed += length
    progress?.(hashed)
    if (hashed % TURN !== 0) continue
    await setImmediate()
    signal?.throwIfAborted()
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

/**
 * A regular file's bytes, of which no more than `limit` are read. Throws DecodeError when there are more, and as
 * openRegular does.
 */
export async function readBounded(path: string, limit: number): Promise<Uint8Array> {
  const file = await openRegular(path)
  try {
    const { size } = await file.stat()
    if (size > limit) throw tooLarge(path, limit)
    // A byte more than there should be, to see that there is none
    let bytes = Buffer.allocUnsafeSlow(Math.max(size + 1, READ))
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
      if (bytesRead === 0) return bytes.subarray(0, length)
      length += bytesRead
      if (length > limit) throw tooLarge(path, limit)
      if (length === bytes.length) bytes = grown(bytes, limit + 1)
    }
  } finally {
    await file.close()
  }
}

/** All bytes of a stream, of which no more than `limit` are taken. Throws DecodeError when there are more. */
export async function readStream(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > limit) throw tooLarge('standard input', limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function grown(bytes: Buffer, most: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.min(2 * bytes.length, most))
  bytes.copy(larger)
  return larger
}

function tooLarge(what: string, limit: number): DecodeError {
  return new DecodeError('too-large', what, limit, `expected at most ${limit} bytes`)
}

export interface WholeFile {
  readonly path: string
  /** It may come in pieces. */
  readonly content: Uint8Array | Iterable<Uint8Array>
  /** Whether it is for its owner's eyes alone, whatever was there before. */
  readonly secret?: boolean
}

/**
 * Writes a whole file or none: to a temporary name beside it, then in its place in one step. Without `replace`, an
 * existing file is left alone and EEXIST thrown; with it, the new one has its mode, and its owner where that may be.
 */
export async function writeWhole(
  file: WholeFile,
  options: { readonly replace: boolean },
): Promise<void> {
  await writeAll([file], options)
}

/**
 * Writes all of the files or none, each as writeWhole does. With `replace`, those that had taken their places when
 * another could not are removed, and what was there before them is gone.
 */
export async function writeAll(
  files: readonly WholeFile[],
  options: { readonly replace: boolean },
): Promise<void> {
  const temporaries: string[] = []
  const placed: string[] = []
  try {
    for (const file of files) {
      const temporary = join(dirname(file.path), `${TEMPORARY}${randomUUID()}`)
      temporaries.push(temporary)
      await writeSynced(temporary, file, options.replace ? await existing(file.path) : undefined)
    }
    for (const [i, { path }] of files.entries()) {
      const temporary = temporaries[i] as string
      if (options.replace) await rename(temporary, path)
      else await linkNew(temporary, path)
      placed.push(path)
    }
  } catch (error) {
    for (const path of [...temporaries, ...placed]) await unlink(path).catch(() => undefined)
    throw error
  }
}

/** Whether a file of this name is what an interrupted run left behind, or a running one is about to put in its place. */
export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY) && UUID.test(name.slice(TEMPORARY.length))
}

async function existing(path: string): Promise<Stats | undefined> {
  const entry = await lstat(path).catch(() => undefined)
  return entry?.isFile() ? entry : undefined
}

async function writeSynced(
  path: string,
  { content, secret = false }: WholeFile,
  before: Stats | undefined,
): Promise<void> {
  // Who may not read what was there must not read this meanwhile
  const file = await open(path, 'wx', before || secret ? 0o600 : 0o666)
  try {
    if (before) await takeOver(file, before, secret ? 0o700 : 0o777)
    const pieces = content instanceof Uint8Array ? [content] : content
    for (const piece of pieces) await file.writeFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Gives a new file the owner of another and what `allowed` has of its mode; a group that it can't have gets nothing. */
async function takeOver(
  file: FileHandle,
  { uid, gid, mode }: Stats,
  allowed: number,
): Promise<void> {
  await file.chown(uid, gid).catch(() => file.chown(SAME_OWNER, gid).catch(() => undefined))
  const isSameGroup = (await file.stat()).gid === gid
  await file.chmod(mode & allowed & (isSameGroup ? 0o777 : 0o707))
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

/** What the names of files begin with that are not whole yet. */
const TEMPORARY = '.tls-stamp-'
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** For chown: the owner stays. */
const SAME_OWNER = 0xffffffff
const CHUNK = 2 ** 18
const TURN = 2 ** 23
const READ = 2 ** 16

/** Four times as fast as with a Buffer for the digest: that is what most of the time would go to. */
export const hashIntoNative: HashInto = (input, output, offset) => {
  const digest = hash('sha256', input, 'binary')
  for (let i = 0; i < 32; i++) output[offset + i] = digest.charCodeAt(i)
}
