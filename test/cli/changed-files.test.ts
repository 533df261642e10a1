// Files that Git, an editor or a cut transfer has changed, and files in the wrong place: the message names the cause and the remedy.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { encodeInToto } from '../../src/statement/in-toto.ts'
import { ERROR_LINES, openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST]

const doc = subject('doc.txt', 'some text\n')
const two = subject('two.txt', 'more text\n')
const LIST = [doc, two]
  .map(({ name, sha256 }) => `${Buffer.from(sha256).toString('hex')}  ${name}\n`)
  .join('')
const over = (...subjects: (typeof doc)[]): string =>
  Buffer.from(encodeStatement(statementOver(...subjects))).toString()
const statementOver = (...subjects: (typeof doc)[]): ReturnType<typeof makeStatement> =>
  makeStatement({ subjects, rounds: roundsAt(endEntity) })

const own = over(doc)
const inToto = Buffer.from(encodeInToto(statementOver(doc))).toString()
const fixture = (name: string): Buffer =>
  readFileSync(repositoryPath(`test/fixtures/old-statements/${name}`))
const timmy = fixture('erlang-tls10-rsa2048.timmy').toString()

const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le')
const bigEndian = (text: string): Buffer => utf16(text).swap16()

const CRLF = 'it has CR LF at the end of its lines instead of LF'
const BOM = 'it begins with a byte order mark'
const CUT = 'it is cut off before its end'
const UTF16 = 'it is in UTF-16'

function changed(name: string, body: (at: Workspace) => Promise<void>): void {
  test(name, async () => {
    const at = openWorkspace({
      'doc.txt': 'some text\n',
      'two.txt': 'more text\n',
      'ca.pem': pki.root.pem,
    })
    try {
      await body(at)
    } finally {
      at.remove()
    }
  })
}

/** What the error and its hints say, after "tls-stamp: error: " and "hint: ". */
async function refusal(at: Workspace, args: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await at.run(args)
  assert.match(stderr, ERROR_LINES)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  return stderr
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^(?:tls-stamp: error|hint): /, ''))
}

