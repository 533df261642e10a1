// What inspect says of captures: TLS behind plain text, and packets that were left out.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { openWorkspace } from '../../support/harness/command-line.ts'
import { repositoryPath } from '../../support/harness/repository.ts'
import { ethernet, ipPacket, type Packet, pcap } from '../../support/make/capture-writer.ts'

const fixture = (side: string): Uint8Array =>
  readFileSync(repositoryPath(`test/fixtures/recordings/tls12.${side}.raw`))

/** Both sides' bytes, a packet each. */
function talk(client: Uint8Array, server: Uint8Array, port = 40_000): Packet[] {
  const back = {
    source: '192.0.2.2',
    destination: '192.0.2.1',
    sourcePort: 25,
    destinationPort: port,
  }
  const there = { sourcePort: port, destinationPort: 25 }
  return [
    ipPacket({ ...there, flags: 'S' }),
    ipPacket({ ...back, flags: 'S', acknowledgement: 1 }),
    ipPacket({ ...there, sequence: 1, acknowledgement: 1, payload: client }),
    ipPacket({ ...back, sequence: 1, acknowledgement: 1, payload: server }),
  ].map((bytes) => ({ bytes: ethernet(bytes) }))
}

const inGre = { bytes: ethernet(ipPacket({ protocol: 47 })) }
const cut = { bytes: new Uint8Array(3) }
const fragment = { bytes: ethernet(ipPacket({ fragment: 0x2000 })) }
const said = 'EHLO me\r\nSTARTTLS\r\n'
const mail = talk(
  Buffer.concat([Buffer.from(said), fixture('client')]),
  Buffer.concat([Buffer.from('220 mx\r\n250 STARTTLS\r\n220 go\r\n'), fixture('server')]),
)

/** Handshakes one after the other, each from a port of its own. */
const crowd = (count: number): Packet[] =>
  Array.from({ length: count }).flatMap((_, i) =>
    talk(fixture('client'), fixture('server'), 20_000 + i),
  )

const at = openWorkspace({
  'crowd.pcap': pcap(crowd(600)),
  'mail.pcap': pcap([...mail, inGre]),
  'web.pcap': pcap(
    talk(Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from('HTTP/1.1 200 OK\r\n\r\n')),
  ),
  'tunnel.pcap': pcap([inGre, inGre, fragment, cut]),
})

after(() => at.remove())

describe('inspect of a capture', () => {
  test('shows TLS behind STARTTLS, and names and shows what came before', async () => {
    const { code, stdout } = await at.run(['inspect', 'mail.pcap'])
    assert.equal(code, 0)
    assert.match(stdout, /left out +1 packet in PPPoE, MPLS or a tunnel \(not supported\)\n/)
    assert.match(
      stdout,
      /before TLS +SMTP in plain text, \d+ bytes from the client and \d+ bytes from/,
    )
    assert.match(stdout, /signature +valid/)
    assert.match(stdout, /-> plain text +\d+ bytes\n.*"EHLO me\\r\\nSTARTTLS\\r\\n"\n/)
    const hex = await at.run(['inspect', '--hex', 'mail.pcap'])
    assert.match(hex.stdout, /0 {2}45 48 4c 4f 20 6d 65 0d 0a/)
  })

  test('says for each of many handshakes whether its signature is valid, and --all shows each whole', async () => {
    const { code, stdout } = await at.run(['inspect', 'crowd.pcap'])
    assert.equal(code, 0)
    assert.equal(stdout.match(/^ {2}signature +valid/gm)?.length, 600)
    const shown = stdout.match(/<- ServerKeyExchange/g)?.length ?? 0
    const left = `the messages of ${600 - shown} connections are not shown; --all shows them`
    assert.ok(shown > 100 && shown < 600)
    assert.equal(stdout.trimEnd().split('\n').at(-1), left)
    const all = await at.run(['inspect', '--all', 'crowd.pcap'])
    assert.equal(all.stdout.match(/<- ServerKeyExchange/g)?.length, 600)
    assert.doesNotMatch(all.stdout, /left out/)
  })

  test('without TLS: how much there was, and which packets were left out', async () => {
    const web = await at.run(['inspect', 'web.pcap'])
    assert.equal(web.code, 2)
    assert.match(web.stderr, /: the capture has 4 packets, but 1 TCP connection, none with TLS\n$/)
    const { code, stderr } = await at.run(['inspect', 'tunnel.pcap'])
    assert.equal(code, 2)
    assert.match(
      stderr,
      /: the capture has 4 packets, but no readable TCP; left out: 2 packets in PPPoE, MPLS or a tunnel \(not supported\), 1 packet with an IP fragment \(not reassembled\), 1 packet damaged or truncated\n$/,
    )
  })
})
