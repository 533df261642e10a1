// createStatement against scripted servers: every refusal and every failure, what is left open afterwards, and what it cost.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { HandshakeError, NetworkError, RefusalError, type TlsStampError } from '../../src/errors.ts'
import { verifyStatement } from '../../src/index.ts'
import { type CreateOptions, createStatement } from '../../src/sign/sign.ts'
import type { Subject } from '../../src/statement/commitment.ts'
import { decodeStatement } from '../../src/statement/decode.ts'
import { encodeStatement } from '../../src/statement/encode.ts'
import type { SignedStatement } from '../../src/statement/statement.ts'
import { UNUSED_PORT } from '../support/harness/child.ts'
import { turnedClock } from '../support/harness/turned-clock.ts'
import { until } from '../support/harness/until.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  type AnswerOptions,
  alertRecord,
  answer,
  answerChunks,
  DELIVERIES,
  dropWhen,
  type EndlessKind,
  endless,
  explicitCurveParams,
  type HostileServer,
  hangsUp,
  inTurn,
  offers,
  plainHttp,
  refuses,
  resumes,
  type Script,
  sends,
  silent,
  startHostileServer,
  trueTime,
} from '../support/servers/hostile-server.ts'
import { type EndEntity, endEntities } from '../support/servers/servers.ts'

const NOW = Date.now()
const pki = mintTestPki({ endEntityKeys: ['p256', 'rsa-2048'] })
const [p256, rsa] = endEntities(pki)
const stranger = mintTestPki({ endEntityKeys: ['p256'] })
const [foreign] = endEntities(stranger)

type Options = Partial<CreateOptions>

function subjectOf(text: string): Subject {
  return { name: 'document.txt', sha256: createHash('sha256').update(text).digest() }
}

function optionsFor(port: number, options: Options = {}): CreateOptions {
  return {
    host: '127.0.0.1',
    port,
    subjects: [subjectOf('document')],
    trustAnchors: [pki.root.der],
    timeout: 60,
    ...options,
  }
}

/** What a server's script makes of a signing; the server's log is still there afterwards. */
async function sign(
  script: Script,
  options: Options = {},
  accepted?: (socket: Socket) => void,
): Promise<{ readonly statement: SignedStatement; readonly server: HostileServer }> {
  await using server = await startHostileServer(script, accepted ? { accepted } : {})
  const { statement } = await createStatement(optionsFor(server.port, options))
  return { statement, server }
}

type ErrorClass = typeof RefusalError | typeof NetworkError | typeof HandshakeError

async function fails(
  kind: ErrorClass,
  code: string,
  script: Script,
  options: Options = {},
): Promise<HostileServer> {
  await using server = await startHostileServer(script)
  const error = await failure(createStatement(optionsFor(server.port, options)))
  assert.ok(error instanceof kind, `expected ${kind.name}, got ${error}`)
  assert.equal(error.code, code, error.message)
  assert.match(error.message, /^[^\n]*[^.\n]$/)
  return server
}

async function failing(
  code: string,
  script: Script,
  options: Options = {},
): Promise<TlsStampError> {
  await using server = await startHostileServer(script)
  const error = await failure(createStatement(optionsFor(server.port, options)))
  assert.equal(error.code, code, error.message)
  return error
}

async function failure(promise: Promise<unknown>): Promise<TlsStampError> {
  return promise.then(
    () => assert.fail('expected a failure'),
    (error) => error,
  )
}

function verify(statement: SignedStatement): string {
  return verifyStatement(decodeStatement(encodeStatement(statement)), {
    digests: [{ sha256: subjectOf('document').sha256 }],
    trustAnchors: [pki.root.der],
    witnesses: ['127.0.0.1'],
    now: new Date(),
  }).verdict
}