describe('a file that was changed on its way', { concurrency: 6 }, () => {
  const statements: readonly (readonly [string, string | Buffer, string])[] = [
    ['with CR LF', crlf(own), CRLF],
    ['with a byte order mark', `\ufeff${own}`, BOM],
    [
      'with both',
      `\ufeff${crlf(own)}`,
      `${BOM} and has CR LF at the end of its lines instead of LF`,
    ],
    ['in UTF-16', utf16(own), UTF16],
    ['in UTF-16, big-endian', bigEndian(own), UTF16],
    ['cut off', own.slice(0, -40), CUT],
    ['cut off in a string', own.slice(0, own.indexOf('doc.txt') + 3), CUT],
    ['cut off after a few bytes', own.slice(0, 5), CUT],
    ['without its last line feed', own.slice(0, -1), 'it lacks the line feed at its end'],
    ['without a byte', '', 'it is empty'],
    ['as an in-toto Statement with a mark', `\ufeff${inToto}`, BOM],
    ['as an in-toto Statement, cut off', inToto.slice(0, -60), CUT],
    ['as an in-toto Statement in UTF-16', utf16(inToto), UTF16],
    ['of timmy, cut off', timmy.slice(0, -60), CUT],
    ['of timmy with a mark', `\ufeff${timmy}`, BOM],
  ]
  for (const [name, content, fault] of statements) {
    changed(`a statement ${name} is named as that, by every command that reads one`, async (at) => {
      at.write('doc.tls-stamp', content)
      for (const args of [
        ['verify', 'doc.tls-stamp'],
        ['extract', 'doc.tls-stamp', 'doc.txt'],
        ['export', '--in-toto', 'doc.tls-stamp'],
      ]) {
        const [error, ...hints] = await refusal(at, args)
        assert.equal(error, `doc.tls-stamp is not a signed statement: ${fault}`)
        assert.ok(hints.length >= 1, 'a remedy')
      }
      const { stderr } = await at.run(['inspect', 'doc.tls-stamp'])
      assert.match(stderr, /^tls-stamp: error: doc\.tls-stamp: /)
      assert.doesNotMatch(stderr, /SignedStatement/)
    })
  }

  changed(
    'the remedy for CR LF is a line of .gitattributes, which restores the file',
    async (at) => {
      at.write('doc.tls-stamp', crlf(own))
      const [, first, second] = await refusal(at, ['verify', 'doc.tls-stamp'])
      assert.match(
        first ?? '',
        /core\.autocrlf .*: add the line "\*\.tls-stamp -text" to \.gitattributes$/,
      )
      assert.equal(second, 'then delete the file and check it out again')
      const git =
        'git -c user.name=a -c user.email=a@b -c core.autocrlf=true -c core.safecrlf=false'
      at.write('doc.tls-stamp', own)
      const steps = [
        'git init -q .',
        `${git} add doc.tls-stamp`,
        `${git} commit -qm a`,
        'rm doc.tls-stamp',
        `${git} checkout -q doc.tls-stamp`,
        'grep -c "$(printf "\\r")" doc.tls-stamp',
        'echo "*.tls-stamp -text" > .gitattributes',
        'rm doc.tls-stamp',
        `${git} checkout -q doc.tls-stamp`,
      ]
      const { code, stderr } = await at.shell(steps.join(' && '), { env: { HOME: at.folder } })
      assert.equal(code, 0, stderr)
      assert.equal(at.read('doc.tls-stamp'), own)
    },
  )

  changed('the remedy for the last line feed is a command that adds it', async (at) => {
    at.write('doc.tls-stamp', own.slice(0, -1))
    const [, hint = ''] = await refusal(at, ['verify', 'doc.tls-stamp'])
    const command = /: (echo .*) adds it again$/.exec(hint)?.[1]
    assert.equal((await at.shell(command ?? 'false')).code, 0)
    assert.equal(at.read('doc.tls-stamp'), own)
  })

  changed('what was never a statement is not called a damaged one', async (at) => {
    for (const content of [crlf('text\n'), '\ufefftext', '{}\n', '{ "name": "a", "list": [', '[']) {
      at.write('other', content)
      const [error] = await refusal(at, ['verify', 'other'])
      assert.doesNotMatch(error ?? '', /: it (?:has|begins|is|lacks)/)
    }
  })

  changed('a list of checksums is named likewise; CR LF is taken', async (at) => {
    at.write('stamp', over(doc, two))
    const args = ['verify', 'stamp', ...TRUST, '--sums', 'SUMS']
    at.write('SUMS', crlf(LIST))
    assert.equal((await at.run(args)).code, 0)
    const is = 'SUMS is not a list of SHA-256 checksums'
    for (const [content, fault] of [
      ['', 'it is empty'],
      [`\ufeff${LIST}`, BOM],
      [utf16(LIST), UTF16],
      [bigEndian(LIST), UTF16],
    ] as const) {
      at.write('SUMS', content)
      const [error, hint] = await refusal(at, args)
      assert.equal(error, `${is}: ${fault}`)
      assert.ok(hint)
    }
    at.write('SUMS', LIST.slice(0, 120))
    const [error = ''] = await refusal(at, args)
    assert.match(error, /: line 2: .*; the file ends within this line, so it may be cut off$/)
  })

  changed('each of toytls’s files is named likewise', async (at) => {
    for (const from of ['erlang-tls10-p256', 'erlang-tls12-rsa2048']) {
      const parts = ['bytes', 'signature', 'certificate.der'] as const
      const whole = new Map(parts.map((part) => [part, fixture(`${from}.${part}`)]))
      const write = (): void => {
        for (const [part, content] of whole) at.write(`old.${part}`, content)
      }
      for (const part of parts) {
        const content = whole.get(part) as Buffer
        const marked = Buffer.concat([Buffer.from('\ufeff'), content])
        for (const [bytes, fault] of [
          [content.subarray(0, -3), 'is cut off before its end'],
          [marked, 'begins with a byte order mark'],
          ['', 'is empty'],
        ] as const) {
          write()
          at.write(`old.${part}`, bytes)
          const [error, hint] = await refusal(at, ['verify', 'old'])
          assert.equal(error, `old is not an old statement: old.${part} ${fault}`)
          assert.ok(hint)
        }
        if (!content.includes(0x0a)) continue
        write()
        at.write(`old.${part}`, Buffer.from(crlf(content.toString('latin1')), 'latin1'))
        const [error, hint = ''] = await refusal(at, ['verify', 'old'])
        assert.match(error ?? '', new RegExp(`: old\\.${part} has CR LF at the end of its lines`))
        assert.ok(hint.includes(`"*.${part} -text"`), hint)
      }
      for (const [part, content] of whole) {
        at.write(`old.${part}`, Buffer.concat([Buffer.from('\ufeff'), content]))
      }
      const [error] = await refusal(at, ['verify', 'old'])
      assert.equal(error, 'old is not an old statement: old.bytes begins with a byte order mark')
    }
  })
})

