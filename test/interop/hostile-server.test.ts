// The hostile server itself: right flights verify, and what is asked to be wrong is wrong and nothing else.

import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { concat } from '../../src/encoding/bytes.ts'
import {
  messageBody,
  type RawHandshake,
  type RawOptions,
  rawHandshake,
  serverTime,
  signedParams,
} from '../support/harness/raw-client.ts'
import { soFar, turnedClock } from '../support/harness/turned-clock.ts'
import { until } from '../support/harness/until.ts'
import { mintTestPki } from '../support/make/mint.ts'
import {
  alertRecord,
  answer,
  DELIVERIES,
  deliver,
  drips,
  dropWhen,
  encodeMessage,
  endless,
  explicitCurveParams,
  hangsUp,
  inTurn,
  offers,
  plainHttp,
  refuses,
  replaceBody,
  resumes,
  type Script,
  serverFlight,
  silent,
  startHostileServer,
} from '../support/servers/hostile-server.ts'
import { endEntities } from '../support/servers/servers.ts'

const kinds = ['rsa-2048', 'p256', 'p384', 'p521', 'ed25519'] as const
const byKind = endEntities(mintTestPki({ endEntityKeys: kinds }))
const [rsa, p256] = byKind

async function meet(script: Script, options?: RawOptions): Promise<RawHandshake> {
  await using server = await startHostileServer(script)
  return await rawHandshake(server.port, options)
}

/** How a handshake ends whose time is over when the script is. */
async function endOfWait(script: Script): Promise<RawHandshake['end']> {
  using clock = turnedClock()
  const { end } = await meet(async (peer) => {
    await script(peer)
    clock.turn(60_000)
  })
  return end
}

test('a right flight verifies with every key and scheme', async () => {
  const schemes = [
    [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201],
    [0x0403, 0x0203],
  ]
  schemes.push([0x0503], [0x0603], [0x0807])
  for (const [i, endEntity] of byKind.entries()) {
    for (const scheme of schemes[i] ?? []) {
      for (const group of [0x001d, 0x0017, 0x0018, 0x0019]) {
        const result = signedParams(await meet(answer({ endEntity, scheme, group })))
        assert.deepEqual(result, { group, scheme, valid: true })
      }
    }
  }
})

test('every delivery carries the same messages', async () => {
  for (const delivery of DELIVERIES) {
    const handshake = await meet(answer({ endEntity: p256, delivery, certificateRequest: true }))
    assert.deepEqual(
      handshake.messages.map((message) => message.type),
      [2, 11, 12, 13, 14],
      delivery,
    )
    assert.ok(signedParams(handshake).valid)
  }
})

test('the clock is the true one unless the script has another', async () => {
  const began = Math.floor(Date.now() / 1000)
  const now = serverTime(await meet(answer({ endEntity: p256 })))
  assert.ok(now >= began && now <= Date.now() / 1000)
  const clock = (round: number): number => [1000, 2000, 1500][round] ?? -1
  await using server = await startHostileServer(answer({ endEntity: p256, clock }))
  const times: number[] = []
  for (let i = 0; i < 4; i++) times.push(serverTime(await rawHandshake(server.port)))
  assert.deepEqual(times, [1000, 2000, 1500, 0xffffffff])
  assert.equal(server.connections(), 4)
})

test('a wrong signature, a foreign certificate and a changed message do not verify', async () => {
  const signature = (valid: Uint8Array): Uint8Array => valid.with(-1, (valid.at(-1) ?? 0) ^ 1)
  assert.equal(signedParams(await meet(answer({ endEntity: p256, signature }))).valid, false)
  const certificates = rsa.certificates
  assert.equal(signedParams(await meet(answer({ endEntity: p256, certificates }))).valid, false)
  const changed = answer({
    endEntity: p256,
    mutate: (messages) =>
      replaceBody(messages, 'serverHello', (body) => body.with(5, (body[5] ?? 0) ^ 1)),
  })
  assert.equal(signedParams(await meet(changed)).valid, false)
})

test('key exchanges other than ECDHE have their own messages', async () => {
  const types = async (script: Script): Promise<number[]> =>
    (await meet(script)).messages.map((message) => message.type)
  assert.deepEqual(await types(answer({ endEntity: rsa, keyExchange: 'rsa' })), [2, 11, 14])
  assert.deepEqual(await types(answer({ endEntity: rsa, keyExchange: 'anon' })), [2, 12, 14])
  const dhe = await meet(answer({ endEntity: rsa, keyExchange: 'dhe' }))
  assert.deepEqual([...messageBody(dhe, 12).subarray(0, 2)], [1, 0])
  const explicit = await meet(answer({ endEntity: rsa, params: explicitCurveParams() }))
  assert.equal(messageBody(explicit, 12)[0], 1)
})