describe('a server that runs a clock', () => {
  test('signs, in as many connections as there are rounds', async () => {
    for (const rounds of [3, 4, 7]) {
      const { statement, server } = await sign(answer({ endEntity: p256 }), { rounds })
      assert.equal(statement.rounds.length, rounds)
      assert.equal(verify(statement), 'passed')
      assert.equal(server.connections(), rounds)
    }
  })

  test('may send its flight in any way', async () => {
    for (const delivery of DELIVERIES) {
      const { statement } = await sign(
        answer({ endEntity: p256, delivery, ocsp: Uint8Array.of(1) }),
      )
      assert.equal(verify(statement), 'passed', delivery)
    }
  })

  test('may sign over DHE, ask for a certificate, warn before, and end its side at once', async () => {
    const variants: Partial<AnswerOptions>[] = [
      { endEntity: rsa, keyExchange: 'dhe' },
      { endEntity: rsa, scheme: 0x0401, group: 0x0019 },
      { certificateRequest: true },
      { before: alertRecord(1, 112) },
      { ending: 'fin' },
      { after: new Uint8Array(60000).fill(0xa5) },
      { after: alertRecord(2, 80), ending: 'fin' },
      { extensions: null, sessionId: new Uint8Array(0) },
      { extensions: [{ type: 5, body: new Uint8Array(0) }] },
    ]
    for (const variant of variants) {
      const { statement } = await sign(answer({ endEntity: p256, ...variant }))
      assert.equal(verify(statement), 'passed', JSON.stringify(Object.keys(variant)))
    }
  })

  test('is told goodbye with an alert and left without waiting for its answer', async () => {
    await using server = await startHostileServer(answer({ endEntity: p256 }))
    await createStatement(optionsFor(server.port))
    await until(() => server.log().every(({ end }) => end !== undefined))
    for (const { received } of server.log()) {
      assert.deepEqual([...received.subarray(-7)], [21, 3, 3, 0, 2, 2, 90])
    }
  })

  test('never has more than one connection waiting', async () => {
    const seen: number[] = []
    const script = answer({ endEntity: p256 })
    await using server = await startHostileServer(async (peer) => {
      if (peer.round < 4) await until(() => server.connections() > peer.round + 1)
      // Time for another to come
      await peer.sleep(20)
      seen.push(server.connections() - peer.round)
      await script(peer)
    })
    await createStatement(optionsFor(server.port, { rounds: 5 }))
    assert.deepEqual(seen, [2, 2, 2, 2, 1])
  })

  test('is asked by name when it has one', async () => {
    const { statement, server } = await sign(answer({ endEntity: p256 }), { host: 'LocalHost' })
    assert.equal(statement.rounds[0]?.host, 'localhost')
    const hello = server.log()[0]?.hello
    const name = hello?.extensions.find(({ type }) => type === 0)?.body
    assert.equal(
      Buffer.from(name ?? [])
        .toString('latin1')
        .slice(5),
      'localhost',
    )
    const byAddress = await sign(answer({ endEntity: p256 }))
    assert.ok(!byAddress.server.log()[0]?.hello?.extensions.some(({ type }) => type === 0))
  })

  test('gives the report along with the statement', async () => {
    await using server = await startHostileServer(answer({ endEntity: p256 }))
    const { report } = await createStatement(optionsFor(server.port))
    assert.equal(report.verdict, 'passed')
    assert.equal(report.witnesses[0]?.clock, 'corroborated')
  })
})

describe('a server that will not have a connection wait', { concurrency: true }, () => {
  const slow = answer({ endEntity: p256, delay: 60 })

  /** Signs while each connection that is accepted with another one open is refused; the first round waits for that. */
  const signRefusing = (refuse: (socket: Socket) => void): ReturnType<typeof sign> => {
    let [open, refused] = [0, 0]
    const accepted = (socket: Socket): void => {
      if (open > 0) {
        refused++
        refuse(socket)
        return
      }
      open++
      socket.once('close', () => open--)
      // Half open: without this, the client's end would keep it counted
      socket.once('end', () => socket.destroy())
    }
    const script: Script = async (peer) => {
      await until(() => refused > 0)
      await slow(peer)
    }
    return sign(script, {}, accepted)
  }

  /** Signs while each connection that has sent nothing is ended before another one is answered. */
  const signEnding = (end: (socket: Socket) => void): ReturnType<typeof sign> => {
    const idle = new Set<Socket>()
    const accepted = (socket: Socket): void => {
      idle.add(socket)
      socket.once('close', () => idle.delete(socket))
    }
    const script: Script = async (peer) => {
      idle.delete(peer.socket)
      if (peer.round === 0) await until(() => idle.size > 0)
      for (const socket of idle) end(socket)
      await slow(peer)
    }
    return sign(script, {}, accepted)
  }

  test('may refuse a second one by reset, end or alert', async () => {
    const refusals: ((socket: Socket) => void)[] = [
      (socket) => void socket.resetAndDestroy(),
      (socket) => void socket.end(),
      (socket) => void socket.end(alertRecord(2, 80)),
    ]
    for (const refusal of refusals) {
      const { statement, server } = await signRefusing(refusal)
      assert.equal(verify(statement), 'passed')
      // With an alert in it, the one that waited looks well until it is used; a fresh one may come too early
      assert.ok([4, 5, 6].includes(server.connections()), `${server.connections()} connections`)
    }
  })

  test('may end one that is idle', async () => {
    for (const end of [
      (socket: Socket) => void socket.resetAndDestroy(),
      (socket: Socket) => void socket.end(),
      (socket: Socket) => void socket.end(alertRecord(1, 0)),
    ]) {
      const { statement } = await signEnding(end)
      assert.equal(verify(statement), 'passed')
    }
  })

  test('fails when it refuses a fresh one as well', async () => {
    const failing = inTurn(answer({ endEntity: p256 }), hangsUp('reset'))
    const server = await fails(NetworkError, 'closed', failing)
    // The first round, one that waited, another that began to, two fresh ones, and one without status_request
    assert.equal(server.connections(), 6)
  })
})

