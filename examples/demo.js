// Shows all of tls-stamp in a few seconds, on this machine alone: npm run demo. To try it yourself: npm run demo -- --serve

import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import forge from 'node-forge'
import { decodeStatement, verifyStatement } from 'tls-stamp'
import { digestFile, readTrustAnchors } from 'tls-stamp/node'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tls-stamp-demo-'))
const children = []

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => process.exit(code))
}

async function demonstrate() {
  copyFileSync(join(root, 'examples', 'doc.txt'), join(folder, 'doc.txt'))

  step('A certificate authority, and a certificate for localhost that it issued.')
  const identity = makeIdentity()
  writeFileSync(join(folder, 'ca.pem'), identity.ca)
  say('ca.pem stands for the roots that your browser trusts')

  step('A web server with BoringSSL, the TLS library of Google, which is part of Bun.')
  const google = await serve(findBun(), identity)
  say(`localhost:${google} speaks TLS 1.2 and puts its clock into each handshake`)

  step('Its key signs the digest of doc.txt together with its clock, and never sees the file.')
  await stamp(0, /^signed: doc\.txt/, 'sign', 'localhost', google, 'doc.txt', '--ca', 'ca.pem')

  step('Anybody can verify that offline, even years later: certificates are judged at that time.')
  await stamp(
    0,
    /^passed/,
    'verify',
    'signed_statement',
    '--ca',
    'ca.pem',
    '--witness',
    'localhost',
  )

  step('So can a program, with the library.')
  const statement = decodeStatement(readFileSync(join(folder, 'signed_statement')))
  const report = verifyStatement(statement, {
    digests: [{ name: 'doc.txt', sha256: await digestFile(join(folder, 'doc.txt')) }],
    trustAnchors: await readTrustAnchors(join(folder, 'ca.pem')),
    witnesses: ['localhost'],
    now: new Date(),
  })
  expect(report.verdict === 'passed', `the library says ${report.verdict}`)
  say(`verifyStatement(...).time.notAfter is ${report.time.notAfter.toISOString()}`)

  step('A file that was changed afterwards is detected.')
  appendFileSync(join(folder, 'doc.txt'), 'And this one, too.\n')
  await stamp(
    1,
    /ALTERED/,
    'verify',
    'signed_statement',
    '--ca',
    'ca.pem',
    '--witness',
    'localhost',
  )

  step(
    'A server without a clock is refused: OpenSSL, which is part of Node.js, sends random bytes.',
  )
  const openssl = await serve(process.execPath, identity)
  const refusal = /not those of one real clock/
  await stamp(
    1,
    refusal,
    ...['sign', 'localhost', openssl, 'doc.txt', '--ca', 'ca.pem', '-o', 'other'],
  )
  expect(!existsSync(join(folder, 'other')), 'a refused statement was written')

  process.stdout.write('\nAll went as expected, and nothing is left behind.\n')
}

/** Runs only the web server, so that its user can try the program on it. */
async function keepServing() {
  const identity = makeIdentity()
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, identity.ca)
  const port = await serve(findBun(), identity)
  process.stdout.write(`BoringSSL listens on localhost:${port}. Its certificate is valid until tomorrow and was issued by
${ca}

    node bin/tls-stamp.js sign localhost ${port} examples/doc.txt --ca ${ca}
    node bin/tls-stamp.js verify signed_statement examples/doc.txt --ca ${ca} --witness localhost

Ctrl-C stops it and removes ca.pem.
`)
  const [server] = children
  await new Promise((resolve) => server.once('exit', resolve))
  throw new Error('the server exited')
}

