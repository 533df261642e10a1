// tls-stamp probe: what a server takes, and whether it can be a clock witness or a guard.

import { address, printable } from '../../encoding/index.ts'
import { type ProbeReport, probeServer } from '../../probe/index.ts'
import { knownWitnesses } from '../../verify/index.ts'
import { addressOperands } from '../address.ts'
import { type Command, defineCommand, flag, integerFrom, oneOf, setting } from '../command.ts'
import { UsageError } from '../errors.ts'
import { chooseProxy } from '../input.ts'
import { ca, LENGTH, proxy, rounds, timeout, tls, trustAnchorsOf } from '../options.ts'
import { shellPath } from '../shell-word.ts'
import { isWatched, printHints, printNote, printReport, statusLine } from '../terminal.ts'
import { briefProbe } from '../text/brief-probe.ts'
import { type Commands, renderProbe } from '../text/probe.ts'

export const probe: Command = defineCommand({
  about: [
    'Finds out, one connection at a time, which versions, cipher suites, signature schemes and groups a server supports, whether its clock and its certificates make it a clock witness, and whether it can be a guard in TLS 1.3.',
  ],
  operands: [
    ['HOST', 'the server; https://HOST/ works as well'],
    ['PORT', '443 if omitted; HOST PORT works as well'],
  ],
  notes: ['The exit code is 0 if the server can be a clock witness, otherwise 1.'],
  example: 'www.google.com',
  options: {
    quick: flag('check only the clock and one TLS 1.3 handshake'),
    suites: setting(
      {
        value: 'usual|all',
        describe: 'which cipher suites to try: the usual ones that sign, or all',
        without: 'usual',
      },
      oneOf(['usual', 'all']),
    ),
    tls: tls('TLS version for all other questions'),
    rounds: rounds('how many handshakes to chain to judge the clock', 2),
    ca,
    proxy,
    timeout: timeout('time limit for each connection'),
    pause: setting(
      { value: 'MS', describe: 'milliseconds between connections', otherwise: '50' },
      integerFrom(0, 60_000),
    ),
    ...LENGTH,
  },
  run: async (operands, values) => {
    const { host, port } = addressOperands(operands)
    const { quick, suites, rounds, timeout, pause } = values
    if (quick && suites !== undefined) {
      throw new UsageError('expected either --quick or --suites', [
        '--quick tries no cipher suites',
      ])
    }
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
    printReport(
      values,
      { ...report, commands: linesOf(commands) },
      {
        brief: (width) => briefProbe(report, commands, width),
        whole: () => renderProbe(report, commands),
      },
    )
    printHints(hintsFor(report))
    return report.witness ? 0 : 1
  },
})

function announce(host: string, most: number, pause: number): string {
  return `asking ${host} over at most ${most} connections, one at a time, ${pause} ms apart`
}

/** What to type to use this server. */
function commandsFor(
  { witness, tls13, host, port }: ProbeReport,
  file: string | undefined,
): Commands {
  const known = knownWitnesses.some((one) => one.host === host)
  const ca = file === undefined ? [] : [`--ca ${shellPath(file)}`]
  const accepted = known ? [] : [`--witness ${host}`]
  const own = `tls-stamp sign ${host} ${port} FILE`
  const line = (able: boolean, ...parts: readonly string[]): readonly string[] | null =>
    able ? [...parts, ...ca].map(printable) : null
  const guard = `--guard ${address({ host, port })}`
  return {
    sign: line(witness, own),
    verify: line(witness, 'tls-stamp verify signed_statement', ...accepted),
    guard: line(tls13.guard, 'tls-stamp sign HOST PORT FILE', guard),
    window: line(tls13.guard, own, '--window'),
  }
}

/** Each in one line, for JSON. */
function linesOf(commands: Commands): Readonly<Record<keyof Commands, string | null>> {
  const { sign, verify, guard, window } = commands
  const line = (parts: readonly string[] | null): string | null => parts?.join(' ') ?? null
  return { sign: line(sign), verify: line(verify), guard: line(guard), window: line(window) }
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
