// Checksum lists: what sha256sum writes and reads, and every line that is none of it.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { toHex, utf8 } from '../../src/encoding/bytes.ts'
import { DecodeError } from '../../src/errors.ts'
import { decodeChecksumList } from '../../src/statement/checksum-list.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { blinded, printedLine, subject } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'

const HEX = 'ab'.repeat(32)
const OTHER = 'cd'.repeat(32)

/** "digest name" of each subject, the digest by its first byte. */
function read(list: string | Uint8Array): string[] {
  const subjects = decodeChecksumList(typeof list === 'string' ? utf8(list) : list)
  return subjects.map(({ name, sha256 }) => `${toHex(sha256).slice(0, 2)} ${name}`)
}

function refusal(list: string | Uint8Array): string {
  try {
    read(list)
  } catch (error) {
    assert.ok(error instanceof DecodeError)
    assert.equal(error.struct, 'ChecksumList')
    return error.message.replace(/^ChecksumList at byte \d+: /, '')
  }
  assert.fail('expected the list to be refused')
}

describe('a checksum list', () => {
  test('is read in the forms of coreutils', () => {
    assert.deepEqual(read(`${HEX}  a\n${OTHER} *b\n`), ['ab a', 'cd b'])
    assert.deepEqual(read(`SHA256 (a) = ${HEX}\nSHA256 (b) (c) = ${OTHER}\n`), ['ab a', 'cd b) (c'])
    assert.deepEqual(read(`SHA256(a)= ${HEX}\n`), ['ab a'])
    assert.deepEqual(read(`${HEX.toUpperCase()}  a\nSHA256 (b) = ${OTHER.toUpperCase()}`), [
      'ab a',
      'cd b',
    ])
  })

  test('is read with escaped names, and takes a backslash as it is where nothing is escaped', () => {
    assert.deepEqual(read(`\\${HEX}  a\\\\b\\nc\\rd\n`), ['ab a\\b\nc\rd'])
    assert.deepEqual(read(`\\SHA256 (a\\\\b\\nc) = ${HEX}\n`), ['ab a\\b\nc'])
    assert.deepEqual(read(`${HEX}  a\\nb\n`), ['ab a\\nb'])
    assert.equal(refusal(`\\${HEX}  a\\tb\n`), 'line 1: expected \\\\, \\n or \\r after \\')
    assert.equal(refusal(`\\${HEX}  a\\`), 'line 1: expected \\\\, \\n or \\r after \\')
  })

  test('may have empty lines, comments, carriage returns, and no line feed at its end', () => {
    assert.deepEqual(read(`# all\n\n${HEX}  a\r\n\r\n# ${HEX}  b\n${OTHER}  c`), ['ab a', 'cd c'])
    assert.deepEqual(read(`${HEX}  a\r`), ['ab a'])
  })

  test('keeps names as they are', () => {
    const names = [
      './doc.txt',
      ' a ',
      '*b',
      '-',
      '/etc/passwd',
      '../up',
      'ümläut',
      '\ufeffx',
      '# c',
    ]
    assert.deepEqual(
      read(names.map((name, i) => `${'ab'.repeat(31)}0${i}  ${name}\n`).join('')),
      names.map((name) => `ab ${name}`),
    )
  })

  test('has a name once, whether listed once or again with the same digest', () => {
    assert.deepEqual(
      read(`${HEX}  a\n${OTHER}  b\n${HEX} *a\nSHA256 (a) = ${HEX}\n${OTHER}  c\n`),
      ['ab a', 'cd b', 'cd c'],
    )
    assert.equal(
      refusal(`${HEX}  a\n# one\n\n${HEX}  b\n${HEX}  a\n${HEX}  c\n${OTHER}  c\n`),
      'line 7: a second digest for "c"',
    )
  })

  test('has the subjects that are expected, where they are there in plain lines', () => {
    const expected = decodeChecksumList(utf8(`${HEX}  a\n${HEX}  \u00fc\n${HEX}  c\n${HEX}  d\n`))
    const list = `${HEX}  a\n${HEX}  \u00fc\n${OTHER}  c\n${HEX}  dd\n${HEX}  a\n`
    const found = decodeChecksumList(utf8(list), expected)
    assert.deepEqual(found, decodeChecksumList(utf8(list)))
    assert.equal(found[0], expected[0])
    assert.throws(() => decodeChecksumList(utf8(`${list}${OTHER}  a\n`), expected), DecodeError)
  })

  test('is refused with the number of the line that is no SHA-256', () => {
    const form = 'expected a digest, two spaces and a name, or "SHA256 (NAME) = DIGEST"'
    const hex = 'expected SHA-256 in 64 hex digits'
    const lines: readonly (readonly [string, string])[] = [
      ['garbage', form],
      [HEX, form],
      [`${HEX} a`, form],
      [`${HEX}  `, form],
      [`${HEX}\ta`, form],
      [`${'g'.repeat(64)}  a`, form],
      [` ${HEX}  a`, form],
      [`${HEX.slice(1)}  a`, `${hex}, got 63`],
      [`${HEX}${HEX}  a`, `${hex}, got 128`],
      [`SHA256 (a) = ${HEX}00`, `${hex}, got 66`],
      ['SHA256 (a) = ', `${hex}, got 0`],
      [`SHA512 (a) = ${HEX}${HEX}`, 'expected SHA256, got SHA512'],
      ['MD5 (a) = d41d8cd98f00b204e9800998ecf8427e', 'expected SHA256, got MD5'],
      [`SHA256 () = ${HEX}`, 'expected a name of 1 to 4096 bytes without NUL'],
      [`${HEX}  a\0b`, 'expected a name of 1 to 4096 bytes without NUL'],
      [`${HEX}  ${'n'.repeat(4097)}`, 'expected a name of 1 to 4096 bytes without NUL'],
      [`${HEX}  ${'n'.repeat(9000)}`, 'expected at most 8320 bytes'],
    ]
    for (const [line, message] of lines) {
      assert.equal(refusal(`# head\n${OTHER}  first\n${line}\n`), `line 3: ${message}`)
    }
    const bytes = Buffer.from(`${HEX}  a\n${OTHER}  \u00ff\n`, 'latin1')
    assert.equal(refusal(bytes), 'line 2: expected UTF-8')
  })

  test('is refused when it is empty', () => {
    for (const list of ['', '\n\n', '# nothing\n']) {
      assert.equal(refusal(list), 'expected at least one digest')
    }
  })

  test('takes the longest name, and its longest spelling', () => {
    const name = '\\'.repeat(4096)
    assert.deepEqual(read(`\\SHA256 (${name.replaceAll('\\', '\\\\')}) = ${HEX}\n`), [`ab ${name}`])
    assert.deepEqual(read(`${HEX}  ${'n'.repeat(4096)}\n`), [`ab ${'n'.repeat(4096)}`])
  })
})

