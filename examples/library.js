// The library in twelve lines: signs doc.txt, and verifies the statement as its recipient would.
import { readFile, writeFile } from 'node:fs/promises'
import { decodeStatement, encodeStatement, verifyStatement } from 'tls-stamp'
import { createStatement, digestFile, systemTrustAnchors } from 'tls-stamp/node'

const subject = { name: 'doc.txt', sha256: await digestFile('doc.txt') }
const { statement } = await createStatement({ subjects: [subject] })
await writeFile('doc.txt.tls-stamp', encodeStatement(statement))

const received = decodeStatement(await readFile('doc.txt.tls-stamp'))
const trustAnchors = systemTrustAnchors()
const report = verifyStatement(received, { digests: [subject], trustAnchors, now: new Date() })
process.stdout.write(`${report.verdict}: ${report.time.notAfter.toISOString()}\n`)
