// What the README and docs/ show is what the program prints: their transcripts are run again, and compared except for what
// differs from run to run (digests, times, ports, sizes).

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { openWorkspace, type Workspace } from './support/harness/command-line.ts'
import { repositoryPath } from './support/harness/repository.ts'
import { mintTestPki } from './support/make/mint.ts'
import { endEntities, type ListenerServer, startBunServer } from './support/servers/servers.ts'

/** The pages of docs/ in the order in which a reader would go through them, as later ones use files of earlier ones. */
const PAGES = ['sign', 'verify', 'many-files', 'witnesses', 'renew']
const pages = readdirSync(repositoryPath('docs')).filter((name) => name.endsWith('.md'))
const documents = [
  'README.md',
  ...PAGES.map((page) => `docs/${page}.md`),
  ...pages.map((name) => `docs/${name}`).filter((page) => !PAGES.includes(page.slice(5, -3))),
]
const texts = documents.map((document) => readFileSync(repositoryPath(document), 'utf8'))
const manual = texts.join('\n')

const COMMANDS = [
  'sign',
  'verify',
  'inspect',
  'probe',
  'handshake',
  'extract',
  'renew',
  'status',
  'export',
  'page',
  'witnesses',
]

let server: ListenerServer
let workspace: Workspace

before(async () => {
  const pki = mintTestPki({ endEntityKeys: ['p256', 'p256'], dnsNames: ['localhost'] })
  server = await startBunServer(endEntities(pki).map((endEntity) => ({ endEntity })))
  workspace = openWorkspace({
    'ca.pem': pki.root.pem,
    'doc.txt': readFileSync(repositoryPath('examples/doc.txt')),
  })
  mkdirSync(workspace.path('dist'))
  workspace.write('dist/app.js', 'console.log(1)\n')
  workspace.write('dist/notes.txt', 'notes\n')
})

after(async () => {
  workspace.remove()
  await server.stop()
})

test('each transcript in the README and in docs/ is what its command prints', async () => {
  const blocks = [...manual.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(
    ([, block = '']) => block,
  )
  const transcripts = blocks.flatMap((block) => [
    ...block.matchAll(/^\$ tls-stamp (.*)\n((?:(?!\$ ).*\n)*)/gm),
  ])
  assert(transcripts.length >= 2, 'the README has transcripts of sign and verify')
  for (const [, command = '', output = ''] of transcripts) {
    const [first = 0, second = 0] = server.ports
    const args = command
      .replace(/\b4433\b/, `${first}`)
      .replace(/\b4434\b/, `${second}`)
      .split(' ')
    const { stdout, stderr } = await workspace.run(args)
    assert.equal(masked(stdout + stderr), masked(output), command)
  }
})

test('each option that the README and docs/ name is in --help', async () => {
  const helps = await Promise.all(COMMANDS.map((command) => workspace.run([command, '--help'])))
  const help = helps.map(({ stdout }) => stdout).join('\n')
  const options = new Set(manual.match(/(?<=`)--[a-z-]+/g))
  options.delete('--global')
  assert(options.size >= 5)
  for (const option of options) assert(help.includes(option), option)
})

test('each file that the documents link to is there', () => {
  for (const document of [...documents, 'SECURITY.md', 'SPEC.md', 'CHANGELOG.md']) {
    const text = readFileSync(repositoryPath(document), 'utf8')
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      assert.doesNotThrow(
        () => repositoryPath(join(dirname(document), target)),
        `${document} links to ${target}`,
      )
    }
  }
})

function masked(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .replace(/\b[0-9a-f]{64}\b/g, 'DIGEST')
    .replace(/(localhost|127\.0\.0\.1)([: ])\d+/g, '$1$2PORT')
    .replace(/\d+ days left/g, 'SOME days left')
    .replace(/\d+ bytes/g, 'SIZE bytes')
    .trim()
}
