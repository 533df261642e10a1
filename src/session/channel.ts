// TLS records over a connection: sends and receives messages one by one, protected once keys are set, and reports each
// as it goes by (RFC 5246 §6.2, §7.1, §7.2; RFC 8446 §5).

import { equal, type Field } from '../encoding/index.ts'
import { DecodeError, type HandshakeError } from '../errors.ts'
import type { Sender } from '../inspect/index.ts'
import type { Connection } from '../system/index.ts'
import {
  append,
  blame,
  CONTENT_TYPE,
  decodeAlert,
  encodeRecord,
  MAX_PLAINTEXT,
  misbehaving,
  nextMessage,
  nextRecord,
  openReceiveBuffer,
  RECORD_HEADER_LENGTH,
  type ReceiveBuffer,
  type TlsRecord,
  type Unprotected,
  VERSION,
} from '../tls/index.ts'
import {
  ivIn,
  type ObservedMessage,
  type ReceivedMessage,
  type ReportMessage,
  receivedName,
  traceReceived,
} from './observed-message.ts'

/** Protects a message: gives what goes into its record. */
export type SealMessage = (
  type: number,
  bytes: Uint8Array,
) => { readonly type: number; readonly fragment: Uint8Array }

/** Takes a record: gives what was in it. Throws HandshakeError when it is not authentic. */
export type OpenRecord = (record: TlsRecord) => Unprotected

/** Where a message begins in its sender's stream, and the record around it. */
type Origin = Pick<ObservedMessage, 'offset' | 'protectedLength' | 'iv'>

export class RecordChannel {
  /** What ServerHello chose; until then what messages are read by. */
  negotiated = { version: VERSION.tls10 as number, cipherSuite: 0 }
  /** Whether a whole record has come. */
  answered = false
  /** Whether an alert was sent: close_notify is, and all others end the connection. */
  hasSaidGoodbye = false
  /** Whether the server's close_notify has come. */
  hasHeardGoodbye = false
  /** Whether the server has sent more than is kept. */
  isFull = false
  /** What the server's Finished must hold, for the report of it. */
  expectedFinished: Uint8Array | undefined
  readonly #connection: Connection
  readonly #report: ReportMessage
  readonly #stream: ReceiveBuffer = openReceiveBuffer(MAX_RECEIVED)
  readonly #flight: ReceiveBuffer = openReceiveBuffer(MAX_RECEIVED)
  /** Where the handshake bytes of each record lie in the flight. */
  readonly #origins: (Origin & { readonly flight: number })[] = []
  readonly #queue: ReceivedMessage[] = []
  #messages = 0
  #sent = 0
  #seal: SealMessage | undefined
  #open: OpenRecord | undefined
  #late: ((message: ReceivedMessage) => void) | undefined
  #fault: unknown
  #wake = (): void => undefined

