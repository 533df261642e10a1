import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DecodeError, HandshakeError, type HandshakeErrorCode } from '../../src/errors.ts'
import { verifySignatureNative } from '../../src/system/signature.ts'
import { readTranscript, type Transcript } from '../../src/tls/transcript.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { type CaptureOptions, capture } from '../support/make/handshake.ts'
import { ecdheParams } from '../support/make/key-exchange.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const kinds = ['p256', 'rsa-2048', 'p384', 'p521', 'ed25519'] as const
const byKind = endEntities(mintTestPki({ endEntityKeys: kinds }))
const [p256, rsa, p384, p521, ed25519] = byKind

function transcriptOf(options: CaptureOptions): Transcript {
  return capture(options).transcript
}

function refuses(transcript: Transcript, code: HandshakeErrorCode, message: RegExp): void {
  assert.throws(
    () => readTranscript(transcript),
    (error) => {
      assert.ok(error instanceof HandshakeError, String(error))
      assert.match(error.message, message)
      return error.code === code
    },
  )
}

/** A ClientHello that offers other code points: each one's first place in the message is written over. */
function offering(
  transcript: Transcript,
  ...changes: readonly [from: string, to: string][]
): Transcript {
  let hex = Buffer.from(transcript.clientHello).toString('hex')
  for (const [from, to] of changes) {
    // Behind type, length, version and random
    const at = hex.indexOf(from, 2 * (4 + 2 + 32))
    assert.ok(at >= 0 && at % 2 === 0 && from.length === to.length, from)
    hex = hex.slice(0, at) + to + hex.slice(at + to.length)
  }
  return { ...transcript, clientHello: Buffer.from(hex, 'hex') }
}

describe('a consistent transcript', () => {
  test('says all that was agreed on, and its signature verifies', () => {
    const schemes: readonly [EndEntity, number, string][] = [
      [p256, 0x0403, 'ecdsa_sha256'],
      [p384, 0x0503, 'ecdsa_sha384'],
      [p521, 0x0603, 'ecdsa_sha512'],
      [ed25519, 0x0807, 'ed25519'],
      [rsa, 0x0804, 'rsa_pss_rsae_sha256'],
      [rsa, 0x0806, 'rsa_pss_rsae_sha512'],
      [rsa, 0x0401, 'rsa_pkcs1_sha256'],
    ]
    for (const [endEntity, code, scheme] of schemes) {
      const groups = { x25519: 0x001d, secp256r1: 0x0017, secp384r1: 0x0018, secp521r1: 0x0019 }
      for (const [name, group] of Object.entries(groups)) {
        const clientRandom = new Uint8Array(32).fill(group)
        const hello = { clientRandom, serverName: 'localhost' }
        const transcript = transcriptOf({ endEntity, scheme: code, group, hello, serverTime: 7 })
        const handshake = readTranscript(transcript)
        assert.deepEqual(
          [handshake.version, handshake.scheme, handshake.group, handshake.serverName],
          [0x0303, scheme, name, 'localhost'],
        )
        assert.deepEqual([...handshake.clientRandom], [...clientRandom])
        assert.deepEqual([...handshake.serverRandom.subarray(0, 4)], [0, 0, 0, 7])
        assert.equal(handshake.certificates.length, 2)
        const { spki } = decodeCertificate(handshake.certificates[0])
        const { signedBytes, signature } = handshake
        assert.ok(verifySignatureNative(scheme, spki, signedBytes, signature), `${scheme} ${name}`)
      }
    }
  })

  test('may be over DHE, before TLS 1.2, stapled, and without a server name', () => {
    const dhe = readTranscript(transcriptOf({ endEntity: rsa, keyExchange: 'dhe' }))
    assert.deepEqual([dhe.group, dhe.primeBits], ['dh2048', 2048])
    for (const [endEntity, scheme] of [
      [rsa, 'rsa_pkcs1_md5_sha1'],
      [p256, 'ecdsa_sha1'],
    ] as const) {
      for (const version of [0x0301, 0x0302]) {
        const old = readTranscript(transcriptOf({ endEntity, version }))
        assert.deepEqual([old.version, old.scheme], [version, scheme])
      }
    }
    const stapled = readTranscript(transcriptOf({ endEntity: p256, ocsp: Uint8Array.of(1, 2) }))
    assert.deepEqual([...(stapled.ocspResponse ?? [])], [1, 2])
    assert.equal(stapled.serverName, undefined)
  })

  test('may announce a CertificateStatus that does not come', () => {
    const extensions = [{ type: 5, body: new Uint8Array(0) }]
    const handshake = readTranscript(transcriptOf({ endEntity: p256, extensions }))
    assert.equal(handshake.ocspResponse, undefined)
  })

  test('may have renegotiation_info in answer to the signalling suite alone', () => {
    const extensions = [{ type: 0xff01, body: Uint8Array.of(0) }]
    const transcript = transcriptOf({ endEntity: p256, extensions })
    readTranscript(offering(transcript, ['ff0100', 'fafa00']))
  })
})