describe('a file in the wrong place', { concurrency: 6 }, () => {
  changed('FILE before STATEMENT is told so, with the call in the right order', async (at) => {
    at.write('doc.txt.tls-stamp', own)
    at.write('a b', own)
    for (const statement of ['doc.txt.tls-stamp', 'a b']) {
      const word = statement === 'a b' ? "'a b'" : statement
      assert.deepEqual(await refusal(at, ['verify', 'doc.txt', statement, 'two.txt']), [
        `doc.txt is not a signed statement, but ${statement} is`,
        `the statement comes first: tls-stamp verify ${word} doc.txt two.txt`,
      ])
    }
    const beside = await at.run(['verify', 'doc.txt', 'two.txt', ...TRUST])
    assert.match(beside.stdout, /^failed /)
  })

  changed('a second statement is told so', async (at) => {
    at.write('one.tls-stamp', own)
    at.write('other.tls-stamp', over(two))
    const { code, stderr } = await at.run(['verify', 'one.tls-stamp', 'other.tls-stamp', ...TRUST])
    assert.equal(
      stderr,
      'hint: other.tls-stamp is a signed statement itself: verify takes one statement at a time, tls-stamp status takes several\n',
    )
    assert.equal(code, 1)
    at.write('again.tls-stamp', over(subject('one.tls-stamp', own)))
    const signed = await at.run(['verify', 'again.tls-stamp', 'one.tls-stamp', ...TRUST])
    assert.equal(signed.stderr, '')
    assert.equal(signed.code, 0)
  })

  changed('a list whose files were signed belongs behind --sums', async (at) => {
    at.write('SHA256SUMS', LIST)
    at.write('SHA256SUMS.tls-stamp', over(doc, two))
    for (const args of [['SHA256SUMS.tls-stamp', 'SHA256SUMS'], ['SHA256SUMS']]) {
      const { code, stderr } = await at.run(['verify', ...args, ...TRUST])
      assert.match(stderr, /^hint: .* compare it with --sums SHA256SUMS\n$/)
      assert.equal(code, 1)
    }
    const sums = ['--sums', 'SHA256SUMS', ...TRUST]
    assert.equal((await at.run(['verify', 'SHA256SUMS.tls-stamp', ...sums])).code, 0)
    at.write('OTHER', LIST.replaceAll('.txt', '.md'))
    const other = await at.run(['verify', 'SHA256SUMS.tls-stamp', 'OTHER', ...TRUST])
    assert.doesNotMatch(other.stderr, /--sums/)
  })

  changed('a list that was signed itself is a FILE', async (at) => {
    at.write('SHA256SUMS', LIST)
    at.write('SHA256SUMS.tls-stamp', over(subject('SHA256SUMS', LIST)))
    const sums = ['--sums', 'SHA256SUMS', ...TRUST]
    const { code, stderr } = await at.run(['verify', 'SHA256SUMS.tls-stamp', ...sums])
    assert.match(
      stderr,
      /^hint: the list SHA256SUMS itself was signed: tls-stamp verify SHA256SUMS\.tls-stamp SHA256SUMS, .*\n$/,
    )
    assert.equal(code, 1)
  })

  changed('a hint writes a file that begins with a dash so that it is no option', async (at) => {
    at.write('-stamp', own)
    at.write('-text', 'some text\n')
    at.write('-sums', LIST)
    for (const [args, hint] of [
      [['verify', '--', 'doc.txt', '-stamp'], 'tls-stamp verify ./-stamp doc.txt'],
      [['verify', '--', '-text'], 'tls-stamp verify STATEMENT ./-text'],
      [['verify', ...TRUST, '--', '-stamp', '-sums'], '--sums ./-sums'],
      [['status', '--', '-stamp'], 'tls-stamp verify ./-stamp'],
      [['sign', '--', '-text', 'localhost', '443'], 'tls-stamp sign localhost 443 ./-text'],
      [['renew', '--', 'localhost', '443', '-stamp'], 'tls-stamp renew ./-stamp localhost 443'],
    ] as const) {
      const { stderr } = await at.run(args)
      assert.ok(stderr.includes(`: ${hint}\n`) || stderr.includes(` ${hint}\n`), stderr)
    }
  })

  changed('a statement that fails by itself is said to have compared nothing', async (at) => {
    at.write('doc.txt.tls-stamp', own)
    for (const args of [['doc.txt'], ['doc.txt.tls-stamp']]) {
      const { code, stdout, stderr } = await at.run(['verify', ...args, '--witness', HOST])
      assert.match(stdout, /^failed /)
      assert.match(stderr, /^no file was compared, because the statement fails by itself\n/)
      assert.equal(code, 1)
    }
  })
})

changed('brackets in a name do not hide a cut', async (at) => {
  at.write('odd', over(subject('a"}]}]}')).slice(0, -50))
  assert.equal((await refusal(at, ['verify', 'odd']))[0], `odd is not a signed statement: ${CUT}`)
})

changed(
  'an edit is not taken for a cut, nor one carriage return for converted line ends',
  async (at) => {
    for (const odd of [
      own.replace('\n  ],\n', '\n'),
      own.replace(`"${HOST}"`, `"${HOST}`),
      own.replace('\n', '\r\n'),
      // In which CR LF is as good as any white space
      crlf(JSON.stringify({ ...JSON.parse(inToto), subject: [] }, null, 2)),
    ]) {
      at.write('odd', odd)
      const said = (await refusal(at, ['verify', 'odd'])).join('\n')
      assert.ok(
        !said.includes(CUT) && !said.includes(CRLF) && !said.includes('.gitattributes'),
        said,
      )
    }
  },
)

changed('a remedy names a file whose name begins with a dash as a shell takes it', async (at) => {
  at.write('-cut', own.trimEnd())
  const [, remedy = ''] = await refusal(at, ['verify', '--', '-cut'])
  assert.match(remedy, /: echo >> \.\/-cut adds it again$/)
})