  constructor(connection: Connection, report: ReportMessage) {
    this.#connection = connection
    this.#report = report
    const take = (bytes: Uint8Array): void => {
      try {
        append(this.#stream, bytes)
      } catch (error) {
        this.#fault ??= error
        this.isFull = true
        connection.socket.pause()
      }
      this.#wake()
    }
    connection.opened.then(
      () => connection.socket.on('data', take),
      () => undefined,
    )
  }

  /** Protects all that is sent from here on. */
  sealWith(seal: SealMessage): void {
    this.#seal = seal
  }

  /** Takes all records from here on for protected. Throws HandshakeError when a message has begun without (RFC 8446 §5.1). */
  openWith(open: OpenRecord): void {
    if (this.#flight.read < this.#flight.length) {
      throw misbehaving('the server sent a message that spans a change of keys', UNEXPECTED_MESSAGE)
    }
    this.#open = open
  }

  /** Hands all but data and alerts to `late` from here on. */
  complete(late: (message: ReceivedMessage) => void): void {
    this.#late = late
  }

  /** Sends a message in a record of its own. Throws DecodeError on one that does not parse. */
  send(kind: ReceivedMessage['kind'], bytes: Uint8Array): void {
    const type = CONTENT_TYPE[kind]
    const seal = this.#isUnprotected(type) ? undefined : this.#seal
    const { type: outerType, fragment } = seal?.(type, bytes) ?? { type, fragment: bytes }
    const offset = this.#sent + (seal ? 0 : RECORD_HEADER_LENGTH)
    const length = RECORD_HEADER_LENGTH + fragment.length
    this.#sent += length
    const version = Math.min(this.negotiated.version, VERSION.tls12)
    this.#connection.socket.write(encodeRecord(outerType, version, fragment))
    if (kind === 'alert') this.hasSaidGoodbye = true
    const protection = seal
      ? { protectedLength: length, iv: ivIn(fragment, this.negotiated) }
      : UNPROTECTED
    this.#note('client', { kind, bytes }, { offset, ...protection })
  }

  /** Waits for the next message. Throws HandshakeError and NetworkError. */
  async receive(): Promise<ReceivedMessage> {
    for (;;) {
      const message = this.#take()
      if (message && this.#late && LATE.includes(message.kind)) {
        this.#late(message)
        continue
      }
      if (message) return message
      const more = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await Promise.race([more, this.#connection.ended])
    }
  }

  #take(): ReceivedMessage | undefined {
    try {
      for (;;) {
        const message = this.#queue.shift() ?? this.#takeMessage()
        if (message) return message
        if (this.#fault) throw this.#fault
        const record = nextRecord(this.#stream)
        if (record === undefined) return undefined
        this.answered = true
        this.#takeRecord(record)
      }
    } catch (error) {
      throw blame(error, this.#stream)
    }
  }

  #takeMessage(): ReceivedMessage | undefined {
    const at = this.#flight.read
    const bytes = nextMessage(this.#flight)
    if (bytes === undefined) return undefined
    while ((this.#origins[1]?.flight ?? Number.POSITIVE_INFINITY) <= at) this.#origins.shift()
    const { offset = 0, flight = 0, ...protection } = this.#origins[0] ?? {}
    const { protectedLength, iv } = { ...UNPROTECTED, ...protection }
    const message: ReceivedMessage = { kind: 'handshake', bytes }
    const within = protectedLength === null ? at - flight : 0
    const parts = this.#origins.filter((part) => part.flight <= this.#flight.read)
    const place = (byte: number): number => {
      const part = parts.findLast((one) => one.flight <= at + byte)
      return protectedLength === null && part ? part.offset + at + byte - part.flight : byte
    }
    this.#note('server', message, { offset: offset + within, protectedLength, iv }, place)
    return message
  }

  #takeRecord(record: TlsRecord): void {
    const { fragment, offset: start } = record
    const open = this.#isUnprotected(record.type) ? undefined : this.#open
    if (!open && fragment.length > MAX_PLAINTEXT) {
      throw misbehaving(`the server sent a plaintext record of ${fragment.length} bytes`)
    }
    const { type, content: bytes } = open?.(record) ?? { type: record.type, content: fragment }
    const offset = start + (open ? 0 : RECORD_HEADER_LENGTH)
    const length = RECORD_HEADER_LENGTH + fragment.length
    const protection = open
      ? { protectedLength: length, iv: ivIn(fragment, this.negotiated) }
      : UNPROTECTED
    const origin = { offset, ...protection }
    const partial = this.#flight.read < this.#flight.length
    switch (type) {
      case CONTENT_TYPE.handshake:
        if (bytes.length === 0) throw misbehaving('the server sent an empty handshake record')
        this.#origins.push({ ...origin, flight: this.#flight.length })
        append(this.#flight, bytes)
        break
      case CONTENT_TYPE.change_cipher_spec:
        if (partial) throw misbehaving('the server sent a ChangeCipherSpec inside a message')
        this.#enqueue({ kind: 'change_cipher_spec', bytes }, origin)
        break
      case CONTENT_TYPE.alert:
        if (bytes.length === 0 || bytes.length % 2 !== 0)
          throw misbehaving('the server sent a malformed alert')
        for (let at = 0; at < bytes.length; at += 2) {
          this.#enqueue({ kind: 'alert', bytes: bytes.subarray(at, at + 2) }, origin)
        }
        break
      case CONTENT_TYPE.application_data:
        if (!open) throw misbehaving('the server sent application data in plaintext')
        this.#enqueue({ kind: 'application_data', bytes }, origin)
        break
      default:
        throw misbehaving(`the server sent a record of content type ${type}`)
    }
  }

  /** In TLS 1.3 a ChangeCipherSpec means nothing, and no key is for it (RFC 8446 §5). */
  #isUnprotected(type: number): boolean {
    return type === CONTENT_TYPE.change_cipher_spec && this.negotiated.version === VERSION.tls13
  }

  #enqueue(message: ReceivedMessage, origin: Origin): void {
    this.#queue.push(message)
    this.#note('server', message, origin)
    if (message.kind === 'alert' && decodeAlert(message.bytes).description === CLOSE_NOTIFY) {
      this.hasHeardGoodbye = true
    }
  }

  /** Reports a message with its fields, those before its fault when there is one. */
  #note(
    sender: Sender,
    message: ReceivedMessage,
    origin: Origin,
    place: (at: number) => number = (at) =>
      origin.protectedLength === null ? origin.offset + at : at,
  ): void {
    if (++this.#messages > MAX_MESSAGES)
      throw misbehaving(`the session has more than ${MAX_MESSAGES} messages`)
    const fields: Field[] = []
    try {
      traceReceived(message, this.negotiated, fields)
    } finally {
      const name = receivedName(message)
      const judged = sender === 'server' ? this.#judgeFinished(name, fields) : fields
      this.#report({ sender, name, length: message.bytes.length, fields: judged, ...origin }, place)
    }
  }

  #judgeFinished(name: string, fields: readonly Field[]): readonly Field[] {
    const expected = this.expectedFinished
    if (name !== 'Finished' || !expected) return fields
    return fields.map((field) => {
      if (field.name !== 'verify_data') return field
      return { ...field, meaning: equal(field.bytes, expected) ? 'as expected' : 'WRONG' }
    })
  }
}

/** What a fatal alert to the server says of an error of this side (RFC 5246 §7.2.2). */
export function alertFor(error: HandshakeError): number {
  if (error.alert !== undefined) return error.alert
  if (error.cause instanceof DecodeError) return 50
  return error.code === 'incompatible-peer' ? 40 : 47
}

/** Of a message in plain text. */
const UNPROTECTED = { protectedLength: null, iv: null }

const LATE: readonly ReceivedMessage['kind'][] = ['handshake', 'change_cipher_spec']

/** AlertDescription (RFC 8446 §6.2). */
const CLOSE_NOTIFY = 0
const UNEXPECTED_MESSAGE = 10

/** Bytes from the server in all: a flight of 2 to 30 KB, and the head of an answer. */
const MAX_RECEIVED = 2 ** 19
/** Each is shown; a handshake has a dozen. */
const MAX_MESSAGES = 2 ** 12
