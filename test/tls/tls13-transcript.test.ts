// The consistency of a TLS 1.3 round beyond what its client would do: a statement's author may have written the client's
// messages too.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Writer } from '../../src/encoding/presentation.ts'
import { HandshakeError } from '../../src/errors.ts'
import { makeKeyPairNative } from '../../src/system/tls-cryptography.ts'
import { encodeClientHello, type HelloOptions } from '../../src/tls/client-hello.ts'
import { readTls13Transcript, type Tls13Transcript } from '../../src/tls/tls13-transcript.ts'
import { endEntities } from '../support/make/end-entity.ts'
import { encodeMessage, parseClientHello } from '../support/make/flight.ts'
import { mintTestPki } from '../support/make/mint.ts'
import { encodeRetry, type RetryOptions, tls13ServerFlight } from '../support/make/tls13-flight.ts'

const pki = mintTestPki({ endEntityKeys: ['p256'] })
const [endEntity] = endEntities(pki)

const shareOf = (group: number) => ({ group, keyExchange: makeKeyPairNative(group).share })
const [x25519, p256, p384] = [shareOf(0x001d), shareOf(0x0017), shareOf(0x0018)]

const USUAL: HelloOptions = {
  clientRandom: new Uint8Array(32).fill(0xc1),
  serverName: 'localhost',
  statusRequest: true,
  version: 0x0304,
  sessionId: new Uint8Array(32).fill(0x5e),
  keyShares: [x25519, p256],
}

function roundOf(
  clientHello: Uint8Array,
  first?: { readonly hello: Uint8Array; readonly retry: RetryOptions },
): Tls13Transcript {
  const helloRetryRequest = first && encodeRetry(first.retry, first.hello)
  const tries = first && helloRetryRequest && { clientHello: first.hello, helloRetryRequest }
  const group = first?.retry.group ?? 0x001d
  const flight = tls13ServerFlight({ endEntity, group }, clientHello, tries)
  const [encryptedExtensions, certificate, certificateVerify] = flight.messages
  if (!encryptedExtensions || !certificate || !certificateVerify) assert.fail()
  return {
    ...(tries && { firstClientHello: tries.clientHello, helloRetryRequest }),
    clientHello,
    serverHello: flight.serverHello,
    encryptedExtensions,
    certificate,
    certificateVerify,
  }
}

function refuses(transcript: Tls13Transcript, message: RegExp): void {
  assert.throws(
    () => readTls13Transcript(transcript),
    (error) => error instanceof HandshakeError && message.test(error.message),
  )
}

/** The hello with its extensions edited. */
function edited(
  hello: Uint8Array,
  edit: (extensions: ReturnType<typeof parseClientHello>['extensions']) => typeof extensions,
): Uint8Array {
  const { extensions } = parseClientHello(hello.subarray(4))
  const list = new Writer()
  for (const { type, body } of edit(extensions)) list.u16(type).opaque(2, body)
  const before = extensions.reduce((sum, { body }) => sum + 4 + body.length, 2)
  const start = hello.subarray(4, hello.length - before)
  return encodeMessage({ type: 1, body: new Writer().bytes(start).opaque(2, list.done()).done() })
}

describe('a client is refused that', () => {
  test('did not offer TLS 1.3, or not in full', () => {
    const hello = encodeClientHello(USUAL)
    refuses(roundOf(encodeClientHello({ ...USUAL, version: 0x0305 })), /did not offer TLS 1.3/)
    for (const type of [10, 13, 51]) {
      const without = edited(hello, (all) => all.filter((one) => one.type !== type))
      refuses(roundOf(without), /left out key_share, supported_groups or signature_algorithms/)
    }
    const without = edited(hello, (all) => all.filter((one) => one.type !== 43))
    refuses(roundOf(without), /did not offer TLS 1.3/)
  })

  test('sent a share of a group that it did not list', () => {
    refuses(roundOf(encodeClientHello({ ...USUAL, groups: [0x0017] })), /x25519, which was not off/)
  })

  test('sent a cookie that nobody gave it', () => {
    refuses(
      roundOf(encodeClientHello({ ...USUAL, cookie: Uint8Array.of(1) })),
      /the server had not sent/,
    )
  })
})

describe('after a HelloRetryRequest, a client is refused that', () => {
  const retry = { group: 0x0018, cookie: Uint8Array.of(7, 7) }
  const first = { hello: encodeClientHello(USUAL), retry }
  const second: HelloOptions = { ...USUAL, keyShares: [p384], cookie: retry.cookie }

  test('changed its ClientHello', () => {
    assert.doesNotThrow(() => readTls13Transcript(roundOf(encodeClientHello(second), first)))
    for (const change of [
      { clientRandom: new Uint8Array(32) },
      { sessionId: new Uint8Array(32) },
      { cipherSuites: [0x1301] },
      { serverName: 'other.example' },
      { groups: [0x0018] },
      { signatureSchemes: [0x0403] },
      { statusRequest: false },
    ]) {
      refuses(
        roundOf(encodeClientHello({ ...second, ...change }), first),
        /changed its ClientHello|session_id/,
      )
    }
    const swapped = edited(encodeClientHello(second), ([one, two, ...others]) =>
      [two, one, ...others].flatMap((each) => each ?? []),
    )
    refuses(roundOf(swapped, first), /changed its ClientHello/)
  })

  test('may have padded it, as RFC 8446 has it', () => {
    const padded = edited(encodeClientHello(second), (all) => [
      ...all,
      { type: 21, body: new Uint8Array(9) },
    ])
    assert.doesNotThrow(() => readTls13Transcript(roundOf(padded, first)))
  })

  test('did not do what it was asked for', () => {
    for (const change of [
      { keyShares: [p384, x25519] },
      { cookie: undefined },
      { cookie: Uint8Array.of(7, 8) },
    ]) {
      refuses(roundOf(encodeClientHello({ ...second, ...change }), first), /did not do what/)
    }
    const cookieOnly = { hello: first.hello, retry: { cookie: retry.cookie } }
    const fewer = { ...USUAL, cookie: retry.cookie, keyShares: [x25519] }
    refuses(roundOf(encodeClientHello(fewer), cookieOnly), /did not do what/)
  })

  test('shows one without the other', () => {
    const { firstClientHello: _, ...withoutFirst } = roundOf(encodeClientHello(second), first)
    refuses(withoutFirst, /require each other/)
    const { helloRetryRequest: __, ...withoutRetry } = roundOf(encodeClientHello(second), first)
    refuses(withoutRetry, /require each other/)
  })
})
