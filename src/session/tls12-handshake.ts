// A complete handshake of TLS 1.0 to 1.2 as a client, from ClientHello to the Finished messages (RFC 5246 §7.3), with
// everything fresh each time: no session, no client certificate.

import { randomBytes } from 'node:crypto'
import { equal, toHex } from '../encoding/index.ts'
import { HandshakeError } from '../errors.ts'
import { decodeSpki } from '../signature/index.ts'
import { recordCiphersNative } from '../system/index.ts'
import {
  announcesStatus,
  checkAnswer,
  cipherSuiteName,
  cutKeyBlock,
  decodeCertificateMessage,
  decodeClientHello,
  decodeFinished,
  decodeServerHello,
  decodeServerKeyExchange,
  EXTENSION,
  encodeClientHello,
  encodeClientKeyExchange,
  encodeEmptyCertificate,
  encodeFinished,
  extendedMasterSecret,
  finishedHash,
  HANDSHAKE_TYPE,
  incompatible,
  isRc4,
  keyBlock,
  keyBlockLength,
  masterSecret,
  misbehaving,
  opener,
  prfHash,
  readTranscript,
  type ServerHello,
  sealer,
  suiteCipher,
  suiteKind,
  transcriptHash,
  VERSION,
  versionName,
} from '../tls/index.ts'
import { spkiOf } from '../x509/index.ts'
import type { RecordChannel } from './channel.ts'
import { type Conversation, converse, nameOf, refuseAlert } from './conversation.ts'
import type { CompleteHandshake, CompleteOptions } from './handshake.ts'
import { type Agreement, agreeDhe, agreeEcdhe, transportRsa } from './key-agreement.ts'

/** Throws NetworkError and HandshakeError. */
export async function completeTls12(
  channel: RecordChannel,
  options: CompleteOptions,
  statusRequest: boolean,
): Promise<CompleteHandshake> {
  const { serverName, version, keyLog } = options
  const { say, hear, messages } = converse(channel)
  const clientHello = encodeClientHello({
    clientRandom: randomBytes(32),
    statusRequest,
    version,
    keyTransport: true,
    ...(serverName !== undefined && { serverName }),
  })
  const offer = decodeClientHello(clientHello)
  say(clientHello)
  const serverHello = await hear(HANDSHAKE_TYPE.server_hello).catch(explainRefusal)
  const answer = decodeServerHello(serverHello)
  if (isRc4(answer.cipherSuite))
    throw rc4(`the server chose ${cipherSuiteName(answer.cipherSuite)}`)
  checkAnswer(offer, answer)
  if (answer.version !== version) {
    throw incompatible(
      `the server speaks ${versionName(answer.version)}, not ${versionName(version)}`,
    )
  }
  channel.negotiated = answer
  const flight = await hearFlight(hear, answer)
  const signed = flight.serverKeyExchange
    ? readTranscript({
        clientHello,
        serverHello,
        ...flight,
        serverKeyExchange: flight.serverKeyExchange,
      })
    : undefined
  const certificates = decodeCertificateMessage(flight.certificate)
  const [endEntity, ...others] = certificates
  if (endEntity === undefined) throw misbehaving('the server sent no certificate')

  const agreement = agree(flight.serverKeyExchange, endEntity, answer, version)
  if (flight.certificateRequest) say(encodeEmptyCertificate())
  say(encodeClientKeyExchange(agreement.exchangeKeys))
  const secrets = deriveSecrets(agreement, offer.random, answer, messages)
  keyLog?.(`CLIENT_RANDOM ${toHex(offer.random)} ${toHex(secrets.master)}\n`)
  await finish({ channel, say, hear, messages }, secrets)
  return {
    version,
    cipherSuite: answer.cipherSuite,
    clientRandom: offer.random,
    serverRandom: answer.random,
    extendedMasterSecret: secrets.extended,
    certificates: [endEntity, ...others],
    signed,
  }
}

interface Flight {
  readonly certificate: Uint8Array
  readonly certificateStatus?: Uint8Array
  readonly serverKeyExchange: Uint8Array | undefined
  readonly certificateRequest: boolean
}

/** Hears the server's flight, from Certificate to ServerHelloDone. */
async function hearFlight(hear: Conversation['hear'], answer: ServerHello): Promise<Flight> {
  const signs = suiteKind(answer.cipherSuite).keyExchange !== 'RSA'
  const last = [HANDSHAKE_TYPE.certificate_request, HANDSHAKE_TYPE.server_hello_done]
  const afterCertificate = signs ? [HANDSHAKE_TYPE.server_key_exchange] : last
  const certificate = await hear(HANDSHAKE_TYPE.certificate)
  const status = announcesStatus(answer) ? [HANDSHAKE_TYPE.certificate_status] : []
  let next = await hear(...status, ...afterCertificate)
  let certificateStatus: Uint8Array | undefined
  if (next[0] === HANDSHAKE_TYPE.certificate_status) {
    certificateStatus = next
    next = await hear(...afterCertificate)
  }
  const serverKeyExchange = signs ? next : undefined
  if (signs) next = await hear(...last)
  const certificateRequest = next[0] === HANDSHAKE_TYPE.certificate_request
  if (certificateRequest) await hear(HANDSHAKE_TYPE.server_hello_done)
  return {
    certificate,
    serverKeyExchange,
    certificateRequest,
    ...(certificateStatus && { certificateStatus }),
  }
}

