// In GitHub Actions nothing from outside becomes a command of the runner, held against the runner's own rules
// (actions/runner, src/Runner.Common/ActionCommand.cs: TryParseV2 first, then TryParse).

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { createServer } from 'node:tls'
import { jsonWithoutCommands, withoutCommands } from '../../src/cli/workflow-commands.ts'
import { renderJson } from '../../src/encoding/json.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { type Outcome, openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { says, startProxy } from '../support/servers/proxy.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['localhost', HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST]

interface ActionCommand {
  readonly name: string
  readonly properties: string
  readonly content: string
}

/** What the runner takes a line for; here every name is one that it knows. */
function parseCommand(line: string): ActionCommand | undefined {
  // Its IndexOf and StartsWith compare by culture, where what is invisible does not count
  const seen = line.replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}]/gu, '')
  return parseV2(seen) ?? parseV1(seen)
}

function parseV2(line: string): ActionCommand | undefined {
  const message = line.trimStart()
  if (!message.startsWith('::')) return undefined
  const end = message.indexOf('::', 2)
  return end < 0 ? undefined : commandOf(message.slice(2, end), message.slice(end + 2))
}

function parseV1(line: string): ActionCommand | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  return end < 0 ? undefined : commandOf(line.slice(start + 3, end), line.slice(end + 1))
}

function commandOf(about: string, content: string): ActionCommand {
  const [name = '', ...properties] = about.split(' ')
  return { name, properties: properties.join(' '), content }
}

function commandsIn({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>): ActionCommand[] {
  return [stdout, stderr]
    .flatMap((text) => text.split(/\r\n|\r|\n/))
    .map(parseCommand)
    .filter((command) => command !== undefined)
}

/** Only the annotations that we mean, whose properties are ours. */
function assertOwn(outcome: Outcome): void {
  for (const { name, properties, content } of commandsIn(outcome)) {
    assert.deepEqual([name, properties], ['error', 'title=tls-stamp'])
    assert.equal(parseV1(content), undefined)
  }
}

const HOSTILE = [
  'a ##[add-mask]passed',
  '##[stop-commands]abc',
  '##[set-env name=PATH;]evil',
  '::stop-commands::abc',
  ' ::stop-commands::abc',
  '\u00a0\u2003::add-mask::passed',
  '\n::error::x',
  '\r##[error]x',
  '#\u200b#\ufe0f[error]x',
  '\u034f:\u200b:error::x',
]

test('the rules find the commands that the runner finds', () => {
  for (const line of ['::error::x', '  ::error file=a::x', 'x ##[debug]y', '#\u200b#[debug]y']) {
    assert.ok(parseCommand(line), line)
  }
  for (const line of ['x ::error::x', '::error', '##[debug', '# #[debug]', '']) {
    assert.equal(parseCommand(line), undefined, line)
  }
})

test('no line of text or JSON that is made harmless is a command', () => {
  for (const one of HOSTILE) {
    assert.deepEqual(commandsIn({ stdout: withoutCommands(one), stderr: '' }), [], one)
    assert.deepEqual(commandsIn({ stdout: withoutCommands(`x\n${one}${one}`), stderr: '' }), [])
    const json = jsonWithoutCommands(renderJson({ [one]: [one] }))
    assert.deepEqual(commandsIn({ stdout: json, stderr: '' }), [])
    assert.deepEqual(JSON.parse(json), { [one]: [one] })
  }
  for (const harmless of ['a # b [c]', 'C##', 'x ::y:: z', 'a:b', '### title']) {
    assert.equal(withoutCommands(harmless), harmless)
  }
})

function actions(
  name: string,
  body: (at: Workspace, env: Readonly<Record<string, string>>) => Promise<void>,
): void {
  test(name, async () => {
    const at = openWorkspace({ 'ca.pem': pki.root.pem, 'doc.txt': 'x', other: 'other' })
    try {
      await body(at, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: at.path('summary.md') })
    } finally {
      at.remove()
    }
  })
}

