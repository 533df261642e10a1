// Old statements for the commands that read them: found at a path, shown in full, compared with files.

import { readFile, stat } from 'node:fs/promises'
import { equal, instant, printable, toHex } from '../encoding/index.ts'
import { DecodeError } from '../errors.ts'
import {
  damageOfToytls,
  decodeTimmy,
  decodeToytls,
  describeOldStatement,
  looksLikeTimmy,
  MAX_OLD_STATEMENT,
  type OldStatement,
  type OldStatementDescription,
  opensslCommands,
  verifyOldStatement,
} from '../legacy/index.ts'
import { damageSentence } from '../statement/index.ts'
import { readBounded, verifySignatureNative } from '../system/index.ts'
import type { GivenDigest } from '../verify/index.ts'
import { certificateLine } from '../x509/index.ts'
import { decodingFault, UsageError } from './errors.ts'
import { digestInput, shownPath } from './input.ts'
import type { TrustOptions } from './options.ts'
import { remediesFor } from './remedies.ts'
import { printReport, type ReportLength } from './terminal.ts'
import { briefReport } from './text/brief.ts'
import { renderReport, row } from './text/report.ts'

/** What toytls appends to its PATH, in the order of ToytlsFiles. */
export const TOYTLS_ENDINGS = {
  bytes: '.bytes',
  signature: '.signature',
  certificate: '.certificate.der',
} as const

export interface OldStatementFile {
  readonly path: string
  readonly old: OldStatement
}

/**
 * The old statement at this path: timmy's JSON when `content`, the file's bytes, is that, else toytls's files whose
 * names begin with it. Undefined when there is none. Throws UsageError for one that is broken.
 */
export async function findOldStatement(
  path: string,
  content: Uint8Array | undefined,
): Promise<OldStatementFile | undefined> {
  try {
    const old =
      content !== undefined && looksLikeTimmy(content)
        ? decodeTimmy(content)
        : path === '-'
          ? undefined
          : await readToytls(path)
    return old && { path, old }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new UsageError(`${shownPath(path)} is not an old statement: ${decodingFault(error)}`)
  }
}

/**
 * The statement whose files begin with this path, or undefined when there is no PATH.bytes. Throws DecodeError, UsageError for
 * a file that was changed on its way, and the system's error when another of the three is missing or can't be read.
 */
async function readToytls(path: string): Promise<OldStatement | undefined> {
  const read = (part: keyof typeof TOYTLS_ENDINGS): Promise<Uint8Array> =>
    readBounded(`${path}${TOYTLS_ENDINGS[part]}`, MAX_OLD_STATEMENT)
  const bytes = await read('bytes').catch((error: NodeJS.ErrnoException) => {
    if (ABSENT.has(error.code)) return undefined
    throw error
  })
  if (bytes === undefined) return undefined
  const files = {
    bytes,
    signature: await read('signature'),
    certificate: await read('certificate'),
  }
  const found = damageOfToytls(files, verifySignatureNative)
  if (found === undefined) return decodeToytls(files)
  const file = `${path}${TOYTLS_ENDINGS[found.part]}`
  throw new UsageError(
    `${path} is not an old statement: ${damageSentence([found.damage], file)}`,
    remediesFor([found.damage], file),
  )
}

/** Compares files with an old statement for `verify`: gives the exit code, which is 1, as an old statement never passes. */
export async function verifyOldFile(
  { path, old }: OldStatementFile,
  files: readonly string[],
  believed: TrustOptions,
  length: ReportLength,
): Promise<number> {
  const digests: GivenDigest[] = []
  for (const file of files) digests.push(await digestFor(file, old))
  const report = verifyOldStatement(old, { ...believed, digests })
  printReport(length, report, {
    brief: (width) => briefReport(report, width),
    whole: () => {
      const description = describeOldStatement(old, verifySignatureNative)
      return `${renderReport(report)}\n\n${renderOldStatement(description, path)}`
    },
  })
  return 1
}

/** Everything in an old statement as text, for `inspect` and `verify`; `path` is what the user called it. */
export function renderOldStatement(description: OldStatementDescription, path: string): string {
  const { form, message, text, serverTime, serverRandom, group, scheme } = description
  const { signedBytes, signature, certificates, certificateBytes, params } = description
  const seconds = serverTime.getTime() / 1000
  const found = scheme === null ? 'does not verify' : `verifies as ${scheme}`
  return [
    `in the ${form} ${form === 'toytls' ? 'files' : 'file'}`,
    row('client_random', `${toHex(message)}, what the user had signed`),
    ...(text === null ? [] : [row('as text', JSON.stringify(text))]),
    row('server_random', toHex(serverRandom)),
    row('server time', `${seconds}, ${instant(serverTime)}: a claim`),
    row('params', `${group}, ${params.length} bytes`),
    ...dump('signed bytes', signedBytes),
    row('signature', `${found}, ${signature.length} bytes`),
    ...dump('', signature),
    ...certificates.flatMap((certificate, i) => [
      row(i === 0 ? 'certificates' : '', certificateLine(certificate)),
      row('', `issued by ${printable(certificate.issuer)}, sha256 ${certificate.fingerprint}`),
    ]),
    ...dump('certificate', certificateBytes[0] ?? new Uint8Array(0)),
    ...(form === 'toytls' && scheme !== null
      ? ['check it with', ...opensslCommands(path, scheme).map((line) => `  ${printable(line)}`)]
      : []),
  ].join('\n')
}

/** Rows of 32 bytes each. */
function dump(title: string, bytes: Uint8Array): string[] {
  const lines = toHex(bytes.subarray(0, MAX_SHOWN)).match(/.{1,64}/g) ?? []
  const left = bytes.length - MAX_SHOWN
  return [
    ...lines.map((line, i) => row(i === 0 ? title : '', line)),
    ...(left > 0 ? [row('', `and ${left} bytes more`)] : []),
  ]
}

/** toytls signs up to 32 bytes as they are: a file may be the message itself. */
async function digestFor(file: string, { form, message }: OldStatement): Promise<GivenDigest> {
  if (form === 'toytls' && file !== '-') {
    const entry = await stat(file)
    if (entry.isFile() && entry.size <= message.length) {
      const padded = new Uint8Array(message.length)
      padded.set((await readFile(file)).subarray(0, message.length))
      if (equal(padded, message)) return { name: file, sha256: padded }
    }
  }
  return { name: file, sha256: await digestInput(file) }
}

/** More than any real certificate has. */
const MAX_SHOWN = 2 ** 14

/** No such file, and none that could be. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'])
