// What somebody hands to the page to hang it, to crash it, or to have it say what it does not mean.

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { encodeStatement } from '../../src/statement/encode.ts'
import {
  acceptWitnesses,
  giveFile,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { endEntities, endEntity } from '../support/make/end-entity.ts'
import { replaceBody } from '../support/make/flight.ts'
import { mintCertificate, mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject, TIME } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [witness = assert.fail()] = endEntities(pki)
/** A name that would act on a terminal, turn the text around, and paint lines. */
const NAME = 'a\u001b[2J\u202e\r\npassed\u2028   .txt'
const SHOWN = 'a\\u{1b}[2J\\u{202e}\\u{d}\\u{a}passed\\u{2028}\\u{20}\\u{20}\\u{20}.txt'

describe('the page and hostile files', { skip: missing('chromium') }, () => {
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

  /** Opens the page's own test statement, to show that the worker still lives. */
  async function expectAlive(page: Page): Promise<void> {
    await acceptWitnesses(page, [HOST], anchors)
    await giveFile(page, '#choose-statement', 'good', sign('doc.txt'))
    await giveFile(page, '#choose-files', 'doc.txt', 'doc.txt')
    await page.locator('.verdict.passed').waitFor()
  }

  test('names of files are spelled out wherever they stand', async () => {
    const page = await host.open()
    await page.locator('#policy > summary').click()
    for (const [field, content, selector] of [
      ['#choose-anchors', 'nothing', '#anchors'],
      ['#choose-statement', 'nothing', '#fault'],
      ['#choose-files', 'nothing', '#given'],
    ] as const) {
      await drop(page, field, NAME, content)
      await page.locator(selector, { hasText: SHOWN }).waitFor()
    }
    const text = await page.locator('body').innerText()
    assert.doesNotMatch(text, /[\u202e\u2028]|^passed/m)
    assert.ok(!text.includes('\u001b'))
  })

  test('names of subjects are spelled out wherever they stand', async () => {
    const page = await host.open()
    await acceptWitnesses(page, [HOST], anchors)
    await giveFile(page, '#choose-statement', 'signed', sign(NAME))
    await page.locator('.subject-name', { hasText: SHOWN }).waitFor()
    await drop(page, '#choose-files', NAME, 'changed')
    await page.locator('.verdict.failed', { hasText: SHOWN }).waitFor()
    assert.doesNotMatch(await page.locator('body').innerText(), /[\u202e\u2028]|^passed/m)
  })

  test('a wildcard that stands for the host is named as one', async () => {
    const page = await host.open()
    const name = 'clock.example.test'
    const own = mintCertificate({ subject: name, dnsNames: ['*.example.test'], issuer: pki.root })
    const rounds = roundsAt(endEntity(own), undefined, { host: name })
    const statement = makeStatement({ subjects: [subject('doc.txt')], rounds })
    await acceptWitnesses(page, [name], anchors)
    await giveFile(page, '#choose-statement', 'signed', encodeStatement(statement))
    await giveFile(page, '#choose-files', 'doc.txt', 'doc.txt')
    await page
      .locator('.verdict.passed', { hasText: 'under the wildcard *.example.test' })
      .waitFor()
    assert.match(
      await page.locator('#limits').innerText(),
      /any server with the key for \*\.example/,
    )
    assert.match(
      await page.locator('#witness-section').innerText(),
      /\*\.example\.test, a wildcard/,
    )
  })

  test('a large file that is not a statement is refused, and the page goes on', async () => {
    const page = await host.open()
    for (const content of [
      `[${'{},'.repeat(2 ** 22)}{}]`,
      `{"format":"tls-stamp/1",${'"a":[],'.repeat(2 ** 21)}"b":0}`,
      `{"format":"tls-stamp/1","a":${'['.repeat(2 ** 23)}`,
      `{"_type":"https://in-toto.io/Statement/v1","subject":[${'{},'.repeat(2 ** 21)}{}]}`,
    ]) {
      await page.setInputFiles('#choose-statement', host.write('large', content))
      await page.getByText('large is not a signed statement').waitFor()
    }
    await expectAlive(page)
  })

  test('a message of thousands of certificates that many rounds share hangs nothing', async () => {
    const page = await host.open()
    const junk = Uint8Array.from({ length: 30_000 * 4 }, (_, i) => (i % 4 === 2 ? 1 : 0))
    const hosts = Array.from({ length: 32 }, (_, i) => `host-${i}.test`)
    const rounds = hosts.flatMap((host) =>
      roundsAt(witness, [TIME], {
        host,
        edit: (messages) => replaceBody(messages, 'certificate', (body) => withEntries(body, junk)),
      }),
    )
    await giveFile(page, '#choose-statement', 'shared', encodeStatement(makeStatement({ rounds })))
    await page.locator('.verdict, #fault:not(:empty)').first().waitFor()
    await expectAlive(page)
  })

  test('a statement that names one file thousands of times is compared once', async () => {
    const page = await host.open()
    await acceptWitnesses(page, [HOST], anchors)
    const names = Array.from({ length: 8000 }, () => 'doc.txt')
    await giveFile(page, '#choose-statement', 'signed', sign(...names))
    await giveFile(page, '#choose-files', 'doc.txt', 'doc.txt')
    await page.locator('.verdict.passed').waitFor()
    await page.locator('#given .outcome.pass').waitFor()
  })
})

/** The body of a Certificate message with further entries behind its own. */
function withEntries(body: Uint8Array, entries: Uint8Array): Uint8Array {
  const length = body.length - 3 + entries.length
  const header = Uint8Array.of(length >> 16, (length >> 8) & 0xff, length & 0xff)
  return Buffer.concat([header, body.subarray(3), entries])
}

/** Puts a file into a field as it is called, which a real choice of files would not let through everywhere. */
async function drop(page: Page, field: string, name: string, content: string): Promise<void> {
  const script = `((field, name, content) => {
    const files = new DataTransfer()
    files.items.add(new File([content], name))
    const input = document.querySelector(field)
    input.files = files.files
    input.dispatchEvent(new Event('change'))
  })(${[field, name, content].map((text) => JSON.stringify(text)).join(', ')})`
  await page.evaluate(script)
}
