// A file larger than any buffer, in the page: hashed as a stream, in memory that does not grow with it.

import assert from 'node:assert/strict'
import { readFileSync, truncateSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { encodeStatement } from '../../src/statement/encode.ts'
import { keepScreenshot, openPageHost, type PageHost } from '../support/harness/browser.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { endEntities } from '../support/servers/servers.ts'

describe('a large file in the page', { skip: missing('chromium') }, () => {
  let host: PageHost

  before(async () => {
    host = await openPageHost()
  })

  after(async () => {
    await host?.close()
  })

  test('of 2 GiB is hashed as a stream, with word of how far it is', async () => {
    const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
    const [endEntity] = endEntities(pki)
    const subjects = [{ name: 'zeros.bin', sha256: Uint8Array.from(Buffer.from(ZEROS, 'hex')) }]
    const statement = makeStatement({ subjects, rounds: roundsAt(endEntity) })
    const signed = host.write('signed_statement', encodeStatement(statement))
    const big = host.write('zeros.bin', '')
    truncateSync(big, 2 ** 31)

    const page = await host.open()
    await page.setInputFiles('#choose-statement', signed)
    await page.locator('.verdict').waitFor()
    await page.setInputFiles('#choose-files', big)
    await page.locator('progress').waitFor()
    await keepScreenshot(page, 'hashing')
    await page.locator('#given .outcome.pass').waitFor({ timeout: 240_000 })
    const found = await page.locator('.checks-table tr', { hasText: 'subjects' }).last().innerText()
    assert.match(found, /every subject was compared and is unaltered/i)
    for (const [pid, peak] of await rendererPeaks(host)) {
      assert.ok(peak < 2 ** 30, `process ${pid} had ${peak} bytes`)
    }
    await host.closePages()
  })
})

/** The most memory that each renderer has had, in bytes, by process; its worker is in the same. */
async function rendererPeaks({
  browser,
}: PageHost): Promise<(readonly [pid: number, peak: number])[]> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const renderers = processInfo.filter(({ type }) => type === 'renderer')
  assert.ok(renderers.length > 0)
  return renderers.map(({ id }) => {
    const [, kilobytes = 'NaN'] =
      /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? []
    return [id, Number(kilobytes) * 1024] as const
  })
}

/** SHA-256 of 2 GiB of zeros, by sha256sum. */
const ZEROS = 'a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51'
