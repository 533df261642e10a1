// The traces of RFC 8448: messages, key schedule, records and signatures of TLS 1.3, byte for byte.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat, toHex } from '../../src/encoding/bytes.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { finishedMac, hashMessages } from '../../src/tls/key-schedule.ts'
import { decodeTls13NewSessionTicket } from '../../src/tls/tls13-messages.ts'
import { encodeProtected } from '../../src/tls/tls13-records.ts'
import { hashedMessages, readTls13Transcript } from '../../src/tls/tls13-transcript.ts'
import { spkiOf } from '../../src/x509/index.ts'
import { bytes, cipher, play, record, traces } from '../support/make/rfc8448.ts'

test('there are the four traces with a certificate', () => {
  assert.equal(traces.length, 4)
})

for (const trace of traces) {
  describe(`section ${trace.section}`, () => {
    const { transcript, finished, secrets, handshake, application } = play(trace)
    const { hash } = cipher

    test('is consistent, and its signature verifies', () => {
      const { scheme, signedBytes, signature, certificates, serverName, version } =
        readTls13Transcript(transcript)
      assert.deepEqual([version, serverName], [0x0304, 'server'])
      assert.equal(toHex(signedBytes.slice(-32)), trace.signedHash)
      const spki = spkiOf(certificates[0]) ?? assert.fail()
      assert.ok(verifySignatureNative(scheme, spki, signedBytes, signature))
    })

    test("has the server's Finished", () => {
      const before = hashMessages(hash, hashedMessages(hash, transcript))
      assert.equal(toHex(finishedMac(hash, secrets.server, before)), trace.serverFinished)
      assert.equal(toHex(finished.slice(4)), trace.serverFinished)
    })

    test("has the client's Finished, where it is alone in its record", () => {
      const before = hashMessages(hash, [...hashedMessages(hash, transcript), finished])
      const own = concat(bytes('14000020'), finishedMac(hash, secrets.client, before))
      const sent = toHex(encodeProtected(handshake.seal(22, own)))
      if (transcript.certificateRequest) assert.equal(trace.clientFinished, undefined)
      else assert.equal(sent, trace.clientFinished)
    })

    test('has the records after it', () => {
      if (trace.newSessionTicket) {
        const { type, content } = application.open(record(trace.newSessionTicket))
        assert.equal(type, 22)
        decodeTls13NewSessionTicket(content)
      }
      const content = Uint8Array.from({ length: 50 }, (_, i) => i)
      if (trace.serverContent && trace.clientContent) {
        const received = application.open(record(trace.serverContent))
        assert.deepEqual(received, { type: 23, content })
        const sent = encodeProtected(application.seal(23, content))
        assert.equal(toHex(sent), trace.clientContent)
      }
      const closeNotify = Uint8Array.of(1, 0)
      const sent = encodeProtected(application.seal(21, closeNotify))
      assert.equal(toHex(sent), trace.clientCloseNotify)
      const received = application.open(record(trace.serverCloseNotify))
      assert.deepEqual(received, { type: 21, content: closeNotify })
    })
  })
}
