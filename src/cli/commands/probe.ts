// tls-stamp probe: what a server takes, and whether it can be a witness.

import { type ProbeReport, probeServer } from '../../probe/index.ts'
import { readTrustAnchors } from '../../system/index.ts'
import { KNOWN_WITNESSES } from '../../verify/index.ts'
import { canonicalHost, chooseProxy } from '../input.ts'
import { isWatched, print, printable, printHints, printNote, statusLine } from '../terminal.ts'
import { type Commands, renderProbe } from '../text/probe.ts'
import { renderJson } from '../text/report.ts'

export interface ProbeArguments {
  readonly host: string
  readonly port: number
  readonly tls: '1.0' | '1.1' | '1.2'
  readonly suites: 'usual' | 'all'
  /** Ask the clock only. */
  readonly quick: boolean
  readonly rounds: number
  readonly ca: string | undefined
  readonly proxy: string | undefined
  /** Seconds for each connection. */
  readonly timeout: number
  /** Milliseconds between connections. */
  readonly pause: number
  readonly json: boolean
}

/** Gives the exit code: 0 for a witness, 1 for none; throws what kept the server from being probed. */
export async function probe(args: ProbeArguments): Promise<number> {
  const { port, tls, suites, quick, rounds, timeout, pause } = args
  const host = canonicalHost(args.host)
  const trustAnchors = args.ca === undefined ? undefined : await readTrustAnchors(args.ca)
  const status = statusLine()
  const report = await probeServer({
    ...{ host, port, version: tls, suites, quick, rounds, timeout, pause },
    ...(trustAnchors && { trustAnchors }),
    proxy: chooseProxy(args.proxy)(host, port),
    report: ({ connection, most, about }) => {
      if (connection === 1 && isWatched()) printNote(announce(host, most, pause))
      status.show(`${connection} of ${most}: ${about}`)
    },
  }).finally(status.end)
  const commands = commandsFor(report, args)
  print(args.json ? renderJson({ ...report, commands }) : renderProbe(report, commands))
  printHints(hintsFor(report))
  return report.witness ? 0 : 1
}

function announce(host: string, most: number, pause: number): string {
  return `asking ${host} over at most ${most} connections, one at a time, ${pause} ms apart`
}

/** What to type to use this witness; null for a server that is none. */
function commandsFor({ witness, host, port }: ProbeReport, args: ProbeArguments): Commands | null {
  if (!witness) return null
  const known = KNOWN_WITNESSES.some((one) => one.host === host)
  const ca = args.ca === undefined ? [] : ['--ca', quoted(args.ca)]
  const sign = ['tls-stamp sign', host, `${port}`, 'FILE', ...ca]
  const verify = ['tls-stamp verify signed_statement', ...(known ? [] : ['--witness', host]), ...ca]
  return { sign: printable(sign.join(' ')), verify: printable(verify.join(' ')) }
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function hintsFor({ reasons, certificates }: ProbeReport): string[] {
  const untrusted = reasons.some(({ code }) => code === 'unknown-issuer')
  if (untrusted && certificates) {
    return ['trust other certificates than the built-in ones with --ca FILE|DIR']
  }
  return reasons.some(({ code }) => code === 'random' || code === 'zero')
    ? ['try a server that runs a clock, such as www.google.com']
    : []
}
