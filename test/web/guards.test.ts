// The page with servers of TLS 1.3: guards beside clocks, and windows alone.

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
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
import { openWorkspace } from '../support/harness/command-line.ts'
import { mintCertificate, years } from '../support/make/mint.ts'
import {
  type GuardPlan,
  HOST,
  makeStatement,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'

const GUARD = 'guard.test'
const root = mintCertificate({ subject: 'Example Root', ca: true, ...years(2015, 2043) })

function issue(host: string, from: number, to: number): EndEntity {
  const plan = { subject: host, issuer: root, dnsNames: [host] }
  return endEntity(mintCertificate({ ...plan, ...years(from, to) }))
}

const guard: GuardPlan = { endEntity: issue(GUARD, 2025, 2027), host: GUARD }

/** Words alone, as they are whatever the width and the capitals. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase()
}

describe('the page', { skip: missing('chromium') }, () => {
  let host: PageHost

  before(async () => {
    host = await openPageHost()
  })

  afterEach(() => host.closePages())

  after(async () => {
    await host?.close()
  })

  async function open(width: number, statement: SignedStatement): Promise<Page> {
    const page = await host.open({ viewport: { width, height: 900 } })
    await acceptWitnesses(page, [HOST, GUARD], host.write('ca.pem', root.pem))
    await judgeAlone(page)
    const path = host.write('signed_statement', encodeStatement(statement))
    await page.setInputFiles('#choose-statement', path)
    await page.locator('.verdict').waitFor()
    await page.locator('#policy > summary').click()
    return page
  }

  test('shows a guard between the rounds of a clock, and takes how many are needed', async () => {
    const [first, ...later] = roundsAt(issue(HOST, 2022, 2030), [TIME, TIME, TIME])
    assert.ok(first)
    const statement = makeStatement({ rounds: [first, guard, ...later] })
    for (const width of [960, 360]) {
      const page = await open(width, statement)
      await page.locator('.verdict.passed').waitFor()
      const said = await page.locator('#result').innerText()
      assert.match(
        said,
        /The guard guard\.test signed too: nobody can show a time before 2025-01-01 /,
      )
      assert.match(said, /2025-01-01 00:00:00 UTC to 2027-01-01 00:00:00 UTC/)
      const marks = await page.locator('.timeline .round text').allTextContents()
      assert.deepEqual(marks, ['0', '2', '3', '1'])
      assert.equal(await page.locator('.timeline .round.window rect').count(), 1)
      const bars = await page.locator('.timeline .bar-label').allTextContents()
      assert.match(bars.at(-1) ?? '', /^window of guard\.test2025-01-01 to 2027-01-01$/)
      assert.equal(await page.locator('.timeline .bar.window rect').count(), 1)
      assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= width)
      await page.getByLabel('Guards needed').fill('1')
      await page.getByText('tls-stamp verify', { exact: false }).getByText('--guards 1').waitFor()
      await page.locator('.verdict.passed').waitFor()
      await page.getByLabel('Guards needed').fill('2')
      await page.locator('.verdict.indeterminate').waitFor()
      assert.deepEqual(await accessibilityFaults(page), [])
      await keepScreenshot(page, `guard-${width}`)
    }
  })

  test('says of operators, guards and files what the command line says', async () => {
    const known = 'www.google.com'
    const [first = assert.fail(), ...later] = roundsAt(issue(known, 2022, 2030), undefined, {
      host: known,
    })
    const subjects = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name))
    const signed = encodeStatement(makeStatement({ subjects, rounds: [first, guard, ...later] }))
    const workspace = openWorkspace({ signed, 'ca.pem': root.pem })
    const page = await host.open()
    await acceptWitnesses(page, [known, GUARD], workspace.path('ca.pem'))
    await page.setInputFiles('#choose-statement', workspace.path('signed'))
    const options = ['--ca', 'ca.pem', '--witness', known, '--witness', GUARD]
    for (const [files, verdict, telling] of [
      [[], 'indeterminate', /claimed no later than 2026-01-31 12:00:01 utc/],
      [
        ['b.txt'],
        'passed',
        /only google \(www\.google\.com\) says so.*the guard .*1 of 3 files unaltered/,
      ],
    ] as const) {
      for (const name of files) workspace.write(name, name)
      await page.setInputFiles('#choose-files', files.map(workspace.path))
      await page.locator(`.verdict.${verdict}`).waitFor()
      const said = page.locator('.claim, .word-of, .reasons li, .verdict .rows > div')
      const shown = (await said.allInnerTexts()).map(plain).join(' ')
      assert.match(shown, telling)
      const { stdout } = await workspace.run(['verify', 'signed', ...files, ...options])
      assert.equal(`${verdict} ${shown}`, plain(stdout))
    }
    workspace.remove()
  })

  test('takes windows alone only when that is asked for', async () => {
    const page = await open(960, makeStatement({ rounds: [guard] }))
    await page.locator('.verdict.indeterminate').waitFor()
    await page.getByLabel(/^Accept a statement without a clock/).check()
    await page.locator('.verdict.passed').waitFor()
    const said = await page.locator('#result').innerText()
    assert.match(said, /no later than 2027-01-01 00:00:00 UTC, when the certificate .* expired/)
    assert.equal(await page.locator('.timeline .round.window rect').count(), 1)
    const script = page.getByText('verify-with-openssl.sh --window signed_statement document.txt')
    await script.waitFor()
    await keepScreenshot(page, 'window')
  })
})