const noCoreutils = spawnSync('sha256sum', ['--version']).error
  ? 'sha256sum is not installed'
  : false

describe('sha256sum of coreutils', { skip: noCoreutils }, () => {
  const names = ['a', 'b c', './d', 'e\\f', 'g\nh', 'i\rj', 'ümläut', '*k', ' l', 'm) = n', '#o']

  function inFolder(body: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-sums-'))
    try {
      for (const name of names) writeFileSync(join(folder, name), `content of ${name}`)
      body(folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('writes lists that are read as it means them', () => {
    inFolder((folder) => {
      for (const options of [[], ['--binary'], ['--tag']]) {
        const list = execFileSync('sha256sum', [...options, '--', ...names], { cwd: folder })
        assert.deepEqual(
          decodeChecksumList(list).map(({ name, sha256 }) => [name, toHex(sha256)]),
          names.map((name) => {
            return [name, createHash('sha256').update(`content of ${name}`).digest('hex')]
          }),
        )
      }
    })
  })

  test('prints the very lines that are signed, and checks them', () => {
    inFolder((folder) => {
      const list = execFileSync('sha256sum', ['--', ...names], { cwd: folder })
      const lines = decodeChecksumList(list).map(printedLine).join('')
      assert.equal(lines, list.toString())
      const check = ['--check', '--strict', '--quiet', '-']
      execFileSync('sha256sum', check, { cwd: folder, input: lines })
    })
  })

  test('checks the lines of a statement as jq prints them', { skip: missing('jq') }, () => {
    inFolder((folder) => {
      const command = "jq -r '.subjects[]' statement | sha256sum --check --strict --quiet"
      const check = (): ReturnType<typeof spawnSync> =>
        spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' })
      const subjects = names.map((name) => subject(name, `content of ${name}`))
      for (const all of [subjects, subjects.map(blinded), subjects.slice(4, 5)]) {
        writeFileSync(join(folder, 'statement'), encodeStatement({ ...statement, subjects: all }))
        const { status, stdout, stderr } = check()
        assert.equal(status, 0, `${stdout}${stderr}`)
      }
      writeFileSync(join(folder, 'g\nh'), 'altered')
      assert.equal(check().status, 1)
    })
  })
})

const statement: Omit<SignedStatement, 'subjects'> = {
  rounds: [
    {
      host: 'example.test',
      port: 443,
      clientHello: Uint8Array.of(1),
      serverHello: Uint8Array.of(2),
      certificate: Uint8Array.of(11),
      serverKeyExchange: Uint8Array.of(12),
    },
  ],
  unsigned: { localTime: new Date('2026-01-31T12:00:00.250Z'), tool: 'tool' },
}
