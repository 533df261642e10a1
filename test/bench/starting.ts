// How long the command takes to start, next to a Node.js that does nothing.

import { spawnSync } from 'node:child_process'
import { encodeStatement } from '../../src/statement/encode.ts'
import { openWorkspace, PROGRAM } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { HOST, makeStatement, roundsAt, subject } from '../support/make/statements.ts'
import { endEntities } from '../support/servers/servers.ts'
import { beside, heading, interleaved, milliseconds, row } from './table.ts'

export async function benchStarting(): Promise<void> {
  heading('starting: the command line, next to "node -e 0"')
  const pki = mintTestPki({ endEntityKeys: ['p256'], dnsNames: [HOST] })
  const [endEntity] = endEntities(pki)
  const subjects = [subject('doc.txt', 'some text\n')]
  const stamp = encodeStatement(makeStatement({ subjects, rounds: roundsAt(endEntity) }))
  const at = openWorkspace({ stamp, 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
  const env = { ...process.env, XDG_CACHE_HOME: at.path('cache') }
  const node =
    (...args: readonly string[]) =>
    (): void => {
      spawnSync(process.execPath, args, { cwd: at.folder, stdio: 'ignore', env })
    }
  const verify = [PROGRAM, 'verify', 'stamp', '--witness', HOST]
  const medians = await interleaved(
    {
      nothing: node('-e', '0'),
      version: node(PROGRAM, '--version'),
      help: node(PROGRAM, '--help'),
      verify: node(...verify, '--ca', 'ca.pem'),
      roots: node(...verify),
    },
    21,
  )
  at.remove()
  const { nothing } = medians
  row('node -e 0', milliseconds(nothing))
  row('tls-stamp --version', milliseconds(medians.version), beside(medians.version, nothing, 1.2))
  row('tls-stamp --help', milliseconds(medians.help), beside(medians.help, nothing))
  row('tls-stamp verify --ca', milliseconds(medians.verify), beside(medians.verify, nothing, 1.6))
  row('tls-stamp verify', milliseconds(medians.roots), beside(medians.roots, nothing, 1.6))
}
