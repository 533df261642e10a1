import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import {
  chmod,
  chown,
  link as hardLink,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { DecodeError } from '../../src/errors.ts'
import {
  digestEachOnce,
  digestFile,
  digestStream,
  isTemporary,
  openRegular,
  readBounded,
  readStream,
  writeAll,
  writeWhole,
} from '../../src/system/files.ts'

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-stamp-files-'))
})
after(() => rm(folder, { recursive: true, force: true }))

const windows = process.platform === 'win32'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const coded = (code: string) => (error: unknown) => (error as NodeJS.ErrnoException).code === code

async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

/** A folder of its own for a test. */
async function ownFolder(name: string): Promise<string> {
  const path = join(folder, name)
  await mkdir(path)
  return path
}

describe('digestFile', () => {
  test('digests an empty file, and sizes around those that are read at once', async () => {
    for (const size of [0, 1, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 7]) {
      const bytes = Buffer.alloc(size, 'tls-stamp ')
      const path = await put('sized', bytes)
      const seen: number[] = []
      assert.equal(hex(await digestFile(path, (hashed) => seen.push(hashed))), sha256(bytes))
      assert.equal(seen.at(-1) ?? 0, size)
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      )
    }
  })

  test('takes no more memory for a large file', async () => {
    const size = 64 * 2 ** 20
    const path = await put('large', Buffer.alloc(size))
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    await digestFile(path, () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    })
    assert.ok(most < size / 4, `${most} bytes`)
  })

  test('gives the system’s error for a file that is not there, or a folder', async () => {
    await assert.rejects(digestFile(join(folder, 'missing')), coded('ENOENT'))
    await assert.rejects(digestFile(folder), coded('EISDIR'))
  })

  test('gives the caller’s error when the progress fails', async () => {
    const path = await put('progress', Buffer.alloc(2 ** 21))
    const fail = (): never => {
      throw new TypeError('no progress')
    }
    await assert.rejects(digestFile(path, fail), TypeError)
  })
})

describe('openRegular', () => {
  test('refuses FIFOs, sockets, devices and folders, and waits for none of them', {
    skip: windows,
  }, async () => {
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const socket = join(folder, 'socket')
    const server = createServer().listen(socket)
    await once(server, 'listening')
    const link = join(folder, 'link-to-fifo')
    await symlink(fifo, link)
    for (const path of [fifo, socket, link, '/dev/null']) {
      await assert.rejects(openRegular(path), coded('EINVAL'), path)
      await assert.rejects(digestFile(path), coded('EINVAL'), path)
      await assert.rejects(digestEachOnce()(path), coded('EINVAL'), path)
      await assert.rejects(readBounded(path, 1), coded('EINVAL'), path)
    }
    await assert.rejects(openRegular(folder), coded('EISDIR'))
    server.close()
  })

  test('opens a file through a link', { skip: windows }, async () => {
    const link = join(folder, 'link-to-file')
    await symlink(await put('linked', 'content'), link)
    const file = await openRegular(link)
    assert.equal((await file.readFile()).toString(), 'content')
    await file.close()
  })
})

describe('digestEachOnce', () => {
  test('hashes a file once, by whatever names it is called', async () => {
    const bytes = Buffer.alloc(1000, 'x')
    const path = await put('once', bytes)
    await hardLink(path, join(folder, 'once-more'))
    const digest = digestEachOnce()
    let hashed = 0
    const progress = (): void => {
      hashed++
    }
    for (const name of ['once', 'once-more', './once']) {
      assert.equal(hex(await digest(join(folder, name), progress)), sha256(bytes))
    }
    assert.equal(hashed, 1)
  })

  test('hashes anew what has changed in between, and other files of the same content', async () => {
    const digest = digestEachOnce()
    const path = await put('changing', 'one')
    assert.equal(hex(await digest(path)), sha256(Buffer.from('one')))
    await put('changing', 'another')
    assert.equal(hex(await digest(path)), sha256(Buffer.from('another')))
    let hashed = 0
    await digest(await put('copy', 'another'), () => hashed++)
    assert.equal(hashed, 1)
  })
})

