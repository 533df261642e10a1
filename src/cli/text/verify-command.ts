// The command that verifies a statement just written, as a shell takes it. Pure.

import { printable } from '../../encoding/index.ts'
import type { Check, CheckId, Report } from '../../verify/index.ts'
import { shellPath, shellWord } from '../shell-word.ts'

/** A statement that was written. */
export interface Written {
  readonly output: string
  /** Bytes. */
  readonly size: number
  /** The certificates to trust, as typed. */
  readonly ca: string | undefined
  /** What has to be typed besides, so that something is compared: parts as a shell takes them. */
  readonly comparing?: readonly string[]
}

/** Why a statement can never pass: what its clock or an old version leaves open stays open. */
export function lastingFaults({ checks }: Report): readonly Check[] {
  return checks.filter(({ id, outcome }) => outcome !== 'pass' && LASTING.includes(id))
}

/** Its parts, none for a statement that can never pass; each option with its value, safe to print: hosts that are not on the built-in list have to be accepted by name. */
export function verifyCommand(
  report: Report,
  { output, ca, comparing = [] }: Written,
): readonly string[] {
  if (lastingFaults(report).length > 0) return []
  const chains = [report, ...report.renewals]
  const all = chains.flatMap(({ witnesses }) => witnesses)
  const isKnown = all.every(({ operator }) => operator !== null)
  const hosts = isKnown ? [] : [...new Set(all.map(({ host }) => host))]
  return [
    `tls-stamp verify ${output === '-' ? 'STATEMENT' : shellPath(output)}`,
    ...comparing,
    ...(ca === undefined ? [] : [`--ca ${shellPath(ca)}`]),
    ...hosts.map((host) => `--witness ${shellWord(host)}`),
    ...(chains.some(({ time }) => time.claimed === null && time.notAfter !== null)
      ? ['--window']
      : []),
  ].map((part) => printable(part))
}

/** Checks of what a statement holds, whoever verifies it and whenever. */
const LASTING: readonly CheckId[] = ['strength', 'clock']