test('before TLS 1.2 the signature has no scheme', async () => {
  const handshake = await meet(answer({ endEntity: rsa, version: 0x0301, group: 0x001d }))
  assert.equal(messageBody(handshake, 12).length, 1 + 2 + 1 + 32 + 2 + 256)
})

test('alerts go before and after the flight', async () => {
  const handshake = await meet(
    answer({ endEntity: p256, before: alertRecord(1, 112), after: alertRecord(2, 40) }),
  )
  assert.deepEqual(handshake.alerts[0], [1, 112])
  assert.ok(signedParams(handshake).valid)
})

test('connections end as asked', async () => {
  const half = { endEntity: p256, stopAt: 300 }
  assert.equal(await endOfWait(silent), 'timeout')
  assert.equal((await meet(hangsUp('fin'))).end, 'closed')
  assert.equal((await meet(hangsUp('reset'))).end, 'reset')
  assert.equal(await endOfWait(answer(half)), 'timeout')
  assert.equal((await meet(answer({ ...half, ending: 'fin' }))).end, 'closed')
  const reset = await meet(answer({ ...half, ending: 'reset' }))
  // What a slow client reads together with the reset looks like an end to it
  assert.ok(['reset', 'closed'].includes(reset.end), reset.end)
  assert.equal(reset.messages.length, 1)
  assert.deepEqual((await meet(refuses(40))).alerts, [[2, 40]])
  assert.match(Buffer.from((await meet(plainHttp)).rest).toString(), /^HTTP\/1\.1 400/)
  const resumed = await meet(resumes({ endEntity: p256, ending: 'fin' }))
  assert.deepEqual([resumed.messages[0]?.type, resumed.records], [2, 2])
})

test('a server may hang up before any byte, or speak too slowly', async () => {
  {
    const accepted = (socket: Socket): void => void socket.resetAndDestroy()
    await using server = await startHostileServer(silent, { accepted })
    assert.equal((await rawHandshake(server.port)).end, 'reset')
  }
  await using server = await startHostileServer(drips({ endEntity: p256 }, 1, true))
  const sent = (): number => server.log().at(-1)?.sent ?? 0
  using clock = turnedClock()
  const heard = rawHandshake(server.port)
  while (sent() < 3) {
    assert.equal(await soFar(heard), 'waiting')
    clock.turn(1)
  }
  clock.turn(60_000)
  assert.equal((await heard).end, 'timeout')
  assert.ok(sent() < 100, `${sent()} bytes`)
})

test('a dropped ClientHello is no round, and scripts take turns', async () => {
  const late = answer({ endEntity: p256, clock: (round) => round })
  using clock = turnedClock()
  const first: Script = () => clock.turn(60_000)
  const script = dropWhen((hello) => offers(hello, 5), inTurn(first, late))
  await using server = await startHostileServer(script)
  const ends: string[] = []
  for (const statusRequest of [true, false, true, false]) {
    ends.push((await rawHandshake(server.port, { statusRequest })).end)
  }
  assert.deepEqual(ends, ['closed', 'timeout', 'closed', 'serverHelloDone'])
  assert.equal(server.log().filter(({ hello }) => hello && offers(hello, 5)).length, 2)
})

test('endless answers stop when the limit comes', async () => {
  const kinds = ['huge-message', 'messages', 'hello-requests', 'empty-records', 'warnings'] as const
  const run = async (kind: (typeof kinds)[number]): Promise<void> => {
    const flood = endless(kind, { endEntity: p256 }, 1 << 17)
    let staysOpen: boolean | undefined
    await using server = await startHostileServer(async (peer) => {
      await flood(peer)
      staysOpen = peer.open
      await peer.close('fin')
    })
    assert.equal((await rawHandshake(server.port)).end, 'closed')
    assert.ok(staysOpen)
    const sent = server.log()[0]?.sent ?? 0
    assert.ok(sent >= 1 << 17 && sent < 1 << 18, `${kind}: ${sent} bytes`)
  }
  await Promise.all(kinds.map(run))
})

test('an endless answer ends when the client does', async () => {
  const flood = endless('warnings', { endEntity: p256 })
  let isOver = false
  await using server = await startHostileServer(async (peer) => {
    await flood(peer)
    isOver = true
  })
  const handshake = await rawHandshake(server.port)
  assert.notEqual(handshake.end, 'timeout')
  await until(() => isOver)
  assert.ok((server.log()[0]?.sent ?? 0) < 1 << 26)
})

test('a flight can be made and delivered without a socket', () => {
  const clientRandom = new Uint8Array(32)
  const messages = serverFlight({ endEntity: p256, clientRandom }).map(encodeMessage)
  for (const delivery of DELIVERIES) {
    const stream = concat(...deliver(messages, delivery))
    assert.ok(stream.length >= concat(...messages).length + 5)
  }
})
