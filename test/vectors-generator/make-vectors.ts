// Writes test/vectors anew, with fresh keys: node dist/test/vectors-generator/make-vectors.js, from the repository's root.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clock } from './clock.ts'
import { encoding } from './encoding.ts'
import { handshakes } from './handshakes.ts'
import { identities } from './identities.ts'
import { passing } from './passing.ts'
import { paths } from './paths.ts'
import { type Scenario, toVector, type Undecodable } from './scenario.ts'
import { signatures } from './signatures.ts'
import { subjects } from './subjects.ts'

const FOLDER = 'test/vectors'

const scenarios: readonly (Scenario | Undecodable)[] = [
  ...passing,
  ...subjects,
  ...handshakes,
  ...signatures,
  ...clock,
  ...paths,
  ...identities,
  ...encoding,
]

const files = new Map<string, string>()
for (const scenario of scenarios) {
  if (files.has(`${scenario.name}.json`))
    throw new Error(`expected one scenario named ${scenario.name}`)
  files.set(`${scenario.name}.json`, `${JSON.stringify(toVector(scenario), null, 2)}\n`)
}
mkdirSync(FOLDER, { recursive: true })
for (const file of readdirSync(FOLDER)) {
  if (file.endsWith('.json')) rmSync(join(FOLDER, file))
}
for (const [file, text] of files) writeFileSync(join(FOLDER, file), text)
