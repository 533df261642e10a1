// Signing on loopback against BoringSSL, next to bare handshakes of OpenSSL's client; and how many round trips it takes.

import { execFile } from 'node:child_process'
import { type AddressInfo, connect, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { createStatement } from '../../src/sign/sign.ts'
import type { HttpProxy } from '../../src/system/proxy.ts'
import { openWorkspace, PROGRAM } from '../support/harness/command-line.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { subject } from '../support/make/statements.ts'
import { startKnownHosts } from '../support/servers/known-hosts.ts'
import { type Answer, type ConnectProxy, startProxy } from '../support/servers/proxy.ts'
import { type EndEntity, endEntities, missing, startBunServer } from '../support/servers/servers.ts'
import { beside, heading, interleaved, median, milliseconds, ratio, row, time } from './table.ts'

const run = promisify(execFile)
const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const subjects = [subject('doc.txt')]

export async function benchSigning(): Promise<void> {
  heading('signing: 3 rounds with BoringSSL on loopback')
  const absent = missing('bun', 'openssl')
  if (absent) return row(absent, '')
  await using server = await startBunServer(
    endEntities(pki).map((endEntity: EndEntity) => ({ endEntity })),
  )
  for (const [i, kind] of ['P-256', 'RSA-2048'].entries()) {
    await compare(kind, server.ports[i] ?? 0)
  }
  await countRoundTrips(server.port)
  await benchOperators()
}

async function compare(kind: string, port: number): Promise<void> {
  const first = await time(() => sign(port))
  const at = openWorkspace({ 'doc.txt': 'some text\n', 'ca.pem': pki.root.pem })
  const command = ['sign', 'localhost', `${port}`, 'doc.txt', '--ca', 'ca.pem', '--force']
  const env = { ...process.env, XDG_CACHE_HOME: at.path('cache') }
  const medians = await interleaved(
    {
      library: () => sign(port),
      command: () => run(process.execPath, [PROGRAM, ...command], { cwd: at.folder, env }),
      // Three processes, as a shell would run them.
      client: () => threeTimes(() => clientProcess(port)),
      // The same handshakes without their process, by the same OpenSSL.
      tls: () => threeTimes(() => bareHandshake(port)),
      nothing: () => threeTimes(() => run('openssl', ['version'])),
    },
    15,
  )
  at.remove()
  const { library, client, tls, nothing } = medians
  row(`${kind}: createStatement, the first`, milliseconds(first))
  row(`${kind}: createStatement`, milliseconds(library), beside(library, client, 1.5))
  row(
    `${kind}: tls-stamp sign`,
    milliseconds(medians.command),
    beside(medians.command, client, 1.3),
  )
  row(`${kind}: 3 x openssl s_client`, milliseconds(client))
  row(
    `${kind}: 3 x openssl s_client, less 3 x openssl version`,
    milliseconds(client - nothing),
    ratio(library, client - nothing),
  )
  row(`${kind}: 3 x handshake of node:tls`, milliseconds(tls), ratio(library, tls))
}

async function sign(port: number): Promise<void> {
  await createStatement({ host: 'localhost', port, subjects, trustAnchors: [pki.root.der] })
}

async function threeTimes(once: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 3; i++) await once()
}

async function clientProcess(port: number): Promise<void> {
  const child = run('openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    'localhost',
    '-tls1_2',
  ])
  child.child.stdin?.end()
  await child
}

function bareHandshake(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername: 'localhost', ca: pki.root.pem }
    const socket = connectTls({ ...options, maxVersion: 'TLSv1.2' }, () => {
      socket.destroy()
      resolve()
    })
    socket.once('error', reject)
  })
}

/** Through a proxy that holds each direction up: a connection's own round trip is not among what it sees. */
async function countRoundTrips(port: number): Promise<void> {
  const log: string[] = []
  const proxy = createServer((client) => {
    log.push('open')
    const server = connect({ host: '127.0.0.1', port })
    pipeLate(client, server, () => log.push('hello'))
    pipeLate(server, client, () => log.push('flight'))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const through = (proxy.address() as AddressInfo).port
  await sign(through)
  const taken: number[] = []
  for (let i = 0; i < 5; i++) taken.push(await time(() => sign(through)))
  await new Promise((resolve) => proxy.close(resolve))
  const trips = median(taken) / (2 * DELAY)
  row(
    `P-256 with ${2 * DELAY} ms a round trip`,
    milliseconds(median(taken)),
    `${trips.toFixed(1)} round trips, and 1 to connect`,
  )
  // The next connection opens before the flight that its ClientHello waits for.
  const order = log.slice(0, log.indexOf('flight')).join(' ')
  row('connections opened before the first flight came', `${order.split('open').length - 1}`)
}

function pipeLate(from: Duplex, to: Duplex, note: () => void): void {
  from.on('error', () => to.destroy())
  from.once('data', note)
  from.on('data', (bytes) => setTimeout(() => to.writable && to.write(bytes), DELAY))
  from.on('end', () => setTimeout(() => to.end(), DELAY))
}

/** Four operators by a proxy that holds everything up, and how much one costs that takes no connection. */
async function benchOperators(): Promise<void> {
  await using hosts = await startKnownHosts()
  const dead = ['www.cloudflare.com:443', 'api.cloudflareclient.com:443']
  const lateTunnel =
    (without: readonly string[]): Answer =>
    (client, { target }) => {
      const port = hosts.ports[target]
      if (port === undefined || without.includes(target)) return
      const server = connect({ host: '127.0.0.1', port, noDelay: true })
      setTimeout(() => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        pipeLate(client, server, () => undefined)
        pipeLate(server, client, () => undefined)
      }, 2 * DELAY)
      client.once('close', () => server.destroy())
    }
  await using all = await startProxy(lateTunnel([]))
  await using three = await startProxy(lateTunnel(dead))
  const signBy = async ({ host, port }: ConnectProxy): Promise<void> => {
    const proxyFor = (): HttpProxy => ({ protocol: 'http', host, port })
    await createStatement({ subjects, trustAnchors: [hosts.root.der], proxyFor })
  }
  await signBy(all)
  const medians = await interleaved({ four: () => signBy(all), one: () => signBy(three) }, 5)
  const trip = 2 * DELAY
  const trips = `${(medians.four / trip).toFixed(1)} round trips`
  row(
    `four operators with ${trip} ms a round trip`,
    milliseconds(medians.four),
    `${trips}; 14 of them: ${beside(medians.four, 14 * trip, 1.3)}`,
  )
  const added = medians.one - medians.four
  row('one of them does not answer: more', milliseconds(added), `of 3 s: ${beside(added, 3000, 1)}`)
}

/** Milliseconds in one direction. */
const DELAY = 20
