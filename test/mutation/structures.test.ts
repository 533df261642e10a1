// Whole structures of a statement exchanged for others that are as good: what passes is what nobody signed (SPEC.md §8).

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import { DerReader } from '../../src/encoding/der.ts'
import { Writer } from '../../src/encoding/presentation.ts'
import type { Tls12Round } from '../../src/statement/round.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { encodeMessage } from '../../src/tls/messages.ts'
import { readTranscript } from '../../src/tls/transcript.ts'
import { decodeCertificate } from '../../src/x509/certificate.ts'
import { bitString, integer, sequence } from '../support/make/asn1.ts'
import { mintCertificate } from '../support/make/mint.ts'
import { HOST, tls12Rounds } from '../support/make/statements.ts'
import { intermediate, LAST, MESSAGES, own, root, statement, verdictOf } from './fixture.ts'

const rounds = tls12Rounds(statement)

/** A change that nobody signed passes in the last round alone: the next one signs all of the others. */
function passesInLast(change: (index: number) => SignedStatement, what?: string): void {
  for (const index of rounds.keys()) {
    const verdict = verdictOf(change(index))
    assert.equal(verdict, index === LAST ? 'passed' : 'failed', `${what ?? ''} round ${index}`)
  }
}

/** The statement with one of its rounds changed. */
function withRound(
  index: number,
  change: (round: Tls12Round) => Partial<Tls12Round>,
): SignedStatement {
  const changed = rounds.map((round, i) => (i === index ? { ...round, ...change(round) } : round))
  return { ...statement, rounds: changed }
}

/** The statement whose round presents these certificates instead of the first of its own. */
function presenting(index: number, ...certificates: readonly Uint8Array[]): SignedStatement {
  return withRound(index, (round) => {
    const others = readTranscript(round).certificates.slice(certificates.length)
    const list = [...certificates, ...others].map((der) => new Writer().opaque(3, der).done())
    return { certificate: encodeMessage(11, new Writer().opaque(3, concat(...list)).done()) }
  })
}

/** An ECDSA signature on P-256 with n - s in the place of s, which verifies as well. */
function negated(signature: Uint8Array): Uint8Array {
  const reader = new DerReader('Ecdsa-Sig-Value', signature).sequence('signature')
  const [r, s] = [reader.unsigned('r'), reader.unsigned('s')]
  return sequence(integer(numberOf(r)), integer(ORDER - numberOf(s)))
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** The certificate with its own signature negated. */
function resigned(der: Uint8Array): Uint8Array {
  const { tbs, signature } = decodeCertificate(der)
  const start = tbs.byteOffset - der.byteOffset + tbs.length
  const algorithm = der.slice(start, der.length - bitString(signature).length)
  return sequence(tbs, algorithm, bitString(negated(signature)))
}

/** The ServerKeyExchange with its signature negated. */
function withNegated(round: Tls12Round): Pick<Tls12Round, 'serverKeyExchange'> {
  const { signature } = readTranscript(round)
  const unsigned = round.serverKeyExchange.slice(4, -2 - signature.length)
  const body = concat(unsigned, new Writer().opaque(2, negated(signature)).done())
  return { serverKeyExchange: encodeMessage(12, body) }
}

const spec = { subject: HOST, issuer: intermediate, dnsNames: [HOST] }

describe('exchanging the end entity certificate', () => {
  test('for another of the same key passes in the last round alone, as TLS 1.2 signs no certificate', () => {
    const sameKey = mintCertificate({ ...spec, key: own.key, serial: 7n })
    const ofOther = mintCertificate({
      ...spec,
      issuer: root,
      key: own.key,
      dnsNames: [HOST, 'x.test'],
    })
    for (const { der } of [sameKey, ofOther]) passesInLast((index) => presenting(index, der))
  })

  test('for one of another key, another host, or from nowhere never passes', () => {
    const bad = [
      mintCertificate(spec),
      mintCertificate({ ...spec, key: own.key, dnsNames: ['other.test'] }),
      mintCertificate({ subject: HOST, key: own.key, dnsNames: [HOST] }),
    ]
    for (const index of rounds.keys()) {
      for (const { der } of bad) assert.notEqual(verdictOf(presenting(index, der)), 'passed')
    }
  })
})

test('another intermediate of the same name and key passes in the last round alone', () => {
  const again = mintCertificate({
    subject: 'Test Intermediate',
    issuer: root,
    ca: true,
    key: intermediate.key,
  })
  assert.notDeepEqual(again.der, intermediate.der)
  passesInLast((index) => presenting(index, own.der, again.der))
})

describe('an ECDSA signature with n - s instead of s', () => {
  test('of a certificate passes in the last round alone', () => {
    passesInLast((index) => presenting(index, resigned(own.der)))
    passesInLast((index) => presenting(index, own.der, resigned(intermediate.der)))
  })

  test('of a ServerKeyExchange passes in the last round alone', () => {
    passesInLast((index) => withRound(index, withNegated))
  })
})

test('a message of another round passes only where it is the same', () => {
  for (const [index, round] of rounds.entries()) {
    for (const other of rounds.filter((one) => one !== round)) {
      for (const message of MESSAGES) {
        const verdict = verdictOf(withRound(index, () => ({ [message]: other[message] })))
        const isSigned = /Hello|KeyExchange/.test(message)
        assert.equal(verdict, isSigned ? 'failed' : 'passed', `${message} of round ${index}`)
      }
    }
  }
})

test('two whole rounds never pass in each other’s place', () => {
  for (const i of rounds.keys()) {
    for (const j of rounds.keys()) {
      if (i === j) continue
      const swapped = rounds.with(i, rounds[j] as Tls12Round).with(j, rounds[i] as Tls12Round)
      assert.equal(verdictOf({ ...statement, rounds: swapped }), 'failed')
    }
  }
})

/** Of the group of P-256 (FIPS 186-4 §D.1.2.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
