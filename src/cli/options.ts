// The options that several commands have, each stated once, and what those come to that say whom to believe.

import type { DecodeError } from '../errors.ts'
import { MAX_ROUNDS } from '../statement/index.ts'
import {
  type HttpProxy,
  hashIntoNative,
  MAX_ANCHORS,
  readTrustAnchors,
  systemTrustAnchors,
  trustAnchorsIn,
  verifySignatureNative,
} from '../system/index.ts'
import { TLS_VERSIONS, type TlsVersion } from '../tls/index.ts'
import type { verifyStatement } from '../verify/index.ts'
import { serverAddress } from './address.ts'
import {
  anyText,
  flag,
  integerFrom,
  type Option,
  oneOf,
  repeated,
  type SettingHelp,
  secondsFrom,
  setting,
  type Values,
} from './command.ts'
import { UsageError } from './errors.ts'
import { proxyUrl, readInput, shownPath } from './input.ts'
import { printNote } from './terminal.ts'

export const force: Option<boolean> = flag('overwrite the output')

/** The file to write, or "-" for standard output. */
export function output(help: OutputHelp & { readonly otherwise: string }): Option<string>
export function output(help: OutputHelp): Option<string | undefined>
export function output(help: OutputHelp): Option<string | undefined> {
  return setting({ alias: 'o', value: 'FILE', ...help }, anyText)
}

type OutputHelp = Omit<SettingHelp, 'alias' | 'value'>

export const json: Option<boolean> = flag('print JSON')

/** How much a command prints: a short report without any of them. */
export const LENGTH: Readonly<Record<'verbose' | 'quiet' | 'json', Option<boolean>>> = {
  verbose: flag('print the whole report'),
  quiet: flag('print nothing but errors; the exit code tells the rest'),
  json,
}

export const ca: Option<string | undefined> = setting(
  {
    value: 'FILE|DIR',
    describe: 'trust the certificates in this file or folder',
    without: 'the Mozilla roots in Node.js',
  },
  anyText,
)

export const proxy: Option<HttpProxy | undefined> = setting(
  {
    value: 'URL',
    describe: 'HTTP proxy URL',
    without: 'HTTPS_PROXY, except for hosts in NO_PROXY',
  },
  proxyUrl,
)

/** Seconds, for what `describe` says. */
export function timeout(describe: string): Option<number> {
  return setting({ value: 'SECONDS', describe, otherwise: '10' }, secondsFrom(0.001, 3600))
}

/** How many handshakes to chain, `least` or more. */
export function rounds(describe: string, least: number): Option<number> {
  return setting({ value: 'NUMBER', describe, otherwise: '3' }, integerFrom(least, MAX_ROUNDS))
}

/** One of these versions, of which there are two at least; what speaking an old one comes to is the `caveat`. */
function version<Version extends string>(
  versions: readonly Version[],
  purpose: string,
  caveat = '',
): Option<Version> {
  const describe = `${purpose}, ${versions[0]} to ${versions.at(-1)}${caveat}`
  return setting({ value: 'VERSION', describe, otherwise: '1.2' }, oneOf(versions))
}

/** The versions that can sign a key exchange. */
export function tls(purpose: string, caveat?: string): Option<TlsVersion> {
  return version(SIGNED_VERSIONS, purpose, caveat)
}

/** All versions that can be spoken. */
export function anyTls(purpose: string): Option<TlsVersion | '1.3'> {
  return version([...SIGNED_VERSIONS, '1.3'], purpose)
}

const SIGNED_VERSIONS = Object.keys(TLS_VERSIONS) as TlsVersion[]

/** Whom to believe. */
export const TRUST_OPTIONS = {
  witness: repeated(
    {
      value: 'HOST',
      describe: 'accept this host as a witness; may be repeated',
      without: 'the built-in list',
    },
    // A port is the server's, and acceptance is the host's: TLS_STAMP_WITNESS is for sign as well
    (text, shown) => serverAddress(text, shown).host,
  ),
  quorum: setting(
    {
      value: 'NUMBER',
      describe: 'how many witnesses must be valid, each with a key of its own',
      without: 'every accepted witness',
    },
    integerFrom(1, MAX_ROUNDS),
  ),
  guards: setting(
    {
      value: 'NUMBER',
      describe: 'how many guards must be valid, each with a key of its own',
      without: 'every accepted guard',
    },
    integerFrom(1, MAX_ROUNDS),
  ),
  window: flag('accept a statement without any clock: only its certificates bound the time'),
  ca,
}

export type TrustOptions = Omit<Parameters<typeof verifyStatement>[1], 'digests'>

/** Whom to believe in the library's terms, as of now. Throws what reading the trust anchors does. */
export async function believing(values: Values<typeof TRUST_OPTIONS>): Promise<TrustOptions> {
  const { witness: witnesses, quorum, guards, window } = values
  return {
    trustAnchors: await trustAnchorsOf(values.ca),
    ...(witnesses.length > 0 && { witnesses }),
    ...(quorum !== undefined && { quorum }),
    ...(guards !== undefined && { guards }),
    window,
    now: new Date(),
    verifySignature: verifySignatureNative,
    hash: hashIntoNative,
  }
}

/** Those of a file or a folder, else the system's, DER. One that is none is passed over, and a note says so. */
export async function trustAnchorsOf(path: string | undefined): Promise<Uint8Array[]> {
  if (path === undefined) return systemTrustAnchors()
  const passOver = ({ message }: DecodeError): void => printNote(`passed over ${message}`)
  if (path !== '-') {
    return readTrustAnchors(path, passOver).catch(async (error: unknown) => {
      throw (await isWithout(path))
        ? new UsageError(`${path} contains no certificate in PEM or DER`)
        : error
    })
  }
  const bytes = await readInput(path, MAX_ANCHORS)
  return trustAnchorsIn([{ path: shownPath(path), bytes }], passOver)
}

/** Whether the file is neither PEM nor DER at all. */
async function isWithout(path: string): Promise<boolean> {
  const bytes = await readInput(path, MAX_ANCHORS).catch(() => undefined)
  if (bytes === undefined || bytes[0] === SEQUENCE) return false
  return !new TextDecoder().decode(bytes).includes('-----BEGIN')
}

/** The first byte of a certificate in DER. */
const SEQUENCE = 0x30
