// tls-stamp export: a statement in the forms that other tools read.

import { address, counted, instant, printable, toBase64, utf8 } from '../../encoding/index.ts'
import { DecodeError, HandshakeError } from '../../errors.ts'
import {
  decodeToytls,
  describeOldStatement,
  encodeToytls,
  opensslCommands,
  type ToytlsFiles,
} from '../../legacy/index.ts'
import {
  encodeInToto,
  isTls13Round,
  type Renewal,
  type SignedStatement,
} from '../../statement/index.ts'
import { verifySignatureNative, writeAll } from '../../system/index.ts'
import { type ReadRound, readRounds } from '../../verify/index.ts'
import {
  describeCertificate,
  fingerprintOf,
  openBudget,
  tryDecodeCertificate,
  validatePath,
} from '../../x509/index.ts'
import { anyText, type Command, defineCommand, flag, setting } from '../command.ts'
import { CallError, UsageError } from '../errors.ts'
import { requireInputOnce, shownPath } from '../input.ts'
import { TOYTLS_ENDINGS } from '../legacy.ts'
import { ca, force, json, output, trustAnchorsOf } from '../options.ts'
import {
  isSecret,
  requireWritable,
  type Writing,
  writeFileOrStream,
  writeOutput,
} from '../output.ts'
import { readSignedStatement } from '../statement-file.ts'
import { printHints, printResult } from '../terminal.ts'
import { writtenRow } from '../text/report.ts'

export const exportStatement: Command = defineCommand({
  calls: ['--certificates STATEMENT', '--in-toto STATEMENT', '--toytls PATH STATEMENT'],
  about: [
    "Converts a signed statement for other tools: all certification paths as PEM; an in-toto Statement (v1), which verify also reads; or round 0 in toytls's files PATH.bytes, PATH.signature and PATH.certificate.der, with the openssl commands that check them.",
  ],
  operands: [['STATEMENT', 'a file that sign wrote; - is standard input']],
  example: '--certificates signed_statement -o path.pem',
  options: {
    certificates: flag('write the certification paths as PEM'),
    'in-toto': flag('write an in-toto Statement that contains the signed statement'),
    toytls: setting(
      { value: 'PATH', describe: "write toytls's three files, whose names begin with PATH" },
      anyText,
    ),
    output: output({
      describe: 'where to write the certificates or the in-toto Statement',
      without: 'standard output',
    }),
    ca,
    force: { ...force, describe: 'overwrite the files' },
    json,
  },
  run: async ([path, ...others], values) => {
    const { certificates, 'in-toto': inToto, toytls, ca, force, json } = values
    const forms = [certificates, inToto, toytls !== undefined].filter(Boolean).length
    if (path === undefined || others.length > 0 || forms !== 1) {
      const all = 'one of --toytls PATH, --in-toto and --certificates'
      throw new CallError(`expected ${all}, and STATEMENT`)
    }
    const form = toytls !== undefined ? '--toytls' : inToto ? '--in-toto' : '--certificates'
    refuseFor(form, '--output', toytls !== undefined && values.output !== undefined)
    refuseFor(form, '--ca', !certificates && ca !== undefined)
    if (toytls !== undefined) {
      await exportToytls(path, toytls, { force, json })
      return 0
    }
    requireInputOnce([path, ca])
    const { output = '-' } = values
    if (json && output === '-') {
      throw new UsageError(`expected --json with ${form} only together with -o FILE`)
    }
    await requireWritable(output, { force, json })
    const statement = await readSignedStatement(path)
    if (inToto) await exportInToto(statement, output, { force, json })
    else await exportCertificates(statement, path, ca, output, { force, json })
    return 0
  },
})

interface Secrecy extends Writing {
  readonly secret?: boolean
}

function refuseFor(form: string, option: string, given: boolean): void {
  if (given) throw new UsageError(`${option} is not for ${form}`)
}

/** Without a word about it on standard output. */
async function put(bytes: Uint8Array, output: string, how: Secrecy): Promise<void> {
  if (output !== '-') await writeOutput(output, bytes, how)
  else await writeFileOrStream({ path: output, content: bytes }, { replace: false })
}

async function exportInToto(
  statement: SignedStatement,
  output: string,
  how: Writing,
): Promise<void> {
  await put(encodeInToto(statement), output, { ...how, secret: isSecret(statement) })
}

/** Every certification path as PEM (RFC 7468), each certificate once, with what it is in words before it. */
async function exportCertificates(
  statement: SignedStatement,
  path: string,
  file: string | undefined,
  output: string,
  how: Writing,
): Promise<void> {
  const { pem, hints } = await certificatesAsPem(statement, path, file)
  await put(utf8(pem), output, how)
  printHints(hints)
}

/** Throws UsageError when the statement at `path` holds no certificate, and the system's errors for `file`. */
async function certificatesAsPem(
  statement: SignedStatement,
  path: string,
  file: string | undefined,
): Promise<{ readonly pem: string; readonly hints: readonly string[] }> {
  const anchors = await trustAnchorsOf(file)
  const certificates = listCertificates(statement, anchors)
  if (certificates.length === 0)
    throw new UsageError(`no round of ${shownPath(path)} holds a certificate`)
  const trusted = new Set(anchors.map(fingerprintOf))
  const stored = certificates.filter(
    ({ der, places }) =>
      places.some((place) => place.endsWith(ANCHOR)) && !trusted.has(fingerprintOf(der)),
  )
  return {
    pem: certificates.map(renderCertificate).join('\n'),
    hints:
      stored.length === 0
        ? []
        : [
            `${counted(stored.length, 'trust anchor')} in the output ${stored.length === 1 ? 'comes' : 'come'} from the signer: compare the SHA-256 with a source that you trust`,
          ],
  }
}

