// The verifier page in Firefox, opened from disk: it judges as in Chromium, asks nothing of anybody, and complains of nothing.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { encodeStatement } from '../../src/statement/encode.ts'
import { builtPage } from '../support/harness/browser.ts'
import { type Firefox, openFirefox } from '../support/harness/firefox.ts'
import { repositoryPath } from '../support/harness/repository.ts'
import { until } from '../support/harness/until.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { missing } from '../support/servers/programs.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
const [witness = assert.fail()] = endEntities(pki)
const TEXT = 'some text\n'

describe('the page in Firefox', { skip: missing('firefox') }, () => {
  let firefox: Firefox
  let folder: string
  let statement: Uint8Array

  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  const readIfThere = (name: string): string => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tls-stamp-firefox-'))
    const subjects = [subject('doc.txt', TEXT)]
    statement = encodeStatement(makeStatement({ subjects, rounds: roundsAt(witness) }))
    write('verify.html', await builtPage())
    write('ca.pem', pki.root.pem)
    write('signed_statement', statement)
    write('doc.txt', TEXT)
    firefox = await openFirefox(folder)
  })

  beforeEach(() => firefox.open(pathToFileURL(join(folder, 'verify.html')).href))

  afterEach(async () => {
    assert.deepEqual(await firefox.noticed(), { requests: [], complaints: [] })
  })

  after(async () => {
    await firefox?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Accepts the test's witness and its root, as a reader does. */
  async function acceptWitness(): Promise<void> {
    await firefox.click('#policy > summary')
    await firefox.type('#witnesses', HOST)
    await firefox.type('#choose-anchors', join(folder, 'ca.pem'))
    await firefox.textOf('#anchors', '1 certificate')
  }

  /** Drops files on the page, by a name and what is in it, base64. */
  function drop(files: Readonly<Record<string, string>>): Promise<unknown> {
    return firefox.run(
      `const dataTransfer = new DataTransfer()
       for (const [name, content] of Object.entries(arguments[0])) {
         const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0))
         dataTransfer.items.add(new File([bytes], name))
       }
       document.body.dispatchEvent(
         new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }),
       )`,
      files,
    )
  }

  const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString('base64')

  test('passes a file that was chosen, and fails an altered one', async () => {
    await acceptWitness()
    await firefox.type('#choose-statement', join(folder, 'signed_statement'))
    await firefox.type('#choose-files', join(folder, 'doc.txt'))
    const said = await firefox.textOf('.verdict', 'assed')
    assert.match(said, /The subject existed no later than 2026-01-31 12:00:01 UTC/i)
    assert.match(said, /certified for example\.test/)
    assert.match(await firefox.textOf('#status'), /^passed: the subject existed/)
    assert.equal(await firefox.run('return document.querySelectorAll(".round").length'), 3)
    await drop({ 'doc.txt': base64('other text\n') })
    assert.match(await firefox.textOf('.verdict', 'ailed'), /doc\.txt/)
  })

  test('takes what is dropped, and shows its bytes', async () => {
    await acceptWitness()
    await drop({ signed_statement: base64(statement), 'doc.txt': base64(TEXT) })
    await firefox.textOf('.verdict', 'assed')
    await firefox.click('.inside-round > summary')
    await firefox.click('.inside-round[open] .message > summary')
    assert.match(await firefox.textOf('.fields', 'random'), /ClientHello/)
    assert.match(await firefox.textOf('.bytes'), /01 00/)
  })

  test('saves the script for openssl, and the report', async () => {
    await acceptWitness()
    await drop({ signed_statement: base64(statement), 'doc.txt': base64(TEXT) })
    await firefox.textOf('.verdict', 'assed')
    await firefox.click('#save-script')
    const script = readFileSync(repositoryPath('examples/verify-with-openssl.sh'), 'utf8')
    await until(() => readIfThere('verify-with-openssl.sh') === script)
    await firefox.click('#save-json')
    await until(() => readIfThere('report.json').endsWith('}\n'))
    assert.equal(JSON.parse(readIfThere('report.json')).verdict, 'passed')
  })

  test('says of a damaged file what is wrong, and keeps no verdict', async () => {
    await acceptWitness()
    await drop({ signed_statement: base64(statement), 'doc.txt': base64(TEXT) })
    await firefox.textOf('.verdict', 'assed')
    await firefox.type('#choose-statement', join(folder, 'doc.txt'))
    await firefox.textOf('#fault', 'doc.txt is not a signed statement')
    assert.equal(await firefox.textOf('#status'), '')
    assert.equal(await firefox.run('return document.querySelector("#result").hidden'), true)
  })

  test('fits into 320 pixels', async () => {
    await firefox.setWidth(320)
    await acceptWitness()
    await drop({ signed_statement: base64(statement), 'doc.txt': base64(TEXT) })
    await firefox.textOf('.verdict', 'assed')
    await firefox.click('.inside-round > summary')
    await firefox.click('.inside-round[open] .message > summary')
    await firefox.textOf('.fields', 'random')
    const widths = 'const { scrollWidth, clientWidth } = document.documentElement'
    assert.equal(await firefox.run(`${widths}; return scrollWidth - clientWidth`), 0)
  })

  test('would be seen to make a request or an error, as another page is here', async () => {
    const server = createServer((_request, response) => {
      response
        .setHeader('content-type', 'text/html')
        .end('<link rel="icon" href="data:,"><script>fetch("/asked"); nowhere()</script>')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const { port } = server.address() as AddressInfo
      const url = `http://127.0.0.1:${port}/`
      await firefox.open(url)
      const requests: string[] = []
      const complaints: string[] = []
      await until(async () => {
        const noticed = await firefox.noticed()
        requests.push(...noticed.requests)
        complaints.push(...noticed.complaints)
        return requests.includes(`${url}asked`) && /nowhere is not defined/.test(`${complaints}`)
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