describe('digestStream', () => {
  test('digests what comes in any chunks', async () => {
    const chunks = ['a', '', 'bc', 'd'.repeat(100_000)].map((text) => Buffer.from(text))
    const seen: number[] = []
    const digest = await digestStream(Readable.from(chunks), (hashed) => seen.push(hashed))
    assert.equal(hex(digest), sha256(Buffer.concat(chunks)))
    assert.equal(seen.at(-1), 100_003)
    assert.equal(hex(await digestStream(Readable.from([]))), sha256(new Uint8Array(0)))
  })

  test('gives the stream’s error', async () => {
    const stream = new Readable({ read: () => void stream.destroy(new Error('broken')) })
    await assert.rejects(digestStream(stream), /broken/)
  })
})

describe('readBounded', () => {
  test('reads a file up to the limit and refuses one above', async () => {
    for (const size of [0, 1, 65536, 65537, 200_000]) {
      const bytes = Buffer.alloc(size, 'x')
      const path = await put('bounded', bytes)
      assert.deepEqual(await readBounded(path, size), bytes)
      if (size === 0) continue
      await assert.rejects(readBounded(path, size - 1), (error) => {
        return error instanceof DecodeError && error.code === 'too-large'
      })
    }
  })

  test('refuses a device, which may have no end', { skip: windows }, async () => {
    await assert.rejects(readBounded('/dev/zero', 2 ** 20), coded('EINVAL'))
  })

  test('gives the system’s error for what can’t be read', async () => {
    await assert.rejects(readBounded(join(folder, 'missing'), 1), coded('ENOENT'))
    await assert.rejects(readBounded(folder, 1), coded('EISDIR'))
  })
})

describe('readStream', () => {
  test('reads a stream up to the limit and refuses a longer one', async () => {
    const chunks = (): Readable => Readable.from([Buffer.from('some '), Buffer.from('text')])
    assert.deepEqual(await readStream(chunks(), 9), Buffer.from('some text'))
    await assert.rejects(readStream(chunks(), 8), (error) => {
      return error instanceof DecodeError && error.code === 'too-large'
    })
  })
})

describe('writeAll', () => {
  const content = Buffer.from('statement')

  test('writes all files or none', async () => {
    const own = await ownFolder('all')
    const path = (name: string): string => join(own, name)
    await writeFile(path('b'), 'old')
    const files = ['a', 'b', 'c'].map((name) => ({ path: path(name), content }))
    await assert.rejects(writeAll(files, { replace: false }), coded('EEXIST'))
    assert.deepEqual(await readdir(own), ['b'])
    assert.equal(await readFile(path('b'), 'utf8'), 'old')
    await writeAll(files, { replace: true })
    assert.deepEqual(await readdir(own), ['a', 'b', 'c'])
    const elsewhere = [...files, { path: path('nowhere/d'), content }]
    await assert.rejects(writeAll(elsewhere, { replace: true }), coded('ENOENT'))
    assert.deepEqual(await readdir(own), ['a', 'b', 'c'])
  })
})