/** Runs the command line and shows what it prints. Its exit code and text must be as expected. */
async function stamp(expectedCode, expectedText, ...args) {
  say(`$ tls-stamp ${args.join(' ')}`)
  const child = spawn(process.execPath, [join(root, 'bin', 'tls-stamp.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
    })
  }
  const code = await new Promise((resolve) => child.on('close', resolve))
  // The checks would be too long for a demonstration.
  const [first] = output.split('\n\nchecks\n')
  say(first.trimEnd())
  say(`exit code ${code}`)
  expect(code === expectedCode, `tls-stamp ${args[0]} exited with ${code}, not ${expectedCode}`)
  expect(expectedText.test(output), `tls-stamp ${args[0]} did not say ${expectedText.source}`)
}

let steps = 0

function step(text) {
  steps++
  const bold = process.stdout.isTTY && !process.env.NO_COLOR
  process.stdout.write(`\n${bold ? '\u001b[1m' : ''}${steps}. ${text}${bold ? '\u001b[0m' : ''}\n`)
}

function say(text) {
  process.stdout.write(`${text.replace(/^(?=.)/gm, '   ')}\n`)
}

function expect(condition, complaint) {
  if (!condition) throw new Error(complaint)
}

/** Makes a root and an end entity certificate, as PEM, with the key of the latter. */
function makeIdentity() {
  const ca = { keys: forge.pki.rsa.generateKeyPair(2048), name: [attribute('Demo Root')] }
  const keys = forge.pki.rsa.generateKeyPair(2048)
  const root = certify(ca, ca.keys.publicKey, ca.name, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ])
  const own = certify(
    ca,
    keys.publicKey,
    [attribute('localhost')],
    [
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  )
  return { ca: root, certificate: own, key: forge.pki.privateKeyToPem(keys.privateKey) }
}

function attribute(value) {
  return { name: 'commonName', value }
}

function certify(issuer, publicKey, subject, extensions) {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = publicKey
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`
  certificate.validity.notBefore = new Date(Date.now() - 86_400_000)
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000)
  certificate.setSubject(subject)
  certificate.setIssuer(issuer.name)
  certificate.setExtensions(extensions)
  certificate.sign(issuer.keys.privateKey, forge.md.sha256.create())
  return forge.pki.certificateToPem(certificate)
}

/** Starts a TLS server in a process of its own and returns its port. It exits when this process does. */
async function serve(program, { certificate, key }) {
  writeFileSync(join(folder, 'server.mjs'), SERVER)
  const child = spawn(program, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${JSON.stringify({ cert: certificate, key })}\n`)
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', (text) => resolve(Number(text)))
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server exited with ${code}`)))
  })
}

const SERVER = `
import { createServer } from 'node:tls'

process.stdin.setEncoding('utf8').once('data', (line) => {
  const server = createServer(JSON.parse(line), (socket) => socket.on('error', () => {}).end())
  server.on('tlsClientError', () => {})
  server.listen(0, 'localhost', () => process.stdout.write(String(server.address().port)))
})
process.stdin.on('end', () => process.exit())
`

/** Finds the program in Bun's package, or in that of the platform if npm did not run Bun's install script. */
function findBun() {
  const modules = join(root, 'node_modules')
  const scope = join(modules, '@oven')
  const platforms = existsSync(scope) ? readdirSync(scope) : []
  const candidates = [
    join(modules, 'bun', 'bin', 'bun.exe'),
    ...platforms.map((name) => join(scope, name, 'bin', 'bun')),
  ]
  const found = candidates.find(runs)
  if (found === undefined) throw new Error('expected Bun, a dev dependency: run npm ci first')
  return found
}

function runs(program) {
  try {
    return /^\d/.test(execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))
  } catch {
    return false
  }
}

process.stdout.on('error', () => process.exit(1))

try {
  const [option, ...others] = process.argv.slice(2)
  expect(others.length === 0 && [undefined, '--serve'].includes(option), 'expected only --serve')
  await (option ? keepServing() : demonstrate())
} catch (error) {
  process.stderr.write(`demo: ${error.message}\n`)
  process.exitCode = 1
}
// Otherwise the servers would keep this process alive.
process.exit()
