// Writes test/snapshots anew: look at what changed before it goes in.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspectFixtures, SNAPSHOT_ARGUMENTS, SNAPSHOTS } from './inspect-snapshots.ts'

mkdirSync(SNAPSHOTS, { recursive: true })
for (const [name, args] of Object.entries(SNAPSHOT_ARGUMENTS)) {
  writeFileSync(join(SNAPSHOTS, `${name}.txt`), await inspectFixtures(args))
}
