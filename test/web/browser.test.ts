// The verifier page as people use it, in a real browser: what it says, and that it asks nothing of anybody.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Subject } from '../../src/statement/commitment.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import { encodeInToto } from '../../src/statement/in-toto.ts'
import {
  acceptWitnesses,
  accessibilityFaults,
  builtPage,
  judgeAlone,
  keepScreenshot,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { type Minted, mintCertificate } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'
import { type EndEntity, endEntity } from '../support/servers/servers.ts'

describe('the page in a browser', { skip: missing('chromium') }, () => {
  const { root, witness } = mintWitness()
  let host: PageHost
  let document: string
  let statement: string
  let anchors: string

  const sign = (name: string, subjects: readonly Subject[]): string =>
    host.write(name, encodeStatement(makeStatement({ subjects, rounds: roundsAt(witness) })))

  before(async () => {
    host = await openPageHost()
    document = host.write('doc.txt', 'some text\n')
    statement = sign('signed_statement', [subject('doc.txt', 'some text\n')])
    anchors = host.write('ca.pem', root.pem)
  })

  afterEach(() => host.closePages())

  after(async () => {
    await host?.close()
  })

  /** The page with the test's witness accepted and its root trusted. */
  async function openTrusting(options?: BrowserContextOptions): Promise<Page> {
    const page = await host.open(options)
    await acceptWitnesses(page, [HOST], anchors)
    return page
  }

  async function verdictOf(page: Page): Promise<string> {
    return (await page.locator('.verdict').innerText()).replace(/\s+/g, ' ')
  }

  test('says what existed, no later than when, and on whose word', async () => {
    const page = await host.open({ offline: true })
    assert.match(await page.locator('.private').innerText(), /Nothing leaves this machine/)
    await acceptWitnesses(page, [HOST], anchors)
    await page.setInputFiles('#choose-statement', statement)
    await page.setInputFiles('#choose-files', document)
    await page.locator('#given .outcome.pass').waitFor()
    assert.match(
      await verdictOf(page),
      /^passed subject doc\.txt the subject existed no later than 2026-01-31 12:00:01 UTC only the holder of the key certified for example\.test says so/i,
    )
    assert.match(await page.getByRole('status').first().innerText(), /^passed: the subject existed/)
    assert.match(await page.locator('#limits').innerText(), /clock of example\.test was right/i)
    const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id))
    assert.equal(new Set(ids).size, ids.length)
    assert.equal(await page.locator('.path > li').count(), 3)
    assert.equal(await page.locator('.timeline .round').count(), 3)
    assert.equal(await page.locator('.timeline .bar').count(), 3)
    assert.match(
      await page.locator('#commands').innerText(),
      /tls-stamp verify --witness example\.test/,
    )
    assert.deepEqual(await accessibilityFaults(page), [])
    await keepScreenshot(page, 'passed')
    await keepPicture(page)
  })

  test('fails for an altered file, and names the reason', async () => {
    const page = await openTrusting()
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('.verdict.indeterminate').waitFor()
    await page.setInputFiles('#choose-files', {
      name: 'doc.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('other text\n'),
    })
    await page.locator('.verdict.failed').waitFor()
    assert.match(await verdictOf(page), /^failed .*a file differs from what was signed: doc\.txt/i)
    assert.match(await page.locator('#subjects').innerText(), /ALTERED/)
    assert.deepEqual(await accessibilityFaults(page), [])
    await keepScreenshot(page, 'failed')
    await page.getByRole('button', { name: 'Remove doc.txt' }).click()
    await page.locator('.verdict.indeterminate').waitFor()
  })

  test('does not pass without a file that was compared, unless it is to judge the statement alone', async () => {
    const page = await openTrusting()
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('.verdict.indeterminate').waitFor()
    assert.match(
      await verdictOf(page),
      /no file was compared with the subjects claimed no later than 2026-01-31 12:00:01 UTC not compared doc\.txt Choose a file to compare/i,
    )
    await judgeAlone(page)
    await page.locator('.verdict.passed').waitFor()
    assert.match(await verdictOf(page), /12:00:01 UTC; no file was compared/i)
    assert.match(await page.locator('#commands').innerText(), /tls-stamp verify .*--statement-only/)
    await page.getByLabel(/^Verify the statement alone/).uncheck()
    await page.locator('.verdict.indeterminate').waitFor()
    await page.setInputFiles('#choose-files', document)
    await page.locator('.verdict.passed').waitFor()
  })

  test('takes a file that is called like a subject for that subject alone', async () => {
    const page = await openTrusting()
    const names = ['dist/prod.bin', 'dist/test.bin', 'dist/more.bin']
    await page.setInputFiles(
      '#choose-statement',
      sign(
        'releases',
        names.map((name) => subject(name)),
      ),
    )
    const give = (name: string, content: string): Promise<void> =>
      page.setInputFiles('#choose-files', {
        name,
        mimeType: 'text/plain',
        buffer: Buffer.from(content),
      })
    await give('test.bin', 'dist/test.bin')
    await page.locator('.verdict.passed', { hasText: '1 of 3 was compared' }).waitFor()
    await give('copy.bin', 'dist/more.bin')
    await page.locator('.verdict.passed', { hasText: '2 of 3 were compared' }).waitFor()
    await give('prod.bin', 'dist/test.bin')
    await page.locator('.verdict.failed').waitFor()
    assert.match(
      await verdictOf(page),
      /content of a different subject.*prod\.bin has the content of dist\/test\.bin/i,
    )
    assert.match(await page.locator('#given').innerText(), /content of another subject/)
    await page.getByRole('button', { name: 'Remove prod.bin' }).click()
    await page.locator('.verdict.passed').waitFor()
    await give('b.txt', 'else')
    await page.locator('.verdict.failed').waitFor()
    assert.match(await verdictOf(page), /a file matches none of the subjects: b\.txt/i)
    assert.doesNotMatch(await page.locator('#subjects').innerText(), /ALTERED/)
  })

  test('leaves open whom the reader does not trust, and says what to do', async () => {
    const page = await host.open()
    await judgeAlone(page)
    await page.locator('#policy > summary').click()
    await page.getByLabel(/^Mozilla’s list/).uncheck()
    await page.setInputFiles('#choose-anchors', anchors)
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('.verdict.indeterminate').waitFor()
    assert.match(
      await verdictOf(page),
      /the host is not on the list of accepted witnesses: example\.test/i,
    )
    assert.match(
      await verdictOf(page),
      /To accept example\.test, add the name under “Whom you trust”/,
    )
    await keepScreenshot(page, 'indeterminate')
    await page.getByLabel('Accepted witnesses').fill('https://example.test/')
    await page.getByText('expected a host name or an IP address').waitFor()
    await page.getByLabel('Accepted witnesses').fill(`other.test, ${HOST.toUpperCase()}`)
    await page.locator('.verdict.passed').waitFor()
    await page.getByLabel('Witnesses needed').fill('2')
    await page.locator('.verdict.passed').waitFor({ state: 'detached' })
  })

  test('says of a damaged file what is wrong, and shows what is left of it', async () => {
    const page = await host.open()
    const whole = readFileSync(statement)
    const damaged = host.write('cut_statement', whole.subarray(0, whole.length - 200))
    await page.setInputFiles('#choose-statement', damaged)
    await page.getByText(/cut_statement is not a signed statement/).waitFor()
    await page.getByText('Look inside').waitFor()
    assert.equal(await page.locator('.verdict').count(), 0)
    assert.ok((await page.locator('.inside-round').count()) >= 2)
    await keepScreenshot(page, 'damaged')
    await page.setInputFiles('#choose-statement', document)
    await page.getByText(/doc\.txt is not a signed statement/).waitFor()
    assert.ok(await page.locator('#inside').isHidden())
  })

  test('works by keyboard alone', async () => {
    const page = await host.open()
    const press = async (key: string, wanted: string): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        await page.keyboard.press(key)
        if (await page.evaluate(`document.activeElement.matches('${wanted}')`)) return
      }
      assert.fail(`expected to reach ${wanted} by ${key}`)
    }
    const choose = async (file: string): Promise<void> => {
      // Chromium opens none while it is still closing the one before
      for (let attempt = 0; attempt < 10; attempt++) {
        const opened = page.waitForEvent('filechooser', { timeout: 12_000 }).catch(() => undefined)
        await page.keyboard.press('Space')
        const chooser = await opened
        if (chooser) return chooser.setFiles(file)
      }
      assert.fail(`expected to choose ${file} by keyboard`)
    }
    await press('Tab', '#choose-statement')
    await choose(statement)
    await page.locator('.verdict').waitFor()
    await press('Tab', '#choose-files')
    await choose(document)
    await page.locator('#given .digits').waitFor()
    await press('Tab', '#policy > summary')
    await page.keyboard.press('Enter')
    await press('Tab', '#witnesses')
    await page.keyboard.type(HOST)
    await press('Tab', '#choose-anchors')
    await choose(anchors)
    await page.locator('.verdict.passed').waitFor()
    await press('Tab', '.path summary')
    await page.keyboard.press('Enter')
    await press('Tab', '#print')
    await press('Tab', '.inside-round > summary')
    await page.keyboard.press('Enter')
    await press('Tab', '.message > summary')
    await page.keyboard.press('Enter')
    await page.locator('.bytes').waitFor()
    await press('Tab', '.bytes')
    await press('Tab', '.entry')
    await page.keyboard.press('End')
    assert.equal(await page.evaluate('document.activeElement.matches(".entry:last-child")'), true)
  })

  test('shows bytes and fields together, and which of them are signed', async () => {
    const page = await openTrusting({ colorScheme: 'dark' })
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('.inside-round > summary').first().click()
    await page.getByText('ClientHello').first().click()
    const random = page.locator('.entry', { hasText: /^random 32 bytes/ })
    await random.hover()
    const lit = (await page.locator('.run.lit').allInnerTexts()).join(' ')
    assert.equal(
      lit.replaceAll(' ', ''),
      Buffer.from(subject('', 'some text\n').sha256).toString('hex'),
    )
    const signed = (await page.locator('.bytes .run.signed').allInnerTexts()).join(' ')
    assert.equal(signed, lit)
    assert.doesNotMatch(await page.locator('body').innerText(), /\\u\{/)
    assert.match(await page.locator('.caption').innerText(), /^random, 32 bytes at 6, signed/)
    await page.locator('.run').first().hover()
    assert.match(await page.locator('.entry.lit').innerText(), /^msg_type ClientHello/)
    await page.locator('.bytes').focus()
    await page.keyboard.press('ArrowRight')
    assert.match(await page.locator('.entry.lit').innerText(), /^length/)
    const background = 'getComputedStyle(document.body).backgroundColor'
    assert.equal(await page.evaluate(background), 'rgb(20, 22, 26)')
    assert.deepEqual(await accessibilityFaults(page), [])
    await keepScreenshot(page, 'dark')
  })

  test('has room on a telephone', async () => {
    const page = await host.open({ viewport: { width: 360, height: 740 } })
    assert.deepEqual(await accessibilityFaults(page), [])
    await acceptWitnesses(page, [HOST], anchors)
    await judgeAlone(page)
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('.verdict.passed').waitFor()
    await page.locator('.inside-round > summary').first().click()
    await page.locator('.inside-round[open] .message > summary').last().click()
    await page.locator('.bytes').waitFor()
    assert.ok(Number(await page.evaluate('document.documentElement.scrollWidth')) <= 360)
    await keepScreenshot(page, 'telephone')
  })

  test('prints on A4 and on letter, with all that another needs to check it', async () => {
    const page = await openTrusting()
    await page.setInputFiles('#choose-statement', statement)
    await page.setInputFiles('#choose-files', document)
    await page.locator('#given .outcome.pass').waitFor()
    for (const format of ['A4', 'Letter']) {
      const pdf = await page.pdf({ format, preferCSSPageSize: false })
      assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
      const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
      assert.ok(pages >= 2 && pages <= 4, `${pages} pages on ${format}`)
    }
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 700, height: 1000 })
    assert.ok(await page.locator('#input').isHidden())
    const paper = await page.locator('body').innerText()
    for (const needed of [
      Buffer.from(subject('', 'some text\n').sha256).toString('hex'),
      'sha256sum signed_statement',
      'verify-with-openssl.sh signed_statement doc.txt',
      'existed no later than 2026-01-31',
    ]) {
      assert.ok(paper.includes(needed), needed)
    }
    await keepScreenshot(page, 'paper')
  })

  test('saves the report as verify --json prints it', async () => {
    const page = await openTrusting()
    await judgeAlone(page)
    await page.setInputFiles('#choose-statement', statement)
    await page.locator('#save-json').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#save-json').click(),
    ])
    const report = JSON.parse(readFileSync(await download.path(), 'utf8'))
    assert.equal(report.verdict, 'passed')
    assert.equal(report.time.notAfter, '2026-01-31T12:00:01.000Z')
  })

  test('takes hostile names for text', async () => {
    const page = await host.open()
    const name = '<img src=x onerror=alert(1)>\u202etxt.exe\n'
    await acceptWitnesses(page, [HOST], anchors)
    await judgeAlone(page)
    await page.setInputFiles('#choose-statement', sign('hostile', [subject(name, '')]))
    await page.locator('.verdict.passed').waitFor()
    assert.equal(await page.locator('img').count(), 0)
    const shown = await page.locator('.subject-name').innerText()
    assert.equal(shown, '<img src=x onerror=alert(1)>\\u{202e}txt.exe\\u{a}')
    assert.match(await page.locator('#commands').innerText(), /sha256sum FILE/)
  })

  test('stays usable with a hundred thousand subjects', async () => {
    const page = await host.open()
    const subjects = Array.from({ length: 100_000 }, (_, i) => subject(`file-${i}.txt`, `${i}`))
    await acceptWitnesses(page, [HOST], anchors)
    await judgeAlone(page)
    await page.setInputFiles('#choose-statement', sign('many', subjects))
    await page.locator('.verdict.passed').waitFor()
    assert.match(await verdictOf(page), /all 100000 subjects existed no later than/i)
    assert.equal(await page.locator('.subjects > li').count(), 100)
    assert.match(await page.locator('#subjects').innerText(), /and 99,900 more/)
    await page.getByLabel('Find by name or SHA-256 digest').fill('file-77777.')
    await page.locator('.subjects > li').nth(1).waitFor({ state: 'detached' })
    assert.match(await page.locator('.subjects > li').innerText(), /file-77777\.txt/)
  })

  test('takes a statement and files dropped anywhere', async () => {
    const page = await openTrusting()
    const contents = [statement, document].map((path) => readFileSync(path).toString('base64'))
    await page.evaluate(([signed = '', text = '']) => {
      const bytes = (base64: string): Uint8Array<ArrayBuffer> =>
        Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([bytes(text)], 'doc.txt'))
      dataTransfer.items.add(new File([bytes(signed)], 'whatever.json'))
      const target = globalThis.document.querySelector('h1')
      target?.dispatchEvent(
        new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
      )
    }, contents)
    await page.locator('#given .outcome.pass').waitFor()
    assert.match(await verdictOf(page), /^passed .*unaltered: doc\.txt/i)
  })

  test('compares the files of a folder, and leaves others in it alone', async () => {
    const page = await host.open()
    const folder = join(host.folder, 'release')
    mkdirSync(join(folder, 'sub'), { recursive: true })
    writeFileSync(join(folder, 'doc.txt'), 'some text\n')
    writeFileSync(join(folder, 'sub', 'notes.txt'), 'not signed\n')
    const subjects = [subject('doc.txt', 'some text\n')]
    const bytes = encodeStatement(makeStatement({ subjects, rounds: roundsAt(witness) }))
    writeFileSync(join(folder, 'signed_statement'), bytes)
    await acceptWitnesses(page, [HOST], anchors)
    await page.setInputFiles('#choose-folder', folder)
    await page.locator('.verdict.passed').waitFor()
    await page.getByText('not a subject').waitFor()
    assert.match(await verdictOf(page), /unaltered: doc\.txt/i)
  })

  test('reads a statement within an in-toto Statement', async () => {
    const page = await host.open()
    const plan = { subjects: [subject('doc.txt')], rounds: roundsAt(witness) }
    await acceptWitnesses(page, [HOST], anchors)
    const path = host.write('doc.intoto.json', encodeInToto(makeStatement(plan)))
    await judgeAlone(page)
    await page.setInputFiles('#choose-statement', path)
    await page.locator('.verdict.passed').waitFor()
  })

  test('shows what is in an old statement, which never passes', async () => {
    const page = await host.open()
    const old = repositoryPath('test/fixtures/old-statements/erlang-tls10-rsa2048.timmy')
    await page.setInputFiles('#choose-files', old)
    await page.locator('.verdict.indeterminate').waitFor()
    assert.match(await page.locator('#old').innerText(), /verifies as rsa_pkcs1_md5_sha1/)
    assert.deepEqual(await accessibilityFaults(page), [])
  })

  test('works as well from a web server, and asks it for nothing more', async () => {
    const text = await builtPage()
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.setHeader('content-type', 'text/html; charset=utf-8').end(text)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const page = await host.open({}, `http://127.0.0.1:${port}/verify.html`)
      await acceptWitnesses(page, [HOST], anchors)
      await judgeAlone(page)
      await page.setInputFiles('#choose-statement', statement)
      await page.locator('.verdict.passed').waitFor()
      assert.deepEqual(asked, ['/verify.html'])
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

/** A witness as there are many: an end entity for three months, below authorities that live for years. */
function mintWitness(): { readonly root: Minted; readonly witness: EndEntity } {
  const years = (from: number, to: number): { notBefore: Date; notAfter: Date } => ({
    notBefore: new Date(Date.UTC(from, 0)),
    notAfter: new Date(Date.UTC(to, 0)),
  })
  const root = mintCertificate({ subject: 'Example Root', ca: true, ...years(2018, 2043) })
  const issuer = { subject: 'Example Issuing CA 3', issuer: root, ca: true, ...years(2024, 2029) }
  const intermediate = mintCertificate(issuer)
  const own = mintCertificate({
    subject: HOST,
    issuer: intermediate,
    dnsNames: [HOST],
    notBefore: new Date(Date.UTC(2025, 11, 20)),
    notAfter: new Date(Date.UTC(2026, 2, 14)),
  })
  return { root, witness: endEntity(own, intermediate) }
}

/** The picture in docs/verify.md, docs/verify-page.png, is a copy of this one. */
async function keepPicture(page: Page): Promise<void> {
  await page.setViewportSize({ width: 960, height: 1900 })
  await page.evaluate('scrollTo(0, 0)')
  const end = await page.locator('#checks').boundingBox()
  await keepScreenshot(page, 'verify-page', Math.floor((end?.y ?? 1900) - 12))
}