function agree(
  exchange: Uint8Array | undefined,
  endEntity: Uint8Array,
  answer: ServerHello,
  offered: number,
): Agreement {
  if (exchange === undefined) {
    const spki = spkiOf(endEntity)
    const key = spki && decodeSpki(spki)
    if (key?.type !== 'rsa')
      throw misbehaving("the server's certificate has no RSA key to encrypt with")
    return transportRsa(key, offered, randomBytes)
  }
  const { params, curve } = decodeServerKeyExchange(exchange, answer)
  return curve === undefined ? agreeDhe(params, randomBytes) : agreeEcdhe(curve, params)
}

type Secrets = ReturnType<typeof deriveSecrets>

function deriveSecrets(
  { premaster }: Agreement,
  clientRandom: Uint8Array,
  answer: ServerHello,
  messages: readonly Uint8Array[],
): {
  readonly hash: ReturnType<typeof prfHash>
  readonly master: Uint8Array
  readonly extended: boolean
  readonly client: ReturnType<typeof sealer>
  readonly server: ReturnType<typeof opener>
} {
  const { version, cipherSuite, extensions } = answer
  const cipher = suiteCipher(cipherSuite)
  if (cipher === undefined || (cipher.tls12Only && version < VERSION.tls12)) {
    throw misbehaving(`the server chose ${cipherSuiteName(cipherSuite)} in ${versionName(version)}`)
  }
  const hash = prfHash(version, cipher)
  const randoms = { clientRandom, serverRandom: answer.random }
  const extended = extensions.some(({ type }) => type === EXTENSION.extended_master_secret)
  const master = extended
    ? extendedMasterSecret(hash, premaster, transcriptHash(hash, messages))
    : masterSecret(hash, premaster, randoms)
  const keys = cutKeyBlock(cipher, keyBlock(hash, master, randoms, keyBlockLength(cipher)))
  const client = sealer(cipher, version, keys.client, recordCiphersNative)
  const server = opener(cipher, version, keys.server, recordCiphersNative)
  return { hash, master, extended, client, server }
}

/** ChangeCipherSpec and Finished, ours and theirs; theirs is checked (RFC 5246 §7.4.9). */
async function finish(
  conversation: Conversation & { readonly channel: RecordChannel },
  { hash, master, client, server }: Secrets,
): Promise<void> {
  const { channel, say, hear, messages } = conversation
  channel.send('change_cipher_spec', Uint8Array.of(1))
  channel.sealWith((type, bytes) => ({ type, fragment: client(type, bytes) }))
  say(encodeFinished(finishedHash(hash, master, 'client', messages)))
  for (;;) {
    const message = await channel.receive()
    if (message.kind === 'alert') refuseAlert(message.bytes)
    else if (message.kind === 'change_cipher_spec') break
    else if (message.kind !== 'handshake')
      throw misbehaving(`expected ChangeCipherSpec, got ${message.kind}`)
    else if (message.bytes[0] === HANDSHAKE_TYPE.new_session_ticket) messages.push(message.bytes)
    else if (message.bytes[0] !== HANDSHAKE_TYPE.hello_request)
      throw misbehaving(`expected ChangeCipherSpec, got ${nameOf(message)}`)
  }
  channel.openWith(({ type, version, fragment }) => {
    if (version !== channel.negotiated.version) {
      throw misbehaving(`the server sent a record of version ${versionName(version)}`)
    }
    return { type, content: server(type, fragment) }
  })
  const expected = finishedHash(hash, master, 'server', messages)
  channel.expectedFinished = expected
  const finished = await hear(HANDSHAKE_TYPE.finished)
  if (!equal(decodeFinished(finished), expected)) {
    const message = "the server's Finished does not match the handshake (decrypt_error)"
    throw new HandshakeError('misbehaving-peer', message, 51)
  }
}

/** A server that refuses everything offered may support only what is never offered. */
function explainRefusal(error: unknown): never {
  const refusals: readonly (number | undefined)[] = [40, 71]
  if (!(error instanceof HandshakeError) || !refusals.includes(error.alert)) throw error
  const message = `${error.message}: it accepts none of the versions and cipher suites offered; RC4 is not among them, as RFC 7465 prohibits it`
  throw new HandshakeError('alert', message, error.alert)
}

function rc4(what: string): HandshakeError {
  return incompatible(`${what}, but RC4 is prohibited by RFC 7465`)
}
