// Changes a ClientHello before it is sent, so that it offers what this library never would.

import { Writer } from '../../../src/encoding/presentation.ts'
import { type ClientHello, encodeMessage } from '../../../src/tls/messages.ts'

/** The hello with these SignatureSchemes in signature_algorithms beside its own. */
export function offerSchemes(...schemes: readonly number[]): (hello: ClientHello) => ClientHello {
  return (hello) => {
    const list = new Writer().u16(...(hello.signatureSchemes ?? []), ...schemes).done()
    return withExtension(hello, 0x000d, new Writer().opaque(2, list).done())
  }
}

/** The hello with one extension's content replaced, or the extension left out. */
export function withExtension(
  hello: ClientHello,
  type: number,
  content: Uint8Array | undefined,
): ClientHello {
  const extensions = hello.extensions.flatMap((extension) => {
    if (extension.type !== type) return [extension]
    return content ? [{ type, content }] : []
  })
  return { ...hello, extensions }
}

/** From version, random, sessionId, cipherSuites and extensions alone. */
export function encodeClientHello(hello: ClientHello): Uint8Array {
  const extensions = new Writer()
  for (const { type, content } of hello.extensions) extensions.u16(type).opaque(2, content)
  const body = new Writer()
    .u16(hello.version)
    .bytes(hello.random)
    .opaque(1, hello.sessionId)
    .opaque(2, new Writer().u16(...hello.cipherSuites).done())
    .opaque(1, Uint8Array.of(0))
    .opaque(2, extensions.done())
  return encodeMessage(1, body.done())
}