/** A certificate, and where it stands in the statement. */
interface PlacedCertificate {
  readonly der: Uint8Array
  readonly places: string[]
}

/** By witness: the end entity first, the trust anchor last. */
function listCertificates(
  statement: SignedStatement,
  anchors: readonly Uint8Array[],
): PlacedCertificate[] {
  const { renewals = [] } = statement
  const budget = openBudget(MAX_SHARES)
  const listed = new Map<string, PlacedCertificate>()
  for (const [i, chain] of [statement, ...renewals].entries()) {
    const trustAnchors = [...anchors, ...(chain.unsigned.trustAnchors ?? [])]
    for (const round of presentations(chain)) {
      const { handshake, serverTime, endEntity: decoded } = round
      const [endEntity, ...intermediates] = handshake.certificates
      const result = validatePath(
        {
          endEntity,
          intermediates,
          trustAnchors,
          allowWeak: true,
          time:
            serverTime === undefined
              ? (decoded?.notBefore ?? chain.unsigned.localTime)
              : new Date(serverTime * 1000),
          verifySignature: verifySignatureNative,
        },
        budget,
      )
      const found = result.outcome === 'pass'
      const path = found ? result.path : handshake.certificates
      const whose = `${i === 0 ? '' : `renewal ${i - 1}, `}witness ${address(round.round)}`
      for (const [height, der] of path.entries()) {
        const role = found ? roleAt(height, path.length) : `as sent, number ${height}`
        const place = `${whose}, ${role}`
        const id = fingerprintOf(der)
        const known = listed.get(id)
        if (known === undefined) listed.set(id, { der, places: [place] })
        else if (!known.places.includes(place)) known.places.push(place)
      }
    }
  }
  return [...listed.values()]
}

/** The first round of each host with each Certificate message. */
function presentations({ rounds }: Renewal): readonly ReadRound[] {
  const seen = new Set<string>()
  return readRounds(rounds).filter((read): read is ReadRound => {
    if ('outcome' in read) return false
    const id = `${read.round.host} ${fingerprintOf(read.round.certificate)}`
    const isFirst = !seen.has(id)
    seen.add(id)
    return isFirst
  })
}

function roleAt(height: number, length: number): string {
  if (height === length - 1) return ANCHOR
  return height === 0 ? 'end entity' : 'intermediate'
}

function renderCertificate({ der, places }: PlacedCertificate): string {
  return `${[...places, ...describe(der)].map(comment).join('\n')}\n${toPem(der)}`
}

function describe(der: Uint8Array): readonly string[] {
  const certificate = tryDecodeCertificate(der)
  const sha256 = `SHA-256 ${fingerprintOf(der)}`
  if (certificate === undefined) return ['does not parse', sha256]
  const { subject, issuer, notBefore, notAfter } = describeCertificate(certificate)
  return [
    `subject ${subject}`,
    `issuer ${issuer}`,
    `valid from ${instant(notBefore)} to ${instant(notAfter)}`,
    sha256,
  ]
}

/** Text before a block (RFC 7468 §2), which no name in a certificate can make look like a block of its own. */
function comment(text: string): string {
  return `# ${printable(text).replaceAll('-----', '\\u{2d}----')}`
}

function toPem(der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/** Writes round 0 as toytls's three files, whose names begin with `toytls`, which openssl alone can check. */
async function exportToytls(
  statement: string,
  toytls: string,
  { force, json }: Writing,
): Promise<void> {
  const files = await readFirstRound(statement)
  const old = decodeToytls(files)
  const { scheme } = describeOldStatement(old, verifySignatureNative)
  if (scheme === null)
    throw new UsageError(`the signature of round 0 in ${shownPath(statement)} does not verify`)
  const parts = (Object.keys(TOYTLS_ENDINGS) as (keyof ToytlsFiles)[]).map((part) => ({
    path: `${toytls}${TOYTLS_ENDINGS[part]}`,
    content: files[part],
  }))
  for (const { path } of parts) await requireWritable(path, { force, json }, '--toytls')
  await writeAll(parts, { replace: force })
  const commands = opensslCommands(toytls, scheme)
  const written = parts.map(({ path, content }) => ({ path, size: content.length }))
  printResult(json, { files: written, scheme, commands }, () => toytlsText(written, commands))
  printHints([
    'this is one round: it proves nothing about the clock, and can only verify as indeterminate',
  ])
}

function toytlsText(
  written: readonly { readonly path: string; readonly size: number }[],
  commands: readonly string[],
): string {
  return [
    ...written.map(({ path, size }) => writtenRow(path, size)),
    'check it with',
    ...commands.map((line) => `  ${printable(line)}`),
  ].join('\n')
}

async function readFirstRound(path: string): Promise<ToytlsFiles> {
  const statement = await readSignedStatement(path)
  if (statement.rounds.slice(0, 1).some(isTls13Round)) {
    throw new UsageError(
      `round 0 in ${shownPath(path)} used TLS 1.3, which toytls cannot represent`,
    )
  }
  try {
    return encodeToytls(statement)
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof HandshakeError)) throw error
    throw new UsageError(`round 0 in ${shownPath(path)} is invalid: ${error.message}`)
  }
}

const ANCHOR = 'trust anchor'

/** Of the work that one path may cause. */
const MAX_SHARES = 8
