// tls-stamp probe: what a server takes, and whether it can be a witness.

import { printable } from '../../encoding/index.ts'
import { type ProbeReport, probeServer } from '../../probe/index.ts'
import { KNOWN_WITNESSES } from '../../verify/index.ts'
import {
  type Command,
  defineCommand,
  flag,
  integerFrom,
  oneOf,
  portNumber,
  setting,
} from '../command.ts'
import { CallError, UsageError } from '../errors.ts'
import { canonicalHost, chooseProxy } from '../input.ts'
import { ca, json, proxy, rounds, timeout, tls, trustAnchorsOf } from '../options.ts'
import { isWatched, printHints, printNote, printResult, statusLine } from '../terminal.ts'
import { type Commands, renderProbe } from '../text/probe.ts'

export const probe: Command = defineCommand({
  about: `Asks a server, one connection at a time, what it takes: versions, cipher suites,
signature schemes, groups; and whether its clock and its certificates make it a
witness. Exit code 0 when they do, 1 when they do not.

HOST  the server
PORT  443 unless given`,
  example: 'www.google.com',
  options: {
    quick: flag('ask the clock only'),
    suites: setting(
      {
        describe: 'cipher suites to ask for: usual, those that sign, or all there are',
        without: 'usual',
      },
      oneOf(['usual', 'all']),
    ),
    tls: tls('the version to ask all else at'),
    rounds: rounds('how many handshakes to chain for the clock', 2),
    ca,
    proxy,
    timeout: timeout('seconds for each connection'),
    pause: setting(
      { describe: 'milliseconds between connections', otherwise: '50' },
      integerFrom(0, 60_000),
    ),
    json,
  },
  run: async ([typedHost, typedPort = '443', ...others], values) => {
    if (typedHost === undefined || others.length > 0) {
      throw new CallError('expected HOST and at most PORT')
    }
    const { quick, suites, rounds, timeout, pause } = values
    if (quick && suites !== undefined) {
      throw new UsageError('expected either --quick or --suites', ['--quick asks for no suites'])
    }
    const port = portNumber(typedPort, 'PORT')
    const host = canonicalHost(typedHost)
    const status = statusLine()
    const report = await probeServer({
      host,
      port,
      version: values.tls,
      suites: suites ?? 'usual',
      quick,
      rounds,
      timeout,
      pause,
      trustAnchors: await trustAnchorsOf(values.ca),
      proxy: chooseProxy(values.proxy)(host, port),
      report: ({ connection, most, about }) => {
        if (connection === 1 && isWatched()) printNote(announce(host, most, pause))
        status.show(`${connection} of ${most}: ${about}`)
      },
    }).finally(status.end)
    const commands = commandsFor(report, values.ca)
    printResult(values.json, { ...report, commands }, () => renderProbe(report, commands))
    printHints(hintsFor(report))
    return report.witness ? 0 : 1
  },
})

function announce(host: string, most: number, pause: number): string {
  return `asking ${host} over at most ${most} connections, one at a time, ${pause} ms apart`
}

/** What to type to use this witness; null for a server that is none. */
function commandsFor(
  { witness, host, port }: ProbeReport,
  file: string | undefined,
): Commands | null {
  if (!witness) return null
  const known = KNOWN_WITNESSES.some((one) => one.host === host)
  const ca = file === undefined ? [] : ['--ca', quoted(file)]
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