describe('in GitHub Actions no command comes from', { concurrency: 4 }, () => {
  actions('the names of subjects', async (at, env) => {
    const names = HOSTILE.filter((name) => !name.includes('\n'))
    const statement = makeStatement({
      subjects: names.map((name) => subject(name)),
      rounds: roundsAt(endEntity),
    })
    at.write('signed', encodeStatement(statement))
    at.write('list', names.map((name) => `${'0'.repeat(64)}  ${name}`).join('\n'))
    for (const args of [
      ['verify', 'signed', ...TRUST],
      ['verify', 'signed', 'other', ...TRUST],
      ['verify', 'signed', '--directory', '.', ...TRUST],
      ['verify', 'signed', '--sums', 'list', ...TRUST],
      ['status', 'signed', ...TRUST],
      ['inspect', 'signed'],
      ['inspect', '--hex', 'signed'],
      ['extract', 'signed', 'add-mask]passed'],
      ['extract', 'signed', names[0] ?? '', '--force'],
      ['export', '--certificates', 'signed', '--ca', 'ca.pem'],
    ]) {
      for (const form of args[0] === 'export' ? [[]] : [[], ['--json']]) {
        const outcome = await at.run([...args, ...form], { env })
        assert.ok(outcome.stdout.length + outcome.stderr.length > 0)
        assertOwn(outcome)
      }
    }
    for (const line of at.read('summary.md').split('\n')) assert.ok(!line.includes('\r'))
  })

  actions('what an export writes as it is, which is refused', async (at, env) => {
    const statement = makeStatement({
      subjects: [subject('a ##[add-mask]passed')],
      rounds: roundsAt(endEntity),
    })
    at.write('signed', encodeStatement(statement))
    const refused = await at.run(['export', '--in-toto', 'signed'], { env })
    assertOwn(refused)
    assert.equal(refused.stdout, '')
    assert.match(
      refused.stderr,
      /^tls-stamp: error: the output contains a workflow command.*\nhint: .* -o$/m,
    )
    assert.equal(refused.code, 2)
    const written = await at.run(['export', '--in-toto', 'signed', '-o', 'x.json'], { env })
    assert.equal(written.code, 0)
    const redirected = await at.shell('$STAMP export --in-toto signed >y.json', { env })
    assert.equal(redirected.code, 0)
    assert.equal(at.read('y.json'), at.read('x.json'))
  })

  actions('arguments and the names of files', async (at, env) => {
    const commands = ['verify', 'status', 'inspect', 'extract', 'frobnicate']
    for (const [i, name] of HOSTILE.entries()) {
      for (const form of [[], ['--json']]) {
        const args = [commands[i % commands.length] ?? '', name, ...form]
        const outcome = await at.run(args, { env })
        assertOwn(outcome)
        assert.notEqual(outcome.code, 0)
      }
    }
  })

  actions('what a proxy says', async (at, env) => {
    await using proxy = await startProxy(says('HTTP/1.1 403 ##[add-mask]no\r\n\r\n'))
    const by = ['localhost', '443', '--proxy', `http://127.0.0.1:${proxy.port}`]
    for (const args of [
      ['sign', ...by, 'doc.txt'],
      ['handshake', ...by],
      ['probe', ...by],
    ]) {
      const outcome = await at.run(args, { env })
      assert.match(outcome.stderr, /403/)
      assertOwn(outcome)
    }
  })

  actions('the headers of a server', async (at, env) => {
    const server = createServer({ key: endEntity.keyPem, cert: endEntity.chainPem }, (socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 ##[add-mask]ok\r\n::stop-commands::abc: x\r\n\r\n')
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const args = ['handshake', 'localhost', `${port}`, '--ca', 'ca.pem', '--request']
    for (const form of [[], ['--json']]) {
      const outcome = await at.run([...args, ...form], { env })
      assert.match(outcome.stdout, /add-mask/)
      assertOwn(outcome)
    }
    server.close()
  })
})
