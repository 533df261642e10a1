// What GitHub Actions is told beside the log: annotations, and the summary of the step.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fenced } from '../../src/cli/github.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { answer, startHostileServer } from '../support/servers/hostile-server.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['localhost', HOST] })
const [endEntity] = endEntities(pki) as [EndEntity]
const TRUST = ['--ca', 'ca.pem', '--witness', HOST]
const EVIL = '```\n\n# evil\n<script>alert(1)</script>\u001b[2J ````` ::error::x'

function statementOver(name: string): Uint8Array {
  return encodeStatement(
    makeStatement({ subjects: [subject(name, 'x')], rounds: roundsAt(endEntity) }),
  )
}

function actions(
  name: string,
  body: (at: Workspace, env: Readonly<Record<string, string>>) => Promise<void>,
): void {
  test(name, async () => {
    const at = openWorkspace({
      'ca.pem': pki.root.pem,
      'doc.txt': 'x',
      signed: statementOver('doc.txt'),
      evil: statementOver(EVIL),
    })
    try {
      await body(at, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: at.path('summary.md') })
    } finally {
      at.remove()
    }
  })
}

describe('in GitHub Actions', { concurrency: 6 }, () => {
  actions('an error is an annotation too, escaped as the runner asks', async (at, env) => {
    const name = 'no%such\r\nfile::warning::x'
    const { stderr, stdout, code } = await at.run(['verify', name], { env })
    const message = 'no%such\\u{d}\\u{a}file::warning::x: no such file or directory'
    assert.deepEqual(stderr.split('\n'), [
      `tls-stamp: error: ${message}`,
      `::error title=tls-stamp::${message.replace('%', '%25')}`,
      '',
    ])
    assert.equal(stdout, '')
    assert.equal(code, 2)
  })

  actions('what does not verify is an annotation', async (at, env) => {
    const { stderr, code } = await at.run(['verify', 'signed', '--ca', 'ca.pem'], { env })
    assert.match(
      stderr,
      /^::error title=tls-stamp::signed: indeterminate: the host is not on the list .*$/m,
    )
    assert.equal(code, 1)
    const passed = await at.run(['verify', 'signed', ...TRUST], { env })
    assert.equal(passed.stderr, '')
    const status = await at.run(['status', 'signed', 'nothing', '--ca', 'ca.pem'], { env })
    assert.equal(status.stderr.match(/^::error title=tls-stamp::(?:signed|nothing): /gm)?.length, 2)
  })

  actions('verify, sign, renew and status append to the summary', async (at, env) => {
    await using server = await startHostileServer(answer({ endEntity }))
    const by = ['localhost', `${server.port}`]
    assert.equal((await at.run(['verify', 'signed', ...TRUST], { env })).code, 0)
    const ca = ['--ca', 'ca.pem']
    for (const args of [
      ['sign', ...by, 'doc.txt', ...ca],
      ['sign', ...by, 'doc.txt', ...ca, '--if-missing'],
      ['renew', 'signed', ...by, ...ca],
      ['status', 'signed', ...TRUST, '--witness', 'localhost'],
    ]) {
      assert.equal((await at.run(args, { env })).code, 0, args.join(' '))
    }
    const summary = at.read('summary.md')
    assert.deepEqual(
      summary.match(/^### .*/gm),
      ['verify', 'sign', 'sign', 'renew', 'status'].map((command) => `### tls-stamp ${command}`),
    )
    const [first = ''] = summary.split('\n\n###')
    assert.match(first, /^### tls-stamp verify\n\n```text\nsigned\n\npassed: the subject existed /)
    assert.match(first, /\n[0-9a-f]{64} {2}doc\.txt, unaltered\n/)
    assert.match(first, /\nwitness example\.test:443, corroborated\n```\n?$/)
  })

  actions('no name breaks out of the summary', async (at, env) => {
    assert.equal((await at.run(['verify', 'evil', ...TRUST, '--statement-only'], { env })).code, 0)
    const lines = at.read('summary.md').split('\n')
    assert.deepEqual(lines.slice(0, 3), ['### tls-stamp verify', '', '``````text'])
    assert.equal(lines.indexOf('``````'), lines.length - 3)
    assert.deepEqual(lines.slice(-2), ['', ''])
    assert.ok(!at.read('summary.md').includes('\u001b'))
    assert.ok(!lines.includes('# evil'))
  })

  actions('a summary that can not be written fails nothing', async (at, env) => {
    mkdirSync(at.path('folder'))
    for (const path of [at.path('folder'), at.path('no/where'), '']) {
      const there = { ...env, GITHUB_STEP_SUMMARY: path }
      const { code, stderr } = await at.run(['verify', 'signed', ...TRUST], { env: there })
      assert.deepEqual([code, stderr], [0, ''])
    }
  })

  actions('nothing of this happens elsewhere', async (at, { GITHUB_STEP_SUMMARY = '' }) => {
    for (const env of [{ GITHUB_STEP_SUMMARY }, { GITHUB_STEP_SUMMARY, GITHUB_ACTIONS: 'false' }]) {
      const { stderr } = await at.run(['verify', 'nothing'], { env })
      assert.equal(stderr, 'tls-stamp: error: nothing: no such file or directory\n')
      await at.run(['verify', 'signed', ...TRUST], { env })
      assert.ok(!at.exists('summary.md'))
    }
  })
})

test('a fence is longer than any in what it holds', () => {
  for (const [content, fence] of [
    ['', '```'],
    ['a `b` c', '```'],
    ['```', '````'],
    [`\`\`\`\n${'`'.repeat(20)}`, '`'.repeat(21)],
  ] as const) {
    assert.equal(fenced(content), `${fence}text\n${content}\n${fence}`)
  }
})
