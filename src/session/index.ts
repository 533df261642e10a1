// Complete TLS handshakes, and what is sent after them.

export type { PassingMessage, ReportMessage } from './channel.ts'
export { checkSession, type SessionCheck, type SessionChecks } from './checks.ts'
export type { Closing } from './conversation.ts'
export { type Answer, authorityOf, requestHead } from './http.ts'
export { type CompleteHandshake, completeHandshake, type OpenSession } from './session.ts'
