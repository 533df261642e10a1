// The documents hold together: their links lead somewhere, and the commands and options that they name are there.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { before, describe, test } from 'node:test'
import * as api from '../../src/node.ts'
import { ROOT, runIn } from '../support/harness/command-line.ts'
import { anchorsOf, linksOf, readDocuments, readManual } from './documents.ts'

const documents = readDocuments()

test('each link leads to a file that is there, and to a heading in it', () => {
  const anchors = new Map(documents.map(({ path, text }) => [path, anchorsOf(text)]))
  let count = 0
  for (const { path, text } of documents) {
    for (const link of linksOf(text)) {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      assert.ok(existsSync(join(ROOT, target)), `${path} links to ${link}`)
      if (anchor === undefined) continue
      assert.ok(anchors.get(target)?.includes(anchor), `${path} links to ${link}`)
      count++
    }
  }
  assert.ok(count > 5)
})

test('each row of a table has as many cells as its head', () => {
  const cellsOf = (row: string): number => row.match(/(?<!\\)\|/g)?.length ?? 0
  let count = 0
  for (const { path, text } of documents) {
    for (const [table] of text.matchAll(/(?:^\|.*\n)+/gm)) {
      const [head = '', ...rows] = table.trimEnd().split('\n')
      for (const row of rows) assert.equal(cellsOf(row), cellsOf(head), `${path}: ${row}`)
      count++
    }
  }
  assert.ok(count > 20)
})

test('each page of docs/ is linked from README.md', () => {
  const [readme, ...others] = readManual()
  const linked = linksOf(readme?.text ?? '').map((link) => link.replace(/#.*/, ''))
  for (const { path } of others) assert.ok(linked.includes(path), path)
})

test('examples/library.js is what README.md shows, and has twelve lines', () => {
  const [, ...lines] = readFileSync(join(ROOT, 'examples/library.js'), 'utf8').split('\n')
  assert.equal(lines.length, 13)
  const [readme] = readManual()
  assert.ok(readme?.text.includes(`\`\`\`js\n${lines.join('\n')}\`\`\`\n`))
})

test('docs/library.md names every export', () => {
  const library = readManual().find(({ path }) => path === 'docs/library.md')
  const names = Object.keys(api)
  assert.ok(names.length > 30)
  for (const name of names) assert.ok(library?.text.includes(`\`${name}\``), name)
})

describe('what the documents name', () => {
  const help = new Map<string, string>()

  before(async () => {
    const { stdout } = await runIn(ROOT, ['--help'])
    for (const [, command = ''] of stdout.matchAll(/^ {2}([a-z]+)(?: .*)? {2,}\S/gm)) {
      help.set(command, (await runIn(ROOT, [command, '--help'])).stdout)
    }
  })

  test('is every command and every option', () => {
    const manual = readManual()
    const named = (text: string): boolean => manual.some((each) => each.text.includes(text))
    assert.ok(help.size > 10)
    for (const [command, text] of help) {
      assert.ok(named(`tls-stamp ${command}`), command)
      for (const [option] of text.matchAll(/(?<=^ {2,6}(?:-\w, )?)--(?!help|version)[a-z-]+/gm)) {
        assert.ok(named(option) || option === '--output', `${command} ${option}`)
      }
    }
  })

  for (const { path, text } of documents) {
    test(`in ${path} is there: commands, and the options that follow them`, () => {
      const calls = text.matchAll(/(?:^(?: {4}|\$ )|`|&& )tls-stamp ([a-z]+)\b([^`\n&|;#]*)/gm)
      for (const [call, command = '', rest = ''] of calls) {
        assert.ok(help.has(command), call)
        for (const option of rest.match(/(?<=\s)--[a-z][a-z-]*/g) ?? []) {
          assert.ok(help.get(command)?.includes(option), call)
        }
      }
    })

    // SPEC.md also names options of coreutils
    if (path === 'SPEC.md') continue
    test(`in ${path} is an option of some command`, () => {
      const all = [...help.values()].join('\n')
      for (const option of text.match(/(?<=`)--[a-z][a-z-]*/g) ?? []) {
        assert.ok(all.includes(option), option)
      }
    })
  }
})
