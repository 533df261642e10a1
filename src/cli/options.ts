// The options that several commands have, each stated once, and what those come to that say whom to believe.

import { MAX_ROUNDS } from '../statement/index.ts'
import {
  hashIntoNative,
  readTrustAnchors,
  systemTrustAnchors,
  verifySignatureNative,
} from '../system/index.ts'
import type { verifyStatement } from '../verify/index.ts'
import {
  anyText,
  flag,
  integerFrom,
  type Option,
  oneOf,
  repeated,
  secondsFrom,
  setting,
  type Values,
} from './command.ts'
import { canonicalHost } from './input.ts'

export const force: Option<boolean> = flag('overwrite the output')

export const json: Option<boolean> = flag('print JSON')

export const ca: Option<string | undefined> = setting(
  {
    describe: 'trust these certificates, a file or a folder',
    without: 'the Mozilla roots in Node.js',
  },
  anyText,
)

export const proxy: Option<string | undefined> = setting(
  { describe: 'URL of an HTTP proxy to go by', without: 'HTTPS_PROXY, but for NO_PROXY' },
  anyText,
)

/** Seconds, for what `describe` says. */
export function timeout(describe: string): Option<number> {
  return setting({ describe, otherwise: '10' }, secondsFrom(0.001, 3600))
}

/** How many handshakes to chain, `least` or more. */
export function rounds(describe: string, least: number): Option<number> {
  return setting({ describe, otherwise: '3' }, integerFrom(least, MAX_ROUNDS))
}

/** The versions that can sign a key exchange. */
export function tls(describe: string): Option<'1.0' | '1.1' | '1.2'> {
  return setting({ describe, otherwise: '1.2' }, oneOf(['1.0', '1.1', '1.2']))
}

/** All versions that can be spoken. */
export function anyTls(describe: string): Option<'1.0' | '1.1' | '1.2' | '1.3'> {
  return setting({ describe, otherwise: '1.2' }, oneOf(['1.0', '1.1', '1.2', '1.3']))
}

/** Whom to believe. */
export const TRUST_OPTIONS = {
  witness: repeated(
    {
      describe: 'accept this host as a witness; may be repeated',
      without: 'the built-in list',
    },
    canonicalHost,
  ),
  quorum: setting(
    {
      describe: 'how many witnesses have to be good, each with a key of its own',
      without: 'all that are accepted',
    },
    integerFrom(1, MAX_ROUNDS),
  ),
  ca,
}

export type TrustOptions = Omit<Parameters<typeof verifyStatement>[1], 'digests'>

/** Whom to believe in the library's terms, as of now. Throws what reading the trust anchors does. */
export async function believing(values: Values<typeof TRUST_OPTIONS>): Promise<TrustOptions> {
  const { witness: witnesses, quorum } = values
  return {
    trustAnchors: await trustAnchorsOf(values.ca),
    ...(witnesses.length > 0 && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    now: new Date(),
    verifySignature: verifySignatureNative,
    hash: hashIntoNative,
  }
}

/** Those of a file or a folder, else the system's, DER. */
export async function trustAnchorsOf(path: string | undefined): Promise<Uint8Array[]> {
  return path === undefined ? systemTrustAnchors() : readTrustAnchors(path)
}
