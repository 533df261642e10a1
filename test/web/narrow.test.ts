// The page on the narrowest screen that has to be served, 320 CSS pixels (WCAG 2.2, 1.4.10 Reflow): nothing is cut off, and
// nothing scrolls sideways.

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import {
  acceptWitnesses,
  accessibilityFaults,
  keepScreenshot,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { mintCertificate, years } from '../support/make/mint.ts'
import {
  type GuardPlan,
  HOST,
  inTurn,
  makeStatement,
  renew,
  roundsAt,
  subject,
  TIME,
} from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'

const OTHER = 'a-rather-long-name-of-a-host.time.services.other-operator.test'
const GUARD = 'guard.test'
const YEAR = 365 * 86_400
const LONG_NAME = `release/${'a-name-without-a-space-in-it'.repeat(4)}.tar.gz`
const root = mintCertificate({ subject: 'Example Root', ca: true, ...years(2015, 2043) })

function witnessOf(host: string): EndEntity {
  const plan = { subject: host, issuer: root, dnsNames: [host] }
  return endEntity(mintCertificate({ ...plan, ...years(2022, 2027) }))
}

describe('the page at 320 pixels', { skip: missing('chromium') }, () => {
  let host: PageHost

  before(async () => {
    host = await openPageHost()
  })

  afterEach(() => host.closePages())

  after(async () => {
    await host?.close()
  })

  /** Runs `use` on a page in each colour scheme, narrow, and asserts that it fits; 1280 pixels are for the eye. */
  async function look(name: string, use: (page: Page) => Promise<void>): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 1280]) {
        const page = await host.open({ viewport: { width, height: 800 }, colorScheme })
        await use(page)
        await keepScreenshot(page, `${name}-${width}-${colorScheme}`)
        if (width === 320) assert.deepEqual(await page.evaluate<string[]>(CUT_OFF), [])
        assert.deepEqual(await accessibilityFaults(page), [])
      }
    }
  }

  async function give(
    page: Page,
    statement: SignedStatement,
    files: Readonly<Record<string, string>>,
  ) {
    await acceptWitnesses(page, [HOST, OTHER, GUARD], host.write('ca.pem', root.pem))
    const path = host.write('signed_statement', encodeStatement(statement))
    await page.setInputFiles('#choose-statement', path)
    await page.setInputFiles(
      '#choose-files',
      Object.entries(files).map(([name, text]) => {
        return { name, mimeType: 'text/plain', buffer: Buffer.from(text) }
      }),
    )
    await page.locator('#given .outcome').first().waitFor()
  }

  async function openAll(page: Page): Promise<void> {
    await page.locator('#policy > summary').click()
    await page.locator('.path summary').first().click()
    await page.locator('.inside-round > summary').first().click()
    await page.locator('.inside-round[open] .message > summary').last().click()
    await page.locator('.bytes').waitFor()
  }

  test('has room for the empty page and its settings', () =>
    look('narrow-empty', async (page) => {
      await page.locator('#policy > summary').click()
      await page.getByLabel('Accepted witnesses').fill('not a host: https://example.test/')
      await page.setInputFiles('#choose-anchors', host.write('nothing-that-has-a-certificate', '-'))
      await page.locator('#anchors .fail').waitFor()
    }))

  test('has room for two witnesses, a guard and a renewal', () => {
    const times = (begin: number): number[] => [begin, begin, begin]
    const guard: GuardPlan = { endEntity: witnessOf(GUARD), host: GUARD }
    const begin = TIME - 2 * YEAR
    const rounds = inTurn(
      roundsAt(witnessOf(HOST), times(begin)),
      roundsAt(witnessOf(OTHER), times(begin), { host: OTHER }),
    )
    const [first = assert.fail(), ...later] = rounds
    const subjects = [subject('doc.txt'), subject(LONG_NAME), subject('other.txt')]
    const signed = makeStatement({ subjects, rounds: [first, guard, ...later] })
    const statement = renew(signed, { rounds: roundsAt(witnessOf(HOST), times(TIME)) })
    return look('narrow-passed', async (page) => {
      await give(page, statement, { 'doc.txt': 'doc.txt', [LONG_NAME.slice(8)]: LONG_NAME })
      await page.locator('.verdict.passed').waitFor()
      await openAll(page)
    })
  })

  test('has room for what failed', () => {
    const statement = makeStatement({
      subjects: [subject(LONG_NAME)],
      rounds: roundsAt(witnessOf(HOST)),
    })
    return look('narrow-failed', async (page) => {
      await give(page, statement, { [LONG_NAME.slice(8)]: 'altered' })
      await page.locator('.verdict.failed').waitFor()
      await openAll(page)
    })
  })

  test('has room for what is damaged, and for an old statement', () =>
    look('narrow-old', async (page) => {
      const damaged = host.write(LONG_NAME.slice(8), '{"format":"tls-stamp/1"}')
      await page.setInputFiles('#choose-statement', damaged)
      await page.getByText('is not a signed statement').waitFor()
      assert.deepEqual(await page.evaluate<string[]>(CUT_OFF), [])
      const old = repositoryPath('test/fixtures/old-statements/erlang-tls10-rsa2048.timmy')
      await page.setInputFiles('#choose-files', old)
      await page.locator('.verdict.indeterminate').waitFor()
    }))
})

/** Lists what is wider than its place: what leaves the page, hides its end, or has to be scrolled sideways to be read. */
const CUT_OFF = `(() => {
  const { clientWidth, scrollWidth } = document.documentElement
  const describe = (element) => element.tagName + '.' + [...element.classList].join('.') + ': ' + element.textContent.slice(0, 60)
  const wide = [...document.body.querySelectorAll('*')].filter((element) => {
    if (element.closest('.unseen, [hidden], svg') || !element.checkVisibility()) return false
    const { left, right, width } = element.getBoundingClientRect()
    if (width === 0) return false
    const isCut = getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1
    return left < 0 || right > clientWidth + 0.5 || isCut
  })
  const texts = [...document.querySelectorAll('svg text')].filter((text) => {
    const { left, right, width } = text.getBoundingClientRect()
    return width > 0 && (left < 0 || right > clientWidth + 0.5)
  })
  return [
    ...(scrollWidth > clientWidth ? ['the page: ' + scrollWidth] : []),
    ...[...wide, ...texts].map(describe),
  ]
})()`
