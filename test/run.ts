// Runs the tests: a quick run that is the same on every machine, or with --all everything. Says at its end which suites took
// longest, which tests failed, and in one line what was left out.

import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec, tap } from 'node:test/reporters'
import { fileURLToPath } from 'node:url'

interface Suite {
  readonly name: string
  readonly file: string
  readonly seconds: number
}

const isAll = process.argv.includes('--all')
const folder = fileURLToPath(new URL('.', import.meta.url))
const suites: Suite[] = []
/** Why tests were skipped, each reason as "why: what, what". */
const skipped: string[] = []
/** The tests that failed, each as "file: name". */
const failed: string[] = []

// The processes of the tests inherit these; test/support/harness/sweep-step.ts reads the first.
if (isAll) delete process.env.TLS_STAMP_TESTS
else process.env.TLS_STAMP_TESTS = 'quick'
if (!isAll) delete process.env.TLS_STAMP_CORPORA

const events = run({ files: testFiles(), concurrency: 4 * availableParallelism() })
events.on('test:fail', ({ name, file = '', details }) => {
  process.exitCode = 1
  // A suite fails with a test in it, which is the one to name
  if (!isOfSubtests(details.error)) {
    failed.push(`${relative(folder, file)}: ${name}`)
  }
})
for (const end of ['test:pass', 'test:fail'] as const) {
  events.on(end, ({ name, file = '', nesting, details, skip }) => {
    if (skip !== undefined) skipped.push(`${skip}`)
    if (nesting === 0) suites.push({ name, file, seconds: details.duration_ms / 1000 })
  })
}
// Node.js 24 has another default where nobody watches; what it prints is to be the same with every version.
const report = process.stdout.isTTY ? events.compose(new spec()) : events.compose(tap)
report.pipe(process.stdout)
report.on('end', summarize)

function testFiles(): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.test\.[jt]s$/.test(path))
    .sort()
    .map((path) => join(folder, path))
}

function summarize(): void {
  const slowest = suites.toSorted((one, other) => other.seconds - one.seconds).slice(0, 10)
  print('the ten slowest suites, of which several run at once:')
  for (const { name, file, seconds } of slowest) {
    print(`${seconds.toFixed(1).padStart(7)} s  ${name} (${relative(folder, file)})`)
  }
  if (failed.length > 0) print(`failed: ${failed.length}`)
  for (const one of failed) print(`  ${one}`)
  print(`left out: ${leftOut()}`)
  if (isAll && process.env.CI && skipped.length > 0) {
    print('expected every test to run in CI')
    process.exitCode = 1
  }
}

function isOfSubtests(error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}

function leftOut(): string {
  if (skipped.length === 0 && isAll) return 'nothing'
  const needs = new Set(skipped.flatMap((reason) => reason.replace(/^.*?: /, '').split(', ')))
  const tests = `${skipped.length} tests and suites that need ${[...needs].sort().join(', ')}`
  return isAll ? tests : `${tests}; and most of each long sweep (npm run test:all)`
}

/** As a comment to what reads TAP. */
function print(line: string): void {
  process.stdout.write(`# ${line}\n`)
}
