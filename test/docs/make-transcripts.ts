// Writes anew what the commands in README.md, docs/ and examples/ print, where that has changed: run it after a change of
// what is printed, and read the difference.

import { writeFileSync } from 'node:fs'
import { repositoryPath } from '../support/harness/repository.ts'
import { readManual } from './documents.ts'
import { isSame, startMachine, withTranscripts } from './transcripts.ts'

await using machine = await startMachine()
for (const { path, text } of readManual()) {
  const transcripts = await machine.replay(text)
  const written = withTranscripts(text, transcripts)
  if (written !== text) writeFileSync(repositoryPath(path), written)
  const changed = transcripts.filter(({ shown, printed }) => !isSame(shown, printed))
  for (const { command } of changed) process.stdout.write(`${path}: ${command}\n`)
}
