// A client for Marionette, the protocol by which Firefox is driven: over TCP, "length:JSON" either way, where a command is
// [0, id, name, parameters] and its answer [1, id, error, result].

import { connect } from 'node:net'

export interface Marionette {
  /** Has a command done. Rejects with the browser's error. */
  readonly command: (
    name: string,
    parameters?: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>
  readonly close: () => void
}

/** Connects to the port; resolves once the browser has said hello. */
export async function openMarionette(port: number): Promise<Marionette> {
  const socket = connect({ host: '127.0.0.1', port })
  const waiting = new Map<number, Waiting>()
  let count = 0
  let received: Buffer = Buffer.alloc(0)
  const hello = new Promise<void>((resolve, reject) => {
    socket.once('close', () => {
      const error = new Error('Firefox has closed the connection')
      reject(error)
      for (const each of waiting.values()) each.reject(error)
    })
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      const { messages, rest } = split(Buffer.concat([received, chunk]))
      received = rest
      for (const message of messages) {
        if (Array.isArray(message)) settle(waiting, message)
        else resolve()
      }
    })
  })
  await hello
  return {
    command: (name, parameters = {}) =>
      new Promise((resolve, reject) => {
        const id = count++
        waiting.set(id, { resolve, reject })
        const text = JSON.stringify([0, id, name, parameters])
        socket.write(`${Buffer.byteLength(text)}:${text}`)
      }),
    close: () => socket.destroy(),
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

function settle(waiting: Map<number, Waiting>, message: readonly unknown[]): void {
  const [, id, error, result] = message
  const asked = waiting.get(Number(id))
  waiting.delete(Number(id))
  if (error === null) asked?.resolve(result)
  else asked?.reject(new Error(JSON.stringify(error)))
}

/** Takes whole messages from the front of what was received. */
function split(received: Buffer): { readonly messages: unknown[]; readonly rest: Buffer } {
  const messages: unknown[] = []
  let rest = received
  for (;;) {
    const colon = rest.indexOf(':')
    const end = colon + 1 + Number(rest.toString('latin1', 0, Math.max(0, colon)))
    if (colon < 0 || rest.length < end) return { messages, rest }
    messages.push(JSON.parse(rest.toString('utf8', colon + 1, end)))
    rest = rest.subarray(end)
  }
}
