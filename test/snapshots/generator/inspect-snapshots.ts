// The snapshots of inspect's output: which files they show, and how they are made.

import { dirname, join } from 'node:path'
import { runIn } from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'

const ROOT = dirname(repositoryPath('package.json'))
export const SNAPSHOTS: string = join(ROOT, 'test/snapshots')
const FIXTURES = join(ROOT, 'test/fixtures')

function pair(name: string): string[] {
  return [`recordings/${name}.client.raw`, `recordings/${name}.server.raw`]
}

/** Arguments of inspect in the folder of the fixtures, by the snapshot's name. */
export const SNAPSHOT_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  tls12: pair('tls12'),
  'tls12-hex': ['--hex', ...pair('tls12')],
  'tls12-resumed': pair('tls12-resumed'),
  'tls10-dhe': pair('tls10-dhe'),
  'tls13-retry': pair('tls13-retry'),
  refused: pair('refused'),
  ssl30: pair('ssl30'),
  'ssl2-hello': pair('ssl2-hello'),
  'ssl2-hello-hex': ['--hex', ...pair('ssl2-hello')],
  odd: pair('odd'),
  'odd-json': ['--json', ...pair('odd')],
  'raw-key-tls12': pair('raw-key-tls12'),
  'raw-key-tls13': ['--keylog', 'recordings/raw-key-tls13.keys', ...pair('raw-key-tls13')],
  'capture-ocsp': ['captures/node-ocsp.pcapng'],
  'capture-tls13': ['captures/node-tls13-ipv6.pcap'],
  statement: ['recordings/statement.json'],
  'statement-hex': ['--hex', 'recordings/statement.json'],
}

/** What inspect prints. */
export async function inspectFixtures(args: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await runIn(FIXTURES, ['inspect', ...args])
  if (code !== 0 || stderr !== '') throw new Error(`inspect ${args.join(' ')}: ${code} ${stderr}`)
  return stdout
}
