// Writes test/vectors anew, with fresh keys: node dist/test/vectors/generator/make-vectors.js, from the repository's root.
// With --missing it writes those that have no file yet, removes files that no scenario is behind, and holds the
// other files against what is expected.

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Vector } from '../../support/harness/vector.ts'
import { anchors } from './anchors.ts'
import { blind } from './blind.ts'
import { clock } from './clock.ts'
import { encoding } from './encoding.ts'
import { encodingBounds } from './encoding-bounds.ts'
import { encodingOfRenewals } from './encoding-of-renewals.ts'
import { givenFiles } from './given-files.ts'
import { guards } from './guards.ts'
import { handshakes } from './handshakes.ts'
import { identities } from './identities.ts'
import { inToto } from './in-toto.ts'
import { keys } from './keys.ts'
import { majorities } from './majorities.ts'
import { type OldScenario, oldStatements, toOldVector } from './old-statements.ts'
import { passing } from './passing.ts'
import { pathRules } from './path-rules.ts'
import { paths } from './paths.ts'
import { renewals } from './renewals.ts'
import { type Scenario, toVector, type Undecodable } from './scenario.ts'
import { signatures } from './signatures.ts'
import { subjects } from './subjects.ts'
import { tls12Handshakes } from './tls12-handshakes.ts'
import { tls13Handshakes } from './tls13-handshakes.ts'
import { witnesses } from './witnesses.ts'

const FOLDER = 'test/vectors'

const scenarios: readonly (Scenario | Undecodable | OldScenario)[] = [
  ...passing,
  ...subjects,
  ...givenFiles,
  ...handshakes,
  ...tls12Handshakes,
  ...signatures,
  ...keys,
  ...clock,
  ...paths,
  ...pathRules,
  ...identities,
  ...blind,
  ...witnesses,
  ...majorities,
  ...guards,
  ...tls13Handshakes,
  ...renewals,
  ...anchors,
  ...encoding,
  ...encodingBounds,
  ...encodingOfRenewals,
  ...inToto,
  ...oldStatements,
]

const onlyMissing = process.argv.includes('--missing')
const names = new Set<string>()
mkdirSync(FOLDER, { recursive: true })
for (const scenario of scenarios) {
  const file = `${scenario.name}.json`
  if (names.has(file)) throw new Error(`expected one scenario named ${scenario.name}`)
  names.add(file)
  // Made in any case, which holds what is expected against the verifier
  const vector = 'form' in scenario ? toOldVector(scenario) : toVector(scenario)
  const path = join(FOLDER, file)
  if (onlyMissing && existsSync(path)) {
    const { description, expected } = JSON.parse(readFileSync(path, 'utf8'))
    assert.deepEqual({ description, expected }, pick(vector), file)
  } else {
    writeFileSync(path, `${JSON.stringify(vector, null, 2)}\n`)
  }
}
for (const file of readdirSync(FOLDER)) {
  if (file.endsWith('.json') && !names.has(file)) rmSync(join(FOLDER, file))
}

/** What does not depend on keys. */
function pick({ description, expected }: Pick<Vector, 'description' | 'expected'>): object {
  return { description, expected }
}
