// Has a server sign a file and verifies what came: node sign-and-verify.js HOST PORT FILE [CA]

import { writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { decodeStatement, encodeStatement, verifyStatement } from 'tls-stamp'
import { createStatement, digestFile, readTrustAnchors, systemTrustAnchors } from 'tls-stamp/node'

const [host, port, file, ca] = process.argv.slice(2)
const trustAnchors = ca ? await readTrustAnchors(ca) : systemTrustAnchors()
const subject = { name: basename(file), sha256: await digestFile(file) }

// Throws when the server has no clock, no good certificate, or something else that verification would not pass.
const { statement } = await createStatement({
  host,
  port: Number(port),
  subjects: [subject],
  trustAnchors,
})
const bytes = encodeStatement(statement)
await writeFile(`${file}.stamp`, bytes)

// Whoever gets the bytes needs no network. The verdict is "passed" only for a witness that they name.
const report = verifyStatement(decodeStatement(bytes), {
  digests: [subject],
  trustAnchors,
  witnesses: [host],
  now: new Date(),
})
process.stdout.write(`${report.verdict}: ${file} existed no later than `)
process.stdout.write(`${report.time.notAfter?.toISOString() ?? 'an unknown time'}\n`)
for (const { id, outcome, message } of report.checks) {
  process.stdout.write(`${outcome.padEnd(8)}${id.padEnd(12)}${message}\n`)
}
process.exitCode = report.verdict === 'passed' ? 0 : 1
