// A server that takes one thing of each kind and refuses the rest, as probes find real ones to do.

import { type AnswerOptions, answer, offers, refuses } from './hostile-scripts.ts'
import type { Peer, Script } from './hostile-server.ts'

/**
 * Answers whoever offers TLS 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ecdsa_sha256 and x25519; all others get an
 * alert, or `otherwise`.
 */
export function takesOnly(options: AnswerOptions, otherwise: Script = refuses(40)): Script {
  const right = answer(options)
  return (peer) => {
    const { hello } = peer
    const fits =
      !offers(hello, 43) &&
      hello.cipherSuites.includes(0xc02b) &&
      listOf(hello, 13).includes(0x0403) &&
      listOf(hello, 10).includes(0x001d)
    return fits ? right(peer) : otherwise(peer)
  }
}

/** The numbers in an extension that is a list of them. */
function listOf({ extensions }: Peer['hello'], wanted: number): number[] {
  const body = Buffer.from(extensions.find(({ type }) => type === wanted)?.body ?? [])
  const count = Math.max(0, body.length / 2 - 1)
  return Array.from({ length: count }, (_, i) => body.readUInt16BE(2 * i + 2))
}
