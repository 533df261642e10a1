// The command that verifies a statement just written, as a shell takes it. Pure.

import { printable } from '../../encoding/index.ts'
import type { Report } from '../../verify/index.ts'
import { shellWord } from '../shell-word.ts'

/** Its parts, each option with its value, safe to print: hosts that are not on the built-in list have to be accepted by name. */
export function verifyCommand(
  { witnesses, renewals, time }: Report,
  output: string,
  ca: string | undefined,
): readonly string[] {
  const all = [witnesses, ...renewals.map((renewal) => renewal.witnesses)].flat()
  const isKnown = all.every(({ operator }) => operator !== null)
  const hosts = isKnown ? [] : [...new Set(all.map(({ host }) => host))]
  // What begins with a dash would be an option, except for standard input
  const path = output.startsWith('-') && output !== '-' ? `./${output}` : output
  return [
    `tls-stamp verify ${shellWord(path)}`,
    ...(ca === undefined ? [] : [`--ca ${shellWord(ca)}`]),
    ...hosts.map((host) => `--witness ${shellWord(host)}`),
    ...(time.claimed === null && time.notAfter !== null ? ['--window'] : []),
  ].map((part) => printable(part))
}
