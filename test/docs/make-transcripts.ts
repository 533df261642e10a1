// Writes anew what the commands in README.md, docs/ and examples/ print, in each document in which any of it has changed, or
// with --all in every document: run it after a change of what is printed, and read the difference.

import { writeFileSync } from 'node:fs'
import { repositoryPath } from '../support/harness/repository.ts'
import { readManual } from './documents.ts'
import { isSame, startMachine, withTranscripts } from './transcripts.ts'

await using machine = await startMachine()
const isAll = process.argv.includes('--all')
for (const { path, text } of readManual()) {
  const transcripts = await machine.replay(text)
  const changed = transcripts.filter(({ shown, printed }) => !isSame(shown, printed))
  if (isAll || changed.length > 0) {
    writeFileSync(repositoryPath(path), withTranscripts(text, transcripts))
  }
  for (const { command } of changed) process.stdout.write(`${path}: ${command}\n`)
}
