// The verifier page as a file: its security policy, what it holds, and what it weighs.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { assemble } from '../../src/web/build.ts'
import { builtPage } from '../support/harness/browser.ts'
import { repositoryPath } from '../support/harness/repository.ts'

const FOLDER = dirname(repositoryPath('src/web/page.html'))
/** The budget of the page without the roots, gzipped. */
const BUDGET = 250_000

const PARTS = { script: 'a', style: 'b', roots: '{}', shell: ':', licences: 'MIT' }

describe('the verifier page', () => {
  let page = ''
  before(async () => {
    page = await builtPage()
  })

  test('allows its own script and style and nothing else', () => {
    const [, policy = ''] =
      /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(page) ?? []
    const directives = new Map(
      policy.split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ')
        return [name, sources] as const
      }),
    )
    assert.deepEqual(directives.get('default-src'), ["'none'"])
    assert.deepEqual(directives.get('connect-src'), ["'none'"])
    assert.deepEqual(directives.get('script-src'), [hashOf(partOf('script')), "'wasm-unsafe-eval'"])
    assert.deepEqual(directives.get('style-src'), [hashOf(partOf('style'))])
    assert.deepEqual(directives.get('worker-src'), ['blob:'])
    assert.deepEqual(directives.get('img-src'), ['data:'])
    assert.deepEqual(directives.get('base-uri'), ["'none'"])
    assert.deepEqual(directives.get('form-action'), ["'none'"])
    assert.deepEqual(directives.get('require-trusted-types-for'), ["'script'"])
    assert.deepEqual(directives.get('trusted-types'), ['worker'])
    assert.equal(directives.size, 10)
    assert.ok(page.indexOf('Content-Security-Policy') < page.indexOf('<style'))
  })

  test('is whole: nothing in it leads to another file', () => {
    const markup = page.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '')
    assert.doesNotMatch(markup, /\b(?:src|srcset|action|formaction|ping|poster)=/)
    assert.deepEqual(
      [...markup.matchAll(/\bhref="([^"]{5})/g)].map(([, begin]) => begin),
      ['data:'],
    )
    assert.doesNotMatch(markup, /\son\w+=|\sstyle=/)
    assert.doesNotMatch(partOf('style'), /url\(|@import/)
  })

  test('writes no markup from strings', () => {
    const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    const sources = files.filter((name) => name.endsWith('.ts'))
    assert.ok(sources.some((name) => name.startsWith('page')))
    for (const file of sources) {
      const source = readFileSync(join(FOLDER, file), 'utf8')
      assert.doesNotMatch(
        source,
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/,
        file,
      )
    }
  })

  test('holds the roots of this Node.js, and says of which day', () => {
    const [, json = ''] = /<script type="application\/json" id="roots">([^<]*)</.exec(page) ?? []
    const roots = JSON.parse(json)
    assert.equal(roots.source, `Node.js ${process.versions.node}`)
    assert.equal(roots.date, '2026-01-02')
    assert.equal(roots.certificates.length, rootCertificates.length)
    assert.ok(rootCertificates[0]?.replaceAll('\n', '').includes(roots.certificates[0]))
  })

  test('holds the script for openssl as it stands in examples/', () => {
    const [, script] = /id="verify-with-openssl">([\s\S]*?)<\/script>/.exec(page) ?? []
    assert.equal(script, readFileSync(repositoryPath('examples/verify-with-openssl.sh'), 'utf8'))
  })

  test('holds the licences of the packages whose code it has', () => {
    const [, licences = ''] = /id="licences">([\s\S]*?)<\/script>/.exec(page) ?? []
    for (const name of ['@noble/curves', '@noble/hashes', 'hash-wasm', 'node-forge']) {
      assert.match(licences, new RegExp(`^${name} [0-9.]+ \\(`, 'm'))
    }
    assert.match(licences, /Permission is hereby granted/)
  })

  test('is small enough', () => {
    const small = page.replace(/(id="roots">)[^<]*/, '$1')
    assert.ok(small.length < page.length - 100_000)
    const size = gzipSync(small, { level: 9 }).length
    assert.ok(size < BUDGET, `${size} bytes`)
  })

  test('names no folder of the machine that it was built on', () => {
    assert.ok(!page.includes(dirname(dirname(FOLDER))))
  })

  test('is not put together from a template that lacks a part', () => {
    assert.throws(() => assemble('<html></html>', PARTS), /expected .* once/)
  })

  test('is not put together from a part that would close its element', () => {
    const html = readFileSync(repositoryPath('src/web/page.html'), 'utf8')
    assert.ok(assemble(html, PARTS).includes('<style>b</style>'))
    for (const name of Object.keys(PARTS)) {
      const parts = { ...PARTS, [name]: '</SCRIPT>' }
      assert.throws(() => assemble(html, parts), /would close its element/, name)
    }
  })

  /** What is within the last element of this name. */
  function partOf(name: 'script' | 'style'): string {
    const from = page.indexOf('>', page.lastIndexOf(`<${name}>`)) + 1
    return page.slice(from, page.lastIndexOf(`</${name}>`))
  }
})

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
