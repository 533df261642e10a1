// Takes a recorded handshake apart: node inspect-recording.js SERVER_STREAM [CLIENT_STREAM]
//
// A stream is everything that one side sent over TCP, as Wireshark's "Follow TCP Stream" saves it in raw form.

import { readFile } from 'node:fs/promises'
import { inspectHandshake } from 'tls-stamp'

const [serverFile, clientFile] = process.argv.slice(2)
if (serverFile === undefined || serverFile === '--help') {
  process.stderr.write('usage: node inspect-recording.js SERVER_STREAM [CLIENT_STREAM]\n')
  process.exit(2)
}
const report = inspectHandshake({
  server: await readFile(serverFile),
  ...(clientFile && { client: await readFile(clientFile) }),
})

print('version', report.version)
print('suite', report.cipherSuite)
print('exchange', [report.keyExchange, report.group].filter(Boolean).join(' over '))
print('signed', `${report.scheme ?? 'nothing'}, ${report.signature}`)
print('time', `${report.serverTime?.toISOString() ?? 'none'}, if the server has a clock`)
for (const { subject, key } of report.certificates) print('certificate', `${subject}, ${key} key`)
for (const { name, offset, length } of report.messages) print(name, `${length} bytes at ${offset}`)
if (report.error) print('error', report.error.message)

function print(title, text) {
  // Names in certificates may contain anything, even control characters of a terminal.
  const safe = `${text ?? 'unknown'}`.replace(/\p{C}/gu, '?')
  process.stdout.write(`${title.padEnd(20)}${safe}\n`)
}
