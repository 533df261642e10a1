// The commands that the page shows for checking a statement without it, run in a folder that has what its reader has: the
// statement, the files, and what the page saves.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { encodeStatement } from '../../src/statement/encode.ts'
import { encodeInToto } from '../../src/statement/in-toto.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import {
  acceptWitnesses,
  keepScreenshot,
  openPageHost,
  type PageHost,
} from '../support/harness/browser.ts'
import { openWorkspace, type Workspace } from '../support/harness/command-line.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [witness = assert.fail()] = endEntities(pki)

interface ShownStep {
  readonly command: string
  /** The digest that the page says to expect. */
  readonly expected: string | undefined
}

describe('the commands on the page', { skip: missing('chromium', 'openssl') }, () => {
  let host: PageHost
  let reader: Workspace

  before(async () => {
    host = await openPageHost()
  })

  beforeEach(() => {
    reader = openWorkspace({ CERTIFICATES: pki.root.pem })
  })

  afterEach(async () => {
    reader.remove()
    await host.closePages()
  })

  after(async () => {
    await host?.close()
  })

  /** Gives a statement and files to the page, and writes them into the reader's folder. */
  async function open(
    signed: SignedStatement,
    files: Readonly<Record<string, string>>,
    encode = encodeStatement,
  ): Promise<Page> {
    const page = await host.open()
    reader.write('signed statement', encode(signed))
    for (const [name, content] of Object.entries(files)) reader.write(name, content)
    await acceptWitnesses(page, [HOST], reader.path('CERTIFICATES'))
    await page.locator('#policy > summary').click()
    await page.getByLabel(/^Mozilla’s list/).uncheck()
    await page.setInputFiles('#choose-statement', reader.path('signed statement'))
    await page.setInputFiles('#choose-files', Object.keys(files).map(reader.path))
    return page
  }

  async function stepsOn(page: Page): Promise<readonly ShownStep[]> {
    const steps = await page.locator('.commands > li').all()
    return Promise.all(
      steps.map(async (step) => {
        const digests = await step.locator('.digits').allInnerTexts()
        return { command: await step.locator('pre').innerText(), expected: digests[0] }
      }),
    )
  }

  /** Runs all commands as they are shown and asserts that each says what the page does; gives what they print. */
  async function runAll(page: Page): Promise<string> {
    const printed: string[] = []
    for (const { command, expected } of await stepsOn(page)) {
      const line = command.replace(/^tls-stamp /, '$STAMP ')
      const { code, stdout, stderr } = await reader.shell(line)
      assert.equal(code, 0, `${command}\n${stderr}`)
      if (expected !== undefined) assert.equal(stdout.split(' ')[0]?.replace('\\', ''), expected)
      printed.push(stdout)
    }
    return printed.join('\n')
  }

  /** Saves the script by its button, into the reader's folder. */
  async function saveScript(page: Page): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save verify-with-openssl.sh' }).click(),
    ])
    const script = readFileSync(await download.path(), 'utf8')
    reader.write(download.suggestedFilename(), script)
    return script
  }

  test('work for whoever has the page, the statement and the file, and nothing else', async () => {
    const name = `it's "quoted" & $HOME.txt`
    const subjects = [subject(name, 'some text\n')]
    const page = await open(makeStatement({ subjects, rounds: roundsAt(witness) }), {
      [name]: 'some text\n',
    })
    await page.locator('.verdict.passed').waitFor()
    await saveScript(page)
    const printed = await runAll(page)
    assert.match(printed, /^passed /m)
    assert.match(printed, /^The file existed no later than 2026-01-31 12:00:01 UTC, /m)
    await keepScreenshot(page, 'commands')
  })

  test('name a file that the reader has, of a statement over several', async () => {
    const subjects = ['a.txt', 'b.txt', 'c.txt'].map((name) => subject(name))
    const page = await open(makeStatement({ subjects, rounds: roundsAt(witness) }), {
      'b.txt': 'b.txt',
    })
    await page.locator('.verdict.passed').waitFor()
    await saveScript(page)
    assert.match(await runAll(page), /^The file existed no later than .*: b\.txt$/m)
  })

  test('leave out the script for a statement that it does not take', async () => {
    const subjects = [subject('doc.txt')]
    const statement = makeStatement({ subjects, rounds: roundsAt(witness) })
    const page = await open(statement, { 'doc.txt': 'doc.txt' }, encodeInToto)
    await page.locator('.verdict.passed').waitFor()
    assert.equal(await page.locator('#save-script').count(), 0)
    assert.match(await runAll(page), /^passed /m)
  })

  test('fail as the page does for a file that is not what was signed', async () => {
    const subjects = [subject('doc.txt', 'some text\n')]
    const page = await open(makeStatement({ subjects, rounds: roundsAt(witness) }), {
      'doc.txt': 'other text\n',
    })
    await page.locator('.verdict.failed').waitFor()
    await saveScript(page)
    const script = (await stepsOn(page)).at(-1)?.command ?? ''
    assert.match(script, /^sh verify-with-openssl\.sh /)
    const { code, stderr } = await reader.shell(script)
    assert.equal(code, 1)
    assert.match(stderr, /ALTERED/)
  })
})
