// Runs the command line many times in one process, for tests that compare many of its results: on standard input a
// list of argument lists in JSON, on standard output a list of what each printed.

import { run } from '../../../src/cli/run.ts'

let input = ''
for await (const chunk of process.stdin) input += chunk
const write = process.stdout.write.bind(process.stdout)
const results: string[] = []
process.setMaxListeners(0)
process.stdout.setMaxListeners(0)
process.stderr.setMaxListeners(0)
for (const args of JSON.parse(input) as readonly (readonly string[])[]) {
  let printed = ''
  process.stdout.write = (text: string | Uint8Array): boolean => {
    printed += text
    return true
  }
  const code = await run(args)
  results.push(code === 2 ? 'could not run' : printed)
}
process.stdout.write = write
process.stdout.write(JSON.stringify(results))
