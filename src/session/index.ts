// Complete TLS handshakes, and what is sent after them.

export { checkSession, type SessionCheck, type SessionChecks } from './checks.ts'
export type { Closing } from './conversation.ts'
export type { CompleteHandshake } from './handshake.ts'
export { type Answer, authorityOf, type Request, requestHead } from './http.ts'
export type { ObservedMessage, ReportMessage } from './observed-message.ts'
export { completeHandshake, type OpenSession } from './session.ts'
