// The command that verifies a statement just written, as a shell takes it. Pure.

import { printable } from '../../encoding/index.ts'
import type { Report } from '../../verify/index.ts'

/** Its parts, each option with its value, safe to print: hosts that are not on the built-in list have to be accepted by name. */
export function verifyCommand(
  { witnesses, renewals, time }: Report,
  output: string,
  ca: string | undefined,
): readonly string[] {
  const all = [witnesses, ...renewals.map((renewal) => renewal.witnesses)].flat()
  const isKnown = all.every(({ operator }) => operator !== null)
  const hosts = isKnown ? [] : [...new Set(all.map(({ host }) => host))]
  // What begins with a dash would be an option
  const path = output.startsWith('-') ? `./${output}` : output
  return [
    `tls-stamp verify ${asWord(path)}`,
    ...(ca === undefined ? [] : [`--ca ${asWord(ca)}`]),
    ...hosts.map((host) => `--witness ${asWord(host)}`),
    ...(time.claimed === null && time.notAfter !== null ? ['--window'] : []),
  ].map((part) => printable(part))
}

/** As a shell takes it for one word. */
function asWord(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