describe('a server that chooses what was not offered is misbehaving', () => {
  test('a version above', () => {
    for (const version of [0x0304, 0x0400, 0x7f1c]) {
      refuses(transcriptOf({ endEntity: p256, version }), 'misbehaving-peer', /not offered/)
    }
  })

  test('a cipher suite', () => {
    for (const cipherSuite of [0xc008, 0xc0ae, 0x1301, 0x009c, 0x0a0a]) {
      const transcript = transcriptOf({ endEntity: p256, cipherSuite })
      refuses(transcript, 'misbehaving-peer', /chose .*, which was not offered/)
    }
    const anon = transcriptOf({ endEntity: p256, keyExchange: 'anon' })
    refuses(anon, 'misbehaving-peer', /not offered/)
  })

  test('compression', () => {
    refuses(transcriptOf({ endEntity: p256, compression: 1 }), 'misbehaving-peer', /compression/)
  })

  test('an extension', () => {
    for (const type of [0, 16, 35, 43, 51, 0x0a0a]) {
      const extensions = [{ type, body: new Uint8Array(0) }]
      const transcript = transcriptOf({ endEntity: p256, extensions })
      refuses(transcript, 'misbehaving-peer', /not offered/)
    }
    const extensions = [{ type: 5, body: new Uint8Array(0) }]
    const unasked = transcriptOf({ endEntity: p256, extensions, hello: { statusRequest: false } })
    refuses(unasked, 'misbehaving-peer', /status_request, which was not offered/)
  })

  test('a signature scheme', () => {
    for (const [endEntity, scheme] of [
      [p256, 0x0203],
      [p256, 0x0303],
      [rsa, 0x0201],
      [rsa, 0x0101],
      [rsa, 0x0904],
    ] as const) {
      refuses(transcriptOf({ endEntity, scheme }), 'misbehaving-peer', /signed with .*not offered/)
    }
    const none = offering(transcriptOf({ endEntity: p256 }), ['000d00', 'fafa00'])
    refuses(none, 'misbehaving-peer', /signed with/)
  })

  test('a group', () => {
    for (const group of [0x001e, 0x0016, 0x0a0a]) {
      refuses(transcriptOf({ endEntity: p256, group }), 'misbehaving-peer', /chose group/)
    }
    const params = ecdheParams(0x001a, new Uint8Array(65).fill(4))
    refuses(transcriptOf({ endEntity: p256, params }), 'misbehaving-peer', /brainpoolP256r1/)
    const none = offering(transcriptOf({ endEntity: p256 }), ['000a00', 'fafa00'])
    refuses(none, 'misbehaving-peer', /chose group x25519/)
  })
})

describe('a server that does not do what it said is misbehaving', () => {
  test('a scheme that is not the suite’s', () => {
    for (const [endEntity, cipherSuite] of [
      [p256, 0xc02f],
      [ed25519, 0xc02f],
      [rsa, 0xc02b],
      [p256, 0x009e],
    ] as const) {
      const keyExchange = cipherSuite === 0x009e ? 'dhe' : 'ecdhe'
      const transcript = transcriptOf({ endEntity, cipherSuite, keyExchange })
      refuses(transcript, 'misbehaving-peer', /signed with .*, which does not fit TLS_/)
    }
  })

  test('a CertificateStatus that was not announced', () => {
    const ocsp = Uint8Array.of(1)
    for (const extensions of [null, [], [{ type: 23, body: new Uint8Array(0) }]]) {
      const transcript = transcriptOf({ endEntity: p256, ocsp, extensions })
      refuses(transcript, 'misbehaving-peer', /CertificateStatus/)
    }
  })

  test('no certificate at all', () => {
    const transcript = transcriptOf({ endEntity: p256, certificates: [] })
    refuses(transcript, 'misbehaving-peer', /no certificate/)
  })
})

describe('a server that is offered and chooses what can’t be signed is incompatible', () => {
  test('a version before TLS 1.0 or after TLS 1.2', () => {
    refuses(transcriptOf({ endEntity: rsa, version: 0x0300 }), 'incompatible-peer', /SSL 3.0/)
    const transcript = transcriptOf({ endEntity: p256, version: 0x0304 })
    const clientHello = transcript.clientHello.slice()
    clientHello[5] = 4
    refuses({ ...transcript, clientHello }, 'incompatible-peer', /TLS 1.3/)
  })

  test('a suite that signs nothing, or with a kind of key that is not supported', () => {
    for (const suite of ['009c', 'c018', '0040', '00a8', 'c02d']) {
      const cipherSuite = Number.parseInt(suite, 16)
      const transcript = transcriptOf({ endEntity: rsa, cipherSuite })
      const offered = offering(transcript, ['c02b', suite])
      refuses(offered, 'incompatible-peer', /has no signed key exchange/)
    }
  })

  test('a curve that was given up', () => {
    const params = ecdheParams(0x000e, new Uint8Array(145).fill(4))
    const transcript = offering(transcriptOf({ endEntity: p256, params }), ['001d', '000e'])
    refuses(transcript, 'incompatible-peer', /sect571r1/)
  })
})

test('a message that does not parse is a DecodeError that names it', () => {
  const transcript = transcriptOf({ endEntity: p256, ocsp: Uint8Array.of(1) })
  for (const [name, struct] of Object.entries({
    clientHello: 'ClientHello',
    serverHello: 'ServerHello',
    certificate: 'Certificate',
    certificateStatus: 'CertificateStatus',
    serverKeyExchange: 'ServerKeyExchange',
  })) {
    const cut = transcript[name as keyof Transcript]?.subarray(0, -1) ?? new Uint8Array(0)
    assert.throws(
      () => readTranscript({ ...transcript, [name]: cut }),
      (error) => error instanceof DecodeError && error.struct === struct,
    )
  }
})
