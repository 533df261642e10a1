// What the page says to those who hear it: the present verdict, and never one that no longer holds.

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { encodeStatement } from '../../src/statement/encode.ts'
import { MAX_STATEMENT } from '../../src/statement/statement.ts'
import {
  acceptWitnesses,
  giveFile,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [witness = assert.fail()] = endEntities(pki)

describe('the spoken status of the page', { skip: missing('chromium') }, () => {
  let host: PageHost
  let anchors: string

  before(async () => {
    host = await openPageHost()
    anchors = host.write('ca.pem', pki.root.pem)
  })

  afterEach(() => host.closePages())

  after(async () => {
    await host?.close()
  })

  function sign(...names: readonly string[]): Uint8Array {
    const subjects = names.map((name) => subject(name))
    return encodeStatement(makeStatement({ subjects, rounds: roundsAt(witness) }))
  }

  /** A page on which doc.txt has passed. */
  async function openPassed(): Promise<Page> {
    const page = await host.open()
    await acceptWitnesses(page, [HOST], anchors)
    await giveFile(page, '#choose-statement', 'signed_statement', sign('doc.txt'))
    await giveFile(page, '#choose-files', 'doc.txt', 'doc.txt')
    await page.locator('.verdict.passed').waitFor()
    assert.match(await spoken(page), /^passed: the subject existed no later than/)
    return page
  }

  function spoken(page: Page): Promise<string> {
    return page.locator('#status').innerText()
  }

  /** Asserts that neither eye nor ear is left with the verdict on what was open before. */
  async function expectSilence(page: Page): Promise<void> {
    assert.equal(await spoken(page), '')
    assert.ok(await page.locator('#result').isHidden())
  }

  test('is silent once a file is given that is not a statement', async () => {
    const page = await openPassed()
    await giveFile(page, '#choose-statement', 'bad', 'not a statement')
    await page.getByRole('alert').getByText('bad is not a signed statement').waitFor()
    await expectSilence(page)
    await giveFile(page, '#choose-files', 'doc.txt', 'another file')
    await page.locator('#given .digits').nth(1).waitFor()
    await expectSilence(page)
  })

  test('is silent once a statement is given of which only a part can be read', async () => {
    const page = await openPassed()
    const whole = sign('doc.txt')
    await giveFile(page, '#choose-statement', 'cut', whole.subarray(0, whole.length - 200))
    await page.getByText('Look inside').waitFor()
    await expectSilence(page)
  })

  test('says that a setting is not valid, and the verdict again once it is', async () => {
    const page = await openPassed()
    await page.locator('#policy > summary').click()
    await page.getByLabel('Witnesses needed').fill('99')
    await page.locator('#result.pending').waitFor()
    assert.match(await spoken(page), /^A setting under “Whom you trust” is not valid/)
    assert.equal(await page.locator('#pending').innerText(), await spoken(page))
    await page.getByLabel('Witnesses needed').fill('1')
    await page.locator('#status', { hasText: /^passed/ }).waitFor()
    assert.ok(await page.locator('#pending').isHidden())
  })

  test('is about the statement that was given last, also when the one before takes longer', async () => {
    const page = await openPassed()
    await page.evaluate(
      ([statement = '', size]) => {
        const field = document.querySelector('#choose-statement') as HTMLInputElement
        const bytes = Uint8Array.from(atob(`${statement}`), (character) => character.charCodeAt(0))
        for (const file of [
          new File([new Uint8Array(Number(size))], 'large'),
          new File([bytes], 'small'),
        ]) {
          const chosen = new DataTransfer()
          chosen.items.add(file)
          field.files = chosen.files
          field.dispatchEvent(new Event('change'))
        }
      },
      [Buffer.from(sign('last.txt')).toString('base64'), MAX_STATEMENT],
    )
    await page.locator('.verdict .what', { hasText: 'last.txt' }).waitFor()
    await page.locator('.inside-round').first().waitFor()
    // Both have been answered once a third question is
    await page.evaluate('tlsStamp.report({ statement: new Uint8Array() }).catch(() => undefined)')
    assert.ok(await page.locator('.verdict .what', { hasText: 'last.txt' }).isVisible())
    assert.equal(await page.locator('#fault').innerText(), '')
    assert.match(await spoken(page), /^failed: a file matches none of the subjects: doc\.txt/)
  })
})
