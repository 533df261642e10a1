// tls-stamp witnesses: the hosts on the built-in list with their evidence, and on request which of them can sign now.

import { TlsStampError } from '../../errors.ts'
import { type ProbeOptions, probeServer } from '../../probe/index.ts'
import { type KnownWitness, knownWitnesses } from '../../verify/index.ts'
import { type Command, defineCommand, flag } from '../command.ts'
import { UsageError } from '../errors.ts'
import { chooseProxy } from '../input.ts'
import { ca, json, proxy, timeout, trustAnchorsOf } from '../options.ts'
import { printHints, printResult, statusLine } from '../terminal.ts'
import {
  type AskedWitness,
  operatorsThatSign,
  renderAsked,
  renderKnown,
  type WitnessAnswer,
} from '../text/witnesses.ts'

export const witnesses: Command = defineCommand({
  about: [
    'Lists the hosts that verify accepts by default, with the operator of each and the evidence for its clock. With --probe, it asks each host whether it can sign now.',
  ],
  operands: [],
  notes: [
    'With --probe, the exit code is 0 if hosts of at least two operators can sign, otherwise 1.',
  ],
  example: '--probe',
  options: {
    probe: flag('ask each host now, over a few connections'),
    ca,
    proxy,
    timeout: timeout('time limit for each connection'),
    json,
  },
  run: async ([other], { probe, ca, proxy, timeout, json }) => {
    if (other !== undefined) {
      throw new UsageError(`expected no argument, got ${other}`, [
        'to ask another host: tls-stamp probe HOST',
      ])
    }
    if (!probe) {
      printResult(json, knownWitnesses, () => renderKnown(knownWitnesses))
      return 0
    }
    const proxyFor = chooseProxy(proxy)
    const trustAnchors = await trustAnchorsOf(ca)
    const asked = await askAll((host) => {
      return { host, quick: true, timeout, trustAnchors, proxy: proxyFor(host, HTTPS) }
    })
    printResult(json, asked, () => renderAsked(asked))
    printHints(hintsFor(asked))
    return operatorsThatSign(asked).length >= 2 ? 0 : 1
  },
})

/** Asks all hosts at once, so that one that does not answer holds up no other. */
async function askAll(
  optionsFor: (host: string) => ProbeOptions,
): Promise<readonly AskedWitness[]> {
  const status = statusLine()
  let answered = 0
  const ask = async (known: KnownWitness): Promise<AskedWitness> => {
    const probe = await answerOf(optionsFor(known.host))
    answered++
    status.show(`asked ${answered} of ${knownWitnesses.length}`)
    return { ...known, probe }
  }
  return Promise.all(knownWitnesses.map(ask)).finally(status.end)
}

async function answerOf(options: ProbeOptions): Promise<WitnessAnswer> {
  try {
    const { witness, reasons, clock, certificates } = await probeServer(options)
    return { witness, reasons, clock, certificates }
  } catch (error) {
    if (!(error instanceof TlsStampError)) throw error
    const { code, message } = error
    return { witness: false, reasons: [{ code, message }], clock: null, certificates: null }
  }
}

function hintsFor(asked: readonly AskedWitness[]): string[] {
  const codes = new Set(asked.flatMap(({ probe }) => probe.reasons.map(({ code }) => code)))
  return [
    ...(codes.has('unknown-issuer')
      ? ['trust other certificates than the built-in ones with --ca FILE|DIR']
      : []),
    ...(codes.has('proxy')
      ? ['check --proxy or HTTPS_PROXY; hosts in NO_PROXY are reached without a proxy']
      : []),
  ]
}

const HTTPS = 443