describe('a server that can’t answer status_request', () => {
  for (const by of ['fin', 'reset'] as const) {
    test(`signs without it, after one ${by}`, async () => {
      const script: Script = (peer) => {
        if (!offers(peer.hello, 5)) return answer({ endEntity: p256 })(peer)
        return peer.close(by)
      }
      const { statement, server } = await sign(script)
      assert.equal(verify(statement), 'passed')
      assert.equal(server.connections(), 4)
      const asked = server.log().filter(({ hello }) => hello && offers(hello, 5))
      assert.equal(asked.length, 1)
    })
  }

  test('fails when it drops the other ClientHello too', async () => {
    const server = await fails(
      NetworkError,
      'closed',
      dropWhen(() => true, silent),
      { rounds: 1 },
    )
    assert.equal(server.connections(), 2)
  })

  test('gets no second try once it has answered', async () => {
    const script = answer({ endEntity: p256, stopAt: 300, ending: 'fin' })
    const server = await fails(NetworkError, 'closed', script, { rounds: 1 })
    assert.equal(server.connections(), 1)
  })
})

describe('a server whose clock is none is refused', () => {
  const now = Math.floor(trueTime())
  const clocks: Readonly<Record<string, (round: number) => number | undefined>> = {
    'at random': () => undefined,
    'at zero': () => 0,
    'going back': (round) => now - 5 * round,
    'of two machines': (round) => now + 60 * (round % 2),
    'in leaps': (round) => now + 11 * round,
    'right at first and then at random': (round) => (round === 0 ? now : undefined),
    'in milliseconds': () => Date.now(),
  }
  for (const [name, clock] of Object.entries(clocks)) {
    test(name, async () => {
      await fails(RefusalError, 'implausible', answer({ endEntity: p256, clock, delay: 15 }))
    })
  }

  test('and so is one that there is only one look at', async () => {
    const script = answer({ endEntity: p256 })
    await fails(RefusalError, 'uncorroborated', script, { rounds: 1 })
  })

  test('a step back of a second, and one of ten ahead, are still a clock', async () => {
    const clock = (round: number): number => now + ([0, -1, 9][round] ?? 0)
    const { statement } = await sign(answer({ endEntity: p256, clock }))
    assert.equal(verify(statement), 'passed')
  })
})

