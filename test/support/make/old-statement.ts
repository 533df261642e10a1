// Old statements made as the ancestors made them: one handshake up to ServerHelloDone, of which three byte strings stay.

import { randomBytes } from 'node:crypto'
import { decodeToytls, type OldStatement } from '../../../src/legacy/formats.ts'
import { openConnection, runHandshake } from '../../../src/system/connect.ts'
import { HandshakeClient } from '../../../src/tls/client.ts'
import { VERSION } from '../../../src/tls/registry.ts'
import { readTranscript } from '../../../src/tls/transcript.ts'

const VERSIONS = { '1.0': VERSION.tls10, '1.1': VERSION.tls11, '1.2': VERSION.tls12 } as const

export interface OldHandshake {
  /** client_random: 32 bytes, or up to 32 of text, to be filled with zeros as toytls does; default random bytes. */
  readonly message?: Uint8Array | string
  /** Default 1.1, as toytls. */
  readonly version?: keyof typeof VERSIONS
}

/** Has the server on this port of loopback sign; all its certificates are kept, as timmy does. */
export async function makeOldStatement(
  port: number,
  { message = randomBytes(32), version = '1.1' }: OldHandshake = {},
): Promise<OldStatement> {
  const clientRandom = new Uint8Array(32)
  clientRandom.set(typeof message === 'string' ? Buffer.from(message) : message)
  const client = new HandshakeClient({
    clientRandom,
    serverName: 'localhost',
    statusRequest: false,
    version: VERSIONS[version],
  })
  const connection = openConnection({ host: '127.0.0.1', port, timeout: 60_000 })
  const transcript = await runHandshake(connection, client).finally(connection.close)
  const { signedBytes, signature, certificates } = readTranscript(transcript)
  const [certificate] = certificates
  return { ...decodeToytls({ bytes: signedBytes, signature, certificate }), certificates }
}

/** timmy's one line: its members in alphabetical order. */
export function encodeTimmy(old: OldStatement): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  const certificates = old.certificates.map(base64)
  const [blob, signature] = [base64(old.signedBytes), base64(old.signature)]
  return `${JSON.stringify({ blob, certificates, signature })}\n`
}
