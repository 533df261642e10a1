// tls-stamp sign --if-missing, as a user types it.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  ERROR_LINES,
  type Outcome,
  openWorkspace,
  type Workspace,
} from '../support/harness/command-line.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import {
  answer,
  type HostileServer,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const pki = mintTestPki({ endEntityKeys: ['p256', 'p384'] })
const [first, second] = endEntities(pki) as [EndEntity, EndEntity]

let one: HostileServer
let two: HostileServer

before(async () => {
  one = await startHostileServer(answer({ endEntity: first }))
  two = await startHostileServer(answer({ endEntity: second }))
})

after(async () => {
  await Promise.all([one.stop(), two.stop()])
})

type Sign = (...args: readonly string[]) => Promise<Outcome>

/** `sign` is by one witness, and by two with `--witness` besides; nobody answers when `down`. */
function ifMissing(
  name: string,
  body: (at: Workspace, sign: Sign, down: Sign) => Promise<void>,
): void {
  test(name, async () => {
    const at = openWorkspace({ a: 'first\n', b: 'second\n', 'ca.pem': pki.root.pem })
    const signing = (port: number): Sign => {
      const rest = ['--ca', 'ca.pem', '--if-missing', '-o', 'out']
      return (...args) => at.run(['sign', 'localhost', `${port}`, ...rest, ...args])
    }
    try {
      await body(at, signing(one.port), signing(1))
    } finally {
      at.remove()
    }
  })
}

/** It is neither kept nor written over. */
async function refuses(at: Workspace, run: Promise<Outcome>, why: RegExp): Promise<void> {
  const before = at.read('out')
  const { stdout, stderr, code } = await run
  assert.match(stderr, ERROR_LINES)
  assert.match(
    stderr,
    /^tls-stamp: error: out exists already and cannot be kept: [^\n]+\nhint: .*--force\n$/,
  )
  assert.match(stderr, why)
  assert.equal(stdout, '')
  assert.equal(code, 2)
  assert.equal(at.read('out'), before)
}

describe('sign --if-missing', { concurrency: 6 }, () => {
  ifMissing('signs when there is nothing, and then leaves it alone', async (at, sign, down) => {
    const signed = await sign('a', 'b')
    assert.match(signed.stdout, /^signed: a and 1 more, /)
    assert.equal(signed.code, 0)
    const before = at.read('out')
    const kept = await down('a', 'b')
    assert.match(
      kept.stdout,
      /^kept: out, whose subjects existed no later than 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$/,
    )
    assert.equal(kept.stderr, '')
    assert.equal(kept.code, 0)
    assert.equal(at.read('out'), before)
  })

  ifMissing('does not mind the order of the files, nor salts', async (_, sign, down) => {
    assert.equal((await sign('a', 'b', '--blind')).code, 0)
    assert.equal((await down('b', 'a')).code, 0)
    assert.equal((await down('b', 'a', '--force')).code, 0)
  })

  ifMissing('prints the report as JSON', async (_, sign, down) => {
    assert.equal(JSON.parse((await sign('a', '--json')).stdout).kept, undefined)
    const { output, report, dropped, kept } = JSON.parse((await down('a', '--json')).stdout)
    assert.deepEqual([output, dropped, kept], ['out', [], true])
    assert.equal(report.verdict, 'passed')
    assert.equal(report.subjects[0].matched, true)
  })

  ifMissing('refuses other subjects, and writes over them with --force', async (at, sign, down) => {
    assert.equal((await sign('a')).code, 0)
    await refuses(at, down('b'), /it covers different subjects/)
    await refuses(at, down('a', 'b'), /it covers different subjects/)
    at.write('a', 'altered\n')
    await refuses(at, down('a'), /it covers different subjects/)
    const forced = await sign('a', '--force')
    assert.match(forced.stdout, /^signed: a, /)
    assert.match((await down('a')).stdout, /^kept: out, /)
  })

  ifMissing('refuses a statement that lacks a witness asked for', async (at, sign, down) => {
    assert.equal((await sign('a')).code, 0)
    const both = ['--witness', `127.0.0.1:${two.port}`]
    await refuses(at, down('a', ...both), /too few independent witnesses count: 1 of 2/)
    assert.match((await down('a', ...both, '--quorum', '1')).stdout, /^kept: /)
    assert.equal((await sign('a', ...both, '--force')).code, 0)
    assert.match((await down('a', ...both)).stdout, /^kept: /)
  })

  ifMissing('refuses a statement by a witness that was not asked for', async (at, sign) => {
    assert.equal((await sign('a')).code, 0)
    const other = ['sign', '127.0.0.1', '1', 'a', '--ca', 'ca.pem', '--if-missing', '-o', 'out']
    await refuses(at, at.run(other), /not on the list of accepted witnesses: localhost/)
  })

  ifMissing('refuses a statement that leads to no trust anchor given', async (at, sign, down) => {
    assert.equal((await sign('a')).code, 0)
    at.write('ca.pem', mintCertificate({ subject: 'Other', ca: true }).pem)
    await refuses(at, down('a'), /there is no valid certification path/)
  })

  ifMissing('refuses what is no statement', async (at, _, down) => {
    at.write('out', 'mine\n')
    await refuses(at, down('a'), /out is not a signed statement/)
  })
})