describe('a server whose clock is wrong is refused', () => {
  const off = (seconds: number): Script =>
    answer({ endEntity: p256, clock: () => trueTime() + seconds })

  test('more than an hour ahead or behind, unless more is allowed', async () => {
    for (const seconds of [3700, -3700, 86400, -86400]) {
      await fails(RefusalError, 'clock-skew', off(seconds))
      const { statement } = await sign(off(seconds), { maxSkew: 90000 })
      // The future is for the verifier to refuse
      assert.equal(verify(statement), seconds < 0 ? 'passed' : 'failed')
    }
  })

  test('less than an hour, when less is allowed', async () => {
    for (const seconds of [3500, -3500]) {
      assert.equal(verify((await sign(off(seconds))).statement), 'passed')
      await fails(RefusalError, 'clock-skew', off(seconds), { maxSkew: 120 })
    }
    assert.equal(verify((await sign(off(0), { maxSkew: 120 })).statement), 'passed')
  })

  test('for its clock and not for its certificate, with what both clocks show', async () => {
    const notBefore = new Date(NOW - 86_400_000)
    const young = mintTestPki({ endEntityKeys: ['p256'], notBefore })
    const [endEntity] = endEntities(young)
    const script = answer({ endEntity, clock: () => trueTime() - 172_800 })
    const options = { trustAnchors: [young.root.der] }
    const { message } = await failing('clock-skew', script, options)
    const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`
    assert.match(
      message,
      new RegExp(
        `^witness 127\\.0\\.0\\.1 port \\d+: the server's clock shows ${time}, 17280[01] seconds behind this machine's clock, which shows ${time}; the limit is 3600 seconds, and either clock may be wrong$`,
      ),
    )
    await fails(RefusalError, 'not-yet-valid', script, { ...options, maxSkew: 200_000 })
  })

  test('for its clock, too, when this machine’s is behind and the certificate not valid here yet', async () => {
    const notBefore = new Date(NOW + 86_400_000)
    const young = mintTestPki({ endEntityKeys: ['p256'], notBefore })
    const [endEntity] = endEntities(young)
    const script = answer({ endEntity, clock: () => trueTime() + 172_800 })
    const options = { trustAnchors: [young.root.der] }
    await fails(RefusalError, 'clock-skew', script, options)
    await fails(RefusalError, 'not-yet-valid', script, { ...options, maxSkew: 200_000 })
  })

  test('and is told as zero, when it sends that', async () => {
    const script = answer({ endEntity: p256, clock: () => 0 })
    const { message } = await failing('implausible', script)
    assert.match(message, /: the server sends zero in place of the time$/)
  })

  test('outside of its certificate’s life', async () => {
    const years = 20 * 365 * 86400
    const any = { maxSkew: Number.POSITIVE_INFINITY }
    await fails(RefusalError, 'expired', off(years), any)
    await fails(RefusalError, 'not-yet-valid', off(-years), any)
  })
})

describe('a server with another’s name, key or certificate is refused', () => {
  test('a wrong signature, or a certificate whose key did not sign', async () => {
    const signature = (valid: Uint8Array): Uint8Array => valid.with(-1, (valid.at(-1) ?? 0) ^ 1)
    await fails(RefusalError, 'bad-signature', answer({ endEntity: p256, signature }))
    const { certificates } = foreign
    await fails(RefusalError, 'bad-signature', answer({ endEntity: p256, certificates }))
    const late = answer({
      endEntity: p256,
      perRound: (round) => (round === 2 ? { signature } : {}),
    })
    await fails(RefusalError, 'bad-signature', late)
  })

  test('a certificate for another host', async () => {
    const [other] = endEntities(
      mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'], ip: ['127.0.0.2'] }),
    )
    const trustAnchors = [other.certificates.at(-1) ?? new Uint8Array(0)]
    await fails(RefusalError, 'host-mismatch', answer({ endEntity: other }), { trustAnchors })
  })

  test('a path to nobody who is trusted, in any round', async () => {
    await fails(RefusalError, 'unknown-issuer', answer({ endEntity: p256 }), { trustAnchors: [] })
    const { error } = await errorOf(answer({ endEntity: foreign }))
    assert.ok(error instanceof RefusalError)
    const late = answer({
      endEntity: p256,
      perRound: (round) => (round === 2 ? { endEntity: foreign } : {}),
    })
    assert.ok((await errorOf(late)).error instanceof RefusalError)
  })

  test('a certificate that has expired', async () => {
    const notAfter = new Date('2021-01-01T00:00:00Z')
    const old = mintTestPki({ endEntityKeys: ['p256'], notAfter })
    const [endEntity] = endEntities(old)
    const trustAnchors = [old.root.der]
    await fails(RefusalError, 'expired', answer({ endEntity }), { trustAnchors })
  })

  test('a certificate that is valid by the server’s clock and not by this machine’s', async () => {
    const minutes = (count: number): Date => new Date(Date.now() + count * 60_000)
    const validities = [
      ['expired', { notAfter: minutes(-20) }, -40 * 60, /expired at .*, and this machine's clock/],
      [
        'not-yet-valid',
        { notBefore: minutes(20) },
        40 * 60,
        / here is .* UTC: check this machine's clock$/,
      ],
    ] as const
    for (const [code, validity, offset, expected] of validities) {
      const own = mintTestPki({ endEntityKeys: ['p256'], ...validity })
      const [endEntity] = endEntities(own)
      const script = answer({ endEntity, clock: () => trueTime() + offset })
      for (const noClock of [false, true]) {
        const { message } = await failing(code, script, { trustAnchors: [own.root.der], noClock })
        assert.match(message, expected)
      }
    }
  })

  test('one with its own certificate alone, told by what the server does not send', async () => {
    const [full = new Uint8Array(0)] = p256.certificates
    const script = answer({ endEntity: p256, certificates: [full] })
    const { message } = await failing('unknown-issuer', script)
    assert.match(message, /did not send the certificate of its issuer, CN=Test Intermediate,/)
  })

  test('a SHA-1 signature can’t even be offered, a short prime can', async () => {
    await fails(HandshakeError, 'misbehaving-peer', answer({ endEntity: rsa, scheme: 0x0201 }))
  })
})

async function errorOf(script: Script, options: Options = {}): Promise<{ error: unknown }> {
  await using server = await startHostileServer(script)
  return { error: await failure(createStatement(optionsFor(server.port, options))) }
}

describe('a server that breaks the protocol', () => {
  const own = { endEntity: p256 }
  const scripts: Readonly<Record<string, readonly [string, Script]>> = {
    'answers in plain HTTP': ['incompatible-peer', plainHttp],
    'speaks SMTP': ['incompatible-peer', sends(Buffer.from('220 mail ESMTP\r\n'))],
    'sends an alert': ['alert', refuses(40)],
    'sends close_notify': ['alert', sends(alertRecord(1, 0), 'fin')],
    'chooses a version above': ['misbehaving-peer', answer({ ...own, version: 0x0304 })],
    'chooses a version below': ['incompatible-peer', answer({ endEntity: rsa, version: 0x0302 })],
    'chooses SSL 3.0': ['incompatible-peer', answer({ endEntity: rsa, version: 0x0300 })],
    'chooses a suite not offered': ['misbehaving-peer', answer({ ...own, cipherSuite: 0xc008 })],
    'chooses an unsigned suite': [
      'misbehaving-peer',
      answer({ endEntity: rsa, keyExchange: 'rsa' }),
    ],
    'chooses an anonymous suite': ['misbehaving-peer', answer({ ...own, keyExchange: 'anon' })],
    'chooses a group not offered': ['misbehaving-peer', answer({ ...own, group: 0x001e })],
    'chooses a scheme not offered': ['misbehaving-peer', answer({ ...own, scheme: 0x0203 })],
    'spells out its curve': ['misbehaving-peer', answer({ ...own, params: explicitCurveParams() })],
    'chooses compression': ['misbehaving-peer', answer({ ...own, compression: 1 })],
    'sends no certificate': ['misbehaving-peer', answer({ ...own, certificates: [] })],
    'resumes a session': ['misbehaving-peer', resumes(own)],
    'staples what it did not announce': [
      'misbehaving-peer',
      answer({ ...own, ocsp: Uint8Array.of(1), extensions: [] }),
    ],
  }
  for (const [name, [code, script]] of Object.entries(scripts)) {
    test(`${name}: ${code}`, async () => {
      await fails(HandshakeError, code, script)
    })
  }

  test('in the last round breaks it as well', async () => {
    const late = inTurn(answer(own), answer(own), refuses(80))
    // The connection that waited may be refused; two fresh ones get the same
    const server = await fails(HandshakeError, 'alert', late)
    assert.equal(server.connections(), 5)
  })

  const kinds: readonly EndlessKind[] = [
    ...(['huge-message', 'messages', 'hello-requests', 'empty-records', 'warnings'] as const),
    ...(['application-data', 'garbage'] as const),
  ]
  for (const kind of kinds) {
    test(`sends ${kind} without end and is cut off`, async () => {
      const { error } = await errorOf(endless(kind, own), { rounds: 1 })
      assert.ok(error instanceof HandshakeError, String(error))
      const code = kind === 'garbage' ? 'incompatible-peer' : 'misbehaving-peer'
      assert.equal(error.code, code)
    })
  }

  test('is not read beyond what the buffers of two machines hold', async () => {
    const server = await fails(HandshakeError, 'misbehaving-peer', endless('warnings', own), {
      rounds: 1,
    })
    assert.ok((server.log()[0]?.sent ?? 0) < 1 << 24)
  })
})

/** The extensions that a ServerHello answers: renegotiation_info and extended_master_secret. */
const EXTENSIONS = [0xff01, 0x0017].map((type) => ({ type, body: new Uint8Array(0) }))

describe('a server that stops', () => {
  // The ECDSA signature varies by some bytes: its end is not sampled
  const hello = { version: 0x0303, random: new Uint8Array(32), sessionId: new Uint8Array(0) }
  const peer = { hello: { ...hello, cipherSuites: [], extensions: EXTENSIONS }, round: 0 }
  const length = Buffer.concat(answerChunks({ endEntity: p256 }, peer)).length - 12
  const offsets = [...Array(length).keys()].filter((at) => at < 200 || at % 37 === 0)

  /** The offset goes in the digest, so that one server serves them all. */
  const at = (offset: number): Options => {
    const sha256 = Buffer.from(subjectOf('x').sha256)
    sha256.writeUInt32BE(offset)
    return { subjects: [{ name: 'x', sha256 }], rounds: 1, noClock: true }
  }
  const stops = (ending: 'fin' | 'reset' | 'silence'): Script => {
    return (peer) => {
      const stopAt = Buffer.from(peer.hello.random).readUInt32BE()
      return answer({ endEntity: p256, stopAt, ending })(peer)
    }
  }

  for (const ending of ['fin', 'reset'] as const) {
    test(`by ${ending} after any number of bytes has closed the connection`, async () => {
      await using server = await startHostileServer(stops(ending))
      for (let i = 0; i < offsets.length; i += 64) {
        const batch = offsets.slice(i, i + 64).map(async (offset) => {
          const error = await failure(createStatement(optionsFor(server.port, at(offset))))
          assert.ok(error instanceof NetworkError, `${offset}: ${error}`)
          assert.equal(error.code, 'closed', `${offset}: ${error.message}`)
        })
        await Promise.all(batch)
      }
    })
  }

  test('without a word, before or within its flight, is given up', async () => {
    using clock = turnedClock()
    const some = offsets.filter((offset) => offset % 11 === 0)
    for (const offset of some) {
      const stopped = stops('silence')
      await using server = await startHostileServer(async (peer) => {
        await stopped(peer)
        clock.turn(60_000)
      })
      const error = await failure(createStatement(optionsFor(server.port, at(offset))))
      assert.ok(error instanceof NetworkError, String(error))
      assert.equal(error.code, 'timeout')
      assert.match(error.message, /took more than 60 seconds/)
    }
  })

  test('to be quick is given up, however much it sends', async () => {
    using clock = turnedClock()
    const idle: Script = async (peer) => {
      while (peer.open) {
        await peer.write(Uint8Array.of(22, 3, 3, 0, 4, 0, 0, 0, 0))
        clock.turn(4000)
      }
    }
    await fails(NetworkError, 'timeout', idle)
    const drip: Script = async (peer) => {
      for (const byte of Buffer.from('1603030200020001fc0303', 'hex')) {
        await peer.write(Uint8Array.of(byte))
        clock.turn(6000)
      }
    }
    await fails(NetworkError, 'timeout', drip)
  })

  test('in a later round is known by it, too', async () => {
    {
      using clock = turnedClock()
      const script = inTurn(answer({ endEntity: p256 }), () => clock.turn(60_000))
      const server = await fails(NetworkError, 'timeout', script)
      assert.ok(server.log()[1]?.hello, 'the first round was over')
    }
    const cut = inTurn(
      answer({ endEntity: p256 }),
      answer({ endEntity: p256, stopAt: 500, ending: 'fin' }),
    )
    await fails(NetworkError, 'closed', cut)
  })
})

describe('no server at all', () => {
  test('a closed port refuses the connection', async () => {
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await failure(createStatement(optionsFor(UNUSED_PORT, { host })))
      assert.ok(error instanceof NetworkError, String(error))
      assert.equal(error.code, 'connect')
      assert.equal(error.message, `${host}:${UNUSED_PORT} refused the connection`)
    }
  })

  test('an IPv6 address is told from its port', async () => {
    const error = await failure(createStatement(optionsFor(UNUSED_PORT, { host: '::1' })))
    assert.ok(error instanceof NetworkError, String(error))
    assert.ok(error.message.startsWith(`[::1]:${UNUSED_PORT} `), error.message)
  })

  test('a name that does not exist is no host', async () => {
    const host = 'no-such-host.invalid'
    const error = await failure(createStatement(optionsFor(443, { host, timeout: 1 })))
    assert.ok(error instanceof NetworkError, String(error))
    assert.ok(['resolve', 'timeout'].includes(error.code), error.code)
  })
})

describe('without a credible clock, when that is asked for', () => {
  const random = (endEntity: EndEntity = p256): Script =>
    answer({ endEntity, clock: () => undefined })

  test('a statement is made that never passes', async () => {
    const { statement } = await sign(random(), { noClock: true })
    assert.equal(verify(statement), 'indeterminate')
    const single = await sign(answer({ endEntity: p256 }), { noClock: true, rounds: 1 })
    assert.equal(verify(single.statement), 'indeterminate')
    const zero = await sign(answer({ endEntity: p256, clock: () => 0 }), { noClock: true })
    assert.equal(verify(zero.statement), 'indeterminate')
  })

  test('everything else is still refused', async () => {
    const noClock = true
    await fails(RefusalError, 'unknown-issuer', random(), { noClock, trustAnchors: [] })
    const other = mintTestPki({ endEntityKeys: ['p256'], dnsNames: ['other.test'], ip: [] })
    const [elsewhere] = endEntities(other)
    const others = { noClock, trustAnchors: [other.root.der] }
    await fails(RefusalError, 'host-mismatch', random(elsewhere), others)
    const signature = (valid: Uint8Array): Uint8Array => valid.with(-1, (valid.at(-1) ?? 0) ^ 1)
    const clock = (): undefined => undefined
    const wrong = answer({ endEntity: p256, clock, signature })
    await fails(RefusalError, 'bad-signature', wrong, { noClock })
    const notAfter = new Date('2021-01-01T00:00:00Z')
    const old = mintTestPki({ endEntityKeys: ['p256'], notAfter })
    const [expired] = endEntities(old)
    const trustAnchors = [old.root.der]
    await fails(RefusalError, 'expired', random(expired), { noClock, trustAnchors })
  })

  test('each round’s path is looked at', async () => {
    const late = answer({
      endEntity: p256,
      clock: () => undefined,
      perRound: (round) => (round === 2 ? { endEntity: foreign } : {}),
    })
    // Its issuers have the names of ours
    await fails(RefusalError, 'bad-signature', late, { noClock: true })
  })

  test('a clock that is there counts', async () => {
    const { statement } = await sign(answer({ endEntity: p256 }), { noClock: true })
    assert.equal(verify(statement), 'passed')
    const clock = (): number => trueTime() - 7200
    await fails(RefusalError, 'clock-skew', answer({ endEntity: p256, clock }), { noClock: true })
  })
})

test('options out of bounds are the caller’s fault, before any connection', async () => {
  const [one] = [subjectOf('x')]
  const proof = { leafIndex: 0, treeSize: 2, hashes: [new Uint8Array(32)] }
  const wrong: readonly Options[] = [
    { rounds: 0 },
    { rounds: 33 },
    { rounds: 1.5 },
    { port: 0 },
    { port: 65536 },
    { timeout: 0 },
    { timeout: -1 },
    { timeout: Number.NaN },
    { timeout: 3601 },
    { maxSkew: -1 },
    { maxSkew: Number.NaN },
    { host: '' },
    { host: 'a b' },
    { host: 'https://example.org' },
    { subjects: [] },
    { subjects: [{ ...one, sha256: new Uint8Array(31) }] },
    { subjects: [one, { ...one, sha256: new Uint8Array(33) }] },
    { subjects: [{ ...one, name: '' }] },
    { subjects: [{ ...one, name: 'a\0b' }] },
    { subjects: [{ ...one, name: '\ud800' }] },
    { subjects: [{ ...one, name: 'x'.repeat(4097) }] },
    { subjects: [one, { ...one, inclusionProof: proof }] },
    { subjects: [{ ...one, inclusionProof: { ...proof, leafIndex: 2 } }] },
  ]
  await using server = await startHostileServer(silent)
  for (const options of wrong) {
    await assert.rejects(
      createStatement(optionsFor(server.port, options)),
      RangeError,
      JSON.stringify(options),
    )
  }
  assert.equal(server.connections(), 0)
})

test('several subjects, and one cut out of a list, are signed as one commitment', async () => {
  const subjects = ['a', 'b', 'c'].map((name) => ({ ...subjectOf(name), name }))
  const { statement } = await sign(answer({ endEntity: p256 }), { subjects })
  const verdict = verifyStatement(statement, {
    digests: subjects,
    trustAnchors: [pki.root.der],
    witnesses: ['127.0.0.1'],
  }).verdict
  assert.equal(verdict, 'passed')
})
