// What real servers staple and embed: it must decode.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readRecording } from '../../src/inspect/recording.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { decodeOcspResponse } from '../../src/x509/ocsp.ts'
import { embeddedScts, isSctV1 } from '../../src/x509/sct.ts'

const corpora = process.env.TLS_STAMP_CORPORA
const skip = corpora ? false : 'not in TLS_STAMP_CORPORA: the corpora'

/** Server streams by name. */
function serverStreams(): [name: string, stream: Uint8Array][] {
  const handshakes = join(corpora ?? '', 'handshakes')
  const session = join(corpora ?? '', 'session')
  const flights = readdirSync(session)
    .filter((file) => file.endsWith('_srv.raw'))
    .sort()
    .map((file) => readFileSync(join(session, file)))
  return [
    ['session', Buffer.concat(flights)],
    ...readdirSync(handshakes)
      .filter((file) => file.endsWith('.server.raw'))
      .map((file): [string, Uint8Array] => [file, readFileSync(join(handshakes, file))]),
  ]
}

/** CertificateStatus: opaque OCSPResponse<1..2^24-1> behind one byte of type, both behind the message's header. */
function staples(stream: Uint8Array): Uint8Array[] {
  return readRecording({ server: stream })
    .messages.filter(({ name }) => name === 'CertificateStatus')
    .map(({ fields }) => {
      const found = fields.find(({ name }) => /response/i.test(name))
      assert.ok(found, fields.map(({ name }) => name).join())
      return found.bytes
    })
}

describe('recorded connections of real servers', { skip }, () => {
  const streams = corpora ? serverStreams() : []

  test('hold staples that decode, for the certificate they came with', () => {
    let count = 0
    for (const [name, stream] of streams) {
      for (const staple of staples(stream)) {
        const { status, basic } = decodeOcspResponse(staple)
        assert.equal(status, 'successful', name)
        const [response] = basic?.responses ?? []
        assert.equal(response?.status.type, 'good', name)
        const [own] = readRecording({ server: stream }).certificates
        assert.ok(own)
        const { serialNumber, notBefore, notAfter } = decodeCertificate(own)
        assert.deepEqual(response?.serialNumber, serialNumber, name)
        const at = response?.thisUpdate ?? new Date(0)
        assert.ok(at >= notBefore && at <= notAfter, `${name}: ${at.toISOString()}`)
        assert.ok((response?.nextUpdate ?? at) >= at, name)
        count++
      }
    }
    assert.ok(count >= 2, `${count} staples`)
  })

  test('hold timestamps that decode, from before the certificate was used', () => {
    let count = 0
    for (const [name, stream] of streams) {
      for (const der of readRecording({ server: stream }).certificates) {
        const certificate = decodeCertificate(der)
        for (const sct of embeddedScts(certificate)) {
          assert.ok(isSctV1(sct), name)
          assert.equal(sct.scheme, 'ecdsa_sha256', name)
          const days = (sct.timestamp.getTime() - certificate.notBefore.getTime()) / 86_400_000
          assert.ok(Math.abs(days) < 60, `${name}: ${days} days`)
          count++
        }
      }
    }
    assert.ok(count > 0, `${count} timestamps`)
  })
})
