// The page with more than one of something: witnesses, renewals, a folder's files, toytls's three files.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { proveInclusion } from '../../src/statement/commitment.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import {
  acceptWitnesses,
  accessibilityFaults,
  judgeAlone,
  keepScreenshot,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintCertificate, years } from '../support/make/mint.ts'
import {
  blinded,
  HOST,
  inTurn,
  makeStatement,
  type RoundPlan,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'

const OTHER = 'time.other.test'
const THIRD = 'clock.third-party.test'
const YEAR = 365 * 86_400
const root = mintCertificate({ subject: 'Example Root', ca: true, ...years(2015, 2043) })

function witnessOf(host: string, from: number, to: number): EndEntity {
  const plan = { subject: host, issuer: root, dnsNames: [host] }
  return endEntity(mintCertificate({ ...plan, ...years(from, to) }))
}

function rounds(host: string, times: readonly number[]): RoundPlan[] {
  return roundsAt(witnessOf(host, 2022, 2027), times, { host })
}

describe('the page with several of each', { skip: missing('chromium') }, () => {
  let host: PageHost

  before(async () => {
    host = await openPageHost()
  })

  afterEach(() => host.closePages())

  after(async () => {
    await host?.close()
  })

  /** A page that accepts all three hosts and trusts their root. */
  async function open(width = 960): Promise<Page> {
    const page = await host.open({ viewport: { width, height: 900 } })
    await acceptWitnesses(page, [HOST, OTHER, THIRD], host.write('ca.pem', root.pem))
    await judgeAlone(page)
    return page
  }

  async function give(page: Page, statement: SignedStatement): Promise<void> {
    const path = host.write('signed_statement', encodeStatement(statement))
    await page.setInputFiles('#choose-statement', path)
    await page.locator('.verdict').waitFor()
    await page.locator('#inside h2').waitFor()
  }

  test('numbers the rounds of three witnesses as they are numbered in the statement', async () => {
    const times = [TIME, TIME, TIME]
    const plan = inTurn(rounds(HOST, times), rounds(OTHER, times), rounds(THIRD, times))
    for (const width of [960, 360]) {
      const page = await open(width)
      await give(page, makeStatement({ rounds: plan }))
      await page.locator('.verdict.passed').waitFor()
      assert.deepEqual(await page.locator('.timeline .round text').allTextContents(), [
        '0',
        '3',
        '6',
        '1',
        '4',
        '7',
        '2',
        '5',
        '8',
      ])
      assert.equal(await page.locator('.inside-round').count(), 9)
      assert.match(await page.locator('#inside').innerText(), /time\.other\.test: corroborated/)
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width)
      await keepScreenshot(page, `three-witnesses-${width}`)
    }
  })

  test('names a witness that contradicts the others, and its time', async () => {
    const early = TIME - 30 * 86_400
    const page = await open()
    const own = [rounds(HOST, [TIME, TIME, TIME]), rounds(OTHER, [TIME, TIME, TIME])]
    await give(
      page,
      makeStatement({ rounds: inTurn(...own, rounds(THIRD, [early, early, early])) }),
    )
    await page.locator('.verdict.failed').waitFor()
    const reasons = await page.locator('.reasons').innerText()
    assert.match(reasons, /clock\.third-party\.test disagrees with the rest/)
    // The rounds are too small to be told apart, so that their time stands beside them
    const times = await page.locator('.timeline .witness > text').allTextContents()
    assert.deepEqual(times.slice(-2), [THIRD, '2026-01-01 12:00:00 UTC'])
    assert.deepEqual(await accessibilityFaults(page), [])
    await keepScreenshot(page, 'contradiction')
  })

  test('shows renewals of later years, in time and inside', async () => {
    const begin = TIME - 3 * YEAR
    const subjects = ['a.txt', 'b.txt', 'c.txt'].map((name) => blinded(subject(name)))
    const signed = makeStatement({ subjects, rounds: rounds(HOST, [begin, begin, begin]) })
    const [, chosen] = subjects
    assert.ok(chosen)
    const inclusionProof = proveInclusion(subjects, 1)
    const first = renew(
      { ...signed, subjects: [{ ...chosen, inclusionProof }] },
      { rounds: rounds(HOST, Array(3).fill(begin + YEAR)), trustAnchors: [root.der] },
    )
    const plan = inTurn(rounds(OTHER, [TIME, TIME, TIME]), rounds(THIRD, [TIME, TIME, TIME]))
    const page = await open()
    await give(page, renew(first, { rounds: plan }))
    await page.locator('.verdict.passed').waitFor()
    assert.equal(await page.locator('.timeline').count(), 3)
    assert.equal(await page.locator('.timeline .renewed').count(), 2)
    const inside = await page.locator('#inside').innerText()
    assert.match(inside, /1 subject, 3 rounds, 2 renewals/)
    const commands = await page.locator('#commands').innerText()
    assert.match(commands, /sha256sum b\.txt/)
    assert.match(commands, /verify-with-openssl\.sh signed_statement b\.txt/)
    assert.match(inside, /index 1 of 3 subjects, proven by 2 hashes/)
    assert.match(inside, /salt\s+[0-9a-f]{64}/)
    assert.match(inside, /CN=Example Root, .*never trusted by itself/)
    assert.deepEqual(await page.locator('.inside-renewal').allTextContents(), [
      'Renewal 0',
      'Renewal 1',
    ])
    assert.equal(await page.locator('.inside-round').count(), 12)
    const round = page.locator('.inside-round').nth(3)
    await round.locator('summary').first().click()
    assert.match(await round.innerText(), /is the SHA-256 of the file before this renewal/)
    await round.getByText('ClientHello').click()
    const random = round.locator('.entry', { hasText: /^random 32 bytes/ })
    await random.hover()
    const lit = (await round.locator('.run.lit').allInnerTexts()).join('').replaceAll(' ', '')
    const commitment = first.renewals?.[0]?.rounds[0]?.clientHello.subarray(6, 38)
    assert.equal(lit, Buffer.from(commitment ?? []).toString('hex'))
    assert.deepEqual(await accessibilityFaults(page), [])
    await keepScreenshot(page, 'renewed')
  })

  test('counts a subject that a folder lacks as missing, and no longer when one of its files goes', async () => {
    const folder = join(host.folder, 'lacking')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'there.txt'), 'there.txt')
    writeFileSync(join(folder, 'renamed.txt'), 'moved.txt')
    writeFileSync(join(folder, 'stranger.txt'), 'not signed')
    const subjects = ['there.txt', 'gone.txt', 'moved.txt'].map((name) => subject(name))
    const statement = makeStatement({ subjects, rounds: rounds(HOST, [TIME, TIME, TIME]) })
    const page = await open()
    await give(page, statement)
    await page.locator('.verdict.passed').waitFor()
    await page.setInputFiles('#choose-folder', folder)
    await page.locator('.verdict.failed').waitFor()
    assert.match(await page.locator('.reasons').innerText(), /missing: gone\.txt$/)
    assert.match(await page.locator('.verdict .hint').innerText(), /expected to hold every subject/)
    assert.equal(await page.locator('.subjects .fail').innerText(), 'MISSING')
    assert.deepEqual(await page.locator('.subjects .pass').allInnerTexts(), [
      'unaltered',
      'unaltered',
    ])
    await page.getByRole('button', { name: 'Remove lacking/stranger.txt' }).click()
    await page.locator('.verdict.passed').waitFor()
    rmSync(folder, { recursive: true })
  })

  test('reads the three files of toytls when they come together', async () => {
    const folder = dirname(repositoryPath('test/fixtures/old-statements/README.md'))
    const stem = 'erlang-tls11-rsa2048'
    const parts = ['bytes', 'signature', 'certificate.der'].map((end) => `${stem}.${end}`)
    const contents = parts.map((name) => readFileSync(join(folder, name)).toString('base64'))
    const page = await open()
    await page.evaluate(
      ([names, files]) => {
        const dataTransfer = new DataTransfer()
        names?.forEach((name, i) => {
          const text = atob(files?.[i] ?? '')
          const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
          dataTransfer.items.add(new File([bytes], name))
        })
        const target = globalThis.document.body
        target.dispatchEvent(
          new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
        )
      },
      [parts, contents],
    )
    await page.locator('#old').waitFor()
    await page.locator('.verdict.indeterminate').waitFor()
    assert.match(await page.locator('#old').innerText(), /In the toytls file/)
    assert.equal(await page.locator('#given > li').count(), 1)
    const commands = await page.locator('#commands').innerText()
    for (const name of parts) assert.ok(commands.includes(`sha256sum ${name}`), name)
    assert.match(commands, new RegExp(`tls-stamp verify .*${stem}\\b`))
    await page.setInputFiles('#choose-files', [
      { name: 'x.bytes', mimeType: '', buffer: Buffer.from([1, 2, 3]) },
      { name: 'x.signature', mimeType: '', buffer: Buffer.from([1]) },
      { name: 'x.certificate.der', mimeType: '', buffer: Buffer.from([1]) },
    ])
    await page.getByText(/^x is not a signed statement/).waitFor()
  })

  test('says which trust anchors count', async () => {
    const page = await open()
    await page.locator('#policy > summary').click()
    const said = page.locator('#trusted')
    assert.equal(
      await said.innerText(),
      'Trusted: Mozilla’s list and 1 certificate of your own; a path to either is enough.',
    )
    await give(page, makeStatement({ rounds: rounds(HOST, [TIME, TIME, TIME]) }))
    await page.getByLabel(/^Mozilla’s list/).uncheck()
    const own = 'Trusted: only 1 certificate of your own, not Mozilla’s list.'
    await page.locator('.verified-at', { hasText: own }).waitFor()
    assert.equal(await said.innerText(), own)
    assert.match(await page.locator('#commands').innerText(), /--ca CERTIFICATES/)
    await page.getByRole('button', { name: 'Remove ca.pem' }).click()
    await page.locator('.verdict.failed').waitFor()
    assert.match(await said.innerText(), /^Trusted: nothing/)
    await page.getByLabel(/^Mozilla’s list/).check()
    await page.locator('.verified-at', { hasText: 'Trusted: Mozilla’s list only' }).waitFor()
  })
})