describe('writeWhole', () => {
  const bytes = Buffer.from('statement')

  test('writes a new file, and nothing beside it', async () => {
    const own = await ownFolder('new')
    for (const replace of [false, true]) {
      const path = join(own, `file-${replace}`)
      await writeWhole({ path, content: bytes }, { replace })
      assert.deepEqual(await readFile(path), bytes)
    }
    assert.deepEqual(await readdir(own), ['file-false', 'file-true'])
  })

  test('leaves an existing file alone unless told to replace it', async () => {
    const own = await ownFolder('existing')
    const path = join(own, 'file')
    await writeFile(path, 'old')
    await assert.rejects(writeWhole({ path, content: bytes }, { replace: false }), coded('EEXIST'))
    assert.equal(await readFile(path, 'utf8'), 'old')
    await writeWhole({ path, content: bytes }, { replace: true })
    assert.deepEqual(await readFile(path), bytes)
    assert.deepEqual(await readdir(own), ['file'])
  })

  test('writes pieces, and leaves nothing when one of them fails', async () => {
    const own = await ownFolder('pieces')
    function* pieces(fail: boolean): Generator<Uint8Array> {
      for (let i = 0; i < 3; i++) yield Buffer.alloc(100_000, `${i}`)
      if (fail) throw new TypeError('no more')
    }
    const path = join(own, 'file')
    await assert.rejects(writeWhole({ path, content: pieces(true) }, { replace: false }), TypeError)
    assert.deepEqual(await readdir(own), [])
    await writeWhole({ path, content: pieces(false) }, { replace: false })
    assert.deepEqual(await readFile(path), Buffer.concat([...pieces(false)]))
    assert.deepEqual(await readdir(own), ['file'])
  })

  test('never follows a link that is there already', async () => {
    const own = await ownFolder('link')
    const [target, path] = [join(own, 'target'), join(own, 'link')]
    await symlink(target, path)
    await assert.rejects(writeWhole({ path, content: bytes }, { replace: false }), coded('EEXIST'))
    await writeWhole({ path, content: bytes }, { replace: true })
    assert.deepEqual(await readdir(own), ['link'])
    assert.ok((await stat(path)).isFile())
  })

  test('fails for a folder in its place or no folder around it, and leaves nothing', async () => {
    const own = await ownFolder('folders')
    await mkdir(join(own, 'folder'))
    for (const replace of [false, true]) {
      await assert.rejects(writeWhole({ path: join(own, 'folder'), content: bytes }, { replace }))
      await assert.rejects(
        writeWhole({ path: join(own, 'missing', 'file'), content: bytes }, { replace }),
        coded('ENOENT'),
      )
    }
    assert.deepEqual(await readdir(own), ['folder'])
  })

  test('fails where nothing may be written', async () => {
    const own = await ownFolder('locked')
    await chmod(own, 0o500)
    const isRoot = process.getuid?.() === 0
    // Root may write anywhere: then as nobody.
    if (isRoot) process.seteuid?.(65534)
    try {
      await assert.rejects(
        writeWhole({ path: join(own, 'file'), content: bytes }, { replace: true }),
        coded('EACCES'),
      )
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
    await chmod(own, 0o700)
    assert.deepEqual(await readdir(own), [])
  })

  test('lets one of many writers win, with its whole file', async () => {
    const own = await ownFolder('race')
    const path = join(own, 'file')
    const contents = [...Array(16).keys()].map((i) => Buffer.alloc(100_000, `${i} `))
    const outcomes = await Promise.allSettled(
      contents.map((content) => writeWhole({ path, content }, { replace: false })),
    )
    const won = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
    assert.equal(won.length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.equal(outcome.reason.code, 'EEXIST')
    }
    assert.deepEqual(await readFile(path), contents[won[0] ?? -1])
    await Promise.all(contents.map((content) => writeWhole({ path, content }, { replace: true })))
    const last = await readFile(path)
    assert.ok(contents.some((content) => content.equals(last)))
    assert.deepEqual(await readdir(own), ['file'])
  })

  test('takes a name as long as the system does', async () => {
    const own = await ownFolder('long')
    const name = 'x'.repeat(255)
    await writeWhole({ path: join(own, name), content: bytes }, { replace: false })
    assert.deepEqual(await readdir(own), [name])
  })

  test('gives what it replaces its mode, and its owner where that may be', {
    skip: process.platform === 'win32',
  }, async () => {
    const path = join(folder, 'kept')
    await writeFile(path, 'before')
    for (const mode of [0o600, 0o640, 0o666, 0o755]) {
      await chmod(path, mode)
      if (process.getuid?.() === 0) await chown(path, 1234, 4321)
      await writeWhole({ path, content: bytes }, { replace: true })
      const { uid, gid, mode: after } = await stat(path)
      assert.equal(after & 0o777, mode)
      if (process.getuid?.() === 0) assert.deepEqual([uid, gid], [1234, 4321])
    }
  })

  test('keeps what is secret from all but its owner', {
    skip: process.platform === 'win32',
  }, async () => {
    const path = join(folder, 'secret')
    const secret = { path, content: bytes, secret: true }
    await writeWhole(secret, { replace: false })
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    await chmod(path, 0o644)
    await writeWhole(secret, { replace: true })
    assert.equal((await stat(path)).mode & 0o777, 0o600)
  })

  test('knows the names of files that are not whole yet', async () => {
    const seen: string[] = []
    function* pieces(): Generator<Uint8Array> {
      seen.push(...readdirSync(folder))
      yield bytes
    }
    await writeWhole({ path: join(folder, 'whole'), content: pieces() }, { replace: false })
    assert.equal(seen.filter(isTemporary).length, 1)
    for (const name of ['.tls-stamp-', '.tls-stamp-notes', 'tls-stamp', 'whole']) {
      assert.ok(!isTemporary(name))
    }
  })

  test('keeps to the umask', { skip: process.platform === 'win32' }, async () => {
    const path = join(folder, 'mode')
    const umask = process.umask(0o027)
    try {
      await writeWhole({ path, content: bytes }, { replace: false })
    } finally {
      process.umask(umask)
    }
    assert.equal((await stat(path)).mode & 0o777, 0o640)
  })
})
