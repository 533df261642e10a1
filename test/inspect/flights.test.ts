import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { groupFlights } from '../../src/inspect/flights.ts'
import { looksLikeRecords } from '../../src/inspect/preamble.ts'

/** A handshake record with a message of this type. */
function handshake(type: number): Uint8Array {
  return Uint8Array.of(22, 3, 3, 0, 4, type, 0, 0, 0)
}

const CLIENT_HELLO = handshake(1)
const SERVER_HELLO = handshake(2)
const DATA = Uint8Array.of(23, 3, 3, 0, 1, 9)

/** Each connection as its files with the side of each: "c:a s:b". */
function group(...files: readonly (readonly [path: string, bytes: Uint8Array])[]): string[] {
  return groupFlights(files.map(([path, bytes]) => ({ path, bytes }))).map(
    ({ paths, client, server, order }) => {
      const sizes = `${client?.length ?? '-'}/${server?.length ?? '-'}`
      return `${paths.join(' ')} ${sizes}${order ? ' in turn' : ''}`
    },
  )
}

describe('files of records', () => {
  test('that begin with hellos are the two sides of one connection, in either order', () => {
    assert.deepEqual(group(['a', CLIENT_HELLO], ['b', SERVER_HELLO]), ['a b 9/9'])
    assert.deepEqual(group(['b', SERVER_HELLO], ['a', CLIENT_HELLO]), ['b a 9/9'])
  })

  test('are flights of it until a side says hello again', () => {
    const flights = [
      ['1', CLIENT_HELLO],
      ['2', SERVER_HELLO],
      ['3', handshake(16)],
      ['4', handshake(4)],
      ['5', DATA],
    ] as const
    assert.deepEqual(group(...flights), ['1 2 3 4 5 24/18 in turn'])
    assert.deepEqual(group(...flights, ...flights), Array(2).fill('1 2 3 4 5 24/18 in turn'))
    assert.deepEqual(group(['1', CLIENT_HELLO], ['2', CLIENT_HELLO]), ['1 9/-', '2 9/-'])
  })

  test('tell their side by a hello, then by their name, then by a message, then by turns', () => {
    assert.deepEqual(group(['x_srv.raw', CLIENT_HELLO]), ['x_srv.raw 9/-'])
    assert.deepEqual(group(['x_srv.raw', handshake(16)]), ['x_srv.raw -/9'])
    assert.deepEqual(group(['server/07_cli.raw', DATA]), ['server/07_cli.raw 6/-'])
    assert.deepEqual(group(['x.client.raw', DATA]), ['x.client.raw 6/-'])
    assert.deepEqual(group(['x', handshake(16)], ['y', DATA], ['z', DATA]), ['x y z 15/6 in turn'])
    assert.deepEqual(group(['x', DATA]), ['x -/6'])
  })

  test('keep the order of the files when they take turns', () => {
    const [joined] = groupFlights([
      { path: '1', bytes: CLIENT_HELLO },
      { path: '2', bytes: SERVER_HELLO },
      { path: '3', bytes: handshake(16) },
    ])
    assert.deepEqual(
      [
        ['client', 0],
        ['client', 8],
        ['server', 5],
        ['client', 9],
      ].map(([side, offset]) => joined?.order?.(side as 'client' | 'server', Number(offset))),
      [0, 0, 1, 2],
    )
  })

  test('are told from other files by their first bytes', () => {
    for (const bytes of [CLIENT_HELLO, DATA, [0x80, 0x2e, 1, 3, 1], [0x80, 0x2e, 1, 0, 2], [22]]) {
      assert.ok(looksLikeRecords(Uint8Array.from(bytes)))
    }
    for (const bytes of [[], [22, 2], [19, 3], [0x80, 0x2e, 1, 1], [0x7b], [0x0a, 0x0d]]) {
      assert.ok(!looksLikeRecords(Uint8Array.from(bytes)))
    }
  })
})
