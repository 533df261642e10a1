// Every vector in the page: the verdict and the JSON are those of the command line, byte for byte.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { renderJson } from '../../src/encoding/json.ts'
import { DecodeError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { openPageHost, type PageHost } from '../support/harness/browser.ts'
import {
  decodeVector,
  type NamedVector,
  readInTotoVectors,
  readVectors,
  statementBytes,
  verifyOptions,
} from '../support/harness/vector.ts'
import { toPem } from '../support/make/mint.ts'
import { missing } from '../support/servers/programs.ts'

const vectors = [...readVectors(), ...readInTotoVectors()]

describe('the vectors in the page', { skip: missing('chromium') }, () => {
  let host: PageHost
  let page: Page

  before(async () => {
    host = await openPageHost()
    page = await host.open()
  })

  after(async () => {
    await host?.close()
  })

  test('have the reports of this library', async () => {
    const reports = await reportsOf(page, vectors.map(asRequest))
    vectors.forEach((vector, i) => {
      assert.equal(reports[i], expectedReport(vector), vector.name)
    })
    const passed = reports.filter((report) => report.includes('"verdict": "passed"'))
    assert.ok(passed.length > 40)
  })

  test('have the reports that the command line prints', async () => {
    // The command line has no way to trust nobody
    const shared = vectors.filter(({ trustAnchors }) => trustAnchors.length > 0)
    const requests = shared.map((vector) => {
      const { digests: _digests, now: _now, ...request } = asRequest(vector)
      return request
    })
    const reports = await reportsOf(page, requests)
    const printed = runEach(shared.map((vector) => argumentsFor(host, vector)))
    shared.forEach((vector, i) => {
      const isUnreadable = 'error' in vector.expected
      const found =
        isUnreadable && reports[i]?.startsWith('refused: ') ? 'could not run' : `${reports[i]}\n`
      assert.equal(found, printed[i], vector.name)
    })
    await host.closePages()
  })
})

interface Request {
  /** Base64. */
  readonly statement: string
  readonly digests?: readonly { readonly name?: string; readonly sha256: string | null }[]
  readonly trustAnchors: readonly string[]
  readonly witnesses?: readonly string[] | undefined
  readonly quorum?: number | undefined
  readonly guards?: number | undefined
  readonly window?: boolean | undefined
  readonly statementOnly?: boolean | undefined
  readonly now?: string | undefined
}

function asRequest(vector: NamedVector): Request {
  const statement = Buffer.from(statementBytes(vector)).toString('base64')
  const { digests, trustAnchors, witnesses, now } = vector
  const { quorum, guards, window, statementOnly } = verifyOptions(vector)
  const policy = { quorum, guards, window, statementOnly }
  return { statement, digests, trustAnchors, witnesses, ...policy, now }
}

/** Through the function that the page offers to scripts, which is what its buttons use. */
function reportsOf(page: Page, requests: readonly Request[]): Promise<string[]> {
  return page.evaluate(async (all) => {
    const bytesOf = (text: string): Uint8Array =>
      Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    const fromHex = (hex: string): Uint8Array =>
      Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
    const { tlsStamp } = window as unknown as {
      tlsStamp: { report: (request: unknown) => Promise<string> }
    }
    const reports: string[] = []
    for (const one of all) {
      const { statement, digests, trustAnchors, now, ...policy } = one
      const request = {
        ...policy,
        statement: bytesOf(statement),
        digests: digests?.map(({ sha256, ...rest }) => ({
          ...rest,
          sha256: sha256 === null ? null : fromHex(sha256),
        })),
        trustAnchors: trustAnchors.map(bytesOf),
        ...(now !== undefined && { now: new Date(now) }),
      }
      try {
        reports.push(await tlsStamp.report(request))
      } catch (error) {
        reports.push(`refused: ${(error as Error).message}`)
      }
    }
    return reports
  }, requests)
}

function expectedReport(vector: NamedVector): string {
  try {
    const statement = decodeVector(vector)
    const options = { ...verifyOptions(vector), verifySignature: verifySignatureNative }
    return renderJson(verifyStatement(statement, options))
  } catch (error) {
    if (error instanceof DecodeError) return `refused: ${error.message}`
    throw error
  }
}

function argumentsFor(host: PageHost, vector: NamedVector): string[] {
  const { name, trustAnchors, witnesses = [] } = vector
  const { quorum, guards, window, statementOnly } = verifyOptions(vector)
  const pem = trustAnchors.map((text) => toPem(Buffer.from(text, 'base64'))).join('\n')
  return [
    'verify',
    host.write(`${name}.statement`, statementBytes(vector)),
    '--json',
    '--ca',
    host.write(`${name}.pem`, pem),
    ...witnesses.flatMap((witness) => ['--witness', witness]),
    ...(quorum === undefined ? [] : ['--quorum', `${quorum}`]),
    ...(guards === undefined ? [] : ['--guards', `${guards}`]),
    ...(window ? ['--window'] : []),
    ...(statementOnly ? ['--statement-only'] : []),
  ]
}

function runEach(runs: readonly (readonly string[])[]): string[] {
  const script = join(
    fileURLToPath(import.meta.url),
    '..',
    '..',
    'support',
    'harness',
    'verify-each.js',
  )
  const { stdout } = spawnSync(process.execPath, [script], {
    input: JSON.stringify(runs),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 120_000,
  })
  return JSON.parse(stdout)
}
