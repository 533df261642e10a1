import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { DecodeError } from '../../src/errors.ts'
import { readTrustAnchors, systemTrustAnchors } from '../../src/system/trust.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { type Minted, mintCertificate, toPem } from '../support/make/mint.ts'

const [a, b, c] = ['A', 'B', 'C'].map((subject) => mintCertificate({ subject, ca: true })) as [
  Minted,
  Minted,
  Minted,
]

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tls-stamp-trust-'))
})
after(() => rm(folder, { recursive: true, force: true }))

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** A folder with these files. */
async function putAll(
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  await mkdir(join(folder, name))
  for (const [file, content] of Object.entries(files)) await put(join(name, file), content)
  return join(folder, name)
}

/** The certificates that a file or a folder gives are these. */
async function gives(path: string, ...expected: readonly Minted[]): Promise<void> {
  const list = (ders: readonly Uint8Array[]): string[] =>
    ders.map((der) => Buffer.from(der).toString('base64')).sort()
  assert.deepEqual(list(await readTrustAnchors(path)), list(expected.map(({ der }) => der)))
}

async function refuses(path: string, message: RegExp): Promise<void> {
  await assert.rejects(readTrustAnchors(path), (error) => {
    assert.ok(error instanceof DecodeError, String(error))
    assert.match(error.message, message)
    return true
  })
}

describe('a file of trust anchors', () => {
  test('may hold one certificate in DER or PEM', async () => {
    await gives(await put('one.der', a.der), a)
    await gives(await put('one.pem', a.pem), a)
    await gives(await put('any-name', a.pem), a)
  })

  test('may hold a bundle with text before, between and after', async () => {
    const text = 'a root - of "Ünicode" = trust\n# -----\n'
    const bundle = `${text}${a.pem}${text}${b.pem}\n\n${c.pem}${text}`
    await gives(await put('bundle.pem', bundle), a, b, c)
    await gives(await put('crlf.pem', bundle.replaceAll('\n', '\r\n')), a, b, c)
    const indented = a.pem.replaceAll('\n', '\n  ')
    await gives(await put('indented.pem', indented), a)
    const line = a.pem.replace(/\n(?!-|$)/g, '').replace('-----M', '-----\nM')
    await gives(await put('one-line.pem', line), a)
  })

  test('may hold other things, which are no trust anchors', async () => {
    const others = `${a.keyPem}${toPem(b.der, 'TRUSTED CERTIFICATE')}${toPem(c.der, 'X509 CRL')}`
    await gives(await put('others.pem', `${others}${b.pem}`), b)
    await refuses(await put('no-certificate.pem', others), /no-certificate\.pem .*got none/)
  })

  test('gives each certificate once', async () => {
    await gives(await put('twice.pem', a.pem + b.pem + a.pem), a, b)
  })

  test('is refused, by its name, when a certificate is broken or none', async () => {
    const cut = a.pem.replace(/\n[^\n]+\n-----END/, '\n-----END')
    const wrong: Readonly<Record<string, readonly [string | Uint8Array, RegExp]>> = {
      'cut.pem': [cut, /not a certificate/],
      'trailing.der': [Buffer.concat([a.der, Uint8Array.of(0)]), /not a certificate/],
      'half.der': [a.der.subarray(0, 100), /not a certificate/],
      'endless.pem': [`${b.pem}${a.pem.slice(0, -30)}`, /does not end/],
      'characters.pem': [`${b.pem}${a.pem.replace('MI', '!!')}`, /not base64/],
      'unpadded.pem': [toPem(Uint8Array.of(0x30, 0)).replace('=', ''), /not base64/],
      'empty-block.pem': [toPem(new Uint8Array(0)), /not a certificate/],
      'text.pem': ['just text\n', /not a certificate/],
      'empty.pem': ['', /got none/],
    }
    for (const [name, [content, message]] of Object.entries(wrong)) {
      const path = await put(name, content)
      await refuses(path, message)
      await refuses(path, new RegExp(`/${name} at byte \\d+: `))
    }
  })

  test('with one odd certificate among many gives the others, and says which it is and where', async () => {
    const odd = toPem(Uint8Array.of(0x30, 0))
    const bundle = `${a.pem}${odd}${b.pem}${c.pem.slice(0, -30)}\n${a.pem}`
    const path = await put('one-odd.pem', bundle)
    const notes: string[] = []
    const found = await readTrustAnchors(path, ({ message }) => notes.push(message))
    assert.deepEqual(found, [a.der, b.der])
    assert.equal(notes.length, 2)
    const line = a.pem.split('\n').length
    assert.match(
      notes[0] ?? '',
      new RegExp(
        `/one-odd\\.pem at byte ${a.pem.length}: certificate 2 of 5, line ${line}: not a c`,
      ),
    )
    assert.match(notes[1] ?? '', /certificate 4 of 5, line \d+: the PEM block does not end$/)
    await refuses(path, /certificate 2 of 5/)
    await assert.rejects(
      readTrustAnchors(await put('only-odd.pem', odd), () => assert.fail()),
      DecodeError,
    )
  })

  test('that is not there is the system’s error', async () => {
    await assert.rejects(readTrustAnchors(join(folder, 'missing')), { code: 'ENOENT' })
  })

  test('that is larger than any bundle is refused', async () => {
    await refuses(await put('huge.pem', new Uint8Array(2 ** 24 + 1)), /at most/)
  })
})

describe('a folder of trust anchors', () => {
  test('gives those of its certificate files, and passes over other files', async () => {
    const path = await putAll('mixed', {
      'a.pem': a.pem,
      'b.crt': b.der,
      '0123abcd.0': c.pem,
      'key.pem': a.keyPem,
      README: 'not a certificate',
      'notes.txt': toPem(Uint8Array.of(1)),
      'empty.pem': '',
    })
    await mkdir(join(path, 'sub.pem'))
    await symlink(join(path, 'nowhere'), join(path, 'dangling.pem'))
    await symlink(join(path, 'a.pem'), join(path, '89abcdef.0'))
    await gives(path, a, b, c)
  })

  test('is refused by the name of the file that is broken', async () => {
    const path = await putAll('broken', { 'a.pem': a.pem, 'b.pem': 'no certificate' })
    await refuses(path, /broken\/b\.pem at byte 0: not a certificate/)
  })

  test('is refused when it has none', async () => {
    await refuses(await putAll('empty', {}), /empty at byte 0: .*got none/)
    await refuses(await putAll('keys', { 'key.pem': a.keyPem }), /keys at byte 0: .*got none/)
  })
})

describe('the system’s trust anchors', () => {
  test('all decode, and are as many as Node has', () => {
    const anchors = systemTrustAnchors()
    assert.equal(anchors.length, rootCertificates.length)
    assert.ok(anchors.length > 50)
    for (const der of anchors) assert.deepEqual(decodeCertificate(der).der, der)
  })

  test('are a fresh list each time', () => {
    systemTrustAnchors().length = 0
    assert.ok(systemTrustAnchors().length > 50)
  })
})
