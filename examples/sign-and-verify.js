// Has a server sign a file, and verifies the statement: node sign-and-verify.js HOST PORT FILE [CA]

import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { decodeStatement, encodeStatement, verifyStatement } from 'tls-stamp'
import { createStatement, digestFile, readTrustAnchors, systemTrustAnchors } from 'tls-stamp/node'

const [host, port, file, ca] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write('usage: node sign-and-verify.js HOST PORT FILE [CA]\n')
  process.exit(2)
}
const trustAnchors = ca ? await readTrustAnchors(ca) : systemTrustAnchors()
const subject = { name: basename(file), sha256: await digestFile(file) }

// Throws when the server has no clock or no valid certificate, or when anything else would not pass verification.
const { statement } = await createStatement({
  host,
  port: Number(port),
  subjects: [subject],
  trustAnchors,
})
const bytes = encodeStatement(statement)
await writeFile(`${file}.stamp`, bytes)

// The recipient of the bytes needs no network. The verdict is "passed" only for witnesses that the recipient names.
const report = verifyStatement(decodeStatement(bytes), {
  digests: [subject],
  trustAnchors,
  witnesses: [host],
  now: new Date(),
})
const isPassed = report.verdict === 'passed'
print(
  isPassed
    ? `passed: ${file} existed no later than ${report.time.notAfter.toISOString()}`
    : `${report.verdict}: ${file}`,
)
for (const { id, outcome, message } of report.checks) {
  print(`${outcome.padEnd(8)}${id.padEnd(12)}${message}`)
}
process.exitCode = isPassed ? 0 : 1

function print(line) {
  // Names may contain anything, even control characters of a terminal.
  process.stdout.write(`${line.replace(/\p{C}/gu, '?')}\n`)
}
